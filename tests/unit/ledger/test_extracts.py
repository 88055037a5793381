"""The ledger of extracts: numbers, steps, what was told, and what is overdue."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest

from mentor_dw.config import Settings
from mentor_dw.database import connect
from mentor_dw.delivery.alerts import found_in_extracts
from mentor_dw.errors import DatabaseProblem, MentorDwError
from mentor_dw.ledger import extracts as ledger

pytestmark = pytest.mark.postgres
TODAY = date(2026, 11, 20)
AROUND = ledger.Around("2016", ("2015-12", "2016-02"))


def planned(connection: ledger.Connection, name: str, **options: Any) -> int:
    chosen = {"period": "2016-03", "receiver": "star", "kind": "delivery", "by": "airflow", "deadline": None} | options
    return ledger.plan_row(connection, name=name, **chosen)


def built(connection: ledger.Connection, extract_id: int, **options: Any) -> None:
    facts = dict.fromkeys(("build_id", "pseudonym_key_id", "envelope_sha256", "envelope_bytes"))
    facts |= {
        "as_known_at": datetime.now(UTC), "read_at": datetime.now(UTC),
        "run_date": TODAY, "code_version": "1", "definitions": "1",
        "specification": {}, "rows": 1, "is_empty": False, "missing_areas": [], "files": [], "suppression": {},
        "stem": f"pakke_{extract_id}", "told_before": [],
    }  # fmt: skip
    ledger.built(connection, extract_id, facts, by="airflow", **options)


def sent(connection: ledger.Connection, extract_id: int) -> None:
    built(connection, extract_id)
    for step, to in (("built", "released"), ("released", "sent")):
        ledger.move(
            connection, extract_id, steps=(step,), to=to, by="ejer", released_by="ejer", released_at=datetime.now(UTC)
        )


def status_of(connection: ledger.Connection, extract_id: int, today: date = TODAY) -> tuple[str, str]:
    row = next(one for one in ledger.listing(connection, today) if one["extract_id"] == extract_id)
    return row["status"], row["step"]


def test_a_discarded_version_gives_its_number_back_unless_it_began_to_be_sent(warehouse: Settings) -> None:
    with connect("delivery") as connection:
        first = planned(connection, "tal")
        ledger.move(connection, first, steps=("planned",), to="discarded", by="nogen")
        second = planned(connection, "tal")
        assert ledger.by_id(connection, second)["version"] == 1
        assert ledger.by_id(connection, planned(connection, "tal", kind="trial"))["version"] == 1
        ledger.note(connection, second, "sending", "airflow")
        ledger.move(connection, second, steps=("planned",), to="discarded", by="nogen")
        assert ledger.by_id(connection, planned(connection, "tal"))["version"] == 2


def test_no_step_is_left_out_or_taken_twice(warehouse: Settings) -> None:
    with connect("delivery") as connection:
        extract_id = planned(connection, "trin")
        with pytest.raises(MentorDwError, match="trin 2016-03 no. 1 is planned, so it cannot become sent"):
            ledger.move(connection, extract_id, steps=("released",), to="sent", by="airflow")
        built(connection, extract_id, person_keys=[7, 7, 8], told=[("{}", 1, None, "small")])
        with pytest.raises(MentorDwError, match="cannot become built"), connection.transaction():
            built(connection, extract_id)
        assert [one["event"] for one in ledger.events(connection, extract_id)] == ["planned", "built"]
    with pytest.raises(DatabaseProblem, match="released_by_a_second_person"), connect("delivery") as connection:
        ledger.move(
            connection, extract_id, steps=("built",), to="released", by="x",
            released_by="airflow", released_at=datetime.now(UTC),
        )  # fmt: skip
    with pytest.raises(DatabaseProblem, match="what_goes_out_was_released"), connect("delivery") as connection:
        ledger.move(connection, extract_id, steps=("built",), to="sent", by="x")


def test_it_is_overdue_from_the_day_after_the_promise_until_it_is_kept(warehouse: Settings) -> None:
    with connect("delivery") as connection:
        late = planned(connection, "sen", deadline=TODAY)
        assert status_of(connection, late) == ("planned", "planned")
        assert status_of(connection, late, date(2026, 11, 21)) == ("overdue", "planned")
        sent(connection, late)
        assert status_of(connection, late, date(2026, 11, 21)) == ("sent", "sent")
        connection.execute("update ops.extract set receipt_due = %s where extract_id = %s", (TODAY, late))
        assert status_of(connection, late, date(2026, 11, 21)) == ("overdue", "sent")
        ledger.move(connection, late, steps=ledger.DELIVERED, to="confirmed", by="airflow")
        assert status_of(connection, late, date(2027, 1, 1)) == ("confirmed", "confirmed")
        promised_nobody = planned(connection, "sen", period="2016-04")
        assert status_of(connection, promised_nobody, date(2027, 1, 1)) == ("planned", "planned")


def test_what_the_same_receiver_was_told_of_the_same_model_and_year_is_known_with_its_neighbours(
    warehouse: Settings,
) -> None:
    def cell(model: str, period: str) -> tuple[str, int, int, None]:
        return f'{{"measure": "rows", "model": "{model}", "period": "{period}", "where": {{}}}}', 9, 9, None

    with connect("delivery") as connection:
        for receiver, told in (
            ("star", [cell("m", "2016-03")]),
            ("star", [cell("m", "2015-03")]),
            ("star", [cell("m", "2015-12")]),
            ("star", [cell("n", "2016-03")]),
            ("andre", [cell("m", "2016-03")]),
        ):
            built(connection, planned(connection, f"{receiver}_{told[0][0][31:60]}", receiver=receiver), told=told)
        asking = planned(connection, "spoerger")
        found = ledger.earlier_versions(connection, "star", ["m"], AROUND, asking)
        assert [one["cell"] for one in ledger.told(connection, found, ["m"], AROUND)] == [
            cell("m", "2016-03")[0],
            cell("m", "2015-12")[0],
        ]
        assert ledger.earlier_versions(connection, "star", ["m"], AROUND, found[0]) == found[1:]


def test_each_state_is_told_for_as_long_as_it_lasts(warehouse: Settings) -> None:
    def said(day: date) -> list[tuple[str, str]]:
        with connect("operator") as operator:
            found = list(found_in_extracts(operator, day))
        return [(one.kind, one.line) for one in found if one.subject.split()[0] in ("venter", "usikker")]

    with connect("delivery") as connection:
        waits = planned(connection, "venter", deadline=date(2026, 11, 24))
        built(connection, waits)
        unsafe = planned(connection, "usikker")
        ledger.trouble(connection, unsafe, "refused_by_disclosure", "airflow", "Nothing that can be told.")
    hidden = ("extract_refused_by_disclosure", "usikker 2016-03 no. 1 may not be told: Nothing that can be told.")
    assert said(date(2026, 11, 20)) == [hidden]
    # a Monday, the last day but one before the deadline
    assert said(date(2026, 11, 23)) == [
        ("extract_not_released", "venter 2016-03 no. 1 is built and not released; due 2026-11-24"),
        hidden,
    ]
    assert said(date(2026, 11, 25))[1][0] == "extract_overdue"


def test_whoever_runs_the_house_does_not_see_hidden_numbers(warehouse: Settings) -> None:
    with connect("delivery") as connection:
        assert connection.execute("select count(*) as n from ops.disclosure").fetchone() is not None
    with pytest.raises(DatabaseProblem, match="InsufficientPrivilege"), connect("operator") as operator:
        operator.execute("select * from ops.disclosure")
