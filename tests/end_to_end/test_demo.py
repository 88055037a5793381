"""The demo as a newcomer runs it, with every kind of fault planted, twice."""

from __future__ import annotations

import json
import re

import pytest

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

    deliveries, builds = house.json("status")["deliveries"], house.json("status")["builds"]
    second = house.run("demo", timeout=300)
    assert re.search(rf"figures: {total} of {total}", second)
    after = house.json("status")
    assert after["deliveries"] == deliveries
    assert [b["build_id"] for b in after["builds"]] == [b["build_id"] for b in builds]


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
