"""Kept files have their days, and a source that stays away is named."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest

from mentor_dw.config import COPENHAGEN
from mentor_dw.database import connect
from mentor_dw.freshness import freshness
from mentor_dw.housekeeping import let_go, night_work_is_due

pytestmark = pytest.mark.postgres


@pytest.fixture(autouse=True)
def empty_ledger(warehouse):
    with connect("owner") as owner:
        owner.execute("truncate ops.delivery restart identity cascade")


def decided(settings, name: str, kept_as: str, days_ago: int, status: str) -> None:
    with connect("loader") as loader:
        loader.execute(
            "insert into ops.delivery"
            " (source, file_name, sha256, bytes, covers, status, kept_as, decided_at, accepted_at, reason, reason_code)"
            " values ('webreg', %(name)s, repeat('a', 64), 0, '2008-09-30', %(status)s, %(kept_as)s,"
            " now() - make_interval(days => %(days)s),"
            " case when %(status)s = 'accepted' then now() - make_interval(days => %(days)s) end, 'x', 'unreadable')",
            {"name": name, "status": status, "kept_as": kept_as, "days": days_ago},
        )
    path = settings.home / kept_as
    path.parent.mkdir(parents=True, exist_ok=True)
    for ending in ("", ".reason.txt", ".reason.json", ".sha256"):
        path.with_name(path.name + ending).write_text("x")


def kept() -> dict[str, str]:
    with connect("operator") as operator:
        return {
            row["file_name"]: row["kept_as"] for row in operator.execute("select file_name, kept_as from ops.delivery")
        }


def test_files_past_their_days_go_with_what_lies_beside_them_and_the_ledger_says_so(warehouse):
    decided(warehouse, "old", "archive/webreg/1_old.zip.age", 91, "accepted")
    decided(warehouse, "young", "archive/webreg/2_young.zip.age", 89, "accepted")
    decided(warehouse, "refused", "refused/webreg/refused.zip", 91, "refused")
    gone = let_go(print)
    assert {place: count for place, count in gone.items() if count} == {"/archive": 2}
    assert {"scratch_schemas", "schemas of past states", "raw of unknown persons", "raw webreg", "/logs"} <= set(gone)
    assert sorted(p.name for p in (warehouse.archive / "webreg").iterdir() if "old" in p.name) == []
    assert list((warehouse.refused / "webreg").iterdir()) == []
    assert (warehouse.archive / "webreg" / "2_young.zip.age").is_file()
    assert kept()["young"] == "archive/webreg/2_young.zip.age"
    assert kept()["old"] == kept()["refused"] != "archive/webreg/1_old.zip.age"
    assert let_go(print)["/archive"] == 0


def test_a_source_is_late_when_its_feed_says_so_and_not_before_it_ever_came(warehouse):
    today = date.today()

    def late_on(day: date) -> list[str]:
        with connect("operator") as connection:
            return [one.line() for one in freshness(connection, day) if one.late_since is not None]

    assert late_on(today) == []
    decided(warehouse, "webreg", "archive/webreg/1_a.zip.age", 3, "accepted")
    assert late_on(today - timedelta(days=1)) == []
    (line,) = late_on(today + timedelta(days=1))
    assert line.startswith("webreg: expected every day")


def test_the_night_work_is_done_once_a_night_and_made_good_by_a_machine_that_slept(warehouse):
    with connect("owner") as owner:
        owner.execute("truncate ops.night_work")
        owner.execute("insert into ops.night_work values ('2030-03-01', '2030-03-01T02:31+01:00')")

    def due(text: str) -> bool:
        return night_work_is_due(datetime.fromisoformat(text).replace(tzinfo=COPENHAGEN))

    assert [due(f"2030-03-{time}") for time in ("01T02:35", "01T14:00", "02T02:29")] == [False] * 3
    assert due("2030-03-02T02:30") and due("2030-03-02T04:59")
    assert not due("2030-03-02T05:00") and due("2030-03-02T14:32")
    with connect("owner") as owner:
        owner.execute("truncate ops.night_work")
    let_go(print)
    assert not night_work_is_due()
