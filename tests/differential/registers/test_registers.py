"""Random histories through the house: what the ledger and `bi` say, against the plain implementation."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

import pytest
from histories import tell
from ledger_by_rules import Ledger
from marts import differences, marts_by_rules, marts_of
from played import Played, ledger_differences

from mentor_dw.config import Settings
from mentor_dw.feeds import Feed, load_feed
from mentor_dw.feeds.model import Limits
from mentor_dw.warehouse.build import build
from mentor_dw.warehouse.publish import publish

pytestmark = pytest.mark.postgres

PEOPLE = 12


@pytest.fixture(scope="module")
def feeds() -> dict[str, Feed]:
    """The feeds with limits that refuse nothing for its rows: small registers have large shares."""
    limits = Limits(refuse_above_bad_pct=100, refuse_below_share_of_previous=0)
    return {source: load_feed(source).model_copy(update={"limits": limits}) for source in ("webreg", "biflis", "dream")}


def test_a_history_through_the_house(
    seed: int, home: Settings, feeds: dict[str, Feed], silent: Callable[[object], None]
) -> None:
    steps = [s for s in tell(Random(seed), PEOPLE * seed) ]
    steps = [s for s in steps if s.sent and s.sent.source != "dream"]
    ledger = Ledger(steps)
    people = set().union(*(e.people() for e in ledger.entries.values()))
    with Played(home, feeds, silent) as played:
        for step in steps:
            played.step(step, ledger)
        found = ledger_differences(played, ledger)
        publish(build(silent))
        m=marts_by_rules(ledger, ledger.last)
        import marts
        del m["fct_forsoergelse_spell"], m["fct_beskaeftigelse_spell"], m["fct_mentorforloeb"], m["fct_stoetteperiode"]
        for k in list(marts._QUERIES):
            if k not in m: del marts._QUERIES[k]
        found += differences(marts_of(home, "bi", people), m)
    assert not found, "\n".join([*(f"step {number}: {step.line()}" for number, step in enumerate(steps)), *found])
