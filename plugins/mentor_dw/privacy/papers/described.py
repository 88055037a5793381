"""What feeds and settings say about the processing: sources, fields, minimisation, how long files are kept."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from typing import Any

from mentor_dw.config import Settings
from mentor_dw.feeds import CODE_LISTS, Feed, FieldSpec, SeriesSpec
from mentor_dw.feeds.dictionary import TYPES
from mentor_dw.privacy.keeping import KEEPING
from mentor_dw.privacy.papers import words

Facts = dict[str, Any]

#: What the one file of a wide delivery is called where members have names.
_THE_FILE = "filen"
_STORED = "gemmes"
_AT_THE_DOOR = {
    "cpr": "erstattes af personnøglen, mens filen læses",
    "filled": "reduceres til ja eller nej, mens filen læses; teksten gemmes ikke",
    "text": "gemmes; det, der ligner et CPR-nummer, skjules",
}
_COLUMN = {"week": "ÅÅUU", "month": "ÅÅÅÅ_MM", "year": "ÅÅ"}
_MINIMISED = "dream_persons"


def feed_facts(feed: Feed) -> Facts:
    """One source: `owner`, `legal_basis`, how it comes, `members` with their fields, `special` with the codes."""
    members = _members(feed)
    return {
        "source": feed.source,
        "title": feed.title,
        "owner": feed.owner.name,
        "email": feed.owner.email,
        "legal_basis": feed.owner.legal_basis,
        # Without the ways it may be packed, which are in the dictionary.
        "file": feed.file.shown.split(",")[0],
        "covers": words.COVERS[feed.file.covers],
        "every": words.EVERY[feed.expected.every],
        "late_after_days": feed.expected.late_after_days,
        "gives_purpose": feed.gives_purpose,
        "minimised": feed.wide is not None,
        "members": members,
        "special": [
            {"member": member["name"], **field}
            for member in members
            for field in member["fields"]
            if field["special"] is not None
        ],
    }


def about_citizens(feed: Feed) -> set[str]:
    """The members whose rows are about citizens: they hold a CPR number or refer, however far, to one that does."""
    found = {name for name, member in feed.members.items() if member.cpr_field is not None}
    while True:
        more = {
            name
            for name, member in feed.members.items()
            if any(field.references is not None and field.references.member in found for field in member.fields)
        } - found
        if not more:
            return found
        found |= more


def days_kept(settings: Settings) -> list[Facts]:
    """The rules of retention: `place`, `days` and `setting` (its variable; None where an event ends it), `rule`."""
    return [
        {
            "place": words.PLACES.get(one.place, one.place),
            "days": one.days(settings),
            "setting": variable(one.setting) if one.setting else None,
            "rule": one.danish,
        }
        for one in KEEPING
    ]


def installation_facts(settings: Settings) -> Facts:
    """Where the Airflow page listens, whose the database server is, and whose rows of wide registers are kept."""
    return {
        "api_host": settings.api_host,
        "api_is_local": settings.api_host in ("127.0.0.1", "::1", "localhost"),
        "own_server": settings.dsn is None,
        "known_persons_only": settings.dream_persons == "known",
        "everybody_basis": settings.dream_legal_basis,
        "minimised_by": variable(_MINIMISED),
    }


def variable(field: str) -> str:
    """The environment variable that sets `field` of the settings."""
    return f"{Settings.model_config['env_prefix']}{field.upper()}"


def _members(feed: Feed) -> list[Facts]:
    if feed.wide is not None:
        fields = [*map(_field, feed.wide.fields), *map(_series, feed.wide.series)]
        return [{"name": _THE_FILE, "citizens": True, "fields": fields}]
    citizens = about_citizens(feed)
    return [
        {
            "name": name,
            "citizens": name in citizens,
            "fields": [_field(field) for field in member.fields],
        }
        for name, member in feed.members.items()
    ]


def _field(field: FieldSpec) -> Facts:
    return {
        "name": field.name,
        "holds": TYPES[field.type],
        "door": _AT_THE_DOOR.get(field.type, _STORED),
        "personal": field.personal,
        "special": field.special_category,
        "codes": _labels(field.code_list) if field.special_category else [],
    }


def _series(series: SeriesSpec) -> Facts:
    return {
        "name": f"{series.prefix}{_COLUMN[series.by]}",
        "holds": "decimaltal" if series.decimal else "kode",
        "door": _STORED if series.kept else "kontrolleres og gemmes ikke",
        "personal": False,
        "special": series.special_category,
        "codes": _labels(series.code_list) if series.special_category else [],
    }


def _labels(code_list: str | None) -> list[str]:
    """The codes of a list in words, each once; empty for a list without labels and for a field without one."""
    if code_list is None:
        return []
    with (CODE_LISTS / f"{code_list}.csv").open(encoding="utf-8", newline="") as handle:
        return _once(row.get("label_da", "") for row in csv.DictReader(handle))


def _once(texts: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(filter(None, texts)))
