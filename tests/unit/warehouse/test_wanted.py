"""When the warehouse is to be built again."""

from __future__ import annotations

import pytest
from psycopg.types.json import Jsonb

from mentor_dw.database import connect
from mentor_dw.ingest.lock import source_lock
from mentor_dw.ledger.deliveries import rows_came_later
from mentor_dw.warehouse.basis import basis_at
from mentor_dw.warehouse.lock import build_lock
from mentor_dw.warehouse.wanted import build_is_due, build_is_wanted

pytestmark = pytest.mark.postgres


@pytest.fixture(autouse=True)
def empty_ledgers(warehouse):
    with connect("owner") as owner:
        owner.execute("truncate ops.build, ops.delivery restart identity cascade")


def accept_a_delivery(covers: str) -> int:
    with connect("loader") as loader:
        row = loader.execute(
            "insert into ops.delivery"
            " (source, file_name, sha256, bytes, covers, version, status, decided_at, accepted_at)"
            " values ('webreg', 'x', repeat('a', 64), 0, %s, 1, 'accepted', now(), now()) returning delivery_id",
            (covers,),
        ).fetchone()
    return row["delivery_id"]


def build_now(status: str, *, error: str | None = None, minutes_ago: int = 0) -> None:
    """A build of what counts at this moment."""
    with connect("transformer") as transformer:
        basis = basis_at(transformer)
        transformer.execute(
            "insert into ops.build (status, deliveries, made_of, error, built_at, published_at)"
            " values (%(status)s, %(deliveries)s, %(made_of)s, %(error)s, now() - make_interval(mins => %(ago)s),"
            " case when %(status)s = 'published' then now() end)",
            {
                "status": status,
                "deliveries": basis.deliveries,
                "made_of": Jsonb(basis.made_of),
                "error": error,
                "ago": minutes_ago,
            },
        )


def test_nothing_accepted_wants_no_build():
    assert not build_is_wanted()


def test_the_first_accepted_delivery_wants_one_and_a_published_build_of_it_ends_that():
    accept_a_delivery("2008-09-30")
    assert build_is_wanted()
    build_now("published")
    assert not build_is_wanted()


def test_a_later_delivery_and_a_withdrawal_each_want_one():
    accept_a_delivery("2008-09-30")
    build_now("published")
    second = accept_a_delivery("2008-10-31")
    assert build_is_wanted()
    build_now("published")
    assert not build_is_wanted()
    with connect("loader") as loader:
        loader.execute(
            "update ops.delivery set status = 'withdrawn', withdrawn_at = now() where delivery_id = %s", (second,)
        )
    assert build_is_wanted()


def test_rows_that_come_or_go_after_the_verdict_want_one_even_when_as_many_do():
    delivery_id = accept_a_delivery("2008-09-30")
    build_now("published")
    with connect("loader") as loader:
        loader.execute(
            "update ops.delivery set rows_read = 5, rows_withheld = 5,"
            """ members = '{"": {"rows_accepted": 0, "rows_withheld": 5}}'"""
        )
        rows_came_later(loader, delivery_id, 3)
        rows_came_later(loader, delivery_id, -3)
    assert build_is_wanted()


@pytest.mark.parametrize(
    ("status", "error", "minutes_ago", "wanted"),
    [
        ("failed", "a test failed", 0, False),
        ("built", None, 0, False),
        ("built", None, 6, True),
        ("built", "foreign key", 6, False),
        ("running", None, 0, True),
    ],
)
def test_a_build_that_died_is_wanted_again_and_one_that_failed_for_its_rows_is_not(status, error, minutes_ago, wanted):
    accept_a_delivery("2008-09-30")
    build_now(status, error=error, minutes_ago=minutes_ago)
    assert build_is_wanted() is wanted


def test_a_build_that_is_running_is_not_wanted_twice():
    accept_a_delivery("2008-09-30")
    build_now("running")
    with build_lock(print):
        assert not build_is_wanted()


@pytest.mark.parametrize("taken", ["webreg", "biflis", "dream"])
def test_a_wanted_build_waits_for_the_delivery_that_is_being_taken(taken):
    accept_a_delivery("2008-09-30")
    assert build_is_due()
    with source_lock(taken):
        assert build_is_wanted() and not build_is_due()
    assert build_is_due()


def test_no_build_is_due_that_nobody_wants():
    assert not build_is_due()
