"""Which delivery counts, whatever the order they come, go and come back in."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mentor_dw.config import Settings
from mentor_dw.database import connect
from mentor_dw.errors import DeliveryRefused, MentorDwError
from mentor_dw.ledger import deliveries
from mentor_dw.ledger.listing import deliveries_as_json
from mentor_dw.validation.verdict import MemberCount, Verdict

pytestmark = pytest.mark.postgres
_numbers = itertools.count(1)


def arrive(connection: deliveries.Connection, source: str, covers: str) -> int:
    sha256 = f"{next(_numbers):064x}"
    return deliveries.receive(
        connection, deliveries.Arrival(source, f"{source}_{covers}.zip", sha256, 1, covers, "hash")
    )


def take_in(connection: deliveries.Connection, source: str, covers: str, rows: int = 10) -> int:
    delivery_id = arrive(connection, source, covers)
    verdict = Verdict({"a.csv": MemberCount(rows, 1)}, {}, {}, {}, {})
    deliveries.accept(connection, delivery_id, verdict, [])
    return delivery_id


def states(connection: deliveries.Connection, source: str) -> dict[int, tuple[str, int | None]]:
    return {
        row["delivery_id"]: (row["status"], row["version"])
        for row in deliveries_as_json(connection)
        if row["source"] == source
    }


def test_a_late_one_is_superseded_at_once_and_a_correction_counts(warehouse: Settings) -> None:
    with connect("loader") as connection:
        newest = take_in(connection, "late", "2008-09-30")
        late = take_in(connection, "late", "2008-06-30")
        assert states(connection, "late") == {newest: ("accepted", 1), late: ("superseded", 1)}
        corrected = take_in(connection, "late", "2008-09-30")
        assert states(connection, "late")[corrected] == ("accepted", 2)
        assert states(connection, "late")[newest] == ("superseded", 1)


days = st.sampled_from(["2008-01-31", "2008-02-29", "2008-03-31"])


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(st.one_of(days, st.integers(0, 5)), max_size=12))
def test_the_greatest_of_those_not_withdrawn_counts(warehouse: Settings, steps: list[Any]) -> None:
    """A day: a delivery comes. A number: that one of those that are in is withdrawn."""
    source = f"s{next(_numbers)}"
    model: dict[int, tuple[str, int]] = {}
    versions: dict[str, int] = {}
    with connect("loader") as connection:
        for step in steps:
            if isinstance(step, str):
                versions[step] = versions.get(step, 0) + 1
                model[take_in(connection, source, step)] = (step, versions[step])
            elif model:
                chosen = sorted(model)[step % len(model)]
                deliveries.withdraw(connection, chosen, "derfor", "nogen")
                del model[chosen]
            found = states(connection, source)
            effective = max(model, key=lambda delivery_id: model[delivery_id]) if model else None
            for delivery_id, (status, _) in found.items():
                expected = "withdrawn" if delivery_id not in model else "superseded"
                assert status == ("accepted" if delivery_id == effective else expected)


def test_an_undecided_row_is_taken_over(warehouse: Settings) -> None:
    with connect("loader") as connection:
        first = arrive(connection, "again", "2008-01-31")
        assert arrive(connection, "again", "2008-02-29") == first
        deliveries.refuse(connection, first, DeliveryRefused("empty_file", "the file is empty"))
        assert arrive(connection, "again", "2008-02-29") != first


def test_nothing_is_decided_twice(warehouse: Settings) -> None:
    with connect("loader") as connection:
        taken = take_in(connection, "once", "2008-01-31")
    with pytest.raises(MentorDwError, match="decided by somebody else"), connect("loader") as connection:
        deliveries.refuse(connection, taken, DeliveryRefused("empty_file", "the file is empty"))


def test_half_of_the_delivery_before_means_the_nearest_earlier_one_that_is_in(warehouse: Settings) -> None:
    with connect("loader") as connection:
        take_in(connection, "half", "2008-01-31", rows=100)
        withdrawn = take_in(connection, "half", "2008-02-29", rows=1000)
        deliveries.withdraw(connection, withdrawn, "derfor", "nogen")
        take_in(connection, "half", "2008-04-30", rows=5000)
        before = deliveries.delivery_before(connection, "half", "2008-03-31")
        assert before is not None and before.rows_read == 100
        assert deliveries.delivery_before(connection, "half", "2008-01-30") is None


def test_times_are_told_in_copenhagen(warehouse: Settings) -> None:
    with connect("loader") as connection:
        take_in(connection, "clock", "2008-01-31")
        row = next(row for row in deliveries_as_json(connection) if row["source"] == "clock")
    assert row["decided_at"].endswith(("+01:00", "+02:00"))
