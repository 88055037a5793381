"""DREAM taken by hand and in parts, for everybody on a legal basis, and by runs that are killed."""

from __future__ import annotations

import functools
import os
import random
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from mentor_dw.config import Settings
from mentor_dw.database import connect
from mentor_dw.errors import MentorDwError
from mentor_dw.feeds import load_feed
from mentor_dw.housekeeping import let_go
from mentor_dw.ingest import Outcome, accept, check, rejudge, take, take_waiting, wide, wide_verdict
from mentor_dw.ingest.late import fold_known_persons
from mentor_dw.ingest.lock import source_lock
from mentor_dw.ingest.take import finish, look_at, outcome, receive, refusing
from mentor_dw.rotation.flow import rotate
from mentor_dw.validation.gx_suite import import_gx

pytestmark = pytest.mark.postgres

ANNA, BO = "6103801234", "6204751235"
STRANGERS = [f"64{month:02}{year}0017" for month in range(1, 13) for year in range(60, 80)]
TABLES = ("person", "forsoergelse", "beskaeftigelse")


def quiet(text: str) -> None:
    """Progress that nobody reads."""


def rows(statement: str, *values: Any) -> list[dict]:
    with connect("loader") as connection:
        return connection.execute(statement, values).fetchall()


def spells(delivery_id: int) -> dict[str, list[str]]:
    """The rows of a delivery by table, with their persons and lines."""
    return {
        table: sorted(
            str({name: value for name, value in row.items() if name != "delivery_id"})
            for row in rows(f"select * from raw.dream__{table} where delivery_id = %s", delivery_id)
        )
        for table in TABLES
    }


@pytest.fixture
def known(home: Settings, deliver: Any) -> Settings:
    """Anna and Bo are known from the web registrations."""
    if not rows("select 1 from ops.delivery where source = 'webreg'"):
        take(deliver("2008-09-30"), load_feed("webreg"), quiet)
    return home


@pytest.fixture
def everybody(known: Settings) -> Iterator[Settings]:
    """Everybody's rows are kept, on a legal basis."""
    known.dream_persons, known.dream_legal_basis = "all", "Databeskyttelsesloven § 10, afgørelse af 1. marts 2016"
    yield known
    known.dream_persons, known.dream_legal_basis = "known", None


@pytest.fixture(scope="module")
def lines(dream_line: Any) -> list[str]:
    """Anna and Bo among strangers; Anna and a stranger stand there twice; one line is bad."""
    return [
        dream_line(ANNA),
        *map(dream_line, STRANGERS[:100]),
        dream_line(BO, weeks="999;", work=";"),
        dream_line(STRANGERS[200], weeks="1x1;"),
        dream_line(ANNA, weeks="111;111"),
        dream_line(STRANGERS[0], weeks="111;111"),
        *map(dream_line, STRANGERS[100:200]),
    ]


def test_everybody_needs_a_legal_basis(known: Settings, dream: Any, lines: list[str]) -> None:
    known.dream_persons = "all"
    try:
        for basis in (None, "  ", "fordi"):
            known.dream_legal_basis = basis
            with pytest.raises(MentorDwError, match="MENTOR_DW_DREAM_LEGAL_BASIS"):
                dream("2015-01", lines)
    finally:
        known.dream_persons, known.dream_legal_basis = "known", None
    assert not rows("select 1 from ops.delivery where source = 'dream'")
    assert [path.name for path in (known.inbox / "dream").iterdir()] == ["dream_2015-01.csv"]
    (known.inbox / "dream" / "dream_2015-01.csv").unlink()


def test_with_a_basis_everybody_is_kept_until_nobody_knew_them_for_45_days(
    everybody: Settings, dream: Any, lines: list[str], deliver: Any, clean: Any
) -> None:
    before = dream("2015-02", lines)
    assert (before.rows_accepted, before.rows_quarantined, before.rows_withheld) == (202, 3, 0)
    assert rows("select legal_basis from ops.delivery where delivery_id = %s", before.delivery_id) == [
        {"legal_basis": everybody.dream_legal_basis}
    ]
    (vault,) = rows("select count(*) as persons, count(distinct person_key) as keys from vault.cpr")
    assert vault == {"persons": 202, "keys": 202}
    again = dream("2015-03", lines)
    assert spells(again.delivery_id) == spells(before.delivery_id)
    # Somebody becomes known in time; her rows need no file.
    borgere = [*clean["borgere.csv"], f"102;{STRANGERS[5]};M;40;"]
    take(deliver("2008-10-01", {"borgere.csv": borgere}), load_feed("webreg"), quiet)
    assert fold_known_persons(quiet) == 0
    assert rows("select count(*) as n from raw.dream__opslag where delivery_id = %s", again.delivery_id) == [{"n": 3}]
    let_go(quiet)
    assert len(spells(again.delivery_id)["person"]) == 202
    with connect("owner") as owner:
        owner.execute("update ops.delivery set decided_at = decided_at - interval '46 days' where source = 'dream'")
    assert let_go(quiet)["rows_of_unknown_persons"] == 2 * 199
    for one in (before, again):
        (row,) = rows("select * from ops.delivery where delivery_id = %s", one.delivery_id)
        assert (row["rows_accepted"], row["rows_quarantined"], row["rows_withheld"]) == (3, 3, 199)
        assert len(spells(one.delivery_id)["person"]) == 3
    assert rows("select count(*) as n from vault.person") == [{"n": 3}]
    # Whoever becomes known after that is looked for in the file.
    borgere = [*borgere, f"103;{STRANGERS[6]};M;40;"]
    take(deliver("2008-10-02", {"borgere.csv": borgere}), load_feed("webreg"), quiet)
    assert fold_known_persons(quiet) == 1
    assert len(spells(again.delivery_id)["person"]) == 4


def test_a_refused_delivery_of_everybody_leaves_nobody_behind(
    everybody: Settings, dream: Any, lines: list[str], dream_line: Any
) -> None:
    before = rows("select count(*) as n from vault.person")
    bad = [dream_line(pnr, weeks="x;") for pnr in STRANGERS[201:221]]
    refused = dream("2015-04", [*lines, *bad])
    assert (refused.status, refused.reason_code) == ("refused", "too_many_bad_rows")
    assert rows("select count(*) as n from vault.person") == before
    (row,) = rows("select * from ops.delivery where delivery_id = %s", refused.delivery_id)
    assert row["members"][""]["rows_quarantined"] == 23
    accepted = accept(refused.delivery_id, "The faults are known", "somebody", quiet)
    assert (accepted.status, accepted.rows_accepted, accepted.rows_quarantined) == ("accepted", 202, 23)
    named = rows("select count(*) as n from ops.quarantined_row where delivery_id = %s", refused.delivery_id)
    assert named == [{"n": 23}]


def take_in_parts(home: Settings, month: str, text: bytes, meanwhile: Callable[[], object] = lambda: None) -> Outcome:
    """As the DAG does it, the parts in another order; something happens `meanwhile`."""
    feed = load_feed("dream")
    path = home.inbox / "dream" / f"dream_{month}.csv"
    path.write_bytes(text)
    file, numbers = look_at(feed, path, 2000), []
    with source_lock("dream") as held:
        delivery_id = receive(
            feed, file, lambda id_: numbers.extend(wide.begin(home, feed, id_, path, file.parts, held, quiet))
        )
    assert len(numbers) > 4
    with pytest.raises(MentorDwError, match="being taken just now: 0 of"):
        rejudge(rows("select max(delivery_id) as id from ops.delivery where version is not null")[0]["id"], quiet)
    for number in reversed(numbers):
        if number == 1:
            meanwhile()
        wide.land_part(home, feed, delivery_id, number, path)
        wide.land_part(home, feed, delivery_id, number, path)  # tried again after its end was not heard of
    with source_lock("dream") as lock, refusing(delivery_id):
        wide.land_under_one_key(home, feed, delivery_id, path)
        wide_verdict.decide_wide(home, feed, delivery_id, path, lock, quiet)
    finish(home, feed)
    return outcome(delivery_id, time.monotonic())


@pytest.mark.parametrize("basis", ["known", "all"])
def test_parts_give_the_same_rows_as_the_whole(
    known: Settings, request: Any, dream: Any, lines: list[str], dream_text: Any, basis: str
) -> None:
    if basis == "all":
        request.getfixturevalue("everybody")
    month = {"known": 5, "all": 7}[basis]
    whole = dream(f"2015-0{month}", lines)
    # Somebody who stands in two parts is recognised, also when they are landed under two look-up keys.
    rotated = functools.partial(rotate, "lookup", None, None, "somebody", quiet)
    parts = take_in_parts(known, f"2015-0{month + 1}", dream_text(lines), rotated)
    assert parts.status == "accepted"
    assert spells(parts.delivery_id) == spells(whole.delivery_id)
    named = "select line_number, field, rule, masked_value from ops.quarantined_row where delivery_id = %s order by 1"
    assert rows(named, parts.delivery_id) == rows(named, whole.delivery_id) and len(rows(named, whole.delivery_id)) == 3
    one, other = (rows("select * from ops.delivery where delivery_id = %s", o.delivery_id)[0] for o in (whole, parts))
    for name in ("rows_read", "rows_accepted", "rows_quarantined", "rows_withheld", "members", "unknown_values"):
        assert one[name] == other[name], name


def test_a_part_that_cannot_be_read_refuses_the_delivery(known: Settings, lines: list[str], dream_text: Any) -> None:
    spoilt = [*lines[:150], lines[150].replace("dansk", "d\u00e5nsk"), *lines[151:]]
    refused = take_in_parts(known, "2015-09", dream_text(spoilt))
    assert (refused.status, refused.reason_code) == ("refused", "wrong_encoding")
    assert "line 152" in (refused.reason or "")
    assert (known.refused / "dream" / "dream_2015-09.csv").is_file()


def test_check_says_what_would_become_of_a_file_and_leaves_nothing(
    known: Settings, lines: list[str], dream_text: Any, tmp_path: Path
) -> None:
    path = tmp_path / "dream_2015-10.csv"
    path.write_bytes(dream_text(lines))
    before = rows("select count(*) as n from vault.cpr")
    found = check(path)
    assert (found.status, found.rows_read, found.members[""]["rows_quarantined"]) == ("accepted", 205, 3)
    assert found.quarantined == {"ydelse.bad_code": 1, "pnr.key_twice": 2}
    assert rows("select count(*) as n from vault.cpr") == before
    assert nothing_landed()


def test_a_code_outside_the_list_is_kept_and_told(
    known: Settings, dream: Any, lines: list[str], dream_line: Any
) -> None:
    taken = dream("2015-11", [dream_line(ANNA, weeks="130;125"), *lines[1:]])
    (row,) = rows("select drift, warnings from ops.delivery where delivery_id = %s", taken.delivery_id)
    assert row["drift"] == [{"member": "", "column": "ydelse", "code": "125", "weeks": 1}]
    assert row["warnings"][""]["unknown_codes"] == 1
    report = (known.reports / "dream" / f"{taken.delivery_id}_dream_2015-11.csv.md").read_text()
    assert "- 125 i ydelse: 1 uge\n" in report


def nothing_landed() -> bool:
    tables = rows(
        "select relname from pg_class where relnamespace = 'landing'::regnamespace and relkind in ('r', 'p')"
        " and relname ~ '^dream__'"
    )
    return not tables and not any(
        rows(f"select 1 from landing.{table}") for table in ("wide_part", "wide_finding", "wide_profile")
    )


class Killed(BaseException):
    """Stands for SIGKILL at a chosen place: nothing in the product catches it."""


def before(function: Callable[..., Any]) -> Callable[..., Any]:
    def killed(*args: Any, **kwargs: Any) -> Any:
        raise Killed

    return killed


def after(function: Callable[..., Any]) -> Callable[..., Any]:
    def killed(*args: Any, **kwargs: Any) -> Any:
        function(*args, **kwargs)
        raise Killed

    return killed


PLACES = [
    (1, wide, "land_part", before),
    (2, wide, "land_part", after),
    (3, wide_verdict, "judge_profile_with_gx", after),
    (4, wide_verdict, "join_raw", after),
    (5, wide, "decide_wide", after),
]


def check_as_if_undisturbed(home: Settings, name: str, undisturbed: dict[str, list[str]]) -> None:
    """One accepted ledger row with its rows in raw once, the file in the archive, and nothing in landing."""
    (row,) = rows("select * from ops.delivery where source = 'dream' and file_name = %s", name)
    assert (row["status"], row["version"], row["rows_read"]) == ("accepted", 1, 205)
    assert spells(row["delivery_id"]) == undisturbed
    assert row["kept_as"] == f"archive/dream/{row['delivery_id']}_{name}.age"
    assert not list((home.inbox / "dream").iterdir()) and nothing_landed()


@pytest.mark.parametrize(("number", "module", "name", "when"), PLACES, ids=[f"{p[3].__name__} {p[2]}" for p in PLACES])
def test_killed_at_a_place_and_run_again(
    everybody: Settings,
    dream: Any,
    lines: list[str],
    monkeypatch: pytest.MonkeyPatch,
    number: int,
    module: Any,
    name: str,
    when: Any,
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(module, name, when(getattr(module, name)))
        with pytest.raises(Killed):
            dream(f"2016-0{number}", lines)
    take_waiting("dream", quiet)
    check_as_if_undisturbed(everybody, f"dream_2016-0{number}.csv", undisturbed(lines))


def undisturbed(lines: list[str]) -> dict[str, list[str]]:
    """The rows of the delivery of everybody that was taken in one go."""
    (row,) = rows("select delivery_id from ops.delivery where file_name = 'dream_2015-07.csv'")
    return spells(row["delivery_id"])


def test_killed_at_random_and_run_again(everybody: Settings, lines: list[str], dream_text: Any) -> None:
    """SIGKILL to a process of its own, at times drawn from how long a whole run takes."""
    import_gx()
    chance = random.Random(20160301)
    for number in range(6, 9):
        path = everybody.inbox / "dream" / f"dream_2016-0{number}.csv"
        path.write_bytes(dream_text(lines))
        child = os.fork()
        if child == 0:
            status = 1
            try:
                take_waiting("dream", quiet)
                status = 0
            finally:
                os._exit(status)
        time.sleep(chance.uniform(0.05, 2))
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        take_waiting("dream", quiet)
        check_as_if_undisturbed(everybody, path.name, undisturbed(lines))


def test_no_number_of_anybody_stands_outside_the_vault(known: Settings) -> None:
    tables = rows(
        "select schemaname, tablename from pg_tables where schemaname in ('landing', 'raw', 'ops', 'work', 'bi')"
    )
    for one in tables:
        with connect("owner") as owner:
            table = f'"{one["schemaname"]}"."{one["tablename"]}"'
            with owner.cursor().copy(f"copy (select * from {table}) to stdout") as copied:
                text = b"".join(bytes(block) for block in copied).decode()
        assert not [pnr for pnr in (ANNA, BO, *STRANGERS) if pnr in text], table
