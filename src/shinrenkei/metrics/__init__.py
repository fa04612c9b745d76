"""Rates, curves, changes of productivity, surveys and orders: any dataframe in, a small pandas table out.

The functions are taken from the package itself (``shinrenkei.commercialization_rate``); the modules here are what they
are written in, one a question. `consistency` compares counts of several sources and has no other door.
"""
