"""That the histories hold what tells implementations apart: otherwise agreement would say little."""

from __future__ import annotations

from collections import Counter
from random import Random

from borger_by_rules import Citizens
from courses_by_rules import courses, periods
from histories import tell
from ledger_by_rules import Ledger

SEEDS = range(60)


def test_histories_hold_what_tells_implementations_apart() -> None:
    found: Counter[str] = Counter()
    for seed in SEEDS:
        steps = tell(Random(seed))
        ledger = Ledger(steps, built=range(len(steps)))
        _deliveries(ledger, found)
        for moment in range(ledger.last + 1):
            _state(ledger, moment, found)
    rare = {name: found[name] for name in _WANTED if found[name] < 5}
    assert not rare


_WANTED = [
    "a correction", "a late delivery", "a withdrawn one", "the same again", "rows set aside", "rows withheld",
    "known after DREAM came", "versions of two sources' making", "somebody gone from all sources",
    "a period of several courses", "a period that outlives one of its courses", "sources that disagree about birth",
    "a course before all deliveries", "a state that changed while no new day was covered",
]  # fmt: skip


def _deliveries(ledger: Ledger, found: Counter[str]) -> None:
    for moment, entry in ledger.entries.items():
        source = entry.delivery.source
        found["a correction"] += entry.version > 1
        newest = ledger.effective(source, moment)
        found["a late delivery"] += entry.accepted_at is not None and newest is not entry
        found["a withdrawn one"] += entry.withdrawn_at is not None
        found["the same again"] += entry.status == "duplicate"
        found["rows set aside"] += len(entry.aside)
        if source == "dream" and entry.accepted_at is not None:
            found["rows withheld"] += ledger.withheld(entry)
            found["known after DREAM came"] += len(ledger.kept(entry, ledger.last) - ledger.kept(entry, moment))


def _state(ledger: Ledger, moment: int, found: Counter[str]) -> None:
    citizens = Citizens(ledger, moment, ledger.last)
    for versions in citizens.versions.values():
        sources = {source for version in versions for source in str(dict(version.values)["kilder"]).split(",")}
        found["versions of two sources' making"] += len(sources) > 1 < len(versions)
        found["somebody gone from all sources"] += versions[-1].end is not None
        found["sources that disagree about birth"] += len({dict(version.values)["born"] for version in versions}) > 1
    held = courses(ledger, moment)
    joined = [period for period in periods(held) if len(period.courses) > 1]
    found["a period of several courses"] += len(joined)
    found["a period that outlives one of its courses"] += sum(period.end is None for period in joined)
    first = min(entry.day for entry in ledger.entries.values())
    found["a course before all deliveries"] += sum(course.start < first for course in held)
    if moment and ledger.entries.get(moment) and ledger.entries[moment].version > 1:
        before = {cpr: versions for cpr, versions in Citizens(ledger, moment - 1, ledger.last).versions.items()}
        found["a state that changed while no new day was covered"] += before != citizens.versions
