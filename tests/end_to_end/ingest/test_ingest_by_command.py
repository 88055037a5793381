"""What a data engineer does on a bad Monday, through the command: decide, look, compare; Airflow is not running."""

from __future__ import annotations

import json
from typing import Any

import pytest

from mentor_dw import feeds
from mentor_dw.cli import run
from mentor_dw.config import Settings
from mentor_dw.feeds import load_feed
from mentor_dw.ingest import Outcome, take
from mentor_dw.warehouse.wanted import build_is_wanted

pytestmark = pytest.mark.postgres

HEADER = "tid_id;forloeb_id;mentor_id;dato;start_tid;minutter;heraf_transport;opgavetype"
NEW_CODE = [f"{n};1000;10;2008-05-02;09:00;30;;FERIE" for n in range(900, 903)]


def quiet(_: str) -> None:
    """Nobody listens."""


def hours(rows: int) -> dict[str, list[str]]:
    return {"tidsforbrug.csv": [HEADER, *(f"{n};1000;10;2008-05-02;09:00;30;;HJEM" for n in range(1, rows + 1))]}


@pytest.fixture
def told(capsys: pytest.CaptureFixture[str]) -> Any:
    """Run the command: told("status") gives what it printed; the exit code must be `code`."""

    def ask(*arguments: str, code: int = 0) -> str:
        capsys.readouterr()
        assert run(arguments) == code
        said = capsys.readouterr()
        assert "Traceback" not in said.out + said.err
        return said.out + said.err if code else said.out

    return ask


def in_json(text: str) -> Any:
    return json.loads(text)


def taken(deliver: Any, day: str, changed: dict[str, list[str]]) -> Outcome:
    return take(deliver(day, changed), load_feed("webreg"), quiet)


def test_a_delivery_with_too_few_rows_is_accepted_and_a_build_follows(home: Settings, deliver: Any, told: Any) -> None:
    first = taken(deliver, "2001-01-01", hours(200))
    small = taken(deliver, "2001-01-02", hours(20))
    assert (first.status, small.status, small.reason_code) == ("accepted", "refused", "too_few_rows")

    assert "nothing of it was taken in" in told("changes", str(small.delivery_id), code=1)
    assert "Nothing was changed." in told("accept", str(small.delivery_id), "--dry-run")
    assert in_json(told("accept", str(small.delivery_id), "--dry-run", "--json"))["status"] == "refused"
    said = told("accept", str(small.delivery_id), "--reason", "To jobcentre er lukket")
    assert "accepted, version 1" in said and "The decision stands" in said
    assert build_is_wanted()
    assert "only a refused one" in told("accept", str(small.delivery_id), "--reason", "igen", code=1)

    report = told("report", str(small.delivery_id))
    assert "Begrundelse: To jobcentre er lukket" in report and "| tidsforbrug.csv | 0 | 180 | 0 |" in report
    changes = in_json(told("changes", str(small.delivery_id), "--json"))
    assert changes["before"]["delivery_id"] == first.delivery_id
    assert changes["members"]["tidsforbrug.csv"] == {"added": 0, "removed": 180, "changed": 0}
    assert "180" in told("changes", str(small.delivery_id))
    assert "is the first delivery" in told("changes", str(first.delivery_id))


def test_a_new_code_releases_the_rows_that_waited_for_it(
    home: Settings, deliver: Any, told: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    few = {"tidsforbrug.csv": [*hours(200)["tidsforbrug.csv"], *NEW_CODE]}
    first = taken(deliver, "2001-02-01", few)
    assert (first.status, first.rows_quarantined) == ("accepted", 3)
    rows = in_json(told("quarantine", str(first.delivery_id), "--json"))
    assert [(row["line_number"], row["rule"], row["masked_value"]) for row in rows] == [
        (line, "bad_code", "FERIE") for line in (202, 203, 204)
    ]
    assert "Linje 202, 203 og 204, opgavetype" in told("report", str(first.delivery_id))
    assert "judged again" in told("rejudge", str(first.delivery_id), "--dry-run")

    for path in feeds.CODE_LISTS.glob("*.csv"):
        (tmp_path / path.name).write_text(path.read_text(encoding="utf-8"), encoding="utf-8")
    with (tmp_path / "opgavetype.csv").open("a", encoding="utf-8") as codes:
        codes.write("FERIE,Ferie,5,2008-01-01,\n")
    monkeypatch.setattr(feeds, "CODE_LISTS", tmp_path)
    feeds.code_list.cache_clear()
    try:
        again = in_json(told("rejudge", str(first.delivery_id), "--json"))
    finally:
        feeds.code_list.cache_clear()
    assert (again["status"], again["version"], again["rows_quarantined"]) == ("accepted", 2, 0)
    assert again["rows_accepted"] == first.rows_accepted + 3
    assert in_json(told("quarantine", str(again["delivery_id"]), "--json")) == []
    assert in_json(told("changes", str(again["delivery_id"]), "--json"))["members"]["tidsforbrug.csv"]["added"] == 3


def test_a_delivery_is_withdrawn_and_the_one_before_it_counts(home: Settings, deliver: Any, told: Any) -> None:
    accepted = [row for row in in_json(told("status", "--json"))["deliveries"] if row["status"] == "accepted"]
    wrong = taken(deliver, "2001-03-01", hours(210))
    then = f"then delivery {accepted[0]['delivery_id']} counts" if accepted else "then no delivery of webreg counts"
    assert then in told("withdraw", str(wrong.delivery_id), "--dry-run")
    assert "withdrawn" in told("withdraw", str(wrong.delivery_id), "--reason", "Trukket fra testsystemet")
    status = {row["delivery_id"]: row["status"] for row in in_json(told("status", "--json"))["deliveries"]}
    assert status[wrong.delivery_id] == "withdrawn"
    assert [number for number, word in status.items() if word == "accepted"] == [row["delivery_id"] for row in accepted]
    assert "Begrundelse: Trukket fra testsystemet" in told("report", str(wrong.delivery_id))
    assert "nothing to judge again" in told("rejudge", str(wrong.delivery_id), code=1)
    assert "only an accepted one" in told("withdraw", str(wrong.delivery_id), "--reason", "igen", code=1)


def test_a_file_that_cannot_be_read_is_not_accepted(home: Settings, deliver: Any, told: Any) -> None:
    refused = taken(deliver, "2001-04-01", {"opgaver.csv": ["opgave_id;forloeb_id;mentor_id;dato"]})
    assert refused.reason_code == "column_missing"
    for more in ([], ["--dry-run"]):
        said = told("accept", str(refused.delivery_id), "--reason", "r", *more, code=1)
        assert "cannot be accepted" in said and "opgave" in said
    assert "I opgaver.csv mangler: opgave." in told("report", str(refused.delivery_id))


def test_a_delivery_that_does_not_exist_is_told(home: Settings, told: Any) -> None:
    for command in ("report", "changes", "quarantine", "rejudge"):
        assert "No delivery 99999." in told(command, "99999", code=1)
    for command in ("accept", "withdraw"):
        assert "No delivery 99999." in told(command, "99999", "--reason", "r", code=1)
        assert "No delivery 99999." in told(command, "99999", "--dry-run", code=1)


def test_check_tells_what_would_become_of_a_file(home: Settings, deliver: Any, told: Any, tmp_path: Any) -> None:
    good = deliver("2001-05-01", hours(207), folder=tmp_path)
    assert "would be accepted" in told("check", str(good))
    assert in_json(told("check", str(good), "--json"))["rows_read"] > 200
    good.with_name(good.name + ".sha256").write_text("0" * 64)
    assert "would be refused" in told("check", str(good), code=2)


def test_figures_before_anything_is_published_say_what_to_do(home: Settings, told: Any) -> None:
    for more in ([], ["--json"]):
        assert "`mentor-dw load --wait`" in told("figures", *more, code=1)


def test_load_names_what_is_left_alone(home: Settings, told: Any) -> None:
    folder = home.inbox / "webreg"
    for name in ("webreg_2001-06-01.zip.part", "webreg 2001-06-01.zip"):
        (folder / name).touch()
    said = told("load")
    assert "upload in progress" in said and "no delivery name" in said and "The inbox holds no delivery." in said
    assert any("upload in progress" in line for line in in_json(told("status", "--json"))["inbox"])
    for name in ("webreg_2001-06-01.zip.part", "webreg 2001-06-01.zip"):
        (folder / name).unlink()
