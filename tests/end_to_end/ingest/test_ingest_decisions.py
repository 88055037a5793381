"""What a data engineer decides, and what refuses a delivery for its rows."""

from __future__ import annotations

import hashlib
import threading
from pathlib import Path
from typing import Any

import pytest

from mentor_dw.config import Settings
from mentor_dw.database import connect
from mentor_dw.errors import DatabaseProblem, MentorDwError
from mentor_dw.feeds import Feed
from mentor_dw.ingest import Outcome, accept, check, decide, quarantine, rejudge, take, take_waiting, withdraw
from mentor_dw.ledger.listing import deliveries_as_json
from mentor_dw.reporting.report import danish_report
from mentor_dw.validation import gx_suite, judge, rules

pytestmark = pytest.mark.postgres

BAD_TIME = "5003;1000;10;2008-05-02;09:00;4;;HJEM"


def quiet(line: str) -> None:
    """Progress that nobody reads."""


def status_of(delivery_id: int) -> str:
    with connect("loader") as connection:
        return next(r["status"] for r in deliveries_as_json(connection) if r["delivery_id"] == delivery_id)


def rows_in_raw(delivery_id: int) -> int:
    with connect("loader") as connection:
        found = connection.execute(
            "select count(*) as n from raw.webreg__tidsforbrug where delivery_id = %(id)s", {"id": delivery_id}
        ).fetchone()
    assert found is not None
    return found["n"]


def persons() -> int:
    with connect("loader") as connection:
        found = connection.execute("select count(*) as n from vault.person").fetchone()
    assert found is not None
    return found["n"]


@pytest.fixture(scope="module")
def times(clean: dict[str, list[str]]) -> list[str]:
    """A hundred entries of time."""
    return [clean["tidsforbrug.csv"][0], *(f"{n};1000;10;2008-05-02;09:00;60;;HJEM" for n in range(1, 101))]


def test_two_pct_pass_and_three_do_not(home: Settings, deliver: Any, times: list[str]) -> None:
    passing = deliver("2001-01-01", {"tidsforbrug.csv": [*times[:99], BAD_TIME, BAD_TIME.replace("5003", "5004")]})
    assert check(passing).status == "accepted"
    failing = deliver(
        "2001-01-01", {"tidsforbrug.csv": [*times[:98], *(BAD_TIME.replace("5003", f"600{n}") for n in range(3))]}
    )
    found = check(failing)
    assert (found.status, found.reason_code) == ("refused", "too_many_bad_rows")
    assert "tidsforbrug.csv" in (found.reason or "") and "below_min in minutter" in (found.reason or "")
    failing.unlink()


def test_check_leaves_nothing(home: Settings, deliver: Any, tmp_path: Path) -> None:
    before = persons()
    with connect("loader") as connection:
        ledger = len(deliveries_as_json(connection))
    people = ["borger_id;cpr;koen;alder;uddannelse", "100;7001701234;K;28;UDD1", "101;7002701234;M;33;"]
    path = deliver("2001-01-02", {"borgere.csv": people}, folder=tmp_path)
    assert check(path).status == "accepted"
    assert persons() == before
    with connect("loader") as connection:
        assert len(deliveries_as_json(connection)) == ledger
        assert connection.execute("select 1 from landing.webreg__borgere").fetchone() is None
    assert path.is_file()


def test_refused_for_its_rows_then_taken_in_on_the_record(home: Settings, deliver: Any, clean: Any) -> None:
    people = [*clean["borgere.csv"], "102;7003701234;K;30;UDD1"]
    rows = [*clean["tidsforbrug.csv"], BAD_TIME]
    before = persons()
    path = deliver("2002-01-01", {"tidsforbrug.csv": rows, "borgere.csv": people})
    refused = take_waiting("webreg", say=quiet)[-1]
    assert (refused.status, refused.reason_code, refused.rows_read) == ("refused", "too_many_bad_rows", 0)
    assert persons() == before
    assert rows_in_raw(refused.delivery_id) == 0
    assert [row["line_number"] for row in quarantine(refused.delivery_id)] == [4]
    aside = home.refused / "webreg"
    assert {p.name for p in aside.iterdir()} == {path.name, f"{path.name}.reason.txt", f"{path.name}.reason.json"}
    assert (aside / f"{path.name}.reason.txt").read_text().startswith(refused.reason or "-")
    assert not path.exists()
    assert "Leverancen er afvist" in danish_report(refused.delivery_id)

    with pytest.raises(MentorDwError, match="reason"):
        accept(refused.delivery_id, " ", "en medarbejder", say=quiet)
    taken = accept(refused.delivery_id, "Kilden har bekræftet rækkerne", "en medarbejder", say=quiet)
    assert (taken.status, taken.version, taken.rows_quarantined) == ("accepted", 1, 1)
    assert rows_in_raw(refused.delivery_id) == 2
    assert not list(aside.iterdir())
    assert len(list((home.archive / "webreg").glob(f"*{path.name}.age"))) == 1
    assert "Kilden har bekræftet rækkerne" in danish_report(refused.delivery_id)


def test_what_cannot_be_read_cannot_be_accepted(home: Settings) -> None:
    (home.inbox / "webreg" / "webreg_2002-02-01.zip").write_bytes(b"no zip")
    refused = take_waiting("webreg", say=quiet)[-1]
    assert refused.reason_code == "unreadable"
    with pytest.raises(MentorDwError, match="cannot be accepted"):
        accept(refused.delivery_id, "fordi", "en medarbejder", say=quiet)
    again = home.inbox / "webreg" / "webreg_2002-02-01.zip"
    again.write_bytes(b"no zip")
    assert take_waiting("webreg", say=quiet)[-1].delivery_id > refused.delivery_id


def test_withdrawn_sent_again_taken_in_again(
    home: Settings, deliver: Any, clean: Any, patient_feed: Feed, tmp_path: Path
) -> None:
    older = take(
        deliver("2003-01-01", {"opgaver.csv": [*clean["opgaver.csv"], "6001;1000;10;2008-05-03;OPG02"]}),
        patient_feed,
        quiet,
    )
    newer = take(deliver("2003-01-02"), patient_feed, quiet)
    assert (status_of(older.delivery_id), newer.status) == ("superseded", "accepted")
    assert take(deliver("2003-01-03"), patient_feed, quiet).status == "duplicate"
    assert withdraw(newer.delivery_id, "forkert udtræk", "en medarbejder").status == "withdrawn"
    assert status_of(older.delivery_id) == "accepted"
    with pytest.raises(MentorDwError, match="withdrawn"):
        withdraw(newer.delivery_id, "igen", "en medarbejder")
    refused = take(deliver("2003-01-02"), patient_feed, quiet)
    assert (refused.status, refused.reason_code) == ("refused", "withdrawn_before")
    taken = accept(refused.delivery_id, "den var rigtig", "en medarbejder", say=quiet)
    assert (taken.status, taken.version) == ("accepted", 2)
    assert status_of(older.delivery_id) == "superseded"


def test_wrong_checksum_is_refused_and_kept_with_its_checksum(
    home: Settings, deliver: Any, clean: Any, patient_feed: Feed
) -> None:
    path = deliver("2004-01-01", {"opgaver.csv": [*clean["opgaver.csv"], "6004;1000;10;2008-05-03;OPG02"]})
    right = hashlib.sha256(path.read_bytes()).hexdigest()
    sidecar = path.with_name(path.name + ".sha256")
    sidecar.write_text("0" * 64)
    refused = take(path, patient_feed, quiet)
    assert refused.reason_code == "sha_mismatch"
    assert (home.refused / "webreg" / sidecar.name).is_file() and not sidecar.exists()
    path = deliver("2004-01-01", {"opgaver.csv": [*clean["opgaver.csv"], "6004;1000;10;2008-05-03;OPG02"]})
    sidecar.write_text(f"{right}  {path.name}\n")
    assert take(path, patient_feed, quiet).status == "accepted"
    assert not sidecar.exists()


def test_rejudged_by_a_mended_feed_releases_rows(
    home: Settings, deliver: Any, clean: Any, patient_feed: Feed, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = take(deliver("2005-01-01", {"tidsforbrug.csv": [*clean["tidsforbrug.csv"], BAD_TIME]}), patient_feed, quiet)
    assert (first.rows_quarantined, rows_in_raw(first.delivery_id)) == (1, 2)
    member = patient_feed.members["tidsforbrug.csv"]
    fields = [f.model_copy(update={"min": 1}) if f.name == "minutter" else f for f in member.fields]
    mended = patient_feed.model_copy(
        update={
            "members": patient_feed.members | {"tidsforbrug.csv": member.model_copy(update={"fields": fields})},
        }
    )
    monkeypatch.setattr(decide, "load_feed", lambda source: mended)
    again = rejudge(first.delivery_id, say=quiet)
    assert (again.status, again.version, again.rows_quarantined) == ("accepted", 2, 0)
    assert rows_in_raw(again.delivery_id) == 3
    assert status_of(first.delivery_id) == "superseded"
    with connect("loader") as connection:
        rows = {row["delivery_id"]: row for row in deliveries_as_json(connection)}
    assert rows[again.delivery_id]["rejudged_from"] == first.delivery_id
    assert rows[again.delivery_id]["sha256"] == rows[first.delivery_id]["sha256"]
    assert rows[again.delivery_id]["feed_hash"] != rows[first.delivery_id]["feed_hash"]


def test_what_changed_since_the_last_delivery_is_reported(
    home: Settings, deliver: Any, clean: Any, patient_feed: Feed
) -> None:
    take(
        deliver(
            "2006-01-01",
            {
                "opgaver.csv": [
                    "opgave_id;forloeb_id;mentor_id;dato;opgave",
                    "1;1000;10;2008-05-02;OPG01",
                    "2;1000;10;2008-05-02;OPG01",
                    "3;1000;10;2008-05-02;OPG01",
                ]
            },
        ),
        patient_feed,
        quiet,
    )
    last = take(
        deliver(
            "2006-01-02",
            {
                "opgaver.csv": [
                    "opgave_id;forloeb_id;mentor_id;dato;opgave",
                    "1;1000;10;2008-05-02;OPG01",
                    "2;1000;10;2008-05-02;OPG02",
                    "4;1000;10;2008-05-02;OPG01",
                    "5;1000;10;2008-05-02;OPG01",
                ]
            },
        ),
        patient_feed,
        quiet,
    )
    report = danish_report(last.delivery_id)
    assert "## Ændret siden webreg_2006-01-01.zip (version 1)" in report
    assert "| opgaver.csv | 2 | 1 | 1 |" in report
    assert "| borgere.csv | 0 | 0 | 0 |" in report


def test_judges_that_disagree_stop_the_delivery(
    home: Settings, deliver: Any, clean: Any, patient_feed: Feed, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = deliver("2007-01-01", {"tidsforbrug.csv": [*clean["tidsforbrug.csv"], BAD_TIME.replace(";4;", ";3;")]})
    real = gx_suite.rules_for

    def forgetful(feed: Feed) -> list[rules.Rule]:
        return [
            rules.Rule(**(vars(rule) | {"bad": "false"})) if rule.rule_id == "tidsforbrug.minutter.below_min" else rule
            for rule in real(feed)
        ]

    with monkeypatch.context() as patch:
        patch.setattr(gx_suite, "rules_for", forgetful)
        with pytest.raises(MentorDwError, match=r"tidsforbrug\.minutter\.below_min: SQL 1, Great Expectations 0"):
            take(path, patient_feed, quiet)
    assert path.is_file()
    assert take(path, patient_feed, quiet).rows_quarantined == 1


def test_a_gate_that_lets_all_through_is_noticed(
    home: Settings, deliver: Any, clean: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    rows = [*clean["tidsforbrug.csv"], BAD_TIME.replace(";4;", ";2;")]
    path = deliver("2001-01-01", {"tidsforbrug.csv": rows}, folder=tmp_path)
    assert check(path).status == "refused"
    monkeypatch.setattr(judge, "_too_many", lambda feed, verdict: None)
    assert check(path).status == "accepted"


def test_the_ledger_has_a_place_for_every_row(home: Settings, deliver: Any, clean: Any, patient_feed: Feed) -> None:
    taken = take(
        deliver("2007-02-01", {"opgaver.csv": [*clean["opgaver.csv"], "6007;1000;10;2008-05-03;OPG02"]}),
        patient_feed,
        quiet,
    )
    with pytest.raises(DatabaseProblem, match="every_row_has_a_place"), connect("loader") as connection:
        connection.execute(
            "update ops.delivery set rows_quarantined = rows_quarantined + 1 where delivery_id = %(id)s",
            {"id": taken.delivery_id},
        )


def test_two_at_once_take_each_file_once(home: Settings, deliver: Any, clean: Any) -> None:
    for day in (1, 2):
        deliver(f"2007-03-0{day}", {"opgaver.csv": [*clean["opgaver.csv"], f"{6100 + day};1000;10;2008-05-03;OPG02"]})
    outcomes: list[Outcome] = []
    threads = [threading.Thread(target=lambda: outcomes.extend(take_waiting("webreg", say=quiet))) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcome.file_name for outcome in outcomes) == ["webreg_2007-03-01.zip", "webreg_2007-03-02.zip"]
    assert {outcome.version for outcome in outcomes} == {1}


def test_nothing_is_kept_when_the_archive_keeps_nothing(
    home: Settings, deliver: Any, clean: Any, patient_feed: Feed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(home, "archive_days", 0)
    path = deliver("2007-04-01", {"opgaver.csv": [*clean["opgaver.csv"], "6200;1000;10;2008-05-03;OPG02"]})
    taken = take(path, patient_feed, quiet)
    assert taken.status == "accepted" and not path.exists()
    assert not list((home.archive / "webreg").glob("*2007-04-01*"))
    with pytest.raises(MentorDwError, match="not kept any more"):
        rejudge(taken.delivery_id, say=quiet)
