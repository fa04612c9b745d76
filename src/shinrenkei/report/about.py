"""What the archive says of the reports as a whole: documents, terms, authors, software."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

import shinrenkei
from shinrenkei import catalog
from shinrenkei.errors import InputError

MIT = "https://spdx.org/licenses/MIT"
TERMS = "#terms-of-data"
SOFTWARE = "#shinrenkei"
NAME_EN = "The published record of Japan's new-partnership scheme: reproduced figures and tables"
NAME_JA = "新連携の公表資料：再現した図と表"
DESCRIPTION = (
    "Figures and tables recomputed from the published record of Japan's new-partnership scheme (新連携, "
    "2005-2020) by parameterized notebooks, each run with its parameters, inputs and results; all tables and "
    "the ledger of checked claims as a workbook. The code is under the MIT licence; the numbers are facts "
    "carried over from the documents under citation.\n\n"
    "新連携（2005～2020年）の公表資料から、パラメータ付きノートブックで再計算した図と表。実行ごとにパラメータ、"
    "入力、結果を記録し、全ての表と主張の台帳をブックに収めた。コードはMITライセンス、数値は引用した資料に"
    "印刷された事実である。"
)
_TERMS_TEXT = (
    "Numbers, labels and dates are facts carried over from the documents named with each table. Figures and tables "
    "may be reused with the source line that they carry; cite the documents together with this package.\n\n"
    "数値、ラベル、日付は、各表に示す資料に印刷された事実である。図と表は、付された出典の行とともに再利用できる。"
    "引用の際は資料と本パッケージの両方を示すこと。"
)

Entity = dict[str, Any]
"""A thing described, as JSON-LD: ``@id``, ``@type`` and properties."""


def entity_id(path: str) -> str:
    """Return the path of a file as RO-Crate writes it: an IRI, in which Japanese letters stay.

    Examples
    --------
    >>> entity_id("02-rate/region=近畿, 50%/figures/rate #1.png")
    '02-rate/region=近畿,%2050%25/figures/rate%20%231.png'
    """
    return "".join(
        letter if ord(letter) > 127 else quote(letter, safe="/-._~=,+@()!$&'*;") for letter in path
    )


def source_documents() -> Iterator[Entity]:
    """Describe every document that the numbers come from."""
    for source in catalog.sources().fillna("").to_dict("records"):
        entity = {
            "@id": f"#source-{source['source_id']}",
            "@type": "CreativeWork",
            "identifier": source["source_id"],
            "name": source["title"],
            "alternateName": source["title_en"],
            "author": f"{source['issuer']} / {source['issuer_en']}",
            "datePublished": source["issued"],
            "description": f"{source['issuer']}「{source['title']}」（{source['issued']}）",
        }
        yield entity | ({"url": source["address"]} if source["address"] else {})


def licences() -> list[Entity]:
    """Describe what the parts may be used for."""
    return [
        {
            "@id": MIT,
            "@type": "CreativeWork",
            "name": "MIT License",
            "description": "Of the software, the notebooks and the pages. / ソフトウェア、ノートブック、ページに適用。",
            "url": "https://opensource.org/license/mit",
        },
        {
            "@id": TERMS,
            "@type": "CreativeWork",
            "name": "Facts, to be cited with their sources / 出典とともに引用する事実",
            "description": _TERMS_TEXT,
        },
    ]


def read_citation(path: Path) -> dict[str, Any]:
    """Return the citation file; nothing where there is none."""
    import yaml

    try:
        found = yaml.safe_load(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        said = " ".join(str(error).split())
        msg = f"{path.name} cannot be read ({said}); expected a citation file in YAML."
        raise InputError(msg) from None
    return found if isinstance(found, dict) else {}


def authors(citation: Mapping[str, Any]) -> list[Entity]:
    """Describe the authors of the citation file in their order, then the organizations they belong to."""
    listed = citation.get("authors") or [{"name": "The shinrenkei developers"}]
    places = dict.fromkeys(author["affiliation"] for author in listed if author.get("affiliation"))
    people = [_author(number, author) for number, author in enumerate(listed, start=1)]
    return [*people, *({"@id": _place(name), "@type": "Organization", "name": name} for name in places)]


def _author(number: int, author: Mapping[str, Any]) -> Entity:
    if "name" in author:
        address = {"url": author["website"]} if author.get("website") else {}
        return {"@id": f"#author-{number}", "@type": "Organization", "name": author["name"], **address}
    names = {key: str(author.get(key) or "") for key in ("given-names", "family-names")}
    person = {
        "@id": author.get("orcid") or f"#author-{number}",
        "@type": "Person",
        "name": " ".join(filter(None, names.values())),
        "givenName": names["given-names"],
        "familyName": names["family-names"],
    }
    return person | (
        {"affiliation": {"@id": _place(author["affiliation"])}} if author.get("affiliation") else {}
    )


def _place(name: str) -> str:
    return f"#affiliation-{entity_id(name)}"


def software(runs: Mapping[str, Mapping[str, Any]], citation: Mapping[str, Any]) -> Entity:
    """Describe the package, with the versions of others that the runs were made with."""
    versions = {
        (name, version) for run in runs.values() for name, version in (run.get("versions") or {}).items()
    }
    entity = {
        "@id": SOFTWARE,
        "@type": "SoftwareApplication",
        "name": "shinrenkei",
        "description": str(citation.get("title") or NAME_EN),
        "version": shinrenkei.__version__,
        "license": {"@id": MIT},
        "softwareRequirements": [
            f"{name} {version}" for name, version in sorted(versions) if name != "shinrenkei"
        ],
    }
    address = citation.get("repository-code") or citation.get("url")
    return entity | ({"url": address} if address else {})
