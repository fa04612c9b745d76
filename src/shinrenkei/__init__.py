"""Cleaning and metrics for the published record of the new-partnership scheme (新連携)."""
