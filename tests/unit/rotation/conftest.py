"""Persons and kept files of an installation whose keys are rotated."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import sql

from mentor_dw.config import Settings
from mentor_dw.database import CONNECTION_FILE, connect
from mentor_dw.identity.keys import ensure_keys, load_keys
from mentor_dw.landing.vault import person_keys
from mentor_dw.secret_files import write_private

sys.path.insert(0, str(Path(__file__).parent))

from rotation_work import Kept, cpr


@pytest.fixture(scope="module")
def home(warehouse: Settings) -> Settings:
    """An installed home with keys."""
    ensure_keys(warehouse.secrets)
    return warehouse


@pytest.fixture(scope="module")
def meet(home: Settings) -> Callable[..., dict[str, int]]:
    """Give keys to persons as a delivery does: meet(numbers) -> number to person_key."""

    def met(numbers: Any, keys: Any = None) -> dict[str, int]:
        with connect("loader") as connection:
            return person_keys(connection, keys or load_keys(home.secrets), [cpr(one) for one in numbers], "webreg")

    return met


@pytest.fixture(scope="module")
def kept(home: Settings) -> Kept:
    """Three kept files, one of them of several megabytes."""
    files = Kept(home)
    for number, size in enumerate((0, 10, 3_000_000), 1):
        files.keep(number, b"\x01\x02" * size)
    return files


@pytest.fixture
def lent_passwords(home: Settings, postgres_server: Any) -> Iterator[None]:
    """Roles belong to the whole server: afterwards they have the passwords that other homes know."""
    path = home.secrets / CONNECTION_FILE
    facts = path.read_text()
    with psycopg.connect(postgres_server.owner_url, autocommit=True) as owner:
        before = owner.execute("select rolname, rolpassword from pg_authid where rolpassword is not null").fetchall()
        yield
        for role, password in before:
            owner.execute(sql.SQL("alter role {} password {}").format(sql.Identifier(role), sql.Literal(password)))
    write_private(path, facts)
