"""Hostile files brought to the real door, in a process of its own: what became of each, and what it cost.

`python front_door.py [--with-gx] NAME ...` takes the named cases (`-`: names from standard input) in the installation
of MENTOR_DW_HOME, after a clean delivery of every source and before another one, and prints a line of JSON for each.
Unless asked, Great Expectations is left out: it counts what was judged and would take longer than everything else.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import time
import traceback
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

from cases import ZIPPED, Case, clean_members, contents_of, named, wide_bytes, zip_bytes
from corpus import CASES
from watch import Watch

from mentor_dw.config import get_settings
from mentor_dw.database import connect
from mentor_dw.errors import MentorDwError
from mentor_dw.feeds import load_feed, sources, table_name
from mentor_dw.ingest import settle as settling
from mentor_dw.ingest import take_waiting, wide_verdict
from mentor_dw.landing.wide_tables import WIDE_TABLES
from mentor_dw.reading.wide import kernel

#: Covered before every case, and after all of them.
FIRST = {"webreg": "webreg_2009-12-31.zip", "biflis": "biflis_1899-12.zip", "dream": "dream_1899-12.csv"}
LAST = {"webreg": "webreg_2016-12-31.zip", "biflis": "biflis_2016-12.zip", "dream": "dream_2016-12.csv"}
#: What a delivery may leave in the home.
LEFT_BEHIND = ("archive", "refused", "reports", "data_docs")


def quiet(line: str) -> None:
    """Progress that nobody reads."""


@contextmanager
def without_gx() -> Iterator[None]:
    """The verdict of our own SQL alone."""
    names = {settling: ("judge_with_gx", "record_counts", "write_page")}
    names[wide_verdict] = ("judge_profile_with_gx", "record_counts", "write_page")
    with ExitStack() as stack:
        for module, replaced in names.items():
            for name in replaced:
                stack.enter_context(patch.object(module, name, lambda *_: SimpleNamespace(counts={})))
        yield


def clean(source: str, mark: str) -> bytes:
    """A delivery without a fault; another `mark`, other bytes."""
    if source in ZIPPED:
        return zip_bytes(contents_of(source), mark)
    return wide_bytes() + b"\n" * len(mark)


def rows_of(source: str, delivery_id: int) -> dict[str, list[dict[str, Any]]]:
    """What a delivery brought to raw, by member (or table of a wide one), in order of lines."""
    tables = (
        {name: table_name(source, name) for name in load_feed(source).members}
        if source in ZIPPED
        else {table: f"{source}__{table}" for table in WIDE_TABLES if table not in ("opslag", "daekning")}
    )
    with connect("loader") as connection:
        return {
            name: [
                row["found"]
                for row in connection.execute(
                    f"select to_jsonb(t) - 'delivery_id' as found from raw.{table} as t where delivery_id = %s"
                    " order by line_number" + ("" if source in ZIPPED else ", to_jsonb(t)::text"),
                    (delivery_id,),
                )
            ]
            for name, table in tables.items()
        }


def ledger(delivery_id: int) -> dict[str, Any]:
    """The delivery as the ledger has it."""
    with connect("loader") as connection:
        row = connection.execute("select * from ops.delivery where delivery_id = %s", (delivery_id,)).fetchone()
    assert row is not None
    return row


def quarantined(delivery_id: int) -> list[tuple[str, int, str]]:
    """Member, line and the rule shown first, of every row that was set aside."""
    with connect("loader") as connection:
        found = connection.execute(
            "select member, line_number, rule from ops.quarantined_row where delivery_id = %s and finding_no = 1"
            " order by member, line_number",
            (delivery_id,),
        ).fetchall()
    return [(row["member"], row["line_number"], row["rule"]) for row in found]


def landed(source: str) -> list[str]:
    """What is left in landing, which should be nothing."""
    with connect("loader") as connection:
        if source in ZIPPED:
            tables = [table_name(source, name) for name in load_feed(source).members]
            return [
                table
                for table in tables
                if connection.execute(f"select 1 from landing.{table} limit 1").fetchone() is not None
            ]
        parts = connection.execute("select count(*) as n from landing.wide_part").fetchone()
        tables = connection.execute(
            "select tablename from pg_tables where schemaname = 'landing' and tablename ~ '^dream__.*[0-9]'"
        ).fetchall()
        return [*(["wide_part"] if parts and parts["n"] else []), *(row["tablename"] for row in tables)]


def without_line(row: dict[str, Any]) -> str:
    return json.dumps({name: value for name, value in row.items() if name != "line_number"}, sort_keys=True)


def differences(case: Case, found: dict[str, list[dict]], clean_rows: dict[str, list[dict]]) -> list[str]:
    """Where the rows in raw are not those of the clean delivery, as the case says they should be; no values."""
    expected = {name: [dict(row) for row in rows] for name, rows in clean_rows.items()}
    for member, row, column, value in case.expected.kept:
        for table in (member,) if member else expected:
            if column in expected[table][row]:
                expected[table][row][column] = value
    gone = {(member, row) for member, row, _ in case.expected.gone}
    if case.source in ZIPPED:
        wanted = {
            name: [row for place, row in enumerate(rows) if (name, place) not in gone]
            for name, rows in expected.items()
        }
    else:
        lines = {place + 2 for _, place in gone}
        wanted = {name: [row for row in rows if row["line_number"] not in lines] for name, rows in expected.items()}
    told = []
    for name, rows in wanted.items():
        is_there, should = Counter(map(without_line, found[name])), Counter(map(without_line, rows))
        if is_there != should:
            told.append(
                f"{name}: {(should - is_there).total()} rows missing or changed, {(is_there - should).total()} others"
            )
    return told


def outside(folders: dict[Path, set[str]]) -> list[str]:
    """Files that appeared where none should."""
    appeared = [str(folder / name) for folder, before in folders.items() for name in set(os.listdir(folder)) - before]
    # The archives call what they want written elsewhere by this name.
    return [*appeared, *(str(path) for folder in (Path("/tmp"), get_settings().inbox) for path in folder.glob("evil*"))]


def take_case(case: Case, number: int, clean_rows: dict[str, dict], watch: Watch) -> dict[str, Any]:
    """Bring one case to the door; everything that can be said of it."""
    settings = get_settings()
    inbox = settings.inbox / case.source
    path = inbox / named(case, number)
    before = {folder: set(os.listdir(folder)) for folder in (settings.home, settings.inbox, Path.cwd())}
    case.make(path)
    told: dict[str, Any] = {"name": case.name, "problems": []}
    began = time.monotonic()
    watch.begin()
    try:
        outcomes = take_waiting(case.source, quiet)
        told["status"] = outcomes[0].status if outcomes else "left"
        if outcomes:
            told |= {"code": outcomes[0].reason_code, "reason": outcomes[0].reason, "delivery": outcomes[0].delivery_id}
    except MentorDwError as error:
        told |= {"status": "stays", "reason": str(error), "problem_class": type(error).__name__}
    except Exception as error:
        told |= {"status": "crash", "reason": type(error).__name__, "trace": traceback.format_exc()[-2500:]}
    told |= watch.end()
    told["seconds"] = round(time.monotonic() - began, 3)
    if told["status"] == "accepted" or told["status"] == "superseded":
        found = rows_of(case.source, told["delivery"])
        told["quarantined"] = quarantined(told["delivery"])
        if hasattr(case.expected, "kept"):
            told["differences"] = differences(case, found, clean_rows[case.source])
    told["landing"] = landed(case.source) if told["status"] not in ("stays", "crash") else []
    told["outside"] = outside(before)
    told["left_in_inbox"] = sorted(os.listdir(inbox))
    if "delivery" in told:
        row = ledger(told["delivery"])
        report = settings.reports / case.source / f"{told['delivery']}_{row['file_name']}.md"
        told["report"] = report.read_text(encoding="utf-8") if report.is_file() else None
        told |= {"drift": row["drift"], "sha256": row["sha256"]}
    _empty(inbox)
    return told


def _empty(folder: Path) -> None:
    for name in os.listdir(folder):
        entry = folder / name
        if entry.is_dir() and not entry.is_symlink():
            shutil.rmtree(entry)
        else:
            entry.unlink()


def accept_clean(names: dict[str, str], mark: str) -> dict[str, dict]:
    """A clean delivery of every source; its rows in raw."""
    rows = {}
    for source in ("webreg", "biflis", "dream"):
        (get_settings().inbox / source / names[source]).write_bytes(clean(source, mark))
        (outcome,) = take_waiting(source, quiet)
        assert outcome.status == "accepted", (source, outcome.reason, outcome.status)
        assert outcome.rows_quarantined == 0, (source, quarantined(outcome.delivery_id)[:5])
        rows[source] = rows_of(source, outcome.delivery_id)
    return rows


def main(names: list[str]) -> None:
    """Take the named cases."""
    kernel.load()
    settings = get_settings()
    settings.settle_seconds = 0
    assert set(sources()) == set(FIRST)
    clean_rows = accept_clean(FIRST, "first")
    for source in ZIPPED:
        assert all(len(rows) == len(clean_members(source)[name]) - 1 for name, rows in clean_rows[source].items())
    watch = Watch(settings)
    for number, case in enumerate(CASES.values()):
        if case.name in names:
            print(json.dumps(take_case(case, number, clean_rows, watch), default=str), flush=True)
    accept_clean(LAST, "the last one")
    print(json.dumps({"name": "", "status": "done"}), flush=True)


if __name__ == "__main__":
    wanted = sys.argv[1:]
    with_gx = "--with-gx" in wanted
    chosen = sys.stdin.read().split("\n") if "-" in wanted else wanted
    if with_gx:
        main(chosen)
    else:
        with without_gx():
            main(chosen)
