"""Cleaning of values and columns as Japanese offices write them: text, numbers, dates and categories.

Each function takes a value or a pandas Series and gives the same back. ``errors="raise"`` names the
distinct values that could not be read and the rows they stand in; ``errors="coerce"`` makes them missing.
What is missing stays missing.
"""

from shinrenkei.cleaning.answers import split_answers
from shinrenkei.cleaning.categories import corporate_number, partner_type, prefecture, region, size_class
from shinrenkei.cleaning.dates import fiscal_year, parse_date, parse_fiscal_year, parse_time, parse_year
from shinrenkei.cleaning.errors import CleaningError
from shinrenkei.cleaning.industries import industry, is_small_business, is_small_scale_business
from shinrenkei.cleaning.numbers import (
    Number,
    number_parts,
    parse_integer,
    parse_money,
    parse_number,
    parse_percent,
    parse_qualifier,
    parse_share,
)
from shinrenkei.cleaning.ranges import CountOfWhich, Range, parse_count_of_which, parse_range
from shinrenkei.cleaning.tables import code_table
from shinrenkei.cleaning.text import normalize_company, normalize_text

__all__ = [
    "CleaningError",
    "CountOfWhich",
    "Number",
    "Range",
    "code_table",
    "corporate_number",
    "fiscal_year",
    "industry",
    "is_small_business",
    "is_small_scale_business",
    "normalize_company",
    "normalize_text",
    "number_parts",
    "parse_count_of_which",
    "parse_date",
    "parse_fiscal_year",
    "parse_integer",
    "parse_money",
    "parse_number",
    "parse_percent",
    "parse_qualifier",
    "parse_range",
    "parse_share",
    "parse_time",
    "parse_year",
    "partner_type",
    "prefecture",
    "region",
    "size_class",
    "split_answers",
]
