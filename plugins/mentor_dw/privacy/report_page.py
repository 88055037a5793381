"""The answer to a request for access as a page to read and as JSON, in a folder that only its owner may open."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from functools import cache
from html import escape
from pathlib import Path
from typing import Any

from mentor_dw.config import COPENHAGEN
from mentor_dw.errors import MentorDwError
from mentor_dw.feeds import CODE_LISTS, load_feed
from mentor_dw.local.folders import write_private
from mentor_dw.reporting import danish

Facts = Mapping[str, Any]
Row = Mapping[str, Any]

_STYLE = (
    "body{font:16px/1.5 sans-serif;max-width:70em;margin:2em auto;padding:0 1em}table{border-collapse:collapse;"
    "font-size:14px}td,th{border:1px solid #999;padding:.2em .5em;text-align:left;vertical-align:top}"
    "div{overflow-x:auto;margin-bottom:1em}"
)
_KINDS = {
    "objection": "indsigelse",
    "restriction": "begrænsning af behandlingen",
    "rectification": "berigtigelse, der afventer en rettet leverance",
    "protected_address": "beskyttet adresse",
}
_STATUS = {
    "accepted": "den gældende",
    "superseded": "afløst af en nyere",
    "withdrawn": "trukket tilbage",
    "refused": "afvist",
}
#: Names of ours that are not Danish.
_DANISH = {
    "person_link": "Numre, der er besluttet at være samme person",
    "person_candidate": "Måske et skiftet nummer",
    "person_restriction": "Indsigelser, begrænsninger og beskyttet adresse",
    "extract_person": "Udtræk, personen er med i",
    "delivery_id": "Leverance nr.",
    "former_delivery_id": "Tidligere leverance nr.",
    "line_number": "Linje",
    "member": "Del",
    "source_id": "Løbenummer hos kilden",
    "kind": "Art",
    "code": "Kode",
    "decision": "Sag",
    "by_whom": "Besluttet af",
    "decided_at": "Besluttet",
    "lifted_at": "Ophævet",
    "lifted_decision": "Ophævet i sag",
    "lifted_by": "Ophævet af",
    "undone_at": "Fortrudt",
    "undone_decision": "Fortrudt i sag",
    "undone_by": "Fortrudt af",
    "link_id": "Nr.",
    "restriction_id": "Nr.",
    "extract_id": "Udtræk nr.",
}
#: Columns that only computers read.
_INNER = ("_key", "_keys", "_id_hash")


def write(facts: Facts, folder: Path) -> tuple[Path, Path]:
    """Write `svar.html` and `svar.json` into `folder`, which is made; where they are.

    Raises MentorDwError for a folder that others can open.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if folder.stat().st_mode & 0o077:
        raise MentorDwError(f"Others can open {folder}.", "Name a folder that does not exist yet.")
    page, data = folder / "svar.html", folder / "svar.json"
    write_private(page, html(facts))
    write_private(data, json.dumps(facts, ensure_ascii=False, indent=1, default=str) + "\n")
    return page, data


def html(facts: Facts) -> str:
    """The page, in Danish."""
    parts = [
        "<!doctype html><html lang='da'><head><meta charset='utf-8'><title>Svar på anmodning om indsigt</title>"
        f"<style>{_STYLE}</style></head><body><h1>Svar på anmodning om indsigt</h1>",
        _text(f"Dannet {_shown(facts['made_at'])}. Sag: {facts['decision']}."),
    ]
    if not facts["found"]:
        parts.append(_text("Der er ingen oplysninger om personen i datavarehuset."))
    else:
        parts += [*_persons(facts), *_held(facts)]
    parts += [*_files(facts), *_given(facts), *_kept_how_long(facts)]
    return "\n".join([*parts, "</body></html>"]) + "\n"


def _persons(facts: Facts) -> list[str]:
    count = len(facts["numbers"])
    text = "Personen er kendt under ét nummer." if count == 1 else f"Personen er kendt under {count} numre."
    return [_text(text), _table(facts["numbers"])]


def _held(facts: Facts) -> list[str]:
    parts = ["<h2>Hvor oplysningerne kommer fra</h2>"]
    parts.append(_table([_delivery(row) for row in facts["deliveries"]]))
    for source in facts["sources"]:
        if not source["rows"]:
            continue
        parts += [
            f"<h2>{escape(source['title'])}</h2>",
            _text(f"Formål: {source['purpose']}"),
            _text(f"Retsgrundlag: {source['legal_basis']}. Dataansvarlig: {source['owner']}, {source['contact']}."),
        ]
        for name, rows in source["rows"].items():
            parts += [_heading(name), _table(rows, _code_lists(source["source"], name))]
    parts.append("<h2>Hvad der er beregnet ud fra oplysningerne</h2>")
    for name, rows in facts["warehouse"].items():
        parts += [_heading(name), _table(rows)]
    decisions = facts["decisions"]
    if decisions:
        parts.append("<h2>Hvad der er besluttet</h2>")
    for name, rows in decisions.items():
        shown = [{**row, "kind": _KINDS.get(row["kind"], row["kind"])} if "kind" in row else row for row in rows]
        parts += [_heading(name), _table(shown)]
    return parts


def _files(facts: Facts) -> list[str]:
    parts = ["<h2>Linjer i modtagne filer</h2>"]
    if not facts["kept_lines"]:
        parts.append(_text("Nummeret står ikke i nogen af de filer, der er gemt."))
    else:
        parts += [
            _text(
                "Nummeret står på disse linjer. Det, der er indlæst, er vist ovenfor; linjer, der er sat til side, og "
                "linjer i afviste filer er ikke indlæst. Linjer, der kun henviser til personen ved et løbenummer, er "
                "ikke med i listen."
            ),
            _table(
                [
                    {
                        "fil": line["file_name"],
                        "dækker": danish.covered(line["covers"]),
                        "del": line["member"] or "filen",
                        "linje": line["line_number"],
                        "leverancen": "modtaget" if line["accepted"] else "afvist, ikke indlæst",
                        "fejl": " ".join(line["rules"]),
                    }
                    for line in facts["kept_lines"]
                ]
            ),
        ]
    if facts["unreadable_files"]:
        names = danish.listed(facts["unreadable_files"])
        parts.append(_text(f"Disse filer kan ikke læses, så de er ikke gennemset: {names}."))
    return parts


def _given(facts: Facts) -> list[str]:
    parts = ["<h2>Hvem der har fået oplysningerne</h2>"]
    parts.append(
        _table(
            [
                {
                    "udtræk": row["name"],
                    "periode": row["period"],
                    "udgave": row["version"],
                    "modtager": row["receiver"],
                    "udleveret": row["delivered_at"],
                }
                for row in facts["receivers"]
            ]
        )
        if facts["receivers"]
        else _text("Ingen uden for huset.")
    )
    parts.append("<h2>Hvem der har læst dem</h2>")
    parts.append(
        _table(
            [
                {
                    "tidspunkt": row["at"],
                    "læser": row["role_name"],
                    "formål": row["purpose"],
                    "tabel": row["relation"],
                    "hvordan": "personens egne rækker" if row["by_name"] else "blandt alle i tabellen",
                }
                for row in facts["reads"]
            ]
        )
        if facts["reads"]
        else _text("Der er ingen opslag i loggen.")
    )
    return parts


def _kept_how_long(facts: Facts) -> list[str]:
    rows = [
        {
            "hvor": row["place"],
            "hvor længe": row["counted_from"]
            if row["days"] is None
            else f"{danish.number(row['days'])} dage {row['counted_from']}",
        }
        for row in facts["retention"]
    ]
    return [
        "<h2>Hvor længe oplysningerne gemmes</h2>",
        _table(rows),
        _text(
            "Oplysninger rettes hos den, der har leveret dem. Du kan gøre indsigelse, bede om begrænsning og klage til "
            "Datatilsynet."
        ),
    ]


def _delivery(row: Row) -> dict[str, Any]:
    return {
        "kilde": load_feed(row["source"]).title,
        "fil": row["file_name"],
        "dækker": danish.covered(row["covers"]),
        "modtaget": row["received_at"],
        "leverancen er": _STATUS.get(row["status"], row["status"]),
        "nr.": row["delivery_id"],
    }


def _code_lists(source: str, name: str) -> dict[str, str]:
    """Column to code list of a member, or of a table of a wide source."""
    feed = load_feed(source)
    if feed.wide is None:
        return {field.name: field.code_list for field in feed.members[name].fields if field.code_list}
    lists = {field.name: field.code_list for field in feed.wide.fields if field.code_list}
    # The one series of codes stands in raw as runs of a `code`.
    return lists | dict.fromkeys(["code"], next((one.code_list for one in feed.wide.series if one.code_list), ""))


@cache
def _labels(name: str) -> dict[str, str]:
    path = CODE_LISTS / f"{name}.csv"
    if not path.is_file():
        return {}
    with path.open(encoding="utf-8", newline="") as handle:
        return {row["kode"]: row["label_da"] for row in csv.DictReader(handle)}


def _table(rows: Sequence[Row], code_lists: Mapping[str, str] | None = None) -> str:
    """The rows with a heading for each column; codes with what they mean."""
    columns = [name for name in rows[0] if not name.endswith(_INNER)]
    lists = {name: (code_lists or {}).get(name, name.removesuffix("_code")) for name in columns}
    head = "".join(f"<th>{escape(_words(name))}</th>" for name in columns)
    body = "".join(
        "<tr>" + "".join(f"<td>{escape(_cell(row[name], lists[name]))}</td>" for name in columns) + "</tr>"
        for row in rows
    )
    return f"<div><table><tr>{head}</tr>{body}</table></div>"


def _cell(value: Any, code_list: str) -> str:
    text = _shown(value)
    label = _labels(code_list).get(text) if text else None
    return text if label is None or label == text else f"{text} ({label})"


def _shown(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "ja" if value else "nej"
    if isinstance(value, datetime):
        return f"{danish.day(value.astimezone(COPENHAGEN).date())} kl. {value.astimezone(COPENHAGEN):%H.%M}"
    if isinstance(value, date):
        return danish.day(value)
    if isinstance(value, Iterable) and not isinstance(value, str):
        return ", ".join(map(str, value))
    return str(value)


def _words(column: str) -> str:
    """The name of a column or table as people write it."""
    if column in _DANISH:
        return _DANISH[column]
    word = column.removesuffix("_code").replace("_", " ").replace("oe", "ø").replace("ae", "æ").replace("aa", "å")
    return word[:1].upper() + word[1:]


def _heading(name: str) -> str:
    return f"<h3>{escape(_words(name.removesuffix('.csv')))}</h3>"


def _text(text: str) -> str:
    return f"<p>{escape(text)}</p>"
