"""What the følgebrev and the manifest say of a delivery."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

from small_extract import facts, specification, tables

from mentor_dw.delivery.content.revision import revision
from mentor_dw.delivery.package.facts import TableSuppression
from mentor_dw.delivery.package.files import write_files


class _Seen(HTMLParser):
    """Names of tags, and the text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)

    def handle_data(self, data: str) -> None:
        self.text += data


def told(folder: Path, given: Any = None, other_spec: Any = None, **other: Any) -> tuple[str, _Seen, dict[str, Any]]:
    """The letter, its page and the manifest of a package."""
    spec = specification(formats=["csv"], **(other_spec or {}))
    write_files(folder / "plain", spec, given or tables(), facts(spec, **other))
    read = {path.name: path.read_text(encoding="utf-8") for path in (folder / "plain").iterdir()}
    return read["foelgebrev.md"], _Seen(read["foelgebrev.html"]), json.loads(read["manifest.json"])


def test_it_says_to_whom_what_of_when_and_what_is_hidden(tmp_path: Path) -> None:
    letter, page, manifest = told(tmp_path, missing_areas=("Hvidovre",), deadline=date(2016, 4, 14))
    for words in (
        "Styrelsen  \nVej 1  \n2300 København S\n\nDen 14. april 2016",
        "# Følgebrev: Mentorforløb, marts 2016",
        "(1. marts 2016 til og med 31. marts 2016). Det er leverance nummer 1 for perioden. Fristen er 14. april 2016.",
        "**Hjemmel:** lov § 43.",
        "| `forloeb.csv` | 4 | Forløb (CSV) |",
        "kendt 13. april 2016 kl. 8.05. Definitioner: 2026-1.",
        "- Herlev mangler i hele marts.\n- Kommuner, der plejer",
        "for perioden: Hvidovre.",
        "Antal fra 1 til 4 er skjult",
        "få personer: 1; for at de andre ikke kan regnes ud: 1 |",
        "Intet er for smalt.",
        "sha256sum --check star_forloeb_2016-03_001.zip.age.sha256",
        "senest 2 arbejdsdage efter afsendelsen",
        "Statistik, statistik@eksempel.dk",
    ):
        assert words in letter, words
    assert "erstatter" not in letter and "tom:" not in letter and "PRØVE" not in letter
    # A text of the specification stays text on the page.
    assert "b" not in page.tags and "<b>antal</b> [1]" in page.text and page.tags.count("table") == 2
    assert "ol" not in page.tags and page.tags.count("pre") == 2
    assert manifest["missing_areas"] == ["Hvidovre"] and manifest["suppression"]["tables"][0]["hidden"] == 2


def test_it_says_what_it_replaces_and_that_it_is_empty(tmp_path: Path) -> None:
    given = [replace(table, rows=()) for table in tables()]
    letter, _, manifest = told(
        tmp_path,
        [*given, revision(tables(), given, "Timer var talt to gange.")],
        sequence=3,
        replaces=2,
        why="Timer var talt to gange.",
        is_empty=True,
        rows=0,
    )
    assert "leverance nummer 2 (`star_forloeb_2016-03_002`)" in letter
    assert "Timer var talt to gange." in letter and "række for række i `revision.csv`." in letter
    assert "**Leverancen er tom:" in letter and "| `forloeb.csv` | 0 |" in letter
    assert (manifest["replaces"], manifest["is_empty"]) == ("star_forloeb_2016-03_002", True)


def test_a_trial_asks_for_no_receipt(tmp_path: Path) -> None:
    letter, _, manifest = told(tmp_path, kind="trial")
    assert letter.startswith("**PRØVELEVERANCE.") and "## Kvittering" not in letter
    assert (manifest["package"], manifest["kind"]) == ("star_forloeb_2016-03_001_proeve", "trial")


def test_persons_are_said_to_be_withheld(tmp_path: Path) -> None:
    field = {"column": "alder", "title": "Alder", "description": "Alder i år"}
    person = {"name": "pseudonym", "column": "person_key", "title": "Person", "description": "Personen"}
    table = {
        "name": "forloeb",
        "title": "Forløb",
        "description": "Et forløb",
        "model": "ext_star__personer_v1",
        "fields": [person | {"type": "pseudonym"}, field | {"name": "alder", "type": "integer", "quasi": True}],
    }
    spec = {"level": "persons", "disclosure": {"k": 5}, "tables": [table]}
    letter, _, manifest = told(
        tmp_path,
        [tables()[0]],
        spec,
        suppression=(TableSuppression("forloeb", k=5, withheld_rows=3),),
        pseudonym_key_id="0123abcd",
    )
    assert "pseudonym, der kun gælder for denne modtager" in letter
    assert "ligner færre end 5 personer, er udeladt" in letter and "| `forloeb` | 3 |" in letter
    assert manifest["pseudonym_key_id"] == "0123abcd" and manifest["suppression"]["tables"][0]["withheld_rows"] == 3


def test_the_manifest_is_canonical(tmp_path: Path) -> None:
    _, _, manifest = told(tmp_path)
    content = (tmp_path / "plain" / "manifest.json").read_bytes()
    assert content.startswith(b'{"_format":"mentor-dw-manifest-1",') and b"\n" not in content
    assert json.dumps(manifest, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode() == content
    names = {path.name for path in (tmp_path / "plain").iterdir()}
    assert {file["name"] for file in manifest["files"]} == names - {"manifest.json"}
