"""Which rows of a BIFLIS delivery stay and which are set aside, in plain Python as source-files.md says."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal

from biflis_deliveries import FIELDS, day_of, key_of, person, shape_of
from door_by_rules import UNSPLIT, Faults, Line

FIRST_14 = date(2014, 7, 1)


def field_fault(field: str, kind: str, value: str, key: list[str]) -> str | None:
    """The rule that a single value breaks, apart from what other rows say."""
    shape, allowed = shape_of(kind), kind.partition(":")[2]
    if shape == "cpr":
        return None if person(value) else "unknown_person" if re.fullmatch("0{6}-?0{4}", value) else "bad_cpr"
    if not value and shape != "filled":
        return None if "*" in kind else "key_empty" if field in key else "empty_required"
    forms = {
        "id": ("[0-9]+", "bad_id"),
        "digits3": ("[0-9]{3}", "bad_text"),
        "account": (r"[0-9]+(\.[0-9]+)+", "bad_text"),
        "month": ("(?!0000)[0-9]{4}-(0[1-9]|1[0-2])", "bad_date"),
        "number": ("-?[0-9]{1,9}", "bad_number"),
        "decimal": ("-?[0-9]{1,15}(,[0-9]{1,6})?", "bad_number"),
    }
    form, rule = forms.get(shape, (".*", ""))
    if not re.fullmatch(form, value, re.DOTALL):
        return rule
    if shape == "code" and value not in allowed.split(","):
        return "bad_code"
    if shape == "date" and not day_of(value):
        return "bad_date"
    if shape in ("number", "decimal") and allowed:
        low, high = map(Decimal, allowed.split("-"))
        number = Decimal(value.replace(",", "."))
        return "below_min" if number < low else "above_max" if number > high else None
    return None


def judge(members: dict[str, list[Line]]) -> Faults:
    """Every fault of every line, by member and physical line. A line without one is not there."""
    faults: Faults = {}
    staying: dict[str, set[str]] = {}
    in_force = {
        line.values["mentorforloeb_id"]
        for line in members["mentoraftale.csv"]
        if line.form == "plain" and (day_of(line.values["indgaaet_dato"]) or date.min) >= FIRST_14
    }
    for member in FIELDS:
        seen: set[tuple[str, ...]] = set()
        found = [(line, _faults(member, line, seen, staying, in_force)) for line in members[member]]
        key = key_of(member)[0]
        good = {line.values[key]: line for line, why in found if not why}
        if member == "mentorforloeb.csv":
            while gone := [own for own, line in good.items() if _hangs(line, good)]:
                for own in gone:
                    del good[own]
            for line, why in found:
                if line.form == "plain" and _hangs(line, good):
                    why.add(("forrige_id", "reference"))
        faults |= {(member, line.number): why for line, why in found if why}
        staying[member] = {person(own) or "" if key == "cpr" else own for own in good}
    return faults


def _hangs(line: Line, good: dict[str, Line]) -> bool:
    """Whether a course continues one that does not stay; one that continues itself continues nothing."""
    former = line.values["forrige_id"]
    return bool(former) and former != line.values["mentorforloeb_id"] and former not in good


def _faults(
    member: str, line: Line, seen: set[tuple[str, ...]], staying: dict[str, set[str]], in_force: set[str]
) -> set[tuple[str | None, str]]:
    if line.form != "plain":
        return {(None, UNSPLIT[line.form])}
    found: set[tuple[str | None, str]] = set()
    key = key_of(member)
    for field, kind in FIELDS[member].items():
        value = line.values[field]
        fault = field_fault(field, kind, value, key)
        if fault:
            found.add((field, fault))
        target = re.sub(".*@|^[^@]*$", "", kind)
        known = (person(value) if field == "cpr" else value) or ""
        if target in staying and known and known not in staying[target]:
            found.add((field, "reference"))
        before = kind.partition(">")[2]
        if before:
            start, end = day_of(line.values[before]), day_of(value)
            if start and end and end < start:
                found.add((field, "end_before_start"))
    if line.values.get("maalgruppe") == "14" and line.values["mentorforloeb_id"] not in in_force - {""}:
        found.add(("maalgruppe", "code_not_in_force"))
    whole = tuple((person(line.values[field]) if field == "cpr" else line.values[field]) or "" for field in key)
    if all(whole):
        if whole in seen:
            found.add((",".join(key), "key_twice"))
        seen.add(whole)
    return found


def doubts(people: list[dict[str, str]], vouchers: list[dict[str, str]]) -> dict[str, int]:
    """What is counted of rows that stay."""
    weights = (4, 3, 2, 7, 6, 5, 4, 3, 2, 1)
    counted = dict.fromkeys(("cpr_fails_mod11", "cpr_has_no_date", "koen_differs_from_cpr"), 0)
    counted |= {"foedselsdato_differs_from_cpr": 0, "konto_unknown": 0}
    for row in people:
        number = person(row["cpr"]) or ""
        # The people of these tests are born in the years 1940 to 1989.
        born = day_of(f"{int(number[:2]) - 60:02}-{number[2:4]}-19{number[4:6]}")
        counted["cpr_fails_mod11"] += sum(w * int(d) for w, d in zip(weights, number, strict=True)) % 11 > 0
        counted["cpr_has_no_date"] += born is None
        counted["koen_differs_from_cpr"] += row["koen"] != "KM"[int(number[9]) % 2]
        counted["foedselsdato_differs_from_cpr"] += born is not None and born != day_of(row["foedselsdato"])
    counted["konto_unknown"] = sum(row["konto"] == "1.2" for row in vouchers)
    return {name: count for name, count in counted.items() if count}
