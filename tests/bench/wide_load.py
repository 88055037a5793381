"""A DREAM file into PostgreSQL, rows of everybody: against a bare binary COPY of the same rows, and how fast rows land
against other tools. The vault (look-up values and keys) is left out and measured apart."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

import psycopg
from places import HERE, in_a_process, seconds, warehouse
from psycopg import sql
from wide import peers_environment
from wide_file import write
from wide_worker import DELIVERY

from mentor_dw.config import get_settings
from mentor_dw.database import address, connect
from mentor_dw.landing.wide_tables import OF_LINES, drop_landed, landed_table
from mentor_dw.local.postgres import EmbeddedPostgres

#: Persons to rounds.
SIZES = {100_000: 5, 1_000_000: 3}
PEERS = ("dlt_arrow", "pandas_to_sql")
#: The slower one lands no more rows than this.
PEER_ROWS = {"dlt_arrow": 1_000_000, "pandas_to_sql": 200_000}
GOALS = {
    "100000_file_over_bare_copy": "at most 2.0, better 1.1",
    "1000000_file_over_bare_copy": "at most 2.6, better 1.5",
    "1000000_megabytes_above_import": "at most 64, better 48",
    "peak_1000000_over_100000": "at most 1.1",
    "time_a_person_1000000_over_100000": "at most 1.3, better 1.15",
    "landing_over_dlt_arrow": "at least 15, better 25",
    "landing_over_pandas_to_sql": "at least 20, better 40",
    "100000_vault_microseconds_a_person": "at most 15",
    "1000000_vault_microseconds_a_person": "at most 15",
}


def measure() -> dict[str, float]:
    """By number of persons: medians, and ratios within each round."""
    with tempfile.TemporaryDirectory(prefix="mentor_dw_bench_") as folder, warehouse():
        result: dict[str, float] = {}
        for persons, rounds in SIZES.items():
            result |= of_size(Path(folder), persons, rounds)
        few, many = SIZES
        peak = {persons: result[f"{persons}_peak_megabytes"] for persons in SIZES}
        took = {persons: result[f"{persons}_land"] / persons for persons in SIZES}
        result["peak_1000000_over_100000"] = round(peak[many] / peak[few], 2)
        result["time_a_person_1000000_over_100000"] = round(took[many] / took[few], 2)
        return result | against_peers(Path(folder), result[f"{few}_landed_rows_a_second"])


def of_size(folder: Path, persons: int, rounds: int) -> dict[str, float]:
    """One file, again and again; tables are dropped in between."""
    path = folder / "dream_2016-03.csv"
    write(path, persons)
    found = []
    for _ in range(rounds):
        one = in_a_process("wide_worker.py", str(path))
        one["bare_copy"] = bare_copy()
        one["file_over_bare_copy"] = one["land"] / one["bare_copy"]
        one["file_and_index_over_bare_copy"] = one["land_and_index"] / one["bare_copy"]
        found.append(one)
        drop()
    told = {name: statistics.median(one[name] for one in found) for name in found[0]}
    told["peak_megabytes"] = max(one["peak_megabytes"] for one in found)
    told["landed_rows_a_second"] = told["rows"] / told["copy"]
    told |= with_vault(path, persons, rounds)
    path.unlink()
    told["rounds"] = rounds
    return {f"{persons}_{name}": round(value, 2) for name, value in told.items() if name not in ("vault", "persons")}


def with_vault(path: Path, persons: int, rounds: int) -> dict[str, float]:
    """The same file by a worker that asks the vault, which knows nobody in any round."""
    found = []
    for _ in range(rounds):
        empty_vault()
        found.append(in_a_process("wide_worker.py", str(path), "vault"))
        drop()
    empty_vault()
    took = [1e6 * one["vault"] / persons for one in found]
    return {
        "with_vault_land": statistics.median(one["land"] for one in found),
        "vault_microseconds_a_person": statistics.median(took),
        "vault_slowest_round_over_fastest": max(took) / min(took),
    }


def bare_copy() -> float:
    """Seconds of COPY with the bytes of the rows that are landed, and nothing else, into plain new tables."""
    with psycopg.connect(address("loader").url()) as connection:
        contents = {}
        for table in OF_LINES:
            landed = landed_table("dream", table, DELIVERY, 1)
            columns = connection.execute(sql.SQL("select * from {} limit 0").format(landed)).description or []
            names = sql.SQL(", ").join(
                sql.Identifier(column.name) for column in columns if column.name != "delivery_id"
            )
            bare = sql.Identifier(f"bare_{table}")
            with connection.cursor().copy(
                sql.SQL("copy (select {} from {}) to stdout (format binary)").format(names, landed)
            ) as copy:
                contents[table] = [bytes(piece) for piece in copy]
            connection.execute(
                sql.SQL("create table landing.{} as select {} from {} limit 0").format(bare, names, landed)
            )

        def copied() -> None:
            for table, pieces in contents.items():
                statement = sql.SQL("copy landing.{} from stdin (format binary, freeze)").format(
                    sql.Identifier(f"bare_{table}")
                )
                content = b"".join(pieces)
                with connection.cursor().copy(statement) as copy:
                    for start in range(0, len(content), 1 << 18):
                        copy.write(memoryview(content)[start : start + (1 << 18)])

        took = seconds(copied)
        connection.rollback()
    return took


def drop() -> None:
    """Remove what a worker landed."""
    with connect("loader") as connection, connection.cursor() as cursor:
        drop_landed(cursor, "dream", DELIVERY, [1])


def empty_vault() -> None:
    """Leave nobody in the vault, nor the room that removed persons would leave in its indexes."""
    settings = get_settings()
    with psycopg.connect(EmbeddedPostgres(settings).url(settings.database)) as owner:
        owner.execute("truncate vault.person, vault.cpr")


def against_peers(folder: Path, ours: float) -> dict[str, float]:
    """Rows a second that other tools land of the same rows, and how many times as many land our way."""
    path = folder / "dream_2016-03.csv"
    write(path, max(PEER_ROWS.values()) // 10)
    in_a_process("wide_worker.py", str(path))
    python = peers_environment(folder)
    result = {}
    for peer, rows in PEER_ROWS.items():
        spells = folder / f"{peer}.csv"
        with psycopg.connect(address("loader").url()) as connection, spells.open("wb") as file:
            statement = sql.SQL(
                "copy (select person_key, line_number, code, fra_dato, til_dato from {} limit {})"
                " to stdout (format csv, header)"
            ).format(landed_table("dream", "forsoergelse", DELIVERY, 1), sql.Literal(rows))
            with connection.cursor().copy(statement) as copy:
                file.writelines(copy)
        done = subprocess.run(
            [python, str(HERE / "peers_landing.py"), peer, str(spells), address("loader").url()],
            capture_output=True,
            text=True,
        )
        if done.returncode:
            raise RuntimeError(f"{peer}: {done.stderr[-2000:]}")
        landed, took = json.loads(done.stdout.strip().splitlines()[-1])
        result[f"{peer}_rows_a_second"] = round(landed / took)
        result[f"landing_over_{peer}"] = round(ours * took / landed, 1)
    return result


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(prefix="mentor_dw_bench_") as place, warehouse():
        print(json.dumps(of_size(Path(place), int(sys.argv[1]), 1), indent=2))
