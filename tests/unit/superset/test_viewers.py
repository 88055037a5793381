"""Whoever looks through Superset is somebody in the warehouse, or sees nothing."""

from __future__ import annotations

import json
import stat
from pathlib import Path
from typing import Any

import pytest
from mentor_viewers import LOGINS_FILE, PASSWORD_FILE, UnknownViewerError, as_viewer, may_log_in, viewer_of
from sqlalchemy.engine import make_url

from mentor_dw.config import ROLES, Settings
from mentor_dw.database import CONNECTION_FILE
from mentor_dw.local.connection_file import write_connection_file

ASKED = make_url("postgresql+psycopg2://warehouse/mentor_dw")
FACTS = {
    "host": "127.0.0.1",
    "port": 5433,
    "database": "varehus",
    "roles": {name: {"user": name, "password": f"ord-{name}"} for name in (*ROLES, "owner", "airflow", "team_viborg")},
}


@pytest.fixture(autouse=True)
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """A home in which Superset is used; the roles of the house and one scoped role log in."""
    settings = Settings(home=tmp_path)
    (tmp_path / "superset").mkdir()
    (tmp_path / "password").write_text("ord-admin\n")
    write_connection_file(settings, FACTS)
    monkeypatch.setenv(LOGINS_FILE, str(tmp_path / "superset" / "logins.json"))
    monkeypatch.setenv(PASSWORD_FILE, str(tmp_path / "password"))
    return settings


def connected(name: str | None, address: Any = ASKED) -> tuple[str, str, str]:
    """Database, login and password of a connection for `name`."""
    uri, params = as_viewer(address, {"connect_args": {"options": "-c x=y"}}, name)
    assert (uri.host, uri.port, uri.drivername) == ("127.0.0.1", 5433, "postgresql+psycopg2")
    assert params == {"connect_args": {"options": "-c x=y", "application_name": "superset"}}
    return uri.database, uri.username, uri.password


@pytest.mark.parametrize("name", ["bi_reader", "team_viborg"])
def test_a_viewer_connects_as_herself(name: str) -> None:
    assert connected(name) == ("varehus", name, f"ord-{name}")


def test_a_login_in_the_address_is_replaced() -> None:
    address = make_url("postgresql+psycopg2://owner:ord-owner@anderswo:1/postgres")
    assert connected("team_viborg", address) == ("varehus", "team_viborg", "ord-team_viborg")


def test_the_administrator_reads_as_who_sees_all_areas_and_no_more() -> None:
    assert connected("admin") == ("varehus", "bi_reader", "ord-bi_reader")


@pytest.mark.parametrize("name", [None, "", "anna", "owner", "airflow", *sorted(set(ROLES) - {"bi_reader"})])
def test_whoever_is_no_viewer_gets_no_connection(name: str | None) -> None:
    with pytest.raises(UnknownViewerError):
        as_viewer(ASKED, {}, name)
    assert not may_log_in(name or "", f"ord-{name}")


def test_the_password_is_that_of_the_warehouse_and_of_nobody_else() -> None:
    assert may_log_in("team_viborg", "ord-team_viborg") and may_log_in("admin", "ord-admin")
    for name, password in (("team_viborg", "ord-bi_reader"), ("admin", "ord-bi_reader"), ("anna", ""), ("admin", "")):
        assert not may_log_in(name, password)


def test_a_role_that_is_removed_or_changed_counts_from_then_on(house: Settings) -> None:
    changed = {"bi_reader": {"user": "bi_reader", "password": "nyt"}}
    write_connection_file(house, FACTS | {"roles": changed})
    assert viewer_of("team_viborg") is None and not may_log_in("team_viborg", "ord-team_viborg")
    assert may_log_in("bi_reader", "nyt") and not may_log_in("bi_reader", "ord-bi_reader")


def test_the_file_of_the_viewers_has_no_other_login_and_is_its_owners(house: Settings) -> None:
    file = house.home / "superset" / "logins.json"
    assert set(json.loads(file.read_text())) == {"bi_reader", "team_viborg"}
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert "ord-" not in repr(viewer_of("bi_reader"))


def test_where_superset_is_not_used_no_second_file_is_written(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path / "other")
    write_connection_file(settings, FACTS)
    assert [file.name for file in settings.home.rglob("*") if file.is_file()] == [CONNECTION_FILE]
