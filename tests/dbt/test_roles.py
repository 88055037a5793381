"""Each role logs in and tries everything; a scoped role sees the rows of its area and no others."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

import psycopg
import pytest
from feed_rows import deliver
from psycopg import sql
from reads_noted import person_tables, read_unnoticed
from role_matrix import (
    Deed,
    deeds_on_functions,
    deeds_on_relations,
    deeds_on_schemas,
    documented,
    documented_creators,
    documented_functions,
    functions,
    may,
    relations,
    sequences,
)

from mentor_dw.cli import run
from mentor_dw.config import ROLES, SCOPED, Settings
from mentor_dw.database import address, connect
from mentor_dw.local.postgres import server_log
from mentor_dw.warehouse.dbt_run import DATA_TESTS, UNIT_TESTS, DbtProject
from mentor_dw.warehouse.plan import AREA, OPEN, PERSON, PublishedModel, keep_plan, plan_from_manifest
from mentor_dw.warehouse.publish import publish
from mentor_dw.warehouse.rights import admit, secure

pytestmark = pytest.mark.postgres

KOMMUNE = "461"
#: Scoped logins and the kommune and the jobcentre that each sees; the jobcentre is the one with most forløb.
LOGINS: dict[str, tuple[str | None, str | None]] = {"ser_kommunen": (KOMMUNE, None), "ser_jobcentret": (None, None)}

#: The rows of an area as somebody would ask for them who has never heard of policies.
AREAS = {
    "kommune_code": "kommune_code = %(kommune)s",
    "jobcenter_key": "jobcenter_key in (select jobcenter_key from bi.dim_jobcenter"
    " where kommune_code = %(kommune)s or kilde_jobcenter_id = %(jobcenter)s)",
}
AREAS["forloeb_key"] = (
    "forloeb_key in (select forloeb_key from bi.fct_mentorforloeb"
    f" where {AREAS['kommune_code']} or {AREAS['jobcenter_key']})"
)
AREAS["person_key"] = "person_key in (" + " union ".join(
    [
        f"select person_key from bi.{table} where {AREAS['kommune_code']}"
        for table in ("dim_borger", "fct_mentorforloeb", "fct_visitation", "fct_kontaktforloeb", "fct_tilbud")
    ]
    + [f"select person_key from bi.fct_tidsforbrug where {AREAS['jobcenter_key']}"]
    + [f"select person_key from bi.fct_mentorforloeb where {AREAS['jobcenter_key']}"]
) + ")"  # fmt: skip
AREAS["virksomhed_key"] = (
    f"virksomhed_key in (select virksomhed_key from bi.fct_begivenhed where {AREAS['jobcenter_key']} union"
    f" select virksomhed_key from bi.bridge_forloeb_virksomhed where {AREAS['forloeb_key']})"
)
AREAS["leverandoer_key"] = (
    f"leverandoer_key in (select leverandoer_key from bi.fct_mentorforloeb where {AREAS['kommune_code']})"
)


def silent(_: str) -> None:
    """Nobody listens."""


def publish_anew(plan: list[PublishedModel], *changes: str) -> None:
    """Publish what `work` holds after `changes` of it."""
    with connect("transformer") as connection:
        for change in changes:
            connection.execute(change)
        row = connection.execute(
            "insert into ops.build (status, built_at) values ('built', now()) returning build_id"
        ).fetchone()
        keep_plan(connection, row["build_id"], plan)
    publish(row["build_id"])


@pytest.fixture(scope="module")
def plan(warehouse: Settings) -> Iterator[list[PublishedModel]]:
    """One delivery of each source, built and published, and two scoped logins."""
    for source, covers in {"webreg": "2010-12-31", "biflis": "2016-05", "dream": "2016-05"}.items():
        deliver(source, covers, seed=1)
    project = DbtProject(warehouse.home / "dbt" / "roles")
    project.build(as_known_at=datetime.now(UTC), say=silent, leave_out=[UNIT_TESTS, DATA_TESTS])
    models = plan_from_manifest(project.manifest)
    publish_anew(models)
    with session_of("owner") as owner:
        busiest = owner.execute(
            "select kilde_jobcenter_id from bi.fct_mentorforloeb inner join bi.dim_jobcenter using (jobcenter_key)"
            " group by 1 order by count(*) desc, 1 limit 1"
        ).fetchone()
    LOGINS["ser_jobcentret"] = (None, busiest[0])
    for name, (kommune, jobcenter) in LOGINS.items():
        area = ["--kommune", kommune] if kommune else ["--jobcenter", str(jobcenter)]
        assert run(["roles", "add", name, *area, "--purpose", "Prøve", "--by", "prøven"]) == 0
    yield models
    for name in LOGINS:
        assert run(["roles", "remove", name]) == 0


def session_of(role: str) -> psycopg.Connection:
    """A session like that of psql, which may also write as far as the role's rights go."""
    session = psycopg.connect(address(role).url(), autocommit=True)
    session.execute("set default_transaction_read_only = off")
    return session


def differences(models: list[PublishedModel], schema: str = "") -> set[Deed]:
    """What a role can do and the page does not say, or the other way round; with the relations of `schema`."""
    with session_of("owner") as owner:
        found, names = relations(owner), functions(owner)
        found = {name: relation for name, relation in found.items() if name.startswith(schema)}
        expected = documented(found, models) | documented_creators() | documented_functions()
        wrong = set()
        for login in (*ROLES, *LOGINS):
            role = SCOPED if login in LOGINS else login
            with session_of(login) as session:
                can = deeds_on_relations(session, role, found) | deeds_on_schemas(session, role)
                can |= deeds_on_functions(owner, login, role, names)
            wrong |= can ^ {deed for deed in expected if deed[0] == role}
    return wrong


def test_each_role_can_do_what_the_page_says_and_nothing_else(plan: list[PublishedModel]) -> None:
    with session_of("owner") as owner:
        assert len(relations(owner)) > 200
    assert differences(plan) == set()


def test_no_function_can_be_called_by_who_may_not_and_no_sequence_turned(plan: list[PublishedModel]) -> None:
    with session_of("owner") as owner:
        names, counters = functions(owner), sequences(owner)
    assert counters
    for login in (*ROLES, *LOGINS):
        role = SCOPED if login in LOGINS else login
        with session_of(login) as session:
            for name, count in names.items():
                call = f"select {name.split('(')[0]}({', '.join(['null'] * count)})"
                assert not may(session, call) or (role, "execute", name) in documented_functions()
            for name, owned_by in counters.items():
                assert owned_by == login or not may(session, f"select last_value from {name}")
                assert owned_by == login or not may(session, f"select nextval('{name}')", undo=True)


def test_nobody_writes_functions_and_no_view_stands_before_the_tables(plan: list[PublishedModel]) -> None:
    for login in (*ROLES, *LOGINS):
        with session_of(login) as session:
            assert not may(session, "do $$ begin end $$")
            assert not may(session, "select lo_create(0)", undo=True)
            locks = may(session, "select pg_try_advisory_lock(1), pg_advisory_unlock(1)")
            assert locks == (login in ("loader", "transformer", "delivery", "operator"))
    with session_of("owner") as owner:
        assert not [n for n, (kind, *_) in relations(owner).items() if n.startswith("bi.") and kind != "r"]


def seen(session: psycopg.Connection, schema: str, model: PublishedModel, where: str = "true", **area: str) -> tuple:
    """How many rows and which, of the columns that a scoped role may see."""
    columns = [name for name in model.columns if name != "person_key" and name not in model.saerlige]
    return session.execute(
        sql.SQL(
            "select count(*), md5(string_agg(row_text, '|' order by row_text))"
            " from (select row({})::text as row_text from {} where {}) as rows"
        ).format(sql.SQL(", ").join(map(sql.Identifier, columns)), sql.Identifier(schema, model.name), sql.SQL(where)),
        area,
    ).fetchone()


def misplaced(models: list[PublishedModel], schema: str = "bi") -> dict[str, set[str]]:
    """By login: the tables in which it sees other rows than those of its area."""
    wrong: dict[str, set[str]] = {}
    with session_of("owner") as owner:
        for login, (kommune, jobcenter) in LOGINS.items():
            with session_of(login) as session:
                for model in models:
                    if model.adgang not in (PERSON, AREA, OPEN):
                        continue
                    where = AREAS[model.omraade] if model.omraade else "true"
                    own = seen(owner, schema, model, where, kommune=kommune or "-", jobcenter=jobcenter or "-")
                    if seen(session, schema, model) != own:
                        wrong.setdefault(login, set()).add(model.name)
    return wrong


def rows_of(login: str, models: list[PublishedModel], adgang: str) -> dict[str, int]:
    with session_of(login) as session:
        return {m.name: seen(session, "bi", m)[0] for m in models if m.adgang == adgang}


def test_a_scoped_role_sees_its_rows_after_three_publishes(plan: list[PublishedModel]) -> None:
    assert misplaced(plan) == {}
    by_kommune, by_jobcentre = (rows_of(login, plan, PERSON) for login in LOGINS)
    everybody = rows_of("bi_reader", plan, PERSON)
    # The example must be one in which there is something to see and something to hide, nearly everywhere.
    assert all(rows < everybody[name] for name, rows in by_kommune.items() if everybody[name])
    assert {"dim_borger", "fct_udfald", "fct_omkostning", "fct_tidsforbrug", "fct_forsoergelse_spell"} <= {
        name for name, rows in by_kommune.items() if rows
    }
    assert {"dim_borger", "fct_mentorforloeb", "fct_opgave", "fct_beskaeftigelse_spell"} <= {
        name for name, rows in by_jobcentre.items() if rows
    }
    assert by_jobcentre["fct_visitation"] == 0

    # The column by which the area is found becomes another one; everybody may then see it as before.
    publish_anew(
        plan,
        "alter table work.fct_tilbud rename to fct_tilbud_before",
        "create table work.fct_tilbud (like work.fct_tilbud_before including all)",
        "insert into work.fct_tilbud select * from work.fct_tilbud_before",
        "alter table work.fct_tilbud alter column kommune_code type varchar(20)",
    )
    assert misplaced(plan) == {}
    new = PublishedModel(
        "fct_ny",
        "Grain: one citizen.",
        {"ny_key": "Key.", "person_key": "The citizen.", "hemmelig": "Why.", "kommune_code": "Where."},
        (),
        adgang=PERSON,
        omraade="kommune_code",
        saerlige=("hemmelig",),
    )
    publish_anew(
        [*plan, new],
        "create table work.fct_ny (ny_key bigint primary key, person_key bigint, hemmelig text, kommune_code text)",
        "insert into work.fct_ny values (1, 1, 'a', '461'), (2, 2, 'b', '101'), (3, 3, 'c', '461')",
    )
    assert misplaced([*plan, new]) == {}
    with session_of("ser_kommunen") as session:
        assert session.execute("select ny_key from fct_ny order by 1").fetchall() == [(1,), (3,)]
    assert differences([*plan, new], "bi.") == set()
    # What was a person's becomes everybody's, and loses what it no longer needs.
    open_now = replace(
        new,
        columns={name: "x" for name in ("ny_key", "hemmelig", "kommune_code")},
        adgang=OPEN,
        omraade=None,
        saerlige=(),
    )
    publish_anew([*plan, open_now], "alter table work.fct_ny drop column person_key")
    assert differences([*plan, open_now], "bi.") == set()
    publish_anew(plan, "drop table work.fct_ny")


def test_a_scoped_role_sees_no_column_that_names_or_tells_too_much(plan: list[PublishedModel]) -> None:
    held = [model for model in plan if model.adgang in (PERSON, AREA)]
    hidden = {(m.name, c) for m in held for c in m.columns if c == "person_key" or c in m.saerlige}
    assert len(hidden) > 40
    with session_of("ser_kommunen") as session:
        for model in held:
            for column in model.columns:
                allowed = may(session, f"select {column} from bi.{model.name} limit 0")
                assert allowed == ((model.name, column) not in hidden), f"{model.name}.{column}"
        listed = session.execute(
            "select table_name, column_name from information_schema.columns where table_schema = 'bi'"
        ).fetchall()
        assert ("fct_udfald", "status_code") in listed and not hidden & set(listed)


def test_a_hidden_column_is_hidden_wherever_it_stands(plan: list[PublishedModel]) -> None:
    held = [model for model in plan if model.adgang in (PERSON, AREA)]
    marked = {column for model in held for column in model.saerlige} - {"kode"}
    assert [(m.name, c) for m in held for c in m.columns if c in marked and c not in m.saerlige] == []


def test_a_stray_grant_and_a_dropped_policy_are_noticed_and_mended(plan: list[PublishedModel]) -> None:
    with session_of("transformer") as session:
        session.execute("grant select on bi.compliance_overdue to bi_reader")
        session.execute("grant update (antal) on bi.fct_registreringskomplethed to delivery")
        session.execute("grant select on bi.dim_borger to bi_scoped")
        (policy,) = session.execute(
            "select polname from pg_policy where polrelid = 'bi.fct_tilbud'::regclass and polname like 'bi_scoped%'"
        ).fetchone()
        session.execute(sql.SQL("drop policy {} on bi.fct_tilbud").format(sql.Identifier(policy)))
        session.execute("alter table bi.fct_omkostning disable row level security")
    noticed = differences(plan, "bi.")
    assert ("bi_reader", "select", "bi.compliance_overdue") in noticed
    assert ("delivery", "update", "bi.fct_registreringskomplethed") in noticed
    assert misplaced(plan)["ser_kommunen"] == {"fct_tilbud", "fct_omkostning"}
    with session_of("ser_kommunen") as session:
        assert may(session, "select person_key from bi.dim_borger")
    publish_anew(plan)
    assert differences(plan, "bi.") == set()
    assert misplaced(plan) == {}
    with session_of("ser_kommunen") as session:
        assert not may(session, "select person_key from bi.dim_borger")


def test_no_role_reads_about_persons_unnoticed(plan: list[PublishedModel], warehouse: Settings) -> None:
    log = server_log(warehouse)
    with session_of("owner") as owner:
        tables = person_tables(owner, "bi")
    assert len(tables) > 25

    def unnoticed(role: str) -> set[str]:
        with session_of(role) as session:
            session.execute("set mentor_dw.purpose = 'Prøve'")
            return read_unnoticed(session, tables, "bi", log)

    assert {role: unnoticed(role) for role in ("bi_reader", "steward", "casework", "ser_kommunen")} == {
        role: set() for role in ("bi_reader", "steward", "casework", "ser_kommunen")
    }
    # A policy that does not ask is noticed.
    with session_of("transformer") as session:
        (policy,) = session.execute(
            "select polname from pg_policy where polrelid = 'bi.fct_udfald'::regclass and polname like 'bi_reader%'"
        ).fetchone()
        session.execute(sql.SQL("alter policy {} on bi.fct_udfald using (true)").format(sql.Identifier(policy)))
        assert unnoticed("bi_reader") == {"bi.fct_udfald"}
        session.execute(sql.SQL("drop policy {} on bi.fct_udfald").format(sql.Identifier(policy)))
    publish_anew(plan)
    assert unnoticed("bi_reader") == set()


def test_a_publish_without_a_change_changes_no_right(plan: list[PublishedModel]) -> None:
    def rights() -> list[tuple]:
        with session_of("owner") as owner:
            return owner.execute(
                "select c.relname, c.relacl::text, c.xmin::text, array_agg(p.oid order by p.oid) from pg_class as c"
                " left join pg_policy as p on p.polrelid = c.oid where c.relnamespace = 'bi'::regnamespace"
                " and c.relkind = 'r' group by 1, 2, 3 order by 1"
            ).fetchall()

    before = rights()
    with connect("transformer") as connection:
        secure(connection, "bi", plan)
    assert rights() == before


def test_a_past_state_is_read_with_the_same_rights(plan: list[PublishedModel]) -> None:
    some = [
        model for model in plan if model.name in ("dim_borger", "fct_udfald", "fct_visitation", "compliance_overdue")
    ]
    with connect("transformer") as connection:
        connection.execute("create schema fortid")
        for model in some:
            connection.execute(f"create table fortid.{model.name} as table bi.{model.name}")
        secure(connection, "fortid", some)
        admit(connection, "fortid")
    assert misplaced(some, "fortid") == {}
    with session_of("bi_reader") as session:
        assert may(session, "select from fortid.dim_borger")
        assert not may(session, "select from fortid.compliance_overdue")
    with session_of("casework") as session:
        assert may(session, "select from fortid.compliance_overdue")
    with connect("transformer") as connection:
        connection.execute("drop schema fortid cascade")


def test_a_login_without_an_area_sees_no_rows_and_one_that_is_removed_none_any_more(plan: list[PublishedModel]) -> None:
    assert run(["roles", "add", "kort_tid", "--kommune", KOMMUNE, "--purpose", "Prøve"]) == 0
    with session_of("kort_tid") as session:
        assert session.execute("select count(*) from dim_borger").fetchone()[0] > 0
        assert session.execute("show statement_timeout").fetchone()[0] == "5min"
        assert run(["roles", "remove", "kort_tid"]) == 0
        with pytest.raises(psycopg.Error):
            session.execute("select count(*) from dim_borger").fetchone()
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(address("ser_kommunen").url().replace("ser_kommunen", "kort_tid"))
    with session_of("owner") as owner:
        owner.execute("create role ved_haanden login password 'prøve' in role bi_scoped")
        url = address("ser_kommunen")
        try:
            with psycopg.connect(
                host=url.host, port=url.port, dbname=url.database, user="ved_haanden", password="prøve"
            ) as session:
                assert session.execute("select count(*) from bi.dim_borger").fetchone() == (0,)
        finally:
            owner.execute("drop role ved_haanden")
