"""Write the office-like files of this folder, byte by byte where a library would be too tidy.

    python tests/cleaning/data/make.py

The answers in ``test_office_files.py`` are written by hand from the lists below, not by the code under test.
Old Excel (.xls) and OpenDocument (.ods) files are put together here from their specifications.
"""

from __future__ import annotations

import datetime as dt
import struct
import zipfile
from pathlib import Path
from xml.sax.saxutils import escape

import openpyxl
from openpyxl.styles import Font

HERE = Path(__file__).parent
DAY = dt.datetime(2006, 4, 1)  # workbooks carry the time they were made; a fixed one keeps the bytes

PLANS = [
    # number, day, region, prefecture, firm, capital in thousand yen, persons, partners, sales in million yen
    (
        "0001",
        "平成17年６月１日",
        "近畿",
        "大阪",
        "㈱小松プロセス",
        "１０，０００",
        "45人",
        "大学、公設試",
        "▲３",
    ),
    ("0002", "H17.7.22", "近畿経済産業局", "京都府", "（株）　桑村繊維", "95,000", "１２０", "大学", "約120"),
    (
        "0003",
        "平成17年9月16日(金)",
        "中部・北陸",
        "福井県",
        "有限会社斎藤",
        "3,000",
        "8",
        "業界団体・地方自治体・国",
        "－",
    ),
    ("0004", "平成35年1月1日", "四国", "愛媛県", "㈱楠橋", "20,000", "60", "大学", "15"),
    ("0005", "平成17年10月3日", "九州", "大分県", "トライ・ウッド株式会社", "多数", "30", "その他", "x"),
    (
        "0006",
        "平成17年12月20日",
        "北海道",
        "北海道",
        "（株）味のネットワーク",
        "４５，０００",
        "21",
        "大学、宇宙人",
        "1,250",
    ),
    ("0007", "平成18年3月30日", "沖縄", "沖縄", "合同会社うみ", "5,000", "3", "", "…"),
]
HEADING = [
    ["認定番号", "認定年月日", "地域", "コア企業", "", "", "", "連携先", "売上高"],
    ["", "", "", "所在地", "名称", "資本金（千円）", "従業員数", "", "（百万円）"],
]


def plans_xlsx() -> None:
    """A list of certified plans: title, unit, merged heading of two rows, totals, notes, a second sheet."""
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "認定一覧"
    sheet["A1"] = "新連携計画　認定一覧"
    sheet["A1"].font = Font(bold=True)
    sheet["I2"] = "平成18年3月31日現在"
    for row, cells in enumerate(HEADING, 4):
        for column, text in enumerate(cells, 1):
            sheet.cell(row, column, text or None)
    for merged in ("A1:I1", "A4:A5", "B4:B5", "C4:C5", "D4:G4", "H4:H5"):
        sheet.merge_cells(merged)
    for row, plan in enumerate(PLANS, 6):
        for column, text in enumerate(plan, 1):
            sheet.cell(row, column, text or None)
    # As in real lists, some cells are numbers and days rather than text.
    sheet["F7"] = 95000
    sheet["B11"] = dt.datetime(2005, 12, 20)
    sheet["A12"] = 7
    sheet["A12"].number_format = "0000"
    sheet["A14"] = "合　計"
    sheet["F14"] = 178000
    sheet["A15"] = "（注）売上高は平成18年3月末までの実績。"
    sheet["A16"] = "資料：経済産業省"
    book.create_sheet("記入要領")["A1"] = "この様式に記入してください"
    save(book, "plans.xlsx")


def merged_regions_xlsx() -> None:
    """Regions merged downwards beside their prefectures, and a subtotal below each."""
    book = openpyxl.Workbook()
    sheet = book.active
    rows = [
        ["地域", "都道府県", "件数"],
        ["近畿", "大阪府", 101], [None, "京都府", 30], [None, "小計", 131],
        ["四国", "愛媛県", 4], [None, "香川県", "#N/A"], [None, "小計", 4],
        ["合計", None, 135],
    ]  # fmt: skip
    for row in rows:
        sheet.append(row)
    sheet.merge_cells("A2:A4")
    sheet.merge_cells("A5:A7")
    save(book, "merged_regions.xlsx")


def save(book: openpyxl.Workbook, name: str) -> None:
    """Save a workbook with the same bytes every time."""
    book.properties.created = book.properties.modified = DAY
    path = HERE / name
    book.save(path)
    with zipfile.ZipFile(path) as file:
        parts = {info.filename: file.read(info) for info in file.infolist()}
    stamp = b'<dcterms:modified xsi:type="dcterms:W3CDTF">'
    core = parts["docProps/core.xml"]
    if stamp in core:
        start = core.index(stamp) + len(stamp)
        parts["docProps/core.xml"] = core[:start] + b"2006-04-01T00:00:00Z" + core[core.index(b"<", start) :]
    zipped(name, parts)


def zipped(name: str, parts: dict[str, bytes]) -> None:
    """Write a zipped file with fixed times."""
    with zipfile.ZipFile(HERE / name, "w", zipfile.ZIP_DEFLATED) as file:
        for part, content in parts.items():
            file.writestr(zipfile.ZipInfo(part, (2006, 4, 1, 0, 0, 0)), content, zipfile.ZIP_DEFLATED)


SURVEY = """\
アンケート集計データ（個票）,,,,,
問1,,問2,問3,自由記述,回答日
連携の有無,連携先（複数回答）,従業員数,売上高に占める割合,,
1,大学；公設試,５１～100人,３割５分,"良い点は
、特にない",H17.5.11
２,,1~5人,0.5,ﾃﾞ-ﾀなし,17.5.12
1,業界団体,300人超,38.0％,,平成17年５月13日
9,大学,20人以下,12%,,平成17年2月30日
"""


def texts() -> None:
    """One survey in three encodings, and a short list in a fourth with CR LF."""
    HERE.joinpath("survey_sjis.csv").write_bytes(SURVEY.replace("\n", "\r\n").encode("cp932"))
    HERE.joinpath("survey_euc.csv").write_bytes(SURVEY.replace("～", "〜").encode("euc_jp"))
    HERE.joinpath("survey_bom.csv").write_bytes(SURVEY.encode("utf-8-sig"))
    panel = (
        "企業ｺｰﾄﾞ\t年度\t付加価値額(百万円)\t従業者数\n"
        "0012\t2013年度\t1,234.5\t100\n0012\t平成30年度\t2,000\t１０５\n0340\tFY2018\t▲10\t7\n"
    )
    HERE.joinpath("panel.tsv").write_bytes(panel.encode("cp932"))
    mixed = "地域,件数\n東北,8\n".encode() + "関東,33\n".encode("cp932")
    HERE.joinpath("mixed_encodings.csv").write_bytes(mixed)


REGIONS: list[list[str | float]] = [
    ["地域", "件数", "日付"],
    ["北海道", 11.0, "H17.12.15"],
    ["東　北", 8.0, "H17.12.15"],
    ["計", 19.0, ""],
]


def ods_cell(value: str | float) -> str:
    """Return one cell of an OpenDocument sheet."""
    text = f"{value:g}" if isinstance(value, float) else escape(value)
    kind = f'float" office:value="{text}' if isinstance(value, float) else "string"
    return f'<table:table-cell office:value-type="{kind}"><text:p>{text}</text:p></table:table-cell>'


def ods() -> None:
    """A small OpenDocument sheet."""
    rows = "".join(f"<table:table-row>{''.join(map(ods_cell, row))}</table:table-row>" for row in REGIONS)
    base = "urn:oasis:names:tc:opendocument:xmlns"
    spaces = " ".join(f'xmlns:{name}="{base}:{name}:1.0"' for name in ("office", "table", "text"))
    content = (
        f'<?xml version="1.0" encoding="UTF-8"?><office:document-content {spaces} office:version="1.2"><office:body>'
        f'<office:spreadsheet><table:table table:name="地域">{rows}</table:table></office:spreadsheet>'
        "</office:body></office:document-content>"
    )
    kind = "application/vnd.oasis.opendocument.spreadsheet"
    manifest = (
        f'<?xml version="1.0" encoding="UTF-8"?><manifest:manifest xmlns:manifest="{base}:manifest:1.0">'
        f'<manifest:file-entry manifest:full-path="/" manifest:media-type="{kind}"/>'
        '<manifest:file-entry manifest:full-path="content.xml" manifest:media-type="text/xml"/></manifest:manifest>'
    )
    parts = {"mimetype": kind, "content.xml": content, "META-INF/manifest.xml": manifest}
    zipped("regions.ods", {name: text.encode() for name, text in parts.items()})


def compound(name: str, streams: dict[str, bytes]) -> None:
    """Write a compound file (MS-CFB): header, one FAT sector, one directory sector, the streams."""
    size, free, end = 512, 0xFFFFFFFF, 0xFFFFFFFE
    fat, body, entries = [0xFFFFFFFD, end], b"", []
    for title, content in streams.items():
        content = content.ljust(
            max(4096, -(-len(content) // size) * size), b"\0"
        )  # below 4096 it would be a mini stream
        start, count = len(fat), len(content) // size
        fat += [*range(start + 1, start + count), end]
        entries.append((title, 2, start, len(content)))
        body += content
    directory = b""
    # The tree of names is a list to the right; MS-CFB wants names in order of length, then letters.
    entries.sort(key=lambda entry: (len(entry[0]), entry[0].upper()))
    for place, (title, kind, start, length) in enumerate([("Root Entry", 5, end, 0), *entries]):
        named = title.encode("utf-16-le") + b"\0\0"
        right = place + 1 if 0 < place < len(entries) else free
        child = 1 if place == 0 else free
        directory += named.ljust(64, b"\0") + struct.pack("<HBBIII", len(named), kind, 1, free, right, child)
        directory += b"\0" * 36 + struct.pack("<IQ", start, length)
    blank = b"\0" * 66 + b"\0\0" + struct.pack("<III", free, free, free) + b"\0" * 48
    directory = (
        directory.ljust(size, b"\0")
        if len(directory) >= size
        else directory + blank[:128] * ((size - len(directory)) // 128)
    )
    header = (
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
        + b"\0" * 16
        + struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6)
        + b"\0" * 6
    )
    header += (
        struct.pack("<IIIIIIIII", 0, 1, 1, 0, 4096, end, 0, end, 0)
        + struct.pack("<I", 0)
        + struct.pack("<I", free) * 108
    )
    table = b"".join(struct.pack("<I", entry) for entry in fat).ljust(size, b"\xff")
    HERE.joinpath(name).write_bytes(header + table + directory + body)


def record(kind: int, content: bytes = b"") -> bytes:
    """Return one BIFF record."""
    return struct.pack("<HH", kind, len(content)) + content


def xls() -> None:
    """The same small table as Excel 97 wrote it (BIFF8)."""
    cells = b""
    for row, values in enumerate(REGIONS):
        for column, value in enumerate(values):
            where = struct.pack("<HHH", row, column, 0)
            if isinstance(value, float):
                cells += record(0x0203, where + struct.pack("<d", value))
            elif value:
                cells += record(0x0204, where + struct.pack("<HB", len(value), 1) + value.encode("utf-16-le"))
    size = struct.pack("<IIHHH", 0, len(REGIONS), 0, 3, 0)
    sheet = (
        record(0x0809, struct.pack("<HHHHII", 0x0600, 0x0010, 0x0DBB, 0x07CC, 0, 6))
        + record(0x0200, size)
        + cells
        + record(0x000A)
    )
    title = "地域"
    begin = record(0x0809, struct.pack("<HHHHII", 0x0600, 0x0005, 0x0DBB, 0x07CC, 0, 6)) + record(
        0x0042, struct.pack("<H", 1200)
    )
    named = struct.pack("<HBB", 0, len(title), 1) + title.encode("utf-16-le")
    place = len(begin) + 4 + 4 + len(named) + 4
    compound(
        "regions.xls",
        {"Workbook": begin + record(0x0085, struct.pack("<I", place) + named) + record(0x000A) + sheet},
    )


def protected() -> None:
    """What Excel writes for a workbook with a password: the encrypted package in a compound file."""
    compound(
        "protected.xlsx",
        {"EncryptionInfo": b"\4\0\4\0\x40\0\0\0", "EncryptedPackage": bytes(range(256)) * 20},
    )


if __name__ == "__main__":
    for make in (plans_xlsx, merged_regions_xlsx, texts, ods, xls, protected):
        make()
