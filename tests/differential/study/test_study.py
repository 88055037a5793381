"""Random populations of the study through the house: outcomes, money, compliance and figures against the rules.

Deliveries come in as real files by the same way as from a DAG. What is built at the end, and what is rebuilt as known
before corrections and later deliveries came, must be what the plain implementation says of the same history.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from random import Random

import pytest
from histories import Step
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from ledger_by_rules import Ledger
from marts import differences
from played import Played
from state_by_rules import State
from study_history import CHANGES, PEOPLE, tell_study
from study_tables import TABLES, figure_differences, figures_of, tables_by_rules, tables_of_the_study

from mentor_dw.config import Settings
from mentor_dw.feeds import Feed, load_feed
from mentor_dw.feeds.model import Limits
from mentor_dw.ingest.late import fold_known_persons
from mentor_dw.warehouse.as_known import drop_past, rebuild_as_known_at
from mentor_dw.warehouse.build import build
from mentor_dw.warehouse.publish import publish

pytestmark = pytest.mark.postgres

Say = Callable[[object], None]
SCHEMA = "as_it_was"
_histories = itertools.count()


@pytest.fixture(scope="module")
def feeds() -> dict[str, Feed]:
    """The feeds with limits that refuse nothing for its rows: small registers have large shares."""
    limits = Limits(refuse_above_bad_pct=100, refuse_below_share_of_previous=0)
    return {source: load_feed(source).model_copy(update={"limits": limits}) for source in ("webreg", "biflis", "dream")}


def go_through(steps: list[Step], asked: int, home: Settings, feeds: dict[str, Feed], silent: Say) -> list[str]:
    """Where the house and the rules differ at the end of a history, and as known after step `asked`."""
    ledger = Ledger(steps, [len(steps) - 1])
    with Played(home, feeds, silent) as played:
        for step in steps:
            played.step(step, ledger)
        fold_known_persons(silent)
        publish(build(silent))
        found = _told("at the end", "bi", State(ledger, ledger.last, ledger.last), home, ledger)
        rebuild_as_known_at(played.moments[asked], SCHEMA, silent, select=TABLES)
        found += _told(f"as known after step {asked}", SCHEMA, State(ledger, asked, ledger.last), home, ledger)
        drop_past(SCHEMA)
    return found


def _told(when: str, schema: str, state: State, home: Settings, ledger: Ledger) -> list[str]:
    found = differences(tables_of_the_study(home, schema, ledger.people()), tables_by_rules(state))
    return [f"{when}: {line}" for line in [*found, *figure_differences(figures_of(schema), state)]]


def retold(steps: list[Step], found: list[str]) -> str:
    """A failure without a personal value: what happened, and the first differences."""
    return "\n".join([*(f"step {number}: {step.line()}" for number, step in enumerate(steps)), *found[:60]])


def test_a_study_comes_out_as_the_rules_say(study: int, home: Settings, feeds: dict[str, Feed], silent: Say) -> None:
    steps = tell_study(Random(study), PEOPLE * next(_histories), PEOPLE, CHANGES)
    found = go_through(steps, 2, home, feeds, silent)
    assert not found, retold(steps, found)


@pytest.mark.long
@pytest.mark.timeout(3600)
@settings(max_examples=4, deadline=None, suppress_health_check=list(HealthCheck))
@given(seed=st.integers(1, 10**9), size=st.integers(30, PEOPLE), changes=st.integers(1, 6), asked=st.integers(0, 5))
def test_any_study_comes_out_as_the_rules_say(
    seed: int, size: int, changes: int, asked: int, home: Settings, feeds: dict[str, Feed], silent: Say
) -> None:
    # A source of chance that Hypothesis draws itself would be asked too often for it.
    steps = tell_study(Random(seed), PEOPLE * next(_histories), size, changes)
    found = go_through(steps, 2 + asked % changes, home, feeds, silent)
    assert not found, retold(steps, found)
