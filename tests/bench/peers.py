"""Other tools on the same file: `peers.py WAY FILE` folds its weeks into spells and prints their number and checksum,
the most megabytes it took and its seconds.

Runs in an environment of its own, which wide.py makes. The checksum is the sum over all spells of
(pnr modulo 97 + 1) * (code * 4,000,000 + first week * 2,000 + weeks), weeks counted from 0 by their column.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

WEEKS = 1800
FIRST_COLUMN = 6


def duckdb_unpivot(path: str) -> tuple[int, int]:
    """Weeks as rows, then islands by window functions."""
    with open(path, encoding="ascii") as file:
        names = file.readline().split(";")[FIRST_COLUMN : FIRST_COLUMN + WEEKS]
    return _duckdb(
        f"""
        with wide as (select * from read_csv('{path}', delim = ';', header = true, all_varchar = true, quote = '')),
        names as (select unnest({names}) as name, unnest(range({WEEKS})) as week),
        cells as (
            select pnr, names.week, code
            from (unpivot (select pnr, columns('y_.*') from wide) on columns('y_.*') into name week_name value code)
            inner join names on week_name = names.name
        ),
        islands as (
            select pnr, code, week, week - row_number() over (partition by pnr, code order by week) as island from cells
        ),
        spells as (
            select pnr, code, min(week) as first_week, count(*) as weeks from islands group by pnr, code, island
        )
        """
    )


def duckdb_lists(path: str) -> tuple[int, int]:
    """Each line a list of cells; the places where a run begins and ends picked out of it."""
    return _duckdb(
        f"""
        with lines as (
            select string_split(line, ';') as cells
            from read_csv('{path}', delim = '\\x01', columns = {{'line': 'varchar'}}, header = true, quote = '')
        ),
        persons as (select cells[1] as pnr, cells[{FIRST_COLUMN + 1}:{FIRST_COLUMN + WEEKS}] as w from lines),
        edges as (
            select
                pnr, w,
                list_filter(range(1, {WEEKS + 1}), lambda i: w[i] <> '' and (i = 1 or w[i] <> w[i - 1])) as begins,
                list_filter(range(1, {WEEKS + 1}), lambda i: w[i] <> '' and (i = {WEEKS} or w[i] <> w[i + 1])) as ends
            from persons
        ),
        pairs as (select pnr, w, unnest(begins) as begins, unnest(ends) as ends from edges),
        spells as (
            select pnr, w[begins] as code, begins - 1 as first_week, ends - begins + 1 as weeks from pairs
        )
        """
    )


def _duckdb(query: str) -> tuple[int, int]:
    import duckdb

    checksum = "(pnr::bigint % 97 + 1) * (code::bigint * 4000000 + first_week * 2000 + weeks)"
    found = duckdb.sql(f"{query} select count(*), sum({checksum}) from spells").fetchall()
    return int(found[0][0]), int(found[0][1])


def polars(path: str) -> tuple[int, int]:
    """Batches of lines: cells as a list, exploded, runs by rle_id."""
    import polars as pl

    batch = 10_000
    spells = checksum = 0
    with open(path, encoding="ascii") as file:
        next(file)
        while lines := file.readlines(batch * 3700):
            cells = (
                pl.LazyFrame({"line": lines})
                .select(pl.col("line").str.split(";"))
                .select(
                    pnr=pl.col("line").list.get(0).cast(pl.Int64), code=pl.col("line").list.slice(FIRST_COLUMN, WEEKS)
                )
                .with_columns(week=pl.int_ranges(0, pl.col("code").list.len()))
                .explode("code", "week")
                .with_columns(run=pl.struct("pnr", "code").rle_id())
                .filter(pl.col("code") != "")
                .group_by("run")
                .agg(pl.col("pnr").first(), pl.col("code").first().cast(pl.Int64), pl.col("week").min(), weeks=pl.len())
                .select(
                    spells=pl.len(),
                    checksum=(
                        (pl.col("pnr") % 97 + 1)
                        * (pl.col("code") * 4_000_000 + pl.col("week") * 2_000 + pl.col("weeks").cast(pl.Int64))
                    ).sum(),
                )
                .collect()
            )
            spells += cells["spells"].item()
            checksum += cells["checksum"].item()
    return spells, checksum


def pandas(path: str) -> tuple[int, int]:
    """Read, melted into rows, grouped by run."""
    import pandas as pd

    wide = pd.read_csv(path, sep=";", dtype=str)
    names = [name for name in wide.columns if name.startswith("y_")]
    long = wide.melt(id_vars="pnr", value_vars=names, var_name="name", value_name="code").dropna(subset="code")
    long["week"] = long["name"].map({name: number for number, name in enumerate(names)})
    long = long.sort_values(["pnr", "week"])
    same = (long["pnr"] == long["pnr"].shift()) & (long["code"] == long["code"].shift())
    run = (~(same & (long["week"] == long["week"].shift() + 1))).cumsum()
    spells = long.groupby(run).agg(
        pnr=("pnr", "first"), code=("code", "first"), week=("week", "first"), weeks=("week", "size")
    )
    number, code = spells["pnr"].astype("int64"), spells["code"].astype("int64")
    checksum = (number % 97 + 1) * (code * 4_000_000 + spells["week"] * 2_000 + spells["weeks"])
    return len(spells), int(checksum.sum())


def peak_megabytes() -> float:
    """The most memory of this process; what getrusage says begins with that of the process that started it."""
    peak = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM"))
    return int(peak.split()[1]) / 1024


if __name__ == "__main__":
    ways = {way.__name__: way for way in (duckdb_unpivot, duckdb_lists, polars, pandas)}
    began = time.perf_counter()
    found = ways[sys.argv[1]](sys.argv[2])
    print(json.dumps([*found, peak_megabytes(), time.perf_counter() - began]))
