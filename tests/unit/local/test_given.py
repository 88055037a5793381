"""Servers that are given: their passwords come from files, and what is wrong with an address is told without them."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from psycopg.conninfo import conninfo_to_dict

from mentor_dw.config import Settings
from mentor_dw.errors import MentorDwError
from mentor_dw.local import given
from mentor_dw.local.given import broker_url, owner_conninfo

#: A program as a worker is one: its log is written as bytes.
TELLS = """
import logging, sys
from mentor_dw.local import airflow_logging
from airflow.sdk.log import configure_logging
configure_logging(output=sys.stdout.buffer)
try:
    raise ValueError("for 6103801234 with a-password-of-some-length")
except ValueError:
    logging.getLogger("worker").exception("it failed for 610380-1234")
"""


@pytest.fixture
def password(tmp_path: Path) -> Path:
    path = tmp_path / "password"
    path.write_text("p@ss/word with:signs\n")
    path.chmod(0o600)
    return path


@pytest.fixture(autouse=True)
def celery_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(given, "find_spec", lambda name: object())


def test_passwords_come_from_files(password: Path) -> None:
    settings = Settings(
        dsn="postgresql://owner@db:5433/postgres",
        dsn_password_file=password,
        broker="rediss://name@redis:6380/1",
        broker_password_file=password,
    )
    assert conninfo_to_dict(owner_conninfo(settings)) == {
        **{"user": "owner", "host": "db", "port": "5433", "dbname": "postgres", "password": "p@ss/word with:signs"}
    }
    assert broker_url(settings) == "rediss://name:p%40ss%2Fword%20with%3Asigns@redis:6380/1"


def test_addresses_may_hold_their_passwords() -> None:
    settings = Settings(dsn="postgresql://owner:secret@db/postgres", broker="redis://:secret@redis:6379/0")
    assert conninfo_to_dict(owner_conninfo(settings))["password"] == "secret"
    assert broker_url(settings) == "redis://:secret@redis:6379/0"


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"dsn": "postgresql://owner:secret-word@[db/x", "broker": "amqp://:secret-word@redis"},
        {"dsn": "postgresql://o@db/x", "broker": "redis://redis", "file": "missing"},
        {"dsn": "postgresql://o@db/x", "broker": "redis://redis", "file": "empty"},
        {"dsn": "postgresql://o@db/x", "broker": "redis://redis", "file": "open"},
    ],
)
def test_what_is_missing_or_wrong_is_told_without_a_password(settings: dict[str, str], tmp_path: Path) -> None:
    file = settings.get("file")
    if file in ("empty", "open"):
        (tmp_path / file).write_text("" if file == "empty" else "secret-word")
        (tmp_path / file).chmod(0o600 if file == "empty" else 0o644)
    path = tmp_path / file if file else None
    told = Settings(
        dsn=settings.get("dsn"), dsn_password_file=path, broker=settings.get("broker"), broker_password_file=path
    )
    for ask in (owner_conninfo, broker_url):
        with pytest.raises(MentorDwError) as caught:
            ask(told)
        assert "secret-word" not in str(caught.value)


def test_packages_that_are_missing_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(given, "find_spec", lambda name: None)
    with pytest.raises(MentorDwError, match="--extra celery"):
        broker_url(Settings(broker="redis://redis:6379/0"))


def test_a_worker_s_log_tells_neither_numbers_nor_secrets(tmp_path: Path) -> None:
    told = {"AIRFLOW_HOME": str(tmp_path), "MENTOR_DW_HOME": str(tmp_path)}
    told["AIRFLOW__CELERY__BROKER_URL"] = "redis://:a-password-of-some-length@redis:6379/0"
    done = subprocess.run([sys.executable, "-c", TELLS], env=os.environ | told, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "it failed for" in done.stdout and "ValueError" in done.stdout
    for secret in ("6103801234", "610380-1234", "a-password-of-some-length"):
        assert secret not in done.stdout + done.stderr
