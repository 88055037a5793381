"""Superset as `make bi` brings it, in a house with data: what a browser shows to whom, and what nobody may do."""

from __future__ import annotations

import os
import re
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml
from conftest import House, end, new_house
from superset_pages import CHROMIUM, Dashboard, Visitor, visiting

from mentor_dw.config import PROJECT_ROOT

pytestmark = [pytest.mark.long, pytest.mark.house, pytest.mark.timeout(1800)]

DELIVERIES = PROJECT_ROOT / "tests" / "fixtures" / "waves" / "wave1" / "step1"
ASSETS = PROJECT_ROOT / "superset" / "assets"
SLUGS = ("mentorpraksis", "udfald", "budgetter")
#: The jobcentre, the kommune, and who sees them.
VIBORG, TEAM = "Viborg", "team_viborg"
COPENHAGEN, LEADER = "København", "leder_kbh"
WHOLE = "Hele landet"
#: What axe-core calls serious and Superset's own markup has, by rule: each chart carries its description as a label of
#: an element without a role, and a tab holds the button that copies its address. Neither keeps anybody from reading.
OF_SUPERSET = {"aria-prohibited-attr", "nested-interactive"}


@dataclass
class Served:
    """A house with Superset: its address, the passwords of who looks, and what `bi up` said the second time."""

    house: House
    url: str
    passwords: dict[str, str]
    said_again: str

    def dashboards(self, name: str, pictures: Path) -> dict[str, Dashboard]:
        """Everything that `name` sees, by dashboard."""
        with visiting(self.url) as visitor:
            assert visitor.log_in(name, self.passwords[name])
            return {slug: visitor.opens(slug, picture=pictures / f"{name}_{slug}.png") for slug in SLUGS}


@pytest.fixture(scope="module")
def served(parsed: Path) -> Iterator[Served]:
    if not CHROMIUM.is_file():
        subprocess.run("apt-get update -q && apt-get install -yq chromium", shell=True, check=True)
    # What `make bi` does before it calls the command; the environment of the tests stays as it is.
    subprocess.run(["make", "--silent", ".tools/superset/.set-up"], cwd=PROJECT_ROOT, check=True, timeout=900)
    house = new_house(parsed)
    try:
        house.run("up")
        for source in ("webreg", "dream", "biflis"):
            house.drop(*DELIVERIES.glob(f"{source}_*"), source=source)
        house.run("load", "--wait", timeout=900)
        house.run("roles", "add", TEAM, "--jobcenter", "13", "--purpose", "Opfølgning")
        house.run("bi", "up")
        house.run("roles", "add", LEADER, "--kommune", "101", "--purpose", "Ledelsesinformation")
        again = house.run("bi", "up", timeout=30)
        passwords = {
            name: re.search(r"//[^:]+:([^@]+)@", house.run("dsn", "--role", name)).group(1)  # type: ignore[union-attr]
            for name in ("bi_reader", TEAM, LEADER)
        }
        yield Served(house, house.json("bi")["url"], passwords, again)  # type: ignore[index]
    finally:
        end(house)


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where screenshots are kept."""
    kept = os.environ.get("MENTOR_DW_ARTEFACTS")
    return Path(kept) / "superset" if kept else tmp_path_factory.mktemp("superset")


@pytest.fixture(scope="module")
def whole(served: Served, pictures: Path) -> dict[str, Dashboard]:
    return served.dashboards("bi_reader", pictures)


@pytest.fixture(scope="module")
def team(served: Served, pictures: Path) -> dict[str, Dashboard]:
    return served.dashboards(TEAM, pictures)


@pytest.fixture(scope="module")
def leader(served: Served, pictures: Path) -> dict[str, Dashboard]:
    return served.dashboards(LEADER, pictures)


def test_a_second_start_changes_nothing(served: Served) -> None:
    assert "bringing" not in served.said_again and "starting" not in served.said_again
    assert served.url in served.said_again


def test_no_dashboard_has_a_fault(
    whole: dict[str, Dashboard], team: dict[str, Dashboard], leader: dict[str, Dashboard]
) -> None:
    for seen in (whole, team, leader):
        assert {slug: one.trouble for slug, one in seen.items()} == {slug: [] for slug in SLUGS}


def test_nothing_serious_keeps_anybody_from_reading_but_what_superset_itself_does(whole: dict[str, Dashboard]) -> None:
    for one in whole.values():
        assert set(one.unfit) <= OF_SUPERSET, one.unfit
    assert set().union(*(one.unfit for one in whole.values())) == OF_SUPERSET


def test_every_chart_has_data_for_who_sees_all_areas(whole: dict[str, Dashboard]) -> None:
    assert {slug: one.drawn for slug, one in whole.items()} == {"mentorpraksis": 6, "udfald": 5, "budgetter": 4}
    for one in whole.values():
        assert one.messages == [] and all(answer["rowcount"] > 0 for answer in one.answers)


def test_the_other_tab_has_data_for_who_sees_all_areas_and_says_why_not_for_others(served: Served) -> None:
    for name, charts in (("bi_reader", {"udfald": 1, "budgetter": 2}), (LEADER, {"udfald": 0, "budgetter": 0})):
        with visiting(served.url) as visitor:
            assert visitor.log_in(name, served.passwords[name])
            for slug, drawn in charts.items():
                seen = visitor.opens(slug, tab=WHOLE)
                assert seen.drawn == drawn, name
                # An empty cell of a table, a year without a budget, says so in light grey.
                assert set(seen.unfit) <= OF_SUPERSET | {"color-contrast"}
                assert bool(seen.messages) == (drawn == 0)
                assert all("dit login ser kun sit eget" in message for message in seen.messages)


def test_a_jobcentre_sees_itself_and_nothing_else(
    served: Served, whole: dict[str, Dashboard], team: dict[str, Dashboard]
) -> None:
    assert whole["mentorpraksis"].values("omraade") > {VIBORG, COPENHAGEN}
    assert team["mentorpraksis"].values("omraade") == {VIBORG}
    assert team["mentorpraksis"].drawn == 6 and team["mentorpraksis"].messages == []
    assert team["budgetter"].drawn == 0
    for name, seen in (("bi_reader", whole), (TEAM, team)):
        with served.house.connect(name) as connection:
            (hours,) = connection.execute("select sum(minutter) / 60.0 from bi.fct_tidsforbrug").fetchone()
        assert hours_of(seen["mentorpraksis"]) == pytest.approx(float(hours), abs=0.01)


def hours_of(seen: Dashboard) -> float:
    """All hours of the chart by time of day."""
    (chart,) = [one for one in seen.answers if "tidspunkt" in one["colnames"]]
    return sum(value or 0 for row in chart["data"] for name, value in row.items() if name != "tidspunkt")


def test_a_kommune_sees_itself_and_nothing_else(leader: dict[str, Dashboard]) -> None:
    assert leader["budgetter"].values("omraade") == {COPENHAGEN}
    assert leader["mentorpraksis"].values("omraade") == {COPENHAGEN}
    assert leader["budgetter"].drawn == 4


def test_no_answer_is_kept_for_the_next_viewer(served: Served) -> None:
    asked = total_hours()
    found: list[float] = []
    for name in ("bi_reader", TEAM, "bi_reader"):
        with visiting(served.url) as visitor:
            assert visitor.log_in(name, served.passwords[name])
            status, content = visitor.asks("POST", "/api/v1/chart/data", asked | {"datasource": dataset(visitor)})
            assert status == 200 and not content["result"][0]["is_cached"]
            found.append(content["result"][0]["data"][0]["timer"])
    assert found[0] == found[2] > found[1] > 0


def total_hours() -> dict[str, Any]:
    """The question how many hours there are, as a chart asks it."""
    query = {"metrics": ["timer"], "columns": [], "filters": [], "row_limit": 10}
    return {"queries": [query], "result_format": "json", "result_type": "full"}


def dataset(visitor: Visitor) -> dict[str, Any]:
    """The dataset of hours by the number that it has here."""
    _, dashboard = visitor.asks("GET", "/api/v1/dashboard/mentorpraksis/datasets")
    return next({"id": one["id"], "type": "table"} for one in dashboard["result"] if one["table_name"] == "tidsforbrug")


@pytest.mark.parametrize("name", ["bi_reader", TEAM])
def test_a_viewer_looks_and_does_nothing_else(served: Served, name: str) -> None:
    with visiting(served.url) as visitor:
        assert visitor.log_in(name, served.passwords[name])
        assert visitor.asks("GET", "/api/v1/dashboard/mentorpraksis")[0] == 200
        number = dataset(visitor)["id"]
        sql = {"database_id": 1, "sql": "select 1", "schema": "bi"}
        for method, path, body in (
            ("GET", "/api/v1/database/", None),
            ("POST", "/api/v1/database/", {"database_name": "x", "sqlalchemy_uri": "postgresql://localhost/x"}),
            ("POST", "/api/v1/database/1/upload/", {}),
            ("POST", "/api/v1/sqllab/execute/", sql),
            ("POST", "/api/v1/report/", {}),
            ("POST", "/api/v1/dashboard/", {"dashboard_title": "x"}),
            ("DELETE", "/api/v1/dashboard/1", None),
            ("POST", "/api/v1/chart/", {}),
            ("PUT", f"/api/v1/dataset/{number}", {"sql": "select 1"}),
            ("GET", "/api/v1/dashboard/export/?q=!(1)", None),
            ("GET", f"/datasource/samples?datasource_type=table&datasource_id={number}", None),
            ("GET", "/api/v1/security/users/", None),
        ):
            status, content = visitor.asks(method, path, body)
            assert status in (302, 401, 403, 404, 405), (method, path, status, content)


def test_what_is_asked_beside_the_datasets_is_refused_by_the_database(served: Served) -> None:
    """A question of a viewer's own, in a measure of her own, reaches no further than her role does."""
    metric = {
        "expressionType": "SQL",
        "sqlExpression": "max((select max(aar) from bi.stock_budget_forbrug))",
        "label": "x",
    }
    with visiting(served.url) as visitor:
        assert visitor.log_in(TEAM, served.passwords[TEAM])
        asked = total_hours() | {"datasource": dataset(visitor)}
        asked["queries"][0]["metrics"] = [metric]
        assert visitor.asks("POST", "/api/v1/chart/data", asked)[0] in (400, 403, 500)


def test_nobody_else_comes_in(served: Served) -> None:
    with visiting(served.url) as visitor:
        for method, path in (
            ("GET", "/api/v1/dashboard/"),
            ("POST", "/api/v1/chart/data"),
            ("GET", "/superset/dashboard/udfald/"),
        ):
            assert visitor.asks(method, path)[0] in (302, 401), path
        for name, password in (("bi_reader", "forkert"), ("loader", "x"), ("anna", "x"), ("admin", "admin")):
            assert not visitor.log_in(name, password)


def test_whoever_is_removed_is_out_at_once(served: Served) -> None:
    house = served.house
    house.run("roles", "add", "gaest", "--jobcenter", "12", "--purpose", "Besøg")
    password = re.search(r"//[^:]+:([^@]+)@", house.run("dsn", "--role", "gaest")).group(1)  # type: ignore[union-attr]
    with visiting(served.url) as visitor:
        assert visitor.log_in("gaest", password)
        assert visitor.asks("GET", "/api/v1/dashboard/udfald")[0] == 200
        house.run("roles", "remove", "gaest")
        assert visitor.asks("GET", "/api/v1/dashboard/udfald")[0] == 401
        assert not visitor.log_in("gaest", password)


def test_no_password_is_kept_by_superset_or_said_by_it(served: Served) -> None:
    home = served.house.home
    private = [home / "superset", home / "superset" / "logins.json", *(home / "secrets").glob("superset_*")]
    assert len(private) == 4 and all(path.stat().st_mode & 0o077 == 0 for path in private)
    with closing(sqlite3.connect(home / "superset" / "superset.db")) as database:
        kept = "\n".join(database.iterdump())
        addresses = [row[0] for row in database.execute("select sqlalchemy_uri from dbs")]
        users = {row[0] for row in database.execute("select username from ab_user")}
    assert addresses == ["postgresql+psycopg2://warehouse/mentor_dw"]
    assert users >= {"admin", "bi_reader", TEAM, LEADER}
    logs = "\n".join(path.read_text(encoding="utf-8", errors="replace") for path in (home / "logs").glob("superset*"))
    assert logs
    for password in (*served.passwords.values(), (home / "secrets" / "superset_admin_password").read_text()):
        assert password not in kept and password not in logs


def test_what_is_exported_is_what_was_brought(served: Served, tmp_path: Path) -> None:
    served.house.run("bi", "export", "--out", str(tmp_path / "ud"))
    written = {path.relative_to(tmp_path / "ud"): path.read_text() for path in (tmp_path / "ud").rglob("*.yaml")}
    assert written == {path.relative_to(ASSETS): path.read_text() for path in ASSETS.rglob("*.yaml")}
    assert all(yaml.safe_load(text) for text in written.values())


def test_down_stops_it_with_the_house(served: Served) -> None:
    assert served.house.json("bi")["running"]  # type: ignore[index]
    assert "Superset: stopped" in served.house.run("down")
    assert not served.house.json("bi")["running"]  # type: ignore[index]
    served.house.run("bi", "up", code=1)
    assert "The house is not up" in served.house.said[-1]
