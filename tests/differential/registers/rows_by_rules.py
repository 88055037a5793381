"""Which rows of a BIFLIS or DREAM delivery stay and which are set aside, in plain Python as source-files.md says.

Written from the contract alone. A line is named by its member and physical number.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

from register_files import BIFLIS_COLUMNS, DREAM_FIELDS, Delivery, Line
from weeks_by_rules import month_of, week_of

Place = tuple[str, int]

#: What each field of BIFLIS must be. A star: may be empty. After @: the member whose key it refers to. After >: the
#: field it may not be before.
BIFLIS = {
    "borger.csv": "cpr code:M,K date code*:dansk,vestlig,ikke-vestlig digits3",
    "leverandoer.csv": "id text code:ekstern,jobcenter,beskaeftigelsescenter,virksomhed",
    "tilbud.csv": (
        "id cpr@borger.csv code:vejledning_opkvalificering,virksomhedspraktik,nytteindsats,loentilskud,oevrige date "
        "date>start_dato date*>start_dato text*"
    ),
    "mentorforloeb.csv": (
        "id cpr@borger.csv code:helhedsorienteret,fastholdelse,udskrivning,udslusning "
        "code:ny,forlaenget,genoptaget,mentorskift id* date date>start_dato date*>start_dato "
        "code*:klar_til_tilbud,ude_af_maalgruppe,job,uddannelse,anden_ydelse,udloebet,andet "
        "number id@leverandoer.csv code*:0,1,2,3,4,5,6,7,8,9,10,11,12,13,14"
    ),
}


def clean(written: str) -> str | None:
    """A CPR number as ten digits; None when it is none, or stands for nobody."""
    plain = re.sub(r"\s", "", written)
    match = re.fullmatch("([0-9]{5,6})-?([0-9]{4})", plain)
    number = (match[1] + match[2]).zfill(10) if match else "0" * 10
    return None if number == "0" * 10 else number


def set_aside(delivery: Delivery) -> set[Place]:
    """The lines of `delivery` that are quarantined; webreg's have no faults here."""
    return {"dream": _dream, "biflis": _biflis, "webreg": lambda _: set()}[delivery.source](delivery)


def staying(delivery: Delivery, aside: set[Place]) -> dict[str, list[dict[str, str]]]:
    """The rows that stay, by member, in their order."""
    return {
        member: [line.values for number, line in numbered(lines) if (member, number) not in aside]
        for member, lines in delivery.lines.items()
    }


def numbered(lines: list[Line]) -> Iterator[tuple[int, Line]]:
    """Lines with their physical numbers."""
    return enumerate(lines, start=2)


def biflis_day(text: str) -> date | None:
    """The day of DD-MM-YYYY; None when it is none."""
    match = re.fullmatch("([0-9]{2})-([0-9]{2})-([0-9]{4})", text)
    return _day(match[3], match[2], match[1]) if match else None


def _day(year: str, month: str, day: str) -> date | None:
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        return None


def _biflis(delivery: Delivery) -> set[Place]:
    aside: set[Place] = set()
    keys: dict[str, set[str | None]] = {}
    for member, kinds in BIFLIS.items():
        fields = dict(zip(BIFLIS_COLUMNS[member], kinds.split(), strict=True))
        key = next(iter(fields))
        seen: set[str | None] = set()
        good: dict[int, str | None] = {}
        for number, line in numbered(delivery.lines[member]):
            own = clean(line.values[key]) if key == "cpr" else line.values[key] or None
            twice = line.form == "plain" and own is not None and own in seen
            if line.form == "plain":
                seen.add(own)
            if line.form != "plain" or twice or any(_wrong(line, name, fields[name], keys) for name in fields):
                aside.add((member, number))
            else:
                good[number] = own
        if member == "mentorforloeb.csv":
            _follow(delivery, good, aside)
        keys[member] = set(good.values())
    return aside


def _follow(delivery: Delivery, good: dict[int, str | None], aside: set[Place]) -> None:
    """Set aside what refers to a course that does not stay, and what refers to that, until nothing more falls."""
    member = "mentorforloeb.csv"
    lines = dict(numbered(delivery.lines[member]))
    falling = True
    while falling:
        falling = [n for n in good if lines[n].values["forrige_id"] not in {"", *good.values()}]
        for number in falling:
            del good[number]
            aside.add((member, number))


def _wrong(line: Line, name: str, kind: str, keys: dict[str, set[str | None]]) -> bool:
    value = line.values[name]
    rule, _, not_before = kind.partition(">")
    rule, _, target = rule.partition("@")
    rule, _, listed = rule.partition(":")
    if rule == "cpr":
        return clean(value) is None or (target != "" and clean(value) not in keys[target])
    if not value:
        return not rule.endswith("*")
    if target and value not in keys[target]:
        return True
    if rule.startswith("date"):
        day = biflis_day(value)
        before = biflis_day(line.values[not_before]) if not_before else None
        return day is None or (before is not None and day < before)
    forms = {"id": "[0-9]+", "number": "[0-9]{1,4}", "digits3": "[0-9]{3}", "text": ".*"}
    return value not in listed.split(",") if listed else not re.fullmatch(forms[rule.rstrip("*")], value)


def _dream(delivery: Delivery) -> set[Place]:
    aside: set[Place] = set()
    seen: set[str] = set()
    for number, line in numbered(delivery.lines[""]):
        person = clean(line.values["pnr"])
        twice = line.form == "plain" and person is not None and person in seen
        if line.form == "plain" and person:
            seen.add(person)
        wrong = any(_wrong_cell(name, line.values.get(name, "")) for name in delivery.columns[""])
        if line.form != "plain" or twice or wrong:
            aside.add(("", number))
    return aside


def _wrong_cell(name: str, value: str) -> bool:
    if name == "pnr":
        return clean(value) is None
    if name == "foedselsdato":
        match = re.fullmatch("([0-9]{4})-([0-9]{2})-([0-9]{2})", value)
        return match is None or _day(match[1], match[2], match[3]) is None
    if name == "koen":
        return value not in ("M", "K")
    if name in DREAM_FIELDS:
        forms = {"kommunekode": "[0-9]{3}|", "herkomst": "dansk|vestlig|ikke-vestlig|", "civilstand": "[UGFEPOLD]?"}
        return not re.fullmatch(forms[name], value)
    if week_of(name):
        return not re.fullmatch("([0-9]{3})?", value)
    if month_of(name):
        form = "([0-9]{6})?" if name.startswith("branche") else "([0-9]{1,3}(,[0-9]{1,6})?)?"
        return not re.fullmatch(form, value)
    return bool(re.fullmatch("ak[0-9]{2}", name)) and not re.fullmatch("([0-9]{2})?", value)
