"""A small source, its tables, and a way to land a delivery of it."""

from __future__ import annotations

import itertools
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from mentor_dw.config import Settings
from mentor_dw.database import connect
from mentor_dw.feeds import Feed, read_feed
from mentor_dw.identity.keys import Keys, ensure_keys, load_keys
from mentor_dw.landing.load import land
from mentor_dw.landing.tables import clear_landing, ensure_tables
from mentor_dw.reading.archive import open_delivery

FEED_FILE = Path(__file__).parents[2] / "fixtures" / "feeds" / "people.yml"
THINGS_HEADER = "thing_id;owner_id;name;bought;hour;amount\n"
PEOPLE_HEADER = "human_id;cpr;note\n"
_numbers = itertools.count(1)


@dataclass(frozen=True)
class Landed:
    """A landed delivery: its id, rows read by member, and what stands in the landing tables."""

    delivery_id: int
    read: dict[str, int]
    people: list[dict]
    things: list[dict]


@pytest.fixture(scope="session")
def feed() -> Feed:
    return read_feed(FEED_FILE)


@pytest.fixture(scope="module")
def keys(warehouse: Settings) -> Keys:
    ensure_keys(warehouse.secrets)
    return load_keys(warehouse.secrets)


@pytest.fixture
def new_delivery(warehouse: Settings) -> Callable[[], int]:
    """A row of the ledger for a delivery; its content does not matter here."""

    def made() -> int:
        number = next(_numbers)
        with connect("loader") as connection:
            row = connection.execute(
                "insert into ops.delivery (source, file_name, sha256, bytes, covers, status, decided_at, version) "
                "values ('people', 'x', %s, 1, '2020-01-31', 'accepted', now(), %s) returning delivery_id",
                (f"{number:064}", number),
            ).fetchone()
        return row["delivery_id"]

    return made


@pytest.fixture
def pack(tmp_path: Path) -> Callable[[str, str], Path]:
    """pack(rows of people.csv, rows of things.csv) -> zip."""

    def packed(people: str, things: str = "") -> Path:
        path = tmp_path / f"{next(_numbers)}.zip"
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("people.csv", PEOPLE_HEADER + people)
            archive.writestr("things.csv", THINGS_HEADER + things)
        return path

    return packed


@pytest.fixture
def landed(feed: Feed, keys: Keys, pack, new_delivery) -> Callable[..., Landed]:
    """landed(people, things) -> what stands in landing afterwards, as the loader committed it."""

    def run(people: str, things: str = "", feed: Feed = feed) -> Landed:
        delivery_id = new_delivery()
        with connect("loader") as connection, open_delivery(pack(people, things), feed) as opened:
            ensure_tables(connection, feed)
            clear_landing(connection, feed)
            read = land(connection, delivery_id, feed, opened, keys)
        with connect("loader") as connection:
            rows = [
                connection.execute(f"select * from landing.people__{name} order by line_number").fetchall()
                for name in ("people", "things")
            ]
        return Landed(delivery_id, read, *rows)

    return run
