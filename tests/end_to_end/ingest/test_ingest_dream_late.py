"""Persons who become known after a DREAM delivery: in whatever order deliveries arrive, the same rows are kept."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from mentor_dw.config import Settings
from mentor_dw.database import connect
from mentor_dw.feeds import load_feed
from mentor_dw.housekeeping import let_go
from mentor_dw.identity.keys import load_keys
from mentor_dw.ingest import Outcome, take, withdraw
from mentor_dw.ingest.late import fold_known_persons
from mentor_dw.ingest.lock import lock_is_free, source_lock
from mentor_dw.landing.vault import person_keys
from mentor_dw.ledger.purpose import missing_persons, unlooked

pytestmark = [pytest.mark.postgres, pytest.mark.usefixtures("with_one_judge")]

Dream = Callable[..., Outcome]


def quiet(text: str) -> None:
    """Progress that nobody reads."""


def rows_of(delivery_id: int) -> dict[str, Any]:
    """What raw and the ledger hold of a DREAM delivery, without keys and numbers that differ from run to run."""
    with connect("loader") as connection:
        found: dict[str, Any] = {
            table: sorted(
                str({name: value for name, value in row.items() if name not in ("person_key", "delivery_id")})
                for row in connection.execute(
                    f"select * from raw.dream__{table} where delivery_id = %s", (delivery_id,)
                )
            )
            for table in ("person", "forsoergelse", "beskaeftigelse", "opslag")
        }
        row = connection.execute("select * from ops.delivery where delivery_id = %s", (delivery_id,)).fetchone()
    assert row is not None
    names = ("rows_read", "rows_accepted", "rows_quarantined", "rows_withheld", "members", "unknown_values")
    return found | {name: row[name] for name in names}


def somebody_waits() -> bool:
    with connect("operator") as connection:
        return bool(unlooked(connection))


@pytest.fixture(scope="module")
def lines(dream_line: Any) -> list[str]:
    """The two citizens of the clean web registrations among others; one stands there twice, so does a stranger."""
    anna, bo, stranger = "6103801234", "6204751235", "6305701111"
    others = [dream_line(f"64{month:02}{year}0017") for month in range(1, 13) for year in range(60, 80)]
    return [
        dream_line(anna),
        dream_line(stranger),
        *others[:100],
        dream_line(bo, weeks="999;", work=";"),
        dream_line(anna, weeks="111;111"),
        dream_line(stranger, weeks="111;111"),
        *others[100:],
    ]


@pytest.mark.parametrize(("place", "ending"), enumerate([".csv", ".csv.gz", ".csv.zst"]))
def test_a_register_before_its_citizens_ends_as_one_after_them(
    home: Settings, dream: Dream, lines: list[str], deliver: Any, clean: Any, place: int, ending: str
) -> None:
    with connect("loader") as connection:
        connection.execute("update ops.delivery set withdrawn_at = now(), status = 'withdrawn' where source = 'webreg'")
    before = dream(f"2015-0{1 + 2 * place}", lines, ending)
    assert (before.rows_accepted, before.rows_quarantined, before.rows_withheld) == (0, 2, 243)
    assert not somebody_waits()
    opgaver = [*clean["opgaver.csv"], f"{6001 + place};1000;10;2008-05-02;OPG01"]
    take(deliver(f"2008-09-1{place}", {"opgaver.csv": opgaver}), load_feed("webreg"), quiet)
    assert somebody_waits()
    assert fold_known_persons(quiet) == 2
    assert not somebody_waits() and fold_known_persons(quiet) == 0
    after = dream(f"2015-0{2 + 2 * place}", lines, ending)
    assert after.status == "accepted"
    assert rows_of(before.delivery_id) == rows_of(after.delivery_id)
    assert rows_of(after.delivery_id)["rows_accepted"] == 2


def test_a_register_that_is_being_taken_is_left_for_the_next_build(
    home: Settings, dream: Dream, lines: list[str]
) -> None:
    dream("2016-05", lines)
    with connect("owner") as owner:
        owner.execute("update ops.wide_lookup set known_by = ''")
    said: list[str] = []
    with connect("operator", autocommit=True) as operator:
        assert lock_is_free(operator, "dream")
        with source_lock("dream"):
            assert not lock_is_free(operator, "dream")
            assert fold_known_persons(said.append) == 0
        assert lock_is_free(operator, "dream")
    assert "being taken" in said[0] and somebody_waits()
    assert fold_known_persons(quiet) == 0 and not somebody_waits()


def test_a_withdrawn_delivery_leaves_the_one_before_it_to_be_searched(
    home: Settings, dream: Dream, lines: list[str], deliver: Any, clean: Any
) -> None:
    first, second = dream("2016-06", lines), dream("2016-07", lines)
    borgere = [*clean["borgere.csv"], "102;6401600017;K;40;"]
    take(deliver("2008-10-01", {"borgere.csv": borgere}), load_feed("webreg"), quiet)
    assert fold_known_persons(quiet) == 1
    assert (rows_of(first.delivery_id)["rows_accepted"], rows_of(second.delivery_id)["rows_accepted"]) == (2, 3)
    withdraw(second.delivery_id, "Drawn from a test system", "somebody")
    assert somebody_waits()
    assert fold_known_persons(quiet) == 1
    assert rows_of(first.delivery_id) == rows_of(second.delivery_id)


def test_another_number_of_a_known_person_is_looked_for_once_the_two_are_linked(
    home: Settings, dream: Dream, lines: list[str]
) -> None:
    latest = dream("2016-07", lines)
    known_rows = rows_of(latest.delivery_id)["rows_accepted"]
    with connect("loader") as connection:
        numbers = ["6103801234", "6408700017"]
        anna, new = person_keys(connection, load_keys(home.secrets), numbers, "webreg").values()
        connection.execute(
            "insert into ops.person_link (person_key, same_as_person_key, decision, by_whom) values (%s, %s, 'x', 'x')",
            (anna, new),
        )
    assert somebody_waits()
    assert fold_known_persons(quiet) == 1
    assert rows_of(latest.delivery_id)["rows_accepted"] == known_rows + 1
    with connect("owner") as owner:
        owner.execute("delete from ops.person_link")


def test_without_its_file_a_register_lacks_persons_and_says_so(
    home: Settings, dream: Dream, lines: list[str], deliver: Any, clean: Any
) -> None:
    latest = dream("2016-08", lines)
    for file in (home.archive / "dream").iterdir():
        file.unlink()
    borgere = [*clean["borgere.csv"], "103;6401610017;K;40;"]
    take(deliver("2008-10-02", {"borgere.csv": borgere}), load_feed("webreg"), quiet)
    assert fold_known_persons(quiet) == 0 and not somebody_waits()
    with connect("operator") as connection:
        assert [(one["warning"], one["rows"]) for one in missing_persons(connection)] == [("persons_without_rows", 1)]
    assert rows_of(latest.delivery_id)["rows_accepted"] == 3


def test_a_kept_file_that_was_tampered_with_gives_no_rows(
    home: Settings, dream: Dream, lines: list[str], deliver: Any, clean: Any
) -> None:
    latest = dream("2016-09", lines)
    (kept,) = (home.archive / "dream").glob(f"{latest.delivery_id}_*")
    content = bytearray(kept.read_bytes())
    content[-5] ^= 1
    kept.write_bytes(content)
    borgere = [*clean["borgere.csv"], "104;6401620017;K;40;"]
    take(deliver("2008-10-03", {"borgere.csv": borgere}), load_feed("webreg"), quiet)
    said: list[str] = []
    assert fold_known_persons(said.append) == 0
    assert "cannot be read" in said[-1] and not somebody_waits()
    assert rows_of(latest.delivery_id)["rows_accepted"] == 4


def test_the_file_of_the_delivery_that_counts_is_kept_whatever_its_age(
    home: Settings, dream: Dream, lines: list[str]
) -> None:
    old, new = dream("2016-10", lines), dream("2016-11", lines)
    with connect("owner") as owner:
        owner.execute("update ops.delivery set decided_at = decided_at - interval '1 year' where source = 'dream'")
    let_go(quiet)
    kept = [path.name.partition("_")[0] for path in (home.archive / "dream").iterdir() if path.is_file()]
    assert kept == [str(new.delivery_id)] and old.delivery_id != new.delivery_id
    home.archive_days = 0
    try:
        newest = dream("2016-12", lines)
        assert (home.archive / "dream" / f"{newest.delivery_id}_dream_2016-12.csv.age").is_file()
    finally:
        home.archive_days = 90
