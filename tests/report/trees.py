"""A small tree of finished runs, some of them hostile, as the runner leaves them."""

import json
from pathlib import Path

import pandas as pd

PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c6360f8cf"
    "c000000301010018dd8db00000000049454e44ae426082"
)
SVG = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 4 3"><rect width="4" height="3"/></svg>'
HOSTILE = "<script>alert('&')</script>"


def manifest(stem: str, name: str, **changes: object) -> dict[str, object]:
    return {
        "manifest": 1,
        "notebook": stem,
        "title": "事業化率 / The commercialization rate",
        "parameters": {"region": "all", "lang": "ja"},
        "status": "done",
        "key": "0" * 64,
        "inputs": {},
        "outputs": {},
        "versions": {"python": "3.11.7"},
        "seed": 0,
        "error": None,
        "timing": {"started": "2026-11-21T23:30:05+09:00", "seconds": 1.25},
        **changes,
    }


def add_run(reports: Path, stem: str, name: str, **changes: object) -> Path:
    folder = reports / stem / name
    for part in ("figures", "tables"):
        (folder / part).mkdir(parents=True)
    (folder / "index.html").write_text("<p>page</p>", encoding="utf-8")
    (folder / "notebook.ipynb").write_text("{}", encoding="utf-8")
    (folder / "figures" / "rate.png").write_bytes(PNG)
    (folder / "figures" / "rate.svg").write_text(SVG, encoding="utf-8")
    (folder / "tables" / "rate.csv").write_text("# 出典：A\nx\n1\n", encoding="utf-8")
    said = json.dumps(manifest(stem, name, **changes), ensure_ascii=False)
    (folder / "manifest.json").write_text(said, encoding="utf-8")
    return folder


def tree(reports: Path) -> Path:
    """Write four runs of two notebooks: done, done in English, failed, and one with a broken manifest."""
    add_run(reports, "02-rate", "default")
    add_run(reports, "02-rate", "lang=en,区分=#1 & <b>", parameters={"lang": "en", "x": HOSTILE})
    add_run(
        reports,
        "03-cases",
        "default",
        status="failed",
        title=HOSTILE,
        error={"cell": 3, "source": f"print({HOSTILE!r})", "name": "ValueError", "message": HOSTILE},
    )
    broken = add_run(reports, "03-cases", "year=2006")
    (broken / "manifest.json").write_text('{"manifest": 1, "no', encoding="utf-8")
    return reports


def claims() -> pd.DataFrame:
    columns = {
        "claim_id": ["meti-2005/total", "across/one", "smrj-2007/rate"],
        "source_id": ["meti-2005", "across", "smrj-2007"],
        "locator": ["2.(3)", "meti-2005; smrj-2007", "4.(1)"],
        "statement_ja": ["従業員数の和", HOSTILE, "事業化率"],
        "statement_en": ["Sum of employees", HOSTILE, "Rate"],
        "printed": ["69", "=1+1", "約半数"],
        "unit": ["件", "", "%"],
        "recomputed": [69.0, float("nan"), 49.221184],
        "allowed": ["69", "", "[45, 55]"],
        "status": pd.Categorical(["reproduced", "cannot be checked", "differs"]),
        "recorded": ["reproduced", "reproduced", "differs"],
        "note_ja": ["", "印刷されていない。", ""],
        "note_en": ["", "Not printed.", ""],
    }
    return pd.DataFrame(columns)


def key_figures() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "label_ja": ["事業化率"],
            "label_en": ["Commercialization rate"],
            "value": ["49.2%"],
            "detail_ja": ["95％信頼区間"],
            "detail_en": ["95% interval"],
            "source_ja": [HOSTILE],
            "source_en": [None],
        }
    )
