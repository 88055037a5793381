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
from mentor_dw.ledger.access import collect
from mentor_dw.local.databases import ensure_logins, ensure_schema, ensure_source_tables
from mentor_dw.local.folders import ensure_folders
from mentor_dw.local.postgres import EmbeddedPostgres, server_log
from mentor_dw.local.scopes import add_scoped, remove_scoped, scopes
from mentor_dw.warehouse.plan import AREA, OPEN, PERSON, WHOLE, PublishedModel
from mentor_dw.warehouse.rights import secure

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
    with pytest.raises(MentorDwError, match="not of this warehouse"):
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


#: As much of `bi` as the areas of scoped roles are found by: two jobcentres in two kommuner, a citizen in each.
AREAS = {
    "dim_kommune": ("kode text, navn text", "('101', 'A'), ('461', 'B')", OPEN, None),
    "dim_jobcenter": (
        "jobcenter_key bigint, kilde_jobcenter_id text, navn text, kommune_code text",
        "(11, '1', 'A', '101'), (12, '2', 'B', '461')",
        OPEN,
        None,
    ),
    "fct_mentorforloeb": (
        "forloeb_key bigint, person_key bigint, kommune_code text, jobcenter_key bigint",
        "(21, 1, '101', 11), (22, 2, '461', 12)",
        PERSON,
        "forloeb_key",
    ),
    "bridge_borger_omraade": (
        "omraade_key bigint, person_key bigint, kommune_code text, jobcenter_key bigint",
        "(31, 1, '101', 11), (32, 2, '461', 12)",
        WHOLE,
        None,
    ),
    "dim_borger": ("borger_key bigint, person_key bigint", "(41, 1), (42, 2)", PERSON, "person_key"),
    "dim_mentor": ("mentor_key bigint, jobcenter_key bigint", "(51, 11), (52, 12)", AREA, "jobcenter_key"),
}


def test_scoped_logins_are_made_where_the_owner_is_no_superuser(installed):
    install(installed)
    models = []
    with connect("transformer") as connection:
        for name, (columns, rows, adgang, omraade) in AREAS.items():
            connection.execute(f"create table bi.{name} ({columns})")
            connection.execute(f"insert into bi.{name} values {rows}")
            described = {column.split()[0]: "x" for column in columns.split(", ")}
            models.append(PublishedModel(name, "x", described, (), adgang=adgang, omraade=omraade))
        secure(connection, "bi", models)
    with pytest.raises(MentorDwError, match="no kommune 330"):
        add_scoped(installed, "ser_et_omraade", ["330"], [], "Prøve", "prøven")
    with pytest.raises(MentorDwError, match="cannot be called"):
        add_scoped(installed, "loader", ["101"], [], "Prøve", "prøven")
    assert add_scoped(installed, "ser_et_omraade", ["101"], [], "Prøve", "prøven", dry_run=True) == [("kommune", "101")]
    assert scopes() == {}

    def seen() -> list[tuple]:
        with psycopg.connect(address("ser_et_omraade").url()) as session:
            return session.execute(
                "select forloeb_key, borger_key, mentor_key from bi.fct_mentorforloeb cross join bi.dim_borger"
                " cross join bi.dim_mentor order by 1, 2, 3"
            ).fetchall()

    assert add_scoped(installed, "ser_et_omraade", ["101"], [], "Prøve", "prøven") == [("kommune", "101")]
    assert seen() == [(21, 41, 51)]
    # The log of a given server is not ours, so notes of reads are rows.
    assert collect(server_log(installed)) == 2
    # A lost connection file is made again with the scoped logins of the server.
    (installed.secrets / CONNECTION_FILE).unlink()
    install(installed)
    assert add_scoped(installed, "ser_et_omraade", ["101"], ["2"], "Mere", "prøven") == [("jobcenter", "2")]
    assert len(seen()) == 8
    assert [area.purpose for area in remove_scoped(installed, "ser_et_omraade", "prøven")] == ["Prøve", "Mere"]
    with pytest.raises(MentorDwError, match="No role ser_et_omraade"):
        address("ser_et_omraade")
    with connect("operator") as connection:
        ended = connection.execute("select ended_by from ops.role_scope where ended_at is not null").fetchall()
    assert [row["ended_by"] for row in ended] == ["prøven", "prøven"]
    with pytest.raises(MentorDwError, match="no scoped role"):
        remove_scoped(installed, "ser_et_omraade", "prøven")
