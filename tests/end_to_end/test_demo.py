"""The demo as a newcomer runs it, with every kind of fault planted, twice."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator
from contextlib import suppress

import pytest
from planted_numbers import (
    BIRTH,
    BIRTH_WITH_ZERO,
    HYPHEN,
    Numbers,
    found_in,
    planted_wide,
    planted_zip,
    spoiled,
)

from mentor_dw.config import Settings
from mentor_dw.feeds import load_feed, sources
from mentor_dw.local.airflow_api import AirflowApi

pytestmark = [pytest.mark.house, pytest.mark.timeout(900)]


def test_the_demo_finds_all_that_was_planted_leaks_none_of_it_and_adds_nothing_when_run_again(module_house):
    house = module_house
    first = house.run("demo", timeout=600)
    good, total = re.search(r"figures: (\d+) of (\d+)", first).groups()
    assert good == total and int(total) > 80
    assert "planted but not found" not in first

    planted = json.loads((house.home / "sample" / "seed_1" / "planted.json").read_text(encoding="utf-8"))
    numbers = {re.sub(r"\D", "", number["cpr"]).zfill(10) for number in planted["numbers"]}
    assert len(numbers) >= 5
    house.run("quarantine")
    house.run_all(*(["report", str(delivery["delivery_id"])] for delivery in house.json("status")["deliveries"]))
    assert house.leaks_of(numbers) == []

    before = house.json("status")
    deliveries, builds = before["deliveries"], before["builds"]
    steps = {one["name"]: one["status"] for one in before["extracts"]}
    assert len(steps) == 5 and steps.pop("star_udfald") == "refused"
    assert set(steps.values()) == {"confirmed"}
    second = house.run("demo", timeout=300)
    assert re.search(rf"figures: {total} of {total}", second)
    after = house.json("status")
    assert (after["deliveries"], after["extracts"]) == (deliveries, before["extracts"])
    assert [b["build_id"] for b in after["builds"]] == [b["build_id"] for b in builds]


def everything_but_deliveries(house) -> Iterator[tuple[str, bytes]]:
    """Name and bytes of all that the house keeps and says: tables, the vault too, and files, PostgreSQL's own too."""
    for role in ("owner", "airflow"):
        with house.connect(role) as connection:
            tables = connection.execute(
                "select schemaname, tablename from pg_tables"
                " where schemaname not in ('pg_catalog', 'information_schema')"
            ).fetchall()
            for schema, table in tables:
                with connection.cursor().copy(f'copy (select * from "{schema}"."{table}") to stdout') as rows:
                    yield f"{role} {schema}.{table}", b"".join(bytes(block) for block in rows)
    apart = {house.home / name for name in ("archive", "refused", "inbox", "sample")}
    for path in house.home.rglob("*"):
        if path.is_file() and not apart & set(path.parents):
            with suppress(FileNotFoundError):  # PostgreSQL and Airflow go on working
                yield str(path), path.name.encode() + b"\n" + path.read_bytes()
    for path in (house.home / "refused").rglob("*.reason.*"):
        yield str(path), path.read_bytes()
    with AirflowApi(Settings(home=house.home)) as api:
        for dag_id in ("ingest_webreg", "ingest_biflis", "ingest_dream"):
            for run in api.latest_runs(dag_id, limit=3):
                tasks = f"/dags/{dag_id}/dagRuns/{run['dag_run_id']}/taskInstances"
                for task in api._call("GET", tasks)["task_instances"]:
                    if task["try_number"]:
                        log = f"{tasks}/{task['task_id']}/logs/{task['try_number']}"
                        params = {"map_index": task["map_index"]}
                        yield log, json.dumps(api._call("GET", log, params=params)).encode()
    yield "what the command printed", "\n".join(house.said).encode()


@pytest.mark.long
def test_numbers_planted_in_every_field_of_every_source_are_in_the_delivered_files_alone(module_house, tmp_path):
    house, numbers = module_house, Numbers()
    house.run("demo", timeout=600)
    # Earlier than the sample, so that the figures stay what they are: accepted, and superseded at once.
    good = {
        "webreg": planted_zip(load_feed("webreg"), tmp_path / "webreg_1998-01-01.zip", numbers),
        "biflis": planted_zip(load_feed("biflis"), tmp_path / "biflis_1998-01.zip", numbers),
        "dream": planted_wide(load_feed("dream"), tmp_path / "dream_1998-01.csv.gz", numbers),
    }
    assert good.keys() == set(sources())
    bad = list(spoiled(good["webreg"], tmp_path, numbers))
    house.drop(*tmp_path.glob("*.sha256"), *bad)
    for source, path in good.items():
        house.drop(path, source=source)
    inbox = house.home / "inbox"
    stranger = inbox / numbers.new(HYPHEN)
    stranger.mkdir()
    (stranger / "x.csv").write_text("x")
    for name in (f"webreg_{numbers.new()}.zip", f"{numbers.new(HYPHEN)}.part", f"{numbers.new()}.zip.sha256"):
        (inbox / "webreg" / name).write_text("x")

    house.run("load", "--wait", code=2)
    ledger = {row["file_name"]: row for row in house.json("status", "--all")["deliveries"]}
    assert {ledger[path.name]["status"] for path in good.values()} == {"superseded"}
    assert {ledger[path.name]["status"] for path in bad} == {"refused"}
    assert len({ledger[path.name]["reason"] for path in bad}) == len(bad)
    for arguments in (("status", "--all"), ("quarantine", "--json"), ("persons",)):
        house.run(*arguments)
    counts = next(row["delivery_id"] for row in ledger.values() if row["status"] == "accepted")
    house.run("withdraw", str(counts), "--reason", "x", "--dry-run")
    house.run("report", str(ledger[bad[0].name]["delivery_id"]))
    house.run("check", str(bad[3]), code=2)
    house.run("check", str(inbox / "webreg" / f"webreg_{numbers.new()}.zip"), code=1)
    house.run("explain", numbers.new(HYPHEN), code=1)

    # One in three of them: others are set aside where the row cannot be taken apart, or are in an extra column.
    shown = [row["masked_value"] or "" for row in house.json("quarantine")]
    assert sum("******-****" in value for value in shown) > len(numbers.given) / 3
    kept = b"".join(path.read_bytes() for path in (house.home / "refused").rglob("*.sha256"))
    assert found_in(kept, numbers.given), "the delivered files hold them"
    looked_at = list(everything_but_deliveries(house))
    assert len(looked_at) > 300
    assert [name for name, data in looked_at if found_in(data, numbers.given)] == []


def test_the_search_for_planted_numbers_finds_them_however_they_are_written():
    for number in (planted := {f"{BIRTH}1234", f"{BIRTH_WITH_ZERO}4321"}):
        for text in (number, f"{number[:6]}-{number[6:]}", f"{number[:6]} {number[6:]}", number.lstrip("0")):
            forms = [text.encode(), text.encode("utf-16-le"), text.encode("utf-16-be"), text.encode().hex().encode()]
            forms += [base64.b64encode(b"z" * before + text.encode() + b"q") for before in range(3)]
            assert [found_in(b"x " + form + b" x", planted) for form in forms] == [{number}] * len(forms)
    assert found_in(f"{BIRTH}9999 {BIRTH}".encode(), planted) == set()


def test_the_leak_scan_finds_what_is_planted_for_it(module_house):
    house = module_house
    number = "6112034567"
    for place in ("logs", "reports"):
        (house.home / place / "planted.log").write_text(f"x 611203-4567 y {place}", encoding="utf-8")
    (house.home / "reports" / "planted.md").write_text(number, encoding="utf-8")
    (house.home / "data_docs" / "planted.html").write_text("61120 4567", encoding="utf-8")
    with house.connect("owner", autocommit=True) as owner:
        owner.execute("create table ops.planted as select '611203 - 4567' as text")
    house.said.append(f"error: {number}")
    assert set(house.leaks_of({number})) == {
        "table ops.planted",
        "logs/planted.log",
        "reports/planted.log",
        "reports/planted.md",
        "what the command printed",
    }
