"""A plain DREAM file larger than a part, through the real scheduler: landed in parts side by side, published."""

from __future__ import annotations

import gzip
import os
from pathlib import Path

import pytest

from mentor_dw.config import Settings
from mentor_dw.local.airflow_api import AirflowApi

pytestmark = [pytest.mark.house, pytest.mark.timeout(900)]

WEEKS = [f"y_{year:02}{week:02}" for year in (12, 13, 14) for week in range(1, 53)]
PERSONS = 4_500


def register(letter: str) -> str:
    """A file of about 2.4 MB; `letter` makes it another one."""
    header = ";".join(["pnr", "koen", "foedselsdato", "kommunekode", "herkomst", "civilstand", *WEEKS])
    cells = ";".join(["130"] * 104 + [""] * 52)
    lines = [
        f"{61 + number % 30:02}{1 + number // 30 % 12:02}{number // 360:02}0017;M;1980-01-01;101;dansk;{letter};{cells}"
        for number in range(PERSONS)
    ]
    return "\n".join([header, *lines]) + "\n"


def test_two_files_in_parts_and_a_packed_one_are_taken_in_order_at_once(make_house, tmp_path: Path) -> None:
    # A house of its own: what counts here must not meet the register of another test.
    house = make_house()
    files = [tmp_path / name for name in ("dream_2014-10.csv", "dream_2014-11.csv", "dream_2014-12.csv.gz")]
    for file, letter in zip(files, "UGF", strict=True):
        text = register(letter).encode()
        file.write_bytes(gzip.compress(text) if file.suffix == ".gz" else text)
    assert 2 << 20 < files[0].stat().st_size < 3 << 20
    house.drop(*files, source="dream")
    house.run("load", "--wait")

    status = house.json("status")
    taken = [row for row in status["deliveries"] if row["file_name"] in {file.name for file in files}]
    assert [(row["file_name"], row["status"]) for row in taken] == [
        ("dream_2014-10.csv", "superseded"),
        ("dream_2014-11.csv", "superseded"),
        ("dream_2014-12.csv.gz", "accepted"),
    ]
    for row in taken:
        assert row["rows_read"] == PERSONS == row["rows_accepted"] + row["rows_withheld"]
    assert status["builds"][-1]["status"] == "published"

    with AirflowApi(Settings(home=Path(os.fspath(house.home)))) as api:
        runs = [api.task_states("ingest_dream", run["dag_run_id"]) for run in api.latest_runs("ingest_dream", 50)]
    in_parts = [states for states in runs if "land[0]" in states]
    assert len(in_parts) == 2
    for states in in_parts:
        assert [states[f"land[{part}]"] for part in range(3)] == ["success"] * 3 and "land[3]" not in states
        assert states["decide"] == states["tell"] == "success"
