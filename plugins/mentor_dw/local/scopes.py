"""Scoped logins: roles of the server that see the rows of `bi` of some areas only, and the ledger of those areas.

The ledger `ops.role_scope` decides what a login sees; a login without an area there sees no rows.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import psycopg
from psycopg import sql

from mentor_dw.config import ROLES, SCOPED, Settings
from mentor_dw.database import address, connect
from mentor_dw.errors import MentorDwError
from mentor_dw.local.databases import owner_connection
from mentor_dw.local.logins import (
    ensure_role,
    forget_login,
    keep_login,
    mark_of,
    set_password,
    settings_of,
)

#: Sessions at a time of one scoped login.
SESSIONS = 5
_NAME = re.compile(r"[a-z][a-z0-9_]{2,40}")


@dataclass(frozen=True)
class Area:
    """One area of a login: a kommune (three digits), or a jobcentre (its id in the web registrations)."""

    kommune_code: str | None
    jobcenter_code: str | None
    purpose: str
    given_at: datetime
    given_by: str


def scopes() -> dict[str, list[Area]]:
    """The areas of every scoped login, by its name."""
    with connect("operator") as connection:
        rows = connection.execute(
            "select role_name, kommune_code, jobcenter_code, purpose, given_at, given_by from ops.role_scope"
            " where ended_at is null order by role_name, kommune_code, jobcenter_code"
        ).fetchall()
    found: dict[str, list[Area]] = {}
    for row in rows:
        found.setdefault(row.pop("role_name"), []).append(Area(**row))
    return found


def add_scoped(
    settings: Settings,
    name: str,
    kommuner: Sequence[str],
    jobcentre: Sequence[str],
    purpose: str,
    by: str,
    *,
    dry_run: bool = False,
) -> list[tuple[str, str]]:
    """Make the login `name`, or give it more areas; the areas that are new, as ("kommune", "101").

    Its password goes into `secrets/connection.json`. Raises MentorDwError for a name that cannot be taken, without an
    area, and for an area that the published warehouse does not know.
    """
    if not _NAME.fullmatch(name) or name.startswith("pg_") or name in (*ROLES, SCOPED, "owner", "airflow", "public"):
        raise MentorDwError(
            f"A scoped role cannot be called {name!r}.",
            "Use 3 to 41 lower-case letters, digits and underscores, and no name of the house's own roles.",
        )
    wished = [("kommune", code) for code in dict.fromkeys(kommuner)]
    wished += [("jobcenter", code) for code in dict.fromkeys(jobcentre)]
    if not wished:
        raise MentorDwError("A scoped role sees an area.", "Add --kommune 101 or --jobcenter 3.")
    _must_be_known(wished)
    had = {(kind, code) for area in scopes().get(name, []) for kind, code in _named(area)}
    new = [area for area in wished if area not in had]
    if dry_run:
        return new
    with owner_connection(address("owner").url()) as connection:
        with connection.transaction():
            ensure_role(connection, name, mark_of(settings, name), settings_of(settings), SESSIONS)
            connection.execute(sql.SQL("grant {} to {}").format(sql.Identifier(SCOPED), sql.Identifier(name)))
            for kind, code in new:
                connection.execute(
                    "insert into ops.role_scope (role_name, kommune_code, jobcenter_code, purpose, given_by)"
                    " values (%s, %s, %s, %s, %s)",
                    (name, code if kind == "kommune" else None, code if kind == "jobcenter" else None, purpose, by),
                )
        if not had:
            keep_login(settings, name, set_password(connection, name))
    return new


def remove_scoped(settings: Settings, name: str, by: str, *, dry_run: bool = False) -> list[Area]:
    """End every area of the login `name` and drop it; the areas it had.

    From that moment its sessions see no rows. Raises MentorDwError when there is no such scoped login.
    """
    areas = scopes().get(name)
    if areas is None:
        raise MentorDwError(f"There is no scoped role {name}.", "`mentor-dw roles` lists them.")
    if dry_run:
        return areas
    with owner_connection(address("owner").url()) as connection, connection.transaction():
        connection.execute(
            "update ops.role_scope set ended_at = clock_timestamp(), ended_by = %s"
            " where role_name = %s and ended_at is null",
            (by, name),
        )
        if _is_ours(connection, settings, name):
            connection.execute(sql.SQL("drop role {}").format(sql.Identifier(name)))
    forget_login(settings, name)
    return areas


def _named(area: Area) -> list[tuple[str, str]]:
    pairs = (("kommune", area.kommune_code), ("jobcenter", area.jobcenter_code))
    return [(kind, code) for kind, code in pairs if code is not None]


def _must_be_known(wished: list[tuple[str, str]]) -> None:
    with connect("bi_reader") as connection:
        row = connection.execute("select to_regclass('bi.dim_jobcenter') is not null as published").fetchone()
        if not (row and row["published"]):
            raise MentorDwError(
                "Nothing has been published yet, so no area is known.", "`mentor-dw load --wait` comes first."
            )
        known: dict[str, dict[str, Any]] = {
            "kommune": {
                row["kode"]: row["navn"]
                for row in connection.execute("select kode, navn from bi.dim_kommune where kode <> 'uoplyst'")
            },
            "jobcenter": {
                row["id"]: row["navn"]
                for row in connection.execute("select kilde_jobcenter_id as id, navn from bi.dim_jobcenter")
            },
        }
    for kind, code in wished:
        if code not in known[kind]:
            some = ", ".join(f"{code} {name}" for code, name in sorted(known[kind].items())[:5])
            raise MentorDwError(f"There is no {kind} {code}.", f"There are for example: {some or 'none'}.")


def _is_ours(connection: psycopg.Connection[Any], settings: Settings, name: str) -> bool:
    row = connection.execute(
        "select shobj_description(oid, 'pg_authid') from pg_roles where rolname = %s", [name]
    ).fetchone()
    return row is not None and row[0] == mark_of(settings, name)
