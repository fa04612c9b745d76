"""How long a whole file takes to clean, and how much memory, beside merely reading it with openpyxl or csv.

    python benchmarks/bench_clean_files.py [--rows 200000] [--csv-rows 10000000]

The workbook has 30 columns as offices fill them (dates of eras, full-width digits, units, names); it is read by
openpyxl in read-only mode for comparison, which is what a script would do. The long CSV is cleaned twice, at a tenth of
its length and whole, to show that memory does not grow with it. Each measurement is a process of its own, so that its
peak of memory is its own too.
"""

import argparse
import csv
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

import numpy as np

WORKBOOK_COLUMNS = [
    {"name": "plan_id", "source": "番号", "kind": "text", "unique": True, "required": True},
    {"name": "certified_on", "source": "認定日", "kind": "date"},
    {"name": "region", "source": "地域", "kind": "region"},
    {"name": "prefecture", "source": "所在地", "kind": "prefecture"},
    {"name": "firm", "source": "名称", "kind": "company"},
    {"name": "capital_yen", "source": "資本金（千円）", "kind": "money", "unit": "千円"},
    {"name": "employees", "source": "従業員数", "kind": "integer"},
    {"name": "partner", "source": "連携先", "kind": "answers", "categories": "partner_types"},
    *({"name": f"amount_{n}", "source": f"金額{n}", "kind": "money"} for n in range(12)),
    *({"name": f"share_{n}", "source": f"割合{n}", "kind": "percent"} for n in range(5)),
    *({"name": f"note_{n}", "source": f"備考{n}", "kind": "normalized"} for n in range(5)),
]
CSV_COLUMNS = [
    {"name": "id", "source": "番号", "kind": "text", "unique": True},
    {"name": "fiscal_year", "source": "年度", "kind": "fiscal_year"},
    {"name": "region", "source": "地域", "kind": "region"},
    {"name": "amount_yen", "source": "金額（千円）", "kind": "money", "unit": "千円"},
    {"name": "persons", "source": "人数", "kind": "integer"},
]
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
SHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml"
PARTS = {
    "[Content_Types].xml": (
        f'<Types xmlns="{PACKAGE}/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{SHEET}.sheet.main+xml"/>'
        f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{SHEET}.worksheet+xml"/>'
        f'<Override PartName="/xl/sharedStrings.xml" ContentType="{SHEET}.sharedStrings+xml"/></Types>'
    ),
    "_rels/.rels": (
        f'<Relationships xmlns="{PACKAGE}/relationships">'
        f'<Relationship Id="rId1" Type="{OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>'
    ),
    "xl/workbook.xml": (
        f'<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="{OFFICE}">'
        '<sheets><sheet name="一覧" sheetId="1" r:id="rId1"/></sheets></workbook>'
    ),
    "xl/_rels/workbook.xml.rels": (
        f'<Relationships xmlns="{PACKAGE}/relationships">'
        f'<Relationship Id="rId1" Type="{OFFICE}/worksheet" Target="worksheets/sheet1.xml"/>'
        f'<Relationship Id="rId2" Type="{OFFICE}/sharedStrings" Target="sharedStrings.xml"/></Relationships>'
    ),
}
MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
WIDE = str.maketrans("0123456789,", "０１２３４５６７８９，")


def write_workbook(path: Path, rows: int) -> None:
    """Write the workbook part by part; openpyxl would take minutes for it."""
    strings: dict[str, int] = {}
    letters = [chr(65 + n) if n < 26 else "A" + chr(39 + n) for n in range(30)]

    def line(number: int, cells: list[str | int]) -> str:
        parts = []
        for letter, cell in zip(letters, cells, strict=True):
            kind, value = (
                (' t="s"', strings.setdefault(cell, len(strings))) if isinstance(cell, str) else ("", cell)
            )
            parts.append(f'<c r="{letter}{number}"{kind}><v>{value}</v></c>')
        return f'<row r="{number}">{"".join(parts)}</row>'

    rng = np.random.default_rng(0)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as file:
        with file.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as sheet:
            sheet.write(f"<worksheet {MAIN}><sheetData>".encode())
            sheet.write(line(1, [str(column["source"]) for column in WORKBOOK_COLUMNS]).encode())
            for row in range(rows):
                sheet.write(line(row + 2, cells(row, rng.integers(0, 10**8, 12).tolist())).encode())
            sheet.write(b"</sheetData></worksheet>")
        shared = "".join(f"<si><t>{text}</t></si>" for text in strings)
        file.writestr("xl/sharedStrings.xml", f"<sst {MAIN}>{shared}</sst>")
        for name, content in PARTS.items():
            file.writestr(name, content)


def cells(row: int, numbers: list[int]) -> list[str | int]:
    """Return one row of the workbook."""
    amounts: list[str | int] = [
        (f"{n:,}", f"▲{n}", n, f"{n:,}".translate(WIDE))[place % 4] for place, n in enumerate(numbers)
    ]
    day = f"平成{17 + row % 13}年{row % 12 + 1}月{row % 28 + 1}日"
    place = ("大阪", "京都府", "ほっかいどう", "東京都", "福井県")[row % 5]
    partner = ("大学、公設試", "業界団体", "その他", "地方自治体・国")[row % 4]
    start: list[str | int] = [
        f"{row:06d}",
        day,
        "近畿",
        place,
        f"㈱テスト{row % 20_000}",
        f"{numbers[0]:,}",
        numbers[1] % 300,
    ]
    shares = [f"{n % 1000 / 10}％" for n in numbers[:5]]
    return [*start, partner, *amounts, *shares, *(f"ﾒﾓ {row % 50}" for _ in range(5))]


def write_csv(path: Path, rows: int) -> None:
    """Write the long CSV in Shift_JIS, with a title, a total and a note."""
    rng = np.random.default_rng(0)
    with path.open("w", encoding="cp932", newline="") as file:
        writer = csv.writer(file)
        writer.writerows([["一覧"], [column["source"] for column in CSV_COLUMNS]])
        for start in range(0, rows, 100_000):
            amounts = rng.integers(0, 10**7, 100_000).tolist()
            writer.writerows(
                [
                    f"{row:08d}",
                    f"平成{17 + row % 10}年度",
                    ("近畿", "関東", "四国")[row % 3],
                    f"{amount:,}",
                    f"{amount % 300}人",
                ]
                for row, amount in zip(range(start, min(rows, start + 100_000)), amounts, strict=False)
            )
        writer.writerows([["合計", "", "", "1", "1"], ["（注）おわり"]])


CLEAN = (
    "from shinrenkei.cleaning import clean\n"
    "print(clean({path!r}, {{'columns': {columns!r}}}, {out!r}).rows_out, end=' ')"
)
OPENPYXL = (
    "import openpyxl\nsheet = openpyxl.load_workbook({path!r}, read_only=True).active\n"
    "print(sum(len(row) for row in sheet.iter_rows(values_only=True)), end=' ')"
)
CSV_MODULE = "import csv; print(sum(len(r) for r in csv.reader(open({path!r}, encoding='cp932', newline=''))), end=' ')"
MEASURE = (
    "import resource, time; start = time.perf_counter()\n{code}\n"
    "print(time.perf_counter() - start, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20)"
)


def measure(code: str) -> tuple[float, float]:
    """Return seconds and the peak of memory in GiB of a process of its own."""
    done = subprocess.run(
        [sys.executable, "-c", MEASURE.format(code=code)], capture_output=True, text=True, check=True
    )
    _, seconds, peak = done.stdout.split()
    return float(seconds), float(peak)


def main() -> None:
    """Measure and print."""
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--rows", type=int, default=200_000)
    words.add_argument("--csv-rows", type=int, default=10_000_000)
    given = words.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        book, text, out = (str(Path(folder) / name) for name in ("a.xlsx", "a.csv", "out.parquet"))
        write_workbook(Path(book), given.rows)
        ours, peak = measure(CLEAN.format(path=book, columns=WORKBOOK_COLUMNS, out=out))
        print(f"xlsx, {given.rows:,} x 30: cleaned in {ours:.1f} s, {peak:.2f} GiB (goal 60 s, 2 GiB)")
        theirs, their_peak = measure(OPENPYXL.format(path=book))
        print(
            f"  openpyxl merely reads it in {theirs:.1f} s, {their_peak:.2f} GiB: {theirs / ours:.1f} x our time"
        )
        for rows in (given.csv_rows // 10, given.csv_rows):
            write_csv(Path(text), rows)
            ours, peak = measure(CLEAN.format(path=text, columns=CSV_COLUMNS, out=out))
            theirs, _ = measure(CSV_MODULE.format(path=text))
            print(f"csv, {rows:,} x 5: cleaned in {ours:.1f} s, {peak:.2f} GiB; csv.reader {theirs:.1f} s")


if __name__ == "__main__":
    main()
