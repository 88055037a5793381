"""The matrix of docs/roles.md, and what a role can really do: it logs in and tries."""

from __future__ import annotations

import re
from collections.abc import Iterable
from contextlib import nullcontext

import psycopg

from mentor_dw.config import PROJECT_ROOT
from mentor_dw.warehouse.plan import CASEWORK, PublishedModel

PAGE = PROJECT_ROOT / "docs" / "roles.md"
SCHEMAS = ("vault", "landing", "raw", "work", "bi", "extracts", "ops")
RIGHTS = {"R": "select", "I": "insert", "U": "update", "D": "delete", "T": "truncate"}
#: A role, what it did, to what.
Deed = tuple[str, str, str]
#: A relation's kind, its name and its first column as SQL writes them.
Relation = tuple[str, str, str]

FORBIDDEN = "42501"


def _tables() -> list[list[list[str]]]:
    """The tables of the matrix's part of the page: rows of cells, heads first."""
    part = PAGE.read_text(encoding="utf-8").split("<!-- matrix -->")[1].split("<!-- end of matrix -->")[0]
    found = [re.findall(r"^\|(.*)\|$", block, re.M) for block in part.split("\n\n")]
    return [
        [[cell.strip() for cell in line.split("|")] for line in lines if not line.startswith("---")]
        for lines in found
        if lines
    ]


def documented(found: dict[str, Relation], models: list[PublishedModel]) -> set[Deed]:
    """What the page lets each role do with each relation that was `found`. A relation without a line fails."""
    (head, *lines), *_ = _tables()
    cells: dict[str, list[str]] = {}
    for names, *rights in lines:
        for name in names.split(", ") if names.count("`") > 2 else [names]:
            assert name not in cells, f"{name} has two lines"
            cells[name] = rights
    classes = {f"bi.{model.name}": _class_of(model, models) for model in models}
    deeds = set()
    for relation, (kind, *_) in found.items():
        schema = relation.split(".")[0]
        wanted = (classes.get(relation), f"`{relation}`", f"`{schema}.*`")
        line = next((cells[name] for name in wanted if name in cells), None)
        assert line is not None, f"{relation} has no line in {PAGE.name}"
        for role, rights in zip(head[1:], line, strict=True):
            deeds |= {(role, RIGHTS[letter], relation) for letter in rights.upper() if kind != "v" or letter in "Rr"}
    return deeds


def documented_creators() -> set[Deed]:
    """Who may make tables in which schema, temporary tables, schemas."""
    deeds = set()
    for what, who in _tables()[1][1:]:
        places = [name for name in SCHEMAS if f"`{name}`" in what] or [what.split()[0]]
        deeds |= {(role, "create", place) for place in places for role in re.findall(r"`(\w+)`", who)}
    return deeds


def documented_functions() -> set[Deed]:
    """Who may execute which function."""
    return {
        (role, "execute", function)
        for function, who in ((cells[0].strip("`"), cells[1]) for cells in _tables()[2][1:])
        for role in re.findall(r"`(\w+)`", who)
    }


def _class_of(model: PublishedModel, models: list[PublishedModel]) -> str:
    lists = {key.to for other in models if other.adgang == CASEWORK for key in other.foreign_keys}
    more = [", kvalitet"] if model.kvalitet else []
    more += [", lister"] if model.name in lists and model.adgang == "hele_landet" else []
    return f"`bi` {model.adgang}{''.join(more)}"


def relations(owner: psycopg.Connection) -> dict[str, Relation]:
    """Every relation of our schemas but sequences, by `schema.name`."""
    rows = owner.execute(
        "select n.nspname || '.' || c.relname, c.relkind::text, c.oid::regclass::text, quote_ident(a.attname)"
        " from pg_class as c inner join pg_namespace as n on c.relnamespace = n.oid"
        " inner join pg_attribute as a on c.oid = a.attrelid"
        " where a.attnum = (select min(attnum) from pg_attribute"
        " where attrelid = c.oid and attnum > 0 and not attisdropped)"
        " and n.nspname = any(%s) and c.relkind in ('r', 'p', 'v', 'm', 'f')",
        (list(SCHEMAS),),
    ).fetchall()
    return {relation: (kind, name, column) for relation, kind, name, column in rows}


def sequences(owner: psycopg.Connection) -> dict[str, str]:
    """Every sequence of our schemas, and its owner."""
    return dict(
        owner.execute(
            "select oid::regclass::text, relowner::regrole::text from pg_class"
            " where relkind = 'S' and relnamespace::regnamespace::text = any(%s)",
            (list(SCHEMAS),),
        ).fetchall()
    )


def deeds_on_relations(session: psycopg.Connection, role: str, found: dict[str, Relation]) -> set[Deed]:
    """What the autocommitting session of `role` can do with each relation.

    Writing is explained, which asks for the same rights and writes nothing; a truncation is taken back.
    """
    deeds = set()
    for relation, (kind, name, column) in found.items():
        attempts = {"select": f"select from {name} limit 0"}
        if kind != "v":
            attempts |= {
                "insert": f"explain insert into {name} default values",
                "update": f"explain update {name} set {column} = default",
                "delete": f"explain delete from {name}",
            }
            if may(session, f"truncate {name}", undo=True):
                deeds.add((role, "truncate", relation))
        deeds |= {(role, right, relation) for right, statement in attempts.items() if may(session, statement)}
    # A right on one column is a right.
    rows = session.execute(
        "select r.name, p.name from unnest(%s::text[]) as r (name), unnest(array['insert', 'update']) as p (name)"
        " where has_any_column_privilege((select c.oid from pg_class as c inner join pg_namespace as n"
        " on c.relnamespace = n.oid where n.nspname || '.' || c.relname = r.name), p.name)",
        ([relation for relation, (kind, *_) in found.items() if kind != "v"],),
    ).fetchall()
    return deeds | {(role, right, relation) for relation, right in rows}


def deeds_on_schemas(session: psycopg.Connection, role: str) -> set[Deed]:
    """In which schemas the role can make a table, and whether it can make temporary tables and schemas."""
    attempts = {schema: f"create table {schema}.tried (a bigint)" for schema in (*SCHEMAS, "public")}
    attempts |= {"temporary": "create temporary table tried (a bigint)", "schemas": "create schema tried"}
    return {(role, "create", what) for what, statement in attempts.items() if may(session, statement, undo=True)}


def functions(owner: psycopg.Connection) -> dict[str, int]:
    """Every function of our schemas with its number of arguments."""
    return dict(
        owner.execute(
            "select oid::regprocedure::text, pronargs from pg_proc where pronamespace::regnamespace::text = any(%s)",
            (list(SCHEMAS),),
        ).fetchall()
    )


def deeds_on_functions(owner: psycopg.Connection, login: str, role: str, names: Iterable[str]) -> set[Deed]:
    """Which of the functions `login` has the right to execute, as a `role`."""
    return {
        (role, "execute", name)
        for name in names
        if owner.execute("select has_function_privilege(%s, %s::regprocedure, 'execute')", (login, name)).fetchone()[0]
    }


def may(session: psycopg.Connection, statement: str, *, undo: bool = False) -> bool:
    """Whether the role of the session has the right to `statement`, whatever else is wrong with it."""
    try:
        with session.transaction(force_rollback=True) if undo else nullcontext():
            session.execute(statement)
    except psycopg.Error as error:
        return error.sqlstate != FORBIDDEN
    return True
