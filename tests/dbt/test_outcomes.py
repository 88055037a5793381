"""Outcomes: the statuses are those of Tabel 4, and the curve of survival is that of a library many people use."""

from __future__ import annotations

import csv
import json
import os
import random
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from mentor_dw.config import PROJECT_ROOT
from mentor_dw.database import connect
from mentor_dw.warehouse.build import build_folder
from mentor_dw.warehouse.dbt_run import DATA_TESTS, UNIT_TESTS, DbtProject

HERE = Path(__file__).parent
SEEDS = PROJECT_ROOT / "dbt_project" / "seeds"
GROUPS = ("under 30", "fyldt 30", "uoplyst")


def seed(name: str) -> list[dict[str, str]]:
    with (SEEDS / name).open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))


def test_the_published_statuses_are_those_of_tabel_4_in_its_order() -> None:
    printed = [
        part.removeprefix("status=")
        for row in seed("figures/published_figure.csv")
        if row["measure"] == "status_7_months" and "alder=alle" in row["dimensions"]
        for part in row["dimensions"].split("|")
        if part.startswith("status=")
    ]
    assert printed == [row["label_da"] for row in seed("shared/status.csv") if row["er_offentliggjort"] == "true"] + [
        "I alt"
    ]


def test_every_group_of_benefit_codes_gives_one_status() -> None:
    groups = [row["ydelsesgruppe"] for row in seed("shared/status.csv") if row["ydelsesgruppe"]]
    assert sorted(groups) == sorted(row["kode"] for row in seed("shared/ydelsesgruppe.csv"))


Observed = list[tuple[str, int, str]]


def few_weeks(draw: random.Random) -> Observed:
    """Many ties; somebody of each group leaves the view in the last week."""
    drawn = [
        (draw.choice(GROUPS), draw.randint(0, 12), draw.choice(("job", "uddannelse", "censureret"))) for _ in range(300)
    ]
    return drawn + [(group, 12, "censureret") for group in GROUPS]


def nobody_is_left(draw: random.Random) -> Observed:
    """The last of each group, and of all, has the event."""
    return [(draw.choice(GROUPS[:2]), draw.randint(1, 200), "job") for _ in range(40)]


def a_whole_study(draw: random.Random) -> Observed:
    """As many citizens as the study, most of them censored late."""
    return [
        (draw.choice(GROUPS[:2]), draw.randint(30, 129), "censureret")
        if draw.random() < 0.8
        else (draw.choice(GROUPS[:2]), int(draw.expovariate(0.02)), "job")
        for _ in range(5451)
    ]


@pytest.fixture(scope="module")
def lifelines(tmp_path_factory) -> str:
    """An interpreter of its own with the library, which asks for packages that ours cannot have."""
    folder = tmp_path_factory.mktemp("lifelines")
    python = str(folder / "bin" / "python")
    uv = os.environ.get("UV", "uv")
    for command in (
        [uv, "venv", "--python", sys.executable, "--clear", str(folder)],
        [uv, "pip", "install", "--python", python, "-r", str(HERE / "survival" / "requirements.txt")],
    ):
        subprocess.run(command, check=True, capture_output=True)
    return python


def library_curve(python: str, observed: Observed) -> dict[int, list[float]]:
    """Week to [at risk, events, share, standard error]."""
    text = json.dumps([[weeks, event != "censureret"] for _, weeks, event in observed])
    script = str(HERE / "survival" / "lifelines_curve.py")
    done = subprocess.run([python, script], input=text, capture_output=True, text=True, check=True)
    return {int(week): rest for week, *rest in json.loads(done.stdout)}


def our_curve(project: DbtProject, observed: Observed) -> dict[str, dict[int, list[float]]]:
    """Group to week to [at risk, events, share, standard error], from the model itself."""
    with connect("transformer") as connection:
        connection.execute("drop table if exists work.fct_overlevelse cascade")
        connection.execute(
            "create table work.fct_overlevelse (er_studiets_foerste boolean, aldersgruppe_30 text, uger integer,"
            " haendelse text)"
        )
        connection.cursor().executemany("insert into work.fct_overlevelse values (true, %s, %s, %s)", observed)
    project.build(
        as_known_at=datetime.now(UTC),
        say=lambda _: None,
        select=["stock_overlevelse_kurve"],
        leave_out=(UNIT_TESTS, DATA_TESTS),
    )
    curves: dict[str, dict[int, list[float]]] = {}
    with connect("transformer") as connection:
        for row in connection.execute("select * from work.stock_overlevelse_kurve"):
            error = None if row["standardfejl"] is None else float(row["standardfejl"])
            numbers = [row["antal_under_risiko"], row["antal_haendelser"], float(row["overlevelse"]), error]
            curves.setdefault(row["aldersgruppe_30"], {})[row["uge"]] = numbers
    return curves


@pytest.mark.long
@pytest.mark.postgres
def test_the_curve_is_that_of_lifelines(warehouse, lifelines) -> None:
    project = DbtProject(warehouse.home / "dbt" / "survival", parsed_in=build_folder())
    for seed_number, population in enumerate((few_weeks, nobody_is_left, a_whole_study)):
        observed = population(random.Random(seed_number))
        ours = our_curve(project, observed)
        assert set(ours) == {"alle", "under 30", "fyldt 30"}
        for group, curve in ours.items():
            theirs = library_curve(lifelines, [one for one in observed if group in ("alle", one[0])])
            assert set(theirs) <= set(curve) and max(theirs) == max(curve)
            for week, (at_risk, events, share, error) in theirs.items():
                assert curve[week][:2] == [at_risk, events]
                assert curve[week][2] == pytest.approx(share, abs=1e-9)
                if share > 0:
                    assert curve[week][3] == pytest.approx(error, abs=1e-9)
                else:
                    assert curve[week][3] is None
