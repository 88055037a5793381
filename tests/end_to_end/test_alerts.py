"""Alerts about deliveries and the house fire for a real cause, reach whoever is to be told, and end by their runbook.

Those about extracts are in extracts/test_extracts.py, those that need Airflow in test_alerts_of_the_house.py.
"""

from __future__ import annotations

import json
import os
import subprocess
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from alert_servers import HttpReceiver, MailServer, http_receiver, mail_server
from runbook import follow

from mentor_dw.alerting.kinds import KINDS
from mentor_dw.alerting.tell import look
from mentor_dw.cli import run
from mentor_dw.config import Settings, get_settings
from mentor_dw.database import connect
from mentor_dw.identity.keys import ensure_keys
from mentor_dw.ingest.take import take_waiting
from mentor_dw.secret_files import write_private

pytestmark = [pytest.mark.postgres, pytest.mark.usefixtures("with_one_judge")]
WAVE = Path(__file__).resolve().parents[1] / "fixtures" / "waves" / "wave1" / "step1"
WEBREG = "webreg_2008-09-30.zip"


def quiet(_: str) -> None:
    """Progress that nobody reads."""


@pytest.fixture(scope="module")
def receivers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[HttpReceiver, MailServer]]:
    with http_receiver() as http, mail_server(tmp_path_factory.mktemp("mail")) as mail:
        yield http, mail


@pytest.fixture(scope="module")
def home(
    warehouse: Settings, receivers: tuple[HttpReceiver, MailServer], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Settings]:
    """A house without Airflow that has somebody to tell."""
    http, mail = receivers
    secrets = tmp_path_factory.mktemp("secrets")
    with pytest.MonkeyPatch.context() as patch:
        for name, value in alert_settings(secrets, http, mail).items():
            patch.setenv(name, value)
        get_settings.cache_clear()
        ensure_keys(warehouse.secrets)
        yield get_settings()
    get_settings.cache_clear()


def alert_settings(secrets: Path, http: HttpReceiver, mail: MailServer) -> dict[str, str]:
    """The environment of a house that tells both."""
    for name, text in (("url", http.url), ("password", mail.password)):
        write_private(secrets / name, text)
    return {
        "MENTOR_DW_ALERT_MAIL_TO": "vagt@kommune.example",
        "MENTOR_DW_ALERT_SMTP_HOST": "127.0.0.1",
        "MENTOR_DW_ALERT_SMTP_PORT": str(mail.port),
        "MENTOR_DW_ALERT_SMTP_USER": "alerts",
        "MENTOR_DW_ALERT_SMTP_CA_FILE": str(mail.certificate),
        "MENTOR_DW_ALERT_SMTP_PASSWORD_FILE": str(secrets / "password"),
        "MENTOR_DW_ALERT_WEBHOOK_URL_FILE": str(secrets / "url"),
        "MENTOR_DW_SETTLE_SECONDS": "0",
    }


def raised(kind: str) -> int:
    """Look the house over: the number of the alert of this kind that began now."""
    found = [row["alert_id"] for row in look("command", quiet).raised if row["kind"] == kind]
    assert len(found) == 1, f"{kind} was not raised once"
    return found[0]


def is_told_and_over(alert_id: int, receivers: tuple[HttpReceiver, MailServer]) -> None:
    """The alert has begun and ended by every channel, once each."""
    http, mail = receivers
    with connect("operator") as connection:
        alert = connection.execute("select * from ops.alert where alert_id = %s", (alert_id,)).fetchone()
        told = connection.execute(
            "select news, channel from ops.alert_told where alert_id = %s and told_at is not null order by 1 desc, 2",
            (alert_id,),
        ).fetchall()
    assert alert["cleared_at"] or alert["seen_at"]
    assert [tuple(one.values()) for one in told] == [
        (news, channel) for news in ("raised", "cleared") for channel in ("log", "mail", "webhook")
    ]
    posts = [json.loads(post.body) for post in http.posts]
    assert [p["news"] for p in posts if (p["kind"], p["subject"]) == (alert["kind"], alert["subject"])] == [
        "raised",
        "cleared",
    ]
    words = KINDS[alert["kind"]].words
    assert [m["Subject"].split("] ")[1].split(":")[0] for m in mail.mails if words in m["Subject"]][-2:] == [
        "ALERT",
        "OVER",
    ]


def deliver(home: Settings, day: str, change: Callable[[str, list[str]], list[str]] | None = None) -> Path:
    """Put a delivery of web registrations into the inbox, its members' lines changed."""
    path = home.inbox / "webreg" / f"webreg_{day}.zip"
    with zipfile.ZipFile(WAVE / WEBREG) as source, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            lines = source.read(name).decode().splitlines()
            target.writestr(name, "\n".join(change(name, lines) if change else lines) + "\n")
    return path


def test_a_refused_delivery(home: Settings, receivers: tuple) -> None:
    path = deliver(home, "2008-09-30")
    path.with_name(f"{path.name}.sha256").write_text(f"{'0' * 64}  {path.name}\n")
    (outcome,) = take_waiting("webreg", quiet)
    alert = raised("refused_delivery")
    follow("refused_delivery", DELIVERY=outcome.delivery_id, ALERT=alert)
    is_told_and_over(alert, receivers)


def test_drift_and_many_rows_set_aside(home: Settings, receivers: tuple) -> None:
    def worse(name: str, lines: list[str]) -> list[str]:
        if name != "tidsforbrug.csv":
            return (
                [f"{line};{'ny' if at == 0 else 'x'}" for at, line in enumerate(lines)] if "opgaver" in name else lines
            )
        bad = len(lines) // 65
        minutes = lines[0].split(";").index("minutter")
        for at in range(1, bad + 1):
            cells = lines[at].split(";")
            cells[minutes] = "mange"
            lines[at] = ";".join(cells)
        return lines

    deliver(home, "2008-10-31", worse)
    (outcome,) = take_waiting("webreg", quiet)
    assert outcome.status == "accepted" and outcome.rows_quarantined >= 10
    changes = {row["kind"]: row["alert_id"] for row in look("command", quiet).raised}
    assert set(changes) == {"schema_drift", "high_quarantine"}
    for kind, alert in changes.items():
        follow(kind, DELIVERY=outcome.delivery_id, ALERT=alert)
        is_told_and_over(alert, receivers)
    assert look("command", quiet).raised == []


def test_a_file_that_cannot_be_written(home: Settings, receivers: tuple) -> None:
    (home.logs / "openlineage").rmdir()
    (home.logs / "openlineage").write_text("in the way")
    alert = raised("unwritable_file")
    follow("unwritable_file", FOLDER="logs/openlineage")
    is_told_and_over(alert, receivers)


def test_a_channel_that_takes_nothing(home: Settings, receivers: tuple[HttpReceiver, MailServer]) -> None:
    http, _ = receivers
    http.status = 503
    (home.logs / "openlineage").rmdir()
    (home.logs / "openlineage").write_text("in the way")
    for _ in range(3):
        look("command", quiet)
        with connect("owner") as owner:
            owner.execute("update ops.alert_told set tried_at = tried_at - interval '1 hour' where told_at is null")
    alert = raised("silent_channel")
    http.status, before = 200, len(http.posts)
    follow("silent_channel")
    news = [json.loads(post.body)["news"] for post in http.posts[before:]]
    assert news[0] == "test" and news.count("raised") == 2 and news[-1] == "cleared"
    with connect("operator") as connection:
        assert connection.execute("select cleared_at from ops.alert where alert_id = %s", (alert,)).fetchone()[
            "cleared_at"
        ]
    follow("unwritable_file", FOLDER="logs/openlineage")


@contextmanager
def small_disk(folder: Path, size: str) -> Iterator[None]:
    """A disk of its own at `folder`, while the block runs."""
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)], capture_output=True)
    if mounted.returncode:
        pytest.skip("Nothing may be mounted here, so no disk can be filled.")
    try:
        yield
    finally:
        subprocess.run(["umount", str(folder)], check=True)


def test_a_disk_that_is_nearly_full(home: Settings, receivers: tuple) -> None:
    with small_disk(home.reports, "8m"):
        old = home.reports / "old.md"
        old.write_bytes(b"x" * 7_900_000)
        long_ago = (datetime.now(UTC) - timedelta(days=400)).timestamp()
        os.utime(old, (long_ago, long_ago))
        alert = raised("disk_nearly_full")
        follow("disk_nearly_full")
        is_told_and_over(alert, receivers)


def test_a_backup_that_fails_and_one_that_is_too_old(
    home: Settings, receivers: tuple, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for kind in ("data", "keys"):
        assert run(["backup-key", kind, "--private-to", str(tmp_path / f"{kind}.key")]) == 0
    to = tmp_path / "backups"
    to.mkdir()
    monkeypatch.setenv("MENTOR_DW_BACKUP_TO", str(to))
    monkeypatch.setattr(get_settings(), "backup_to", to)
    with small_disk(to, "32k"):
        assert run(["backup"]) == 1
        alert = raised("failed_backup")
    follow("failed_backup")
    is_told_and_over(alert, receivers)
    with connect("owner") as owner:
        owner.execute(
            "update ops.backup set begun_at = begun_at - interval '40 hours',"
            " finished_at = finished_at - interval '40 hours'"
        )
    alert = raised("old_backup")
    follow("old_backup")
    is_told_and_over(alert, receivers)
