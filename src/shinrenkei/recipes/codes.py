"""The coded tables as tidy tables, so that keys in the others point at something."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pandas as pd

from shinrenkei.cleaning.tables import code_table

CodeTable = Callable[[Mapping[str, Any]], pd.DataFrame]


def _sources(package: Mapping[str, Any]) -> pd.DataFrame:
    names = {"name": "source_id", "path": "address"}
    frame = pd.DataFrame(package["sources"], dtype="str").rename(columns=names)
    return frame[["source_id", "title", "title_en", "issuer", "issuer_en", "issued", "address"]]


def _coded(name: str, code: str) -> CodeTable:
    def make(package: Mapping[str, Any]) -> pd.DataFrame:  # noqa: ARG001 - one shape for every code table
        frame = code_table(name).rename(columns={"code": code, "ja": "name_ja", "en": "name_en"})
        return frame[[code, "name_ja", "name_en"]]

    return make


def _prefectures(package: Mapping[str, Any]) -> pd.DataFrame:  # noqa: ARG001 - one shape for every code table
    names = {"ja": "prefecture", "code": "jis_code", "en": "name_en"}
    frame = code_table("prefectures").rename(columns=names)
    order = code_table("regions")["code"]
    regions = pd.Categorical(frame["region"], [code for code in order if code != "all"])
    return frame.assign(region=regions)[["prefecture", "jis_code", "name_en", "region"]]


CODE_TABLES: dict[str, CodeTable] = {
    "sources": _sources,
    "regions": _coded("regions", "region"),
    "prefectures": _prefectures,
    "partner_types": _coded("partner_types", "partner_type"),
}
"""What a codebook's ``generated`` may name."""
