"""The words of the report's pages, in Japanese and in English."""

from __future__ import annotations

from collections.abc import Mapping

WORDS: Mapping[str, tuple[str, str]] = {
    "site": ("新連携の公表数値：再現レポート", "The new-partnership scheme: the reproduced figures"),
    "lead": (
        "公表資料に印刷された数値を、原典の表から計算し直した結果です。図と表には出典を付けています。",
        "What the sources print, computed again from their own tables. Every figure and table names its source.",
    ),
    "other_language": ("English", "日本語"),
    "key_figures": ("主な数値", "Key figures"),
    "notebooks": ("ノートブック", "Notebooks"),
    "ledger": ("検証台帳", "The ledger of claims"),
    "ledger_lead": (
        "原典に印刷された数値と記述を一つずつ再計算し、一致するかどうかを記録しています。",
        "Each printed number and quantified phrase is computed again; here is whether the two agree.",
    ),
    "all_claims": ("台帳をすべて見る", "See the whole ledger"),
    "downloads": ("ダウンロード", "Downloads"),
    "runs": ("実行の一覧", "What was run and when"),
    "run": ("実行", "Run"),
    "run_many": ("件の実行", "runs"),
    "failed_runs": ("失敗した実行", "Runs that failed"),
    "failed_in_cell": ("失敗したセル", "Failed in cell"),
    "notebook": ("ノートブック", "Notebook"),
    "parameters": ("パラメータ", "Parameters"),
    "defaults": ("既定値", "defaults"),
    "status": ("状態", "Status"),
    "started": ("開始（UTC）", "Started (UTC)"),
    "seconds": ("秒", "Seconds"),
    "done": ("完了", "done"),
    "failed": ("失敗", "failed"),
    "open_page": ("ページを開く", "Open the page"),
    "open_notebook": ("ノートブック（.ipynb）", "Notebook (.ipynb)"),
    "figures": ("図", "Figures"),
    "tables": ("表", "Tables"),
    "no_runs": ("まだ実行がありません。", "Nothing has been run yet."),
    "no_figures": ("図はありません。", "No figures."),
    "home": ("トップ", "Home"),
    "claim": ("記述", "Claim"),
    "source": ("出典", "Source"),
    "locator": ("箇所", "Where"),
    "printed": ("原典", "Printed"),
    "recomputed": ("再計算", "Recomputed"),
    "allowed": ("許容範囲", "Allowed"),
    "result": ("結果", "Result"),
    "note": ("注記", "Note"),
    "search": ("語で絞り込む", "Filter by words"),
    "any": ("すべて", "all"),
    "shown": ("件を表示", "shown"),
    "total": ("合計", "Total"),
    "reproduced": ("再現", "reproduced"),
    "differs": ("相違", "differs"),
    "cannot be checked": ("検証できない", "cannot be checked"),
    "otherwise": ("記録と異なる", "otherwise than recorded"),
    "differences": ("相違する記述", "Claims that differ"),
    "workbook": ("全表のブック（Excel）", "All tables in one workbook (Excel)"),
    "crate": ("RO-Crate メタデータ", "RO-Crate metadata"),
    "across": ("資料間の比較", "Between sources"),
    "to_top": ("先頭へ", "To the top"),
}


def words(lang: str) -> dict[str, str]:
    """Return the words of one language.

    Examples
    --------
    >>> words("en")["done"]
    'done'
    """
    column = ("ja", "en").index(lang)
    return {key: both[column] for key, both in WORDS.items()}
