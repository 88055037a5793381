"""At the door, without a scheduler: rows a second read and landed, against a bare COPY of the same rows; the share of
Great Expectations."""

from __future__ import annotations

import shutil
from pathlib import Path

import psycopg
from places import in_a_process, medians, seconds, warehouse
from psycopg import sql

from mentor_dw.config import Settings
from mentor_dw.database import address, connect
from mentor_dw.feeds import load_feed, table_name
from mentor_dw.identity.keys import load_keys
from mentor_dw.landing.load import land
from mentor_dw.landing.tables import clear_landing
from mentor_dw.reading.archive import open_delivery
from mentor_dw.sample import generate

ROUNDS = 5
SCALE = 10
FILE = "webreg_2011-02-28.zip"


def measure() -> dict[str, float]:
    """Medians; rows a second, and shares of the time from a file in the inbox to its verdict."""
    with warehouse() as settings:
        speeds = [copied_and_landed(settings, seed) for seed in range(1, ROUNDS + 1)]
        doors = [taken(settings, seed) for seed in range(1, ROUNDS + 1)]
    result = medians(speeds)
    result["read_and_land_over_bare_copy"] = round(
        result["bare_copy_rows_per_second"] / result["read_and_land_rows_per_second"], 2
    )
    parts = medians(doors)
    import_gx = parts.pop("import_great_expectations")
    whole = sum(parts[name] for name in ("read_and_land", "judge_with_gx", "judge_with_sql", "decide", "rest_of_take"))
    result |= {f"take_{name}": value for name, value in parts.items()}
    result["gx_share_without_import"] = round(parts["judge_with_gx"] / whole, 3)
    result["gx_share_with_import"] = round((parts["judge_with_gx"] + import_gx) / (whole + import_gx), 3)
    result["import_great_expectations"] = import_gx
    return result


def file_of(settings: Settings, seed: int) -> Path:
    """A delivery of ten times the sample's size."""
    folder = settings.home / "bench" / str(seed)
    if not folder.is_dir():
        generate(folder, seed=2000 + seed, scale=SCALE)
    return folder / "webreg" / FILE


def copied_and_landed(settings: Settings, seed: int) -> dict[str, float]:
    """Rows a second of reading, of reading and landing, and of COPY alone with what was landed."""
    feed, keys = load_feed("webreg"), load_keys(settings.secrets)
    path = file_of(settings, seed)
    rows = 0

    def read() -> None:
        nonlocal rows
        with open_delivery(path, feed) as opened:
            rows = sum(1 for member in feed.members for _ in opened.rows(member))

    def landed() -> None:
        with open_delivery(path, feed) as opened, connect("loader") as connection:
            land(connection, 1, feed, opened, keys)

    reading, landing = seconds(read), seconds(landed)
    with psycopg.connect(address("loader").url()) as connection:
        tables = {name: sql.Identifier("landing", table_name("webreg", name)) for name in feed.members}
        texts = {}
        for name, table in tables.items():
            with connection.cursor().copy(sql.SQL("copy {} to stdout").format(table)) as copy:
                texts[name] = b"".join(copy)
        # The tables are emptied next, which waits for whoever has read them.
        connection.commit()

        def copied() -> None:
            for name, table in tables.items():
                with connection.cursor().copy(sql.SQL("copy {} from stdin").format(table)) as copy:
                    copy.write(texts[name])
            connection.commit()

        with connect("loader") as cleaner:
            clear_landing(cleaner, feed)
        copying = seconds(copied)
    with connect("loader") as connection:
        clear_landing(connection, feed)
    return {
        "read_rows_per_second": rows / reading,
        "read_and_land_rows_per_second": rows / landing,
        "bare_copy_rows_per_second": rows / copying,
    }


def taken(settings: Settings, seed: int) -> dict[str, float]:
    """Seconds by part of taking a file, in a process of its own."""
    target = settings.inbox / "webreg" / FILE
    shutil.copyfile(file_of(settings, seed), target)
    return in_a_process("one_delivery.py", str(target), "take")["seconds"]
