"""A number in the vault always has its person: refused in each direction, by any statement, whoever writes when."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import psycopg
import pytest

from mentor_dw.config import Settings
from mentor_dw.database import address, connect
from mentor_dw.errors import DatabaseProblem
from mentor_dw.local.databases import ensure_schema

pytestmark = pytest.mark.postgres

#: PERSON has a number, OTHER has none, NOBODY is not in the vault.
PERSON, OTHER, NOBODY = 710101, 710202, 710303
ORPHAN, OLD_SNAPSHOT = "23503", "25000"
CHECKS = "007_vault_by_sets.sql"


def given(person_key: int) -> str:
    """A statement that gives a person one more number."""
    return (
        "insert into vault.cpr (key_id, cpr_hmac, person_key, cpr_sealed, is_replacement) "
        f"values ('key', sha256(random()::text::bytea), {person_key}, '', false)"
    )


@pytest.fixture(autouse=True)
def persons(warehouse: Settings) -> Iterator[None]:
    with connect("loader") as connection:
        connection.execute(
            f"insert into vault.person (person_key, first_source) values ({PERSON}, 'one'), ({OTHER}, 'one')"
        )
        connection.execute(given(PERSON))
    yield
    with connect("loader") as connection:
        connection.execute("delete from vault.cpr")
        connection.execute("delete from vault.person")


@pytest.fixture
def owner(warehouse: Settings, postgres_server) -> Iterator[psycopg.Connection]:
    with psycopg.connect(postgres_server.owner_url, dbname=warehouse.database) as connection:
        yield connection
        connection.rollback()


@pytest.mark.parametrize(
    "statement",
    [
        given(NOBODY),
        f"update vault.cpr set person_key = {NOBODY}",
        f"delete from vault.person where person_key = {PERSON}",
        f"update vault.person set person_key = {NOBODY} where person_key = {PERSON}",
        f"with gone as (delete from vault.person where person_key = {OTHER}) {given(OTHER)}",
        # What the writer calls like the rows that are checked does not stand in for them.
        f"create temporary table written (person_key bigint); {given(NOBODY)}",
    ],
)
def test_no_statement_leaves_a_number_without_its_person(statement: str) -> None:
    with psycopg.connect(address("loader").url()) as connection:
        with pytest.raises(psycopg.errors.ForeignKeyViolation) as caught:
            connection.execute(statement)
        connection.rollback()
    told = (caught.value.diag.message_primary, caught.value.diag.message_detail, caught.value.diag.context)
    assert not any(str(key) in str(told) for key in (PERSON, OTHER, NOBODY))
    assert caught.value.diag.constraint_name == "every_number_has_its_person"


@pytest.mark.parametrize(
    "statement",
    [
        f"update vault.cpr set person_key = {OTHER}; delete from vault.person where person_key = {PERSON}",
        f"update vault.person set first_source = 'two' where person_key = {PERSON}",
        f"with new as (insert into vault.person values ({NOBODY}, now(), 'two')) {given(NOBODY)}",
    ],
)
def test_numbers_and_persons_change_together(statement: str) -> None:
    with connect("loader") as connection:
        connection.execute(statement)


def test_copy_is_checked_too() -> None:
    with (
        pytest.raises(DatabaseProblem) as caught,
        connect("loader") as connection,
        connection.cursor() as cursor,
        cursor.copy("copy vault.cpr (key_id, cpr_hmac, person_key, cpr_sealed, is_replacement) from stdin") as copy,
    ):
        for number, person_key in enumerate((PERSON, OTHER, NOBODY)):
            copy.write_row(("key", bytes([number]), person_key, b"", False))
    assert caught.value.sqlstate == ORPHAN


def test_persons_are_not_emptied_under_their_numbers(owner: psycopg.Connection) -> None:
    with pytest.raises(psycopg.errors.ForeignKeyViolation), owner.transaction():
        owner.execute("truncate vault.person")
    owner.execute("truncate vault.person, vault.cpr")


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (given(OTHER), f"delete from vault.person where person_key = {OTHER}"),
        (f"delete from vault.person where person_key = {OTHER}", given(OTHER)),
    ],
)
def test_who_gives_and_who_removes_wait_for_each_other(first: str, second: str) -> None:
    refused: list[str | None] = []

    def come_later() -> None:
        with pytest.raises(DatabaseProblem) as caught, connect("loader") as connection:
            connection.execute(second)
        refused.append(caught.value.sqlstate)

    with connect("loader") as connection:
        connection.execute(first)
        later = threading.Thread(target=come_later)
        later.start()
        later.join(0.3)
        assert later.is_alive()
    later.join(30)
    assert refused == [ORPHAN]


@pytest.mark.parametrize("statement", [given(OTHER), f"delete from vault.person where person_key = {OTHER}"])
def test_a_transaction_that_looks_at_an_older_moment_may_not_write(statement: str) -> None:
    with pytest.raises(DatabaseProblem) as caught, connect("loader") as connection:
        connection.execute("set transaction isolation level repeatable read")
        connection.execute(statement)
    assert caught.value.sqlstate == OLD_SNAPSHOT


def test_a_warehouse_with_the_foreign_key_gets_the_checks(
    warehouse: Settings, postgres_server, owner: psycopg.Connection
) -> None:
    owner.execute("drop function vault.refuse_numbers_of_nobody, vault.refuse_to_leave_numbers cascade")
    owner.execute("alter table vault.cpr add foreign key (person_key) references vault.person")
    owner.execute("delete from ops.schema_version where file_name = %s", (CHECKS,))
    owner.commit()
    assert ensure_schema(warehouse, postgres_server.owner_url) == [CHECKS]
    with pytest.raises(psycopg.errors.ForeignKeyViolation) as caught:
        owner.execute(given(NOBODY))
    assert caught.value.diag.constraint_name == "every_number_has_its_person"
