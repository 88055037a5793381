"""Mentor courses of both sources, their støtteperioder (rules.md C9, R17) and what runs in a month."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

from ledger_by_rules import Ledger
from rows_by_rules import biflis_day, clean
from weeks_by_rules import month_after


@dataclass(frozen=True)
class Course:
    """A registered course, or an offer. `end` is its last day; None while it runs. `kind`: mentor- or tilbudstype."""

    source: str
    number: str
    cpr: str
    start: date
    end: date | None
    kind: str = ""
    previous: str = ""


@dataclass(frozen=True)
class Period:
    """A støtteperiode: the courses that belong together."""

    source: str
    cpr: str
    courses: frozenset[str]
    start: date
    end: date | None


def courses(ledger: Ledger, moment: int) -> list[Course]:
    """The courses of the effective deliveries."""
    found: list[Course] = []
    webreg, biflis = ledger.effective("webreg", moment), ledger.effective("biflis", moment)
    if webreg:
        persons = {row["borger_id"]: clean(row["cpr"]) for row in webreg.rows["borgere.csv"]}
        for row in webreg.rows["stoetteforloeb.csv"]:
            # BEG18 ends the course on its date when slut_dato is empty.
            ends = [
                event["start_dato"]
                for event in webreg.rows["begivenheder.csv"]
                if (event["forloeb_id"], event["begivenhed"]) == (row["forloeb_id"], "BEG18")
            ]
            end = row["slut_dato"] or min(ends, default="")
            last = date.fromisoformat(end) if end else None
            start = date.fromisoformat(row["start_dato"])
            found.append(Course("webreg", row["forloeb_id"], persons[row["borger_id"]], start, last))
    if biflis:
        for row in biflis.rows["mentorforloeb.csv"]:
            start, end = biflis_day(row["start_dato"]), biflis_day(row["slut_dato"])
            person, number = clean(row["cpr"]), row["mentorforloeb_id"]
            found.append(Course("biflis", number, person, start, end, row["mentortype"], row["forrige_id"]))
    return found


def periods(found: list[Course]) -> list[Period]:
    """The courses joined by what they continue, and that by what it continues, whatever the gap.

    A period is one citizen's: it does not go on with what another one had.
    """
    together = {(one.source, one.number): {one} for one in found}
    by_name = {(one.source, one.number): one for one in found}
    for one in found:
        before = by_name.get((one.source, one.previous))
        if before and before.cpr == one.cpr:
            joined = together[one.source, one.number] | together[before.source, before.number]
            for member in joined:
                together[member.source, member.number] = joined
    groups = {frozenset(group) for group in together.values()}
    return [_period(group) for group in groups]


def _period(group: frozenset[Course]) -> Period:
    one = next(iter(group))
    ends = [course.end for course in group]
    last = None if None in ends else max(end for end in ends if end)
    return Period(one.source, one.cpr, frozenset(c.number for c in group), min(c.start for c in group), last)


def efforts(ledger: Ledger, moment: int) -> list[Course]:
    """What BIFLIS grants: mentor courses and activation offers, named by their kinds."""
    found = [one for one in courses(ledger, moment) if one.source == "biflis"]
    biflis = ledger.effective("biflis", moment)
    for row in biflis.rows["tilbud.csv"] if biflis else []:
        start, end = biflis_day(row["start_dato"]), biflis_day(row["slut_dato"])
        found.append(Course("biflis", row["tilbud_id"], clean(row["cpr"]), start, end, row["tilbudstype"]))
    return found


def stock(found: list[Course], first: date, place: Callable[[str, date], str]) -> dict[tuple[str, str], list[int]]:
    """By kind and place: what runs on the last day of a month (it begins on `first`), started in it and ended in it.

    First and last day belong to a course. `place` is where a citizen lives on a day: that on which it is counted.
    """
    after = month_after(first)
    last = after - timedelta(days=1)
    counted: defaultdict[tuple[str, str], list[int]] = defaultdict(lambda: [0, 0, 0])
    for one in found:
        if one.start <= last and (one.end is None or one.end >= last):
            counted[one.kind, place(one.cpr, last)][0] += 1
        if first <= one.start < after:
            counted[one.kind, place(one.cpr, one.start)][1] += 1
        if one.end and first <= one.end < after:
            counted[one.kind, place(one.cpr, one.end)][2] += 1
    return dict(counted)
