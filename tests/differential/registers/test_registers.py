"""Random histories through the house: the ledger and the marts against the plain implementation.

Deliveries come in as real files by the same way as from a DAG, some built in between and some not; then the marts of
today, and those rebuilt as known at moments between the steps, must be what the rules say of the same history.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable
from random import Random

import pytest
from histories import Step, tell
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from ledger_by_rules import Ledger
from marts import TABLES, Marts, differences, marts_by_rules, marts_of
from played import Played, ledger_differences

from mentor_dw.config import Settings
from mentor_dw.feeds import Feed, load_feed
from mentor_dw.feeds.model import Limits
from mentor_dw.ingest.late import fold_known_persons
from mentor_dw.warehouse.as_known import drop_past, rebuild_as_known_at
from mentor_dw.warehouse.build import build
from mentor_dw.warehouse.publish import publish

pytestmark = pytest.mark.postgres

Say = Callable[[object], None]
#: People of a history; every history of a test session has its own.
PEOPLE = 12
_histories = itertools.count()
SCHEMA = "as_it_was"


@pytest.fixture(scope="module")
def feeds() -> dict[str, Feed]:
    """The feeds with limits that refuse nothing for its rows: small registers have large shares."""
    limits = Limits(refuse_above_bad_pct=100, refuse_below_share_of_previous=0)
    return {source: load_feed(source).model_copy(update={"limits": limits}) for source in ("webreg", "biflis", "dream")}


def go_through(
    steps: list[Step], built: Iterable[int], asked: Iterable[int], home: Settings, feeds: dict[str, Feed], silent: Say
) -> list[str]:
    """Where the house and the rules differ in a history; nothing when they agree.

    After the steps `built` and the last one the house is built and looked at; at the end it is `asked` what was known
    after those steps.
    """
    built = {*built, len(steps) - 1}
    ledger = Ledger(steps, built)
    found: list[str] = []
    with Played(home, feeds, silent) as played:
        for number, step in enumerate(steps):
            played.step(step, ledger)
            if number in built:
                fold_known_persons(silent)
                publish(build(silent))
                marts = marts_of(home, "bi", ledger.people())
                found += _told(f"built after step {number}", marts, marts_by_rules(ledger, number, number))
        found += ledger_differences(played, ledger)
        for number in asked:
            rebuild_as_known_at(played.moments[number], SCHEMA, silent, select=TABLES)
            marts = marts_of(home, SCHEMA, ledger.people())
            drop_past(SCHEMA)
            found += _told(f"as known after step {number}", marts, marts_by_rules(ledger, number, ledger.last))
    return found


def _told(when: str, got: Marts, want: Marts) -> list[str]:
    return [f"{when}: {line}" for line in differences(got, want)]


def retold(steps: list[Step], found: list[str]) -> str:
    """A failure without a personal value: what happened, and the first differences."""
    return "\n".join([*(f"step {number}: {step.line()}" for number, step in enumerate(steps)), *found[:40]])


def test_a_history_comes_out_as_the_rules_say(
    history: int, home: Settings, feeds: dict[str, Feed], silent: Say
) -> None:
    steps = tell(Random(history), PEOPLE * next(_histories))
    draw = Random(history)
    middle, asked = draw.sample(range(1, len(steps) - 1), 2)
    found = go_through(steps, [middle], [asked], home, feeds, silent)
    assert not found, retold(steps, found)


@pytest.mark.long
@pytest.mark.timeout(3600)
@settings(max_examples=6, deadline=None, suppress_health_check=list(HealthCheck))
@given(chance=st.randoms(use_true_random=False))
def test_any_history_comes_out_as_the_rules_say(
    chance: Random, home: Settings, feeds: dict[str, Feed], silent: Say
) -> None:
    steps = tell(chance, PEOPLE * next(_histories))
    built = [number for number in range(len(steps)) if chance.random() < 0.3]
    asked = [number for number in range(len(steps)) if chance.random() < 0.4]
    found = go_through(steps, built, asked, home, feeds, silent)
    assert not found, retold(steps, found)
