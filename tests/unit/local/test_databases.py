"""Installing the databases again changes nothing; what was lost is made again."""

from __future__ import annotations

import json
import os
import shutil
import stat
from pathlib import Path

import psycopg
import pytest

from mentor_dw.config import ROLES, Settings, get_settings
from mentor_dw.database import CONNECTION_FILE, address, connect
from mentor_dw.errors import MentorDwError
from mentor_dw.local.databases import ensure_logins, ensure_schema, ensure_source_tables
from mentor_dw.local.folders import ensure_folders
from mentor_dw.local.postgres import EmbeddedPostgres

pytestmark = pytest.mark.postgres


@pytest.fixture(scope="module")
def server():
    """A server of its own, since roles belong to a whole server."""
    home = Path(f"/tmp/mentor_dw_db_{os.getpid()}")
    settings = Settings(home=home, dsn=None)
    ensure_folders(settings)
    postgres = EmbeddedPostgres(settings, extra={"fsync": "off"})
    postgres.start()
    yield postgres
    postgres.remove()
    shutil.rmtree(home, ignore_errors=True)


@pytest.fixture
def installed(server, monkeypatch, tmp_path):
    """Settings of a home without secrets on that server, given by the DSN of a role that is no superuser."""
    with psycopg.connect(server.url(), autocommit=True) as owner:
        if not owner.execute("select 1 from pg_roles where rolname = 'administrator'").fetchone():
            owner.execute("create role administrator login createdb createrole password 'a secret'")
    dsn = server.url().replace(f"postgres:{server.password()}", "administrator:a%20secret")
    monkeypatch.setenv("MENTOR_DW_HOME", str(tmp_path))
    monkeypatch.setenv("MENTOR_DW_DSN", dsn)
    get_settings.cache_clear()
    ensure_folders(get_settings())
    yield get_settings()
    get_settings.cache_clear()


def install(settings: Settings) -> list[str]:
    dsn = settings.dsn.get_secret_value()
    ensure_logins(settings, dsn)
    applied = ensure_schema(settings, dsn)
    ensure_source_tables()
    return applied


def everything(server: EmbeddedPostgres, database: str) -> dict:
    """Roles, settings, rights and tables, as the catalogue has them."""
    facts = {}
    with psycopg.connect(server.url(database)) as connection:
        for query in (
            "select rolname, rolpassword, rolcreatedb, rolcreaterole, rolsuper from pg_authid order by 1",
            "select setrole, setdatabase, setconfig from pg_db_role_setting order by 1, 2",
            "select datname, datacl from pg_database order by 1",
            "select nspname, nspacl from pg_namespace where nspname !~ '^pg_t' order by 1",
            "select oid, relname, relacl from pg_class where relnamespace::regnamespace::text !~ '^pg_' order by 1",
            "select defaclrole, defaclnamespace, defaclacl from pg_default_acl order by 1, 2",
            "select file_name, applied_at from ops.schema_version order by 1",
        ):
            facts[query] = connection.execute(query).fetchall()
    return facts


def test_a_role_without_superuser_installs_and_every_role_logs_in(installed):
    install(installed)
    for role in (*ROLES, "owner", "airflow"):
        with psycopg.connect(address(role).url()) as connection:
            assert connection.execute("select rolsuper from pg_roles where rolname = current_user").fetchone() == (
                False,
            )
    assert address("airflow").database == installed.airflow_database
    assert stat.S_IMODE((installed.secrets / CONNECTION_FILE).stat().st_mode) == 0o600
    with connect("loader") as connection:
        connection.execute("select count(*) from raw.webreg__borgere")
    with connect("transformer") as connection:
        connection.execute("select count(*) from raw.webreg__borgere")


def test_a_second_run_changes_nothing(server, installed):
    install(installed)
    before = everything(server, installed.database)
    written = (installed.secrets / CONNECTION_FILE).stat().st_mtime_ns
    assert install(installed) == []
    assert everything(server, installed.database) == before
    assert (installed.secrets / CONNECTION_FILE).stat().st_mtime_ns == written


def test_a_lost_connection_file_is_made_again(installed):
    install(installed)
    path = installed.secrets / CONNECTION_FILE
    old = json.loads(path.read_text())
    path.unlink()
    install(installed)
    with connect("bi_reader") as connection:
        connection.execute("select 1")
    assert json.loads(path.read_text())["roles"]["loader"]["password"] != old["roles"]["loader"]["password"]


def test_a_login_of_the_environment_is_installed_and_not_written_down(server, installed, monkeypatch):
    given = f"postgres://loader:given%20password@127.0.0.1:{server.running_port()}/{installed.database}"
    monkeypatch.setenv("AIRFLOW_CONN_MENTOR_DW_LOADER", given)
    install(installed)
    assert address("loader").password == "given password"
    with connect("loader") as connection:
        connection.execute("select 1")
    written = (installed.secrets / CONNECTION_FILE).read_text()
    assert "given" not in written and set(json.loads(written)["roles"]) == {*ROLES, "airflow", "owner"} - {"loader"}


def test_a_role_that_belongs_to_something_else_is_left_alone(installed, monkeypatch):
    install(installed)
    other = installed.model_copy(update={"database": "another_warehouse"})
    with pytest.raises(MentorDwError, match="not of the warehouse another_warehouse"):
        ensure_logins(other, installed.dsn.get_secret_value())
    with connect("loader") as connection:
        connection.execute("select 1")


def test_an_owner_without_the_rights_is_told_so(server, installed):
    with psycopg.connect(server.url(), autocommit=True) as owner:
        owner.execute("create role nobody_special login password 'x'")
    dsn = server.url().replace(f"postgres:{server.password()}", "nobody_special:x")
    with pytest.raises(MentorDwError, match="may not make databases and roles") as caught:
        ensure_logins(installed, dsn)
    assert "createdb createrole" in caught.value.next_step


def test_a_script_that_fails_is_not_recorded_and_can_run_again(installed, monkeypatch, tmp_path):
    install(installed)
    scripts = tmp_path / "scripts"
    scripts.mkdir()
    broken = scripts / "900_probe.sql"
    broken.write_text("create table ops.probe (a bigint); select nothing from nowhere;")
    monkeypatch.setattr("mentor_dw.local.databases.files", lambda package: scripts)
    with pytest.raises(MentorDwError, match="nowhere"):
        ensure_schema(installed, installed.dsn.get_secret_value())
    broken.write_text("create table ops.probe (a bigint);")
    assert ensure_schema(installed, installed.dsn.get_secret_value()) == ["900_probe.sql"]
