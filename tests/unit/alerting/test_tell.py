"""An alert begins once, ends once, reaches whoever can be reached, and says nothing of anybody."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from alert_servers import HttpReceiver, MailServer, http_receiver, mail_server

from mentor_dw.alerting import tell
from mentor_dw.alerting.channels import SIGNATURE, channels
from mentor_dw.alerting.conditions import LOOKS, without_told_otherwise
from mentor_dw.alerting.kinds import KINDS
from mentor_dw.cli import run
from mentor_dw.config import Settings, get_settings
from mentor_dw.database import connect
from mentor_dw.errors import DatabaseTrouble
from mentor_dw.ledger import alerts as ledger
from mentor_dw.ledger.alerts import Found
from mentor_dw.secret_files import write_private

pytestmark = pytest.mark.postgres

NUMBER = "6103801234"
NUMBERS = ("6103801234", "610380-1234", "61 03 80 12 34")


def told(settings: Settings) -> list[dict]:
    log = settings.logs / "alerts.log"
    return [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()] if log.is_file() else []


def refused(name: str, reason: str = "unreadable") -> int:
    with connect("loader") as connection:
        row = connection.execute(
            "insert into ops.delivery"
            " (source, file_name, sha256, bytes, covers, status, decided_at, reason, reason_code)"
            " values ('webreg', %s, repeat('a', 64), 0, '2008-09-30', 'refused', now(), %s, 'unreadable')"
            " returning delivery_id",
            (name, reason),
        ).fetchone()
        return row["delivery_id"]


def accepted(covers: str) -> None:
    with connect("loader") as connection:
        connection.execute(
            "insert into ops.delivery (source, file_name, sha256, bytes, covers, status, decided_at, accepted_at)"
            " values ('webreg', 'x', repeat('b', 64), 0, %s, 'accepted', clock_timestamp(), clock_timestamp())",
            (covers,),
        )


@pytest.fixture(autouse=True)
def nothing_is_wrong(warehouse: Settings) -> None:
    with connect("owner") as owner:
        owner.execute("truncate ops.delivery, ops.build, ops.alert, ops.house_look restart identity cascade")
    for name in ("alerts.log", "alerts_untold.json"):
        (warehouse.logs / name).unlink(missing_ok=True)


@pytest.fixture
def receivers(warehouse: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple]:
    """The house has a mail server and a webhook."""
    with http_receiver() as http, mail_server(tmp_path) as mail:
        for name, text in (("url", http.url), ("secret", "hemmelighed"), ("password", mail.password)):
            write_private(tmp_path / name, text + "\n")
        for name, value in {
            "alert_mail_to": "vagt@kommune.example, drift@kommune.example",
            "alert_smtp_host": "127.0.0.1",
            "alert_smtp_port": mail.port,
            "alert_smtp_ca_file": mail.certificate,
            "alert_smtp_user": "alerts",
            "alert_smtp_password_file": tmp_path / "password",
            "alert_webhook_url_file": tmp_path / "url",
            "alert_webhook_secret_file": tmp_path / "secret",
            "alert_runbook_url": "https://git.example/mentor-dw/",
        }.items():
            monkeypatch.setattr(get_settings(), name, value)
        yield http, mail


def test_it_is_told_once_when_it_begins_and_once_when_it_is_over(warehouse: Settings) -> None:
    assert tell.look("housekeeping", print).raised == []
    delivery_id = refused("webreg_2008-09-30.zip")
    changes = tell.look("housekeeping", print)
    assert [(row["kind"], row["subject"]) for row in changes.raised] == [
        ("refused_delivery", f"delivery {delivery_id}")
    ]
    assert tell.look("housekeeping", print) == ledger.Changes([], [])
    accepted("2008-09-29")
    assert tell.look("command", print).cleared == []
    accepted("2008-09-30")
    assert len(tell.look("housekeeping", print).cleared) == 1
    assert tell.look("housekeeping", print) == ledger.Changes([], [])
    assert [(one["news"], one["kind"], one["runbook"]) for one in told(warehouse)] == [
        ("raised", "refused_delivery", "docs/runbooks/refused_delivery.md"),
        ("cleared", "refused_delivery", "docs/runbooks/refused_delivery.md"),
    ]


def test_every_channel_gets_it_and_no_number_of_a_person_does(
    warehouse: Settings, receivers: tuple[HttpReceiver, MailServer]
) -> None:
    http, mail = receivers
    refused(f"webreg_{NUMBER}.zip", f"line 3 {NUMBERS[1]} and {NUMBERS[2]}\nSubject: injected")
    tell.look("housekeeping", print)
    assert mail.recipients == [["vagt@kommune.example", "drift@kommune.example"]]
    (sent,) = mail.mails
    assert sent["Subject"].endswith("a delivery was refused (delivery 1)") and "injected" not in sent["Subject"]
    assert "https://git.example/mentor-dw/docs/runbooks/refused_delivery.md" in sent.get_content()
    (post,) = http.posts
    expected = hmac.new(b"hemmelighed", post.body, hashlib.sha256).hexdigest()
    assert post.headers[SIGNATURE] == f"sha256={expected}"
    assert json.loads(post.body)["text"].startswith("[mentor-dw ")
    with connect("operator") as connection:
        in_ledger = str(ledger.listing(connection))
    for text in (sent.as_string(), post.body.decode(), json.dumps(told(warehouse)), in_ledger):
        assert "******-****" in text
        assert not any(number in text for number in NUMBERS)


def test_a_channel_that_is_down_stops_nothing_and_is_tried_again(
    warehouse: Settings, receivers: tuple[HttpReceiver, MailServer], capsys: pytest.CaptureFixture[str]
) -> None:
    http, mail = receivers
    http.status = 503
    mail.refuse = {"drift@kommune.example"}
    refused("webreg_2008-09-30.zip")
    tell.look("housekeeping", print)
    assert len(told(warehouse)) == len(http.posts) == 1
    said = capsys.readouterr().out
    assert "The webhook answered 503." in said and "refused 1 of 2 recipients" in said
    assert "secret-token" not in said and "kommune.example" not in said
    http.status, mail.refuse = 200, set()
    tell.look("housekeeping", print)
    assert len(http.posts) == 1, "it waits before it tries again"
    accepted("2008-09-30")
    with connect("owner") as owner:
        owner.execute("update ops.alert_told set tried_at = tried_at - interval '6 minutes'")
    tell.look("housekeeping", print)
    assert [json.loads(post.body)["news"] for post in http.posts] == ["raised", "raised", "cleared"]
    assert [one["news"] for one in told(warehouse)] == ["raised", "cleared"]


def test_secrets_and_certificates_that_are_wrong_are_said_without_them(
    warehouse: Settings, receivers: tuple, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = get_settings()
    assert tell.try_channels(settings) == {"log": None, "mail": None, "webhook": None}
    write_private(tmp_path / "password", "et forkert")
    write_private(tmp_path / "url", "http://kommune.example/token")
    told = tell.try_channels(settings)
    assert "535" in told["mail"] and told["webhook"] == "The address of the webhook must begin with https://."
    monkeypatch.setattr(settings, "alert_smtp_ca_file", None)
    assert "certificate" in tell.try_channels(settings)["mail"]
    monkeypatch.setattr(settings, "alert_smtp_security", "none")
    monkeypatch.setattr(settings, "alert_smtp_host", "mail.kommune.example")
    assert "on this machine only" in tell.try_channels(settings)["mail"]
    (tmp_path / "url").unlink()
    assert "is not there" in tell.try_channels(settings)["webhook"]


def test_without_the_database_that_is_the_news_and_it_is_told_once(warehouse: Settings) -> None:
    facts = json.loads((warehouse.secrets / "connection.json").read_text())
    write_private(warehouse.secrets / "connection.json", json.dumps(facts | {"port": 1}))
    try:
        tell.after_failure("ingest_webreg", "take")
        tell.after_failure("ingest_webreg", "take")
        with pytest.raises(DatabaseTrouble):
            tell.look("housekeeping", print)
    finally:
        write_private(warehouse.secrets / "connection.json", json.dumps(facts))
    assert [one["kind"] for one in told(warehouse)] == ["silent_database"]
    assert "ingest_webreg.take" in told(warehouse)[0]["line"]
    tell.look("housekeeping", print)
    assert [one["news"] for one in told(warehouse)] == ["raised", "cleared"]
    with connect("operator") as connection:
        (row,) = ledger.listing(connection, every=True)
    assert row["kind"] == "silent_database" and row["raised_at"] < row["cleared_at"]


def test_a_person_ends_what_only_a_person_can_end(
    warehouse: Settings, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    refused("webreg_2008-09-30.zip")
    monkeypatch.setattr(get_settings(), "alert_disk_free_pct", 99)
    raised = {row["kind"]: row["alert_id"] for row in tell.look("housekeeping", print).raised}
    assert {"refused_delivery", "disk_nearly_full"} <= set(raised)
    assert run(["alert-done", str(raised["disk_nearly_full"]), "--note", "set til"]) == 1
    assert run(["alert-done", str(raised["refused_delivery"]), "--note", NUMBER]) == 1
    assert NUMBER not in capsys.readouterr().err
    assert run(["alert-done", str(raised["refused_delivery"]), "--note", "Kilden sender igen"]) == 0
    assert tell.look("housekeeping", print).raised == []
    capsys.readouterr()
    assert run(["alerts", "--json"]) == 0
    assert {one["kind"] for one in json.loads(capsys.readouterr().out)} == {"disk_nearly_full"}
    assert told(warehouse)[-1]["news"] == "cleared" and "Kilden sender igen" in told(warehouse)[-1]["note"]
    assert run(["alerts", "--look"]) == 3


def test_every_kind_is_looked_for_in_one_place() -> None:
    looked_for = [kind for kinds, _ in LOOKS for kind in kinds]
    assert sorted([*looked_for, "silent_database"]) == sorted(KINDS)


def test_a_task_whose_failure_is_told_better_is_not_told_twice() -> None:
    def failed(task: str) -> Found:
        return Found("failed_task", task, "failed")

    found = [
        failed("build_warehouse.build"),
        failed("extract_star_udfald.build"),
        failed("extract_star_mentorforloeb.build"),
        failed("ingest_webreg.take"),
        Found("failed_build", "warehouse", "x"),
        Found("extract_build_failed", "star_udfald 2014K4 no. 1", "x"),
    ]
    left = {one.subject for one in without_told_otherwise(found) if one.kind == "failed_task"}
    assert left == {"extract_star_mentorforloeb.build", "ingest_webreg.take"}
    assert {one.subject for one in without_told_otherwise(found[:4])} == {one.subject for one in found[:4]}


def test_the_log_is_always_a_channel(warehouse: Settings) -> None:
    assert list(channels(get_settings())) == ["log"]
