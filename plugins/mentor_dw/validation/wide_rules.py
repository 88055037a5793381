"""The rules of a wide delivery: those of its rows, judged while they are read, and those of its profile.

The profile is the delivery as a few dozen numbers, each with the bounds it should lie in: it tells what no single row
can, such as a benefit that has vanished since the delivery before. Outside its bounds a number is a warning; what the
contract refuses (too few rows, too many bad ones) is decided by the counts of rows.
"""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from typing import Any

from mentor_dw.feeds import CODE_LISTS, Feed, FieldSpec, SeriesSpec
from mentor_dw.landing.wide_counts import PartCounts
from mentor_dw.reading.wide.layout import Layout
from mentor_dw.validation.rule import Rule

#: A number may differ by so much from the delivery before: in parts of itself, or of the whole for a share.
_PERSONS_MAY_DIFFER = 0.2
_FILLED_MAY_DIFFER = 0.25
_GROUP_MAY_DIFFER = 0.05

_DECIMALS = 6
#: Rules whose number is one of weeks.
_COUNT_WEEKS = ("weeks_end_early", "unknown_codes")

KEY_TWICE = "key_twice"


@dataclass(frozen=True)
class Check:
    """One number of the profile. None for a bound that is not there; `check_id` is the rule_id of its rule."""

    check_id: str
    value: float
    lowest: float | None = None
    highest: float | None = None

    @property
    def is_outside(self) -> bool:
        """The number does not lie in its bounds."""
        return (self.lowest is not None and self.value < self.lowest) or (
            self.highest is not None and self.value > self.highest
        )


def wide_rules(feed: Feed) -> list[Rule]:
    """Every rule of the wide `feed`, in the order findings are shown."""
    assert feed.wide is not None
    rules = [Rule("", None, word) for word in ("too_few_fields", "too_many_fields")]
    for spec in feed.wide.fields:
        rules += [Rule("", spec.name, word, personal=spec.personal) for word in _words(spec)]
    rules += [Rule("", serie.name, _word(serie)) for serie in feed.wide.series]
    rules.append(Rule("", _cpr(feed), KEY_TWICE, kind="key", personal=True))
    for field, word in (
        (_cpr(feed), "cpr_fails_mod11"),
        (_cpr(feed), "cpr_has_no_date"),
        ("koen", "koen_differs_from_cpr"),
    ):
        rules.append(Rule("", field, word, severity="warning"))
    rules += [Rule("", field, word, severity="warning", kind="profile") for field, word in _profile(feed)]
    return rules


def profile_of(
    feed: Feed, layout: Layout, covers: str, counts: PartCounts, keys_shared: int, before: dict[str, float]
) -> list[Check]:
    """The profile of a delivery: every rule of `wide_rules`, rows first.

    `keys_shared` are the rows whose key stands there more than once, `before` the values of the delivery before it.
    """
    checks = []
    for rule in wide_rules(feed):
        if rule.kind == "profile":
            continue
        if rule.kind == "key":
            rows = keys_shared
        elif rule.severity == "warning":
            rows = counts.warnings[rule.rule]
        else:
            rows = counts.by_rule[rule.rule_id]
        checks.append(Check(rule.rule_id, rows, 0, 0))
    return [*checks, *_profile_checks(feed, layout, covers, counts, before)]


def _profile(feed: Feed) -> Iterator[tuple[str, str]]:
    """Field and word of each rule about the delivery as a whole."""
    weeks = _weeks(feed)
    yield _cpr(feed), "persons_changed"
    yield weeks.name, "weeks_end_early"
    yield weeks.name, "weeks_begin_late"
    yield weeks.name, "filled_weeks_changed"
    yield weeks.name, "unknown_codes"
    for group in sorted(set(benefit_groups(weeks.code_list or "").values())):
        yield group.lower(), "benefit_group_changed"


def _profile_checks(
    feed: Feed, layout: Layout, covers: str, counts: PartCounts, before: dict[str, float]
) -> Iterator[Check]:
    weeks = _weeks(feed)
    columns = layout.series[weeks.name]
    runs = list(columns.runs())
    begin, end = runs[0][0], runs[-1][1]
    groups = benefit_groups(weeks.code_list or "")
    filled = sum(counts.weeks.values())
    cells = counts.persons * len(columns.places)

    def near(check_id: str, value: float, share: float, *, of_itself: bool) -> Check:
        old = before.get(check_id)
        if old is None:
            return Check(check_id, value)
        room = share * old if of_itself else share
        return Check(check_id, value, round(old - room, _DECIMALS), round(old + room, _DECIMALS))

    yield near(f"{_cpr(feed)}.persons_changed", counts.rows_read, _PERSONS_MAY_DIFFER, of_itself=True)
    missing = max((_end_of_weeks(covers) - end).days // 7, 0)
    yield Check(f"{weeks.name}.weeks_end_early", missing, 0, 0)
    check_id = f"{weeks.name}.weeks_begin_late"
    yield Check(check_id, begin.toordinal(), None, before.get(check_id))
    share = round(filled / cells, _DECIMALS) if cells else 0
    yield near(f"{weeks.name}.filled_weeks_changed", share, _FILLED_MAY_DIFFER, of_itself=True)
    unknown = sum(number for code, number in counts.weeks.items() if code not in groups)
    yield Check(f"{weeks.name}.unknown_codes", unknown, 0, 0)
    for group in sorted(set(groups.values())):
        number = sum(number for code, number in counts.weeks.items() if groups.get(code) == group)
        share = round(number / filled, _DECIMALS) if filled else 0
        yield near(f"{group.lower()}.benefit_group_changed", share, _GROUP_MAY_DIFFER, of_itself=False)


def profile_warnings(feed: Feed, checks: list[Check]) -> dict[str, int]:
    """The rules about the delivery as a whole that it breaks: word to weeks, or to how many numbers lie outside."""
    by_id = {check.check_id: check for check in checks}
    found: Counter[str] = Counter()
    for rule in wide_rules(feed):
        check = by_id[rule.rule_id]
        if rule.kind == "profile" and check.is_outside:
            found[rule.rule] += int(check.value) if rule.rule in _COUNT_WEEKS else 1
    return dict(found)


def unknown_codes(feed: Feed, counts: PartCounts) -> list[dict[str, Any]]:
    """Codes that the code list does not know, {"column": series, "code", "weeks"}: they are kept, and drift."""
    weeks = _weeks(feed)
    groups = benefit_groups(weeks.code_list or "")
    return [
        {"column": weeks.name, "code": code, "weeks": number}
        for code, number in sorted(counts.weeks.items())
        if code not in groups
    ]


@cache
def benefit_groups(code_list: str) -> dict[str, str]:
    """Code to the group of benefits it belongs to (rules.md, section 4)."""
    with (CODE_LISTS / f"{code_list}.csv").open(encoding="utf-8", newline="") as handle:
        return {row["kode"]: row["gruppe4"] for row in csv.DictReader(handle)}


def _end_of_weeks(covers: str) -> date:
    """The day after the last week of the covered month: a week is of the month of its Thursday."""
    first = date.fromisoformat(f"{covers}-01")
    after = date(first.year + first.month // 12, first.month % 12 + 1, 1)
    last_thursday = after - timedelta(days=(after.weekday() - 3 - 1) % 7 + 1)
    return last_thursday + timedelta(days=4)


def _words(spec: FieldSpec) -> Iterator[str]:
    if spec.type == "cpr":
        yield from ("key_empty", "bad_cpr", "unknown_person")
        return
    if not spec.may_be_empty:
        yield "empty_required"
    if spec.type in ("code", "date"):
        yield f"bad_{spec.type}"
    elif spec.pattern is not None:
        yield "bad_text"


def _word(serie: SeriesSpec) -> str:
    return "bad_number" if serie.decimal else "bad_code"


def _cpr(feed: Feed) -> str:
    assert feed.wide is not None
    return feed.wide.fields[0].name


def _weeks(feed: Feed) -> SeriesSpec:
    """The series of weeks, which tells what a wide register is about."""
    assert feed.wide is not None
    return next(serie for serie in feed.wide.series if serie.by == "week")
