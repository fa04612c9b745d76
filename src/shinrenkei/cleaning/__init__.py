"""Cleaning of values and columns as Japanese offices write them: text, numbers, dates and categories.

Each function takes a value or a pandas Series and gives the same back. ``errors="raise"`` names the
distinct values that could not be read and the rows they stand in; ``errors="coerce"`` makes them missing.
What is missing stays missing. `read_table`, `guess_codebook` and `clean` do the same for whole files.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from shinrenkei.cleaning.answers import split_answers
from shinrenkei.cleaning.categories import corporate_number, partner_type, prefecture, region, size_class
from shinrenkei.cleaning.dates import fiscal_year, parse_date, parse_fiscal_year, parse_time, parse_year
from shinrenkei.cleaning.errors import CleaningError
from shinrenkei.cleaning.files import OfficeTable, read_table
from shinrenkei.cleaning.industries import industry, is_small_business, is_small_scale_business
from shinrenkei.cleaning.numbers import (
    Number,
    number_parts,
    parse_integer,
    parse_money,
    parse_number,
)
from shinrenkei.cleaning.qualifiers import parse_qualifier
from shinrenkei.cleaning.ranges import CountOfWhich, Range, parse_count_of_which, parse_range
from shinrenkei.cleaning.shares import parse_percent, parse_share
from shinrenkei.cleaning.tables import code_table
from shinrenkei.cleaning.text import normalize_company, normalize_text

if TYPE_CHECKING:
    from shinrenkei.cleaning.cleaner import Cleaned, clean
    from shinrenkei.cleaning.guess import guess_codebook

# These need what checks codebooks and writes Parquet, which single values do not.
_LATER = {"Cleaned": "cleaner", "clean": "cleaner", "guess_codebook": "guess"}

__all__ = [
    "Cleaned",
    "CleaningError",
    "CountOfWhich",
    "Number",
    "OfficeTable",
    "Range",
    "clean",
    "code_table",
    "corporate_number",
    "fiscal_year",
    "guess_codebook",
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
    "read_table",
    "region",
    "size_class",
    "split_answers",
]


def __getattr__(name: str) -> Any:
    """Import what is needed for whole files when it is asked for."""
    if name in _LATER:
        return getattr(import_module(f"shinrenkei.cleaning.{_LATER[name]}"), name)
    msg = f"module {__name__!r} has no attribute {name!r}"
    raise AttributeError(msg)
