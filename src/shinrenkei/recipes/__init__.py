"""Printed tables to tidy tables: one codebook a table, one module a source where a codebook cannot say it."""

from shinrenkei.recipes.build import build, check, write

__all__ = ["build", "check", "write"]
