"""Compliance on drawn people: the same answers day by day in plain Python, and nothing that DREAM knows."""

from __future__ import annotations

import random
import re
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from mentor_dw.database import connect
from mentor_dw.warehouse.build import build_folder
from mentor_dw.warehouse.dbt_run import DATA_TESTS, UNIT_TESTS, DbtProject
from mentor_dw.warehouse.plan import CASEWORK, plan_from_manifest
from mentor_dw.warehouse.rights import readers_of

pytestmark = pytest.mark.postgres

DAY, WEEK = timedelta(1), timedelta(7)
FIRST, COVERED = date(2015, 10, 1), date(2016, 4, 30)
HOLIDAYS = {date(2015, 12, 25), date(2015, 12, 26), date(2016, 1, 1), date(2016, 3, 24), date(2016, 3, 25)}
HOLIDAYS |= {date(2016, 3, 27), date(2016, 3, 28), date(2016, 4, 22), date(2016, 5, 5)}
EXCUSED = {"job", "uddannelse", "anden_ydelse", "ude_af_maalgruppe"}
NUMBER = {"person_koen": "K", "person_modulus11": False, "person_erstatning": True}
Row = dict[str, Any]


def days(first: date, last: date) -> list[date]:
    """All days from the first to the last, both included."""
    return [first + DAY * number for number in range((last - first).days + 1)]


def population(seed: int) -> dict[str, list[Row]]:
    """Rows of BIFLIS for 60 citizens around the new year of 2016; some things end or begin after the covered day."""
    draw = random.Random(seed)
    rows: dict[str, list[Row]] = {name: [] for name in ("borger", "visitation", "tilbud", "mentorforloeb", "kontakt")}
    for person in range(201, 261):
        rows["borger"].append(
            {"person_key": person, "koen": "K", "foedselsdato": date(1985, 3, 1), "bopaelskommune": "101", **NUMBER}
        )
        day = FIRST - DAY * draw.randint(0, 60)
        for _ in range(draw.randint(0, 3)):
            last = day + DAY * draw.randint(0, 200)
            rows["visitation"].append(
                {
                    "person_key": person,
                    "visitationskategori": draw.choice(["aktivitetsparat", "aktivitetsparat", "jobparat"]),
                    "fra_dato": day,
                    "til_dato": None if last > COVERED else last,
                }
            )
            day = last + DAY * draw.randint(1, 20)
        for kind, most in (("tilbud", 2), ("mentorforloeb", 3)):
            day = FIRST + DAY * draw.randint(0, 60)
            for _ in range(draw.randint(0, most)):
                last = day + DAY * draw.choice([0, 5, 6, 13, 30, 75, 120])
                rows[kind].append(
                    {"person_key": person, "start_dato": day}
                    | {"slut_dato": None if draw.random() < 0.15 else last, "id": str(len(rows[kind]) + 1)}
                )
                day = last + DAY * draw.choice([-10, 0, 1, 1, 2, 3, 5, 40])
    for forloeb in rows["mentorforloeb"]:
        forloeb["mentortype"] = draw.choice(["helhedsorienteret"] * 4 + ["fastholdelse"])
        if forloeb["slut_dato"]:
            forloeb["afslutning"] = draw.choice(["udloebet", "udloebet", "klar_til_tilbud", "andet", None, *EXCUSED])
        day = forloeb["start_dato"] - DAY * 3
        while day < (forloeb["slut_dato"] or COVERED) + DAY * 5:
            day += DAY * draw.choice([1, 3, 6, 7, 8, 9, 13, 14, 22])
            rows["kontakt"].append({"forloeb": forloeb["id"], "dato": day, "minutter": draw.choice([0, 45])})
    return rows


@pytest.fixture(scope="module")
def people() -> dict[str, list[Row]]:
    return population(seed=7)


@pytest.fixture(scope="module")
def project(warehouse, accept, people) -> DbtProject:
    """The compliance models of the drawn people, built."""
    numbered = {"planlagt_slut": date(2016, 6, 30), "haendelse": "ny", "minutter_pr_uge": 45, "leverandoer_id": "1"}
    accept(
        "biflis",
        "2016-04",
        {
            "biflis__borger": people["borger"],
            "biflis__leverandoer": [{"leverandoer_id": "1", "navn": "Værkstedet", "type": "ekstern"}],
            "biflis__visitation": people["visitation"],
            "biflis__tilbud": [
                {"tilbud_id": row["id"], "tilbudstype": "oevrige", "planlagt_slut": row["start_dato"]}
                | {name: row[name] for name in ("person_key", "start_dato", "slut_dato")}
                for row in people["tilbud"]
            ],
            "biflis__mentorforloeb": [
                {"mentorforloeb_id": row["id"], **numbered} | {name: row[name] for name in row if name != "id"}
                for row in people["mentorforloeb"]
            ],
            "biflis__mentorkontakt": [
                {"kontakt_id": str(number), "mentorforloeb_id": row["forloeb"]}
                | {"dato": row["dato"], "minutter": row["minutter"]}
                for number, row in enumerate(people["kontakt"], start=1)
            ],
        },
    )
    built = DbtProject(warehouse.home / "dbt" / "test", parsed_in=build_folder())
    built.build(
        as_known_at=datetime.now(UTC),
        say=lambda _: None,
        select=["+path:models/compliance"],
        leave_out=(UNIT_TESTS, DATA_TESTS),
    )
    return built


def read(query: str) -> set[tuple]:
    with connect("transformer") as connection:
        rows = [tuple(row.values()) for row in connection.execute(query).fetchall()]
    assert len(rows) == len(set(rows))
    return set(rows)


def followed(row: Row) -> list[date]:
    """The days of an effort up to the covered day."""
    return days(row["start_dato"], min(row["slut_dato"] or COVERED, COVERED))


def helhedsorienterede(people: dict[str, list[Row]]) -> list[Row]:
    return [row for row in people["mentorforloeb"] if row["mentortype"] == "helhedsorienteret"]


def aktivitetsparat(people: dict[str, list[Row]], person: int) -> set[date]:
    return {
        day
        for row in people["visitation"]
        if row["person_key"] == person and row["visitationskategori"] == "aktivitetsparat"
        for day in days(row["fra_dato"], min(row["til_dato"] or COVERED, COVERED))
    }


def supported(rows: Iterable[Row], person: int) -> set[date]:
    return {day for row in rows if row["person_key"] == person for day in followed(row)}


def judged_week(monday: date, in_forloeb: set[date], contacts: set[date]) -> bool | None:
    """Whether the week's rule is kept; None when nothing is required of it."""
    week = set(days(monday, monday + DAY * 6))
    if monday + DAY * 3 >= date(2016, 1, 1):
        if monday - DAY * 4 < date(2016, 1, 1):
            return None
        week |= set(days(monday - WEEK, monday - DAY))
    return bool(week & contacts) if week <= in_forloeb else None


def test_every_week_is_judged_as_day_by_day(project, people) -> None:
    expected = set()
    for row in helhedsorienterede(people):
        in_forloeb = set(followed(row))
        kontakter = [one for one in people["kontakt"] if one["forloeb"] == row["id"] and one["dato"] in in_forloeb]
        every = {one["dato"] for one in kontakter}
        personal = {one["dato"] for one in kontakter if one["minutter"]}
        for monday in {day - DAY * day.weekday() for day in in_forloeb}:
            verdicts = (judged_week(monday, in_forloeb, every), judged_week(monday, in_forloeb, personal))
            expected.add((row["id"], monday, verdicts[0] is None, *verdicts))
    assert {True, False, None} <= {verdict for *_, verdict in expected}
    assert expected == read(
        "select f.kilde_forloeb_id, u.mandag, u.er_undtaget, u.er_opfyldt, u.er_opfyldt_personligt"
        " from work.compliance_kontakt_uge as u inner join work.int_compliance__forloeb as f using (forloeb_key)"
    )


def test_days_without_offer_and_mentor_are_as_day_by_day(project, people) -> None:
    expected = set()
    for person in (row["person_key"] for row in people["borger"]):
        left = aktivitetsparat(people, person) - supported([*people["tilbud"], *people["mentorforloeb"]], person)
        for first in (day for day in left if day - DAY not in left):
            after = next(day for day in days(first, COVERED + DAY) if day not in left)
            lasts = after > COVERED
            expected.add((person, first, None if lasts else after, lasts, (after - first).days))
    assert {lasts for *_, lasts, _ in expected} == {True, False}
    assert expected == read(
        "select person_key, fra_dato, til_dato, er_loebende, antal_dage"
        " from work.compliance_aktivitetsparat_uden_stoette"
    )


def test_what_follows_an_ended_forloeb_is_as_day_by_day(project, people) -> None:
    expected = set()
    for row in helhedsorienterede(people):
        if row["slut_dato"] is None or row["slut_dato"] >= COVERED:
            continue
        person, after = row["person_key"], row["slut_dato"] + DAY
        others = [other for other in helhedsorienterede(people) if other is not row]
        parat = aktivitetsparat(people, person)
        there = supported([*people["tilbud"], *others], person)
        deadline = next(day for day in days(after, after + DAY * 14) if day.weekday() < 5 and day not in HOLIDAYS)
        if row["afslutning"] in EXCUSED:
            expected.add((row["id"], "afslutning", None, False, False))
        elif after not in parat:
            expected.add((row["id"], "visitation", None, False, False))
        else:
            met = next((day for day in days(after, COVERED) if day in there or day not in parat), COVERED + DAY)
            late = met > deadline
            expected.add((row["id"], None, (met - after).days, late, late and met > COVERED))
    assert {verdict[1:2] + verdict[3:] for verdict in expected} == {
        ("afslutning", False, False), ("visitation", False, False), (None, False, False), (None, True, False),
        (None, True, True),
    }  # fmt: skip
    found = read(
        "select f.kilde_forloeb_id, t.fritagelse, t.dage_uden, t.er_fund, t.er_aaben"
        " from work.compliance_tilbud_efter_forloeb as t inner join work.int_compliance__forloeb as f"
        f" using (forloeb_key) where t.slut_dato < '{COVERED}'"
    )
    assert expected == found


def sources_behind(parents: dict[str, set[str]], node: str) -> set[str]:
    """Names of the sources that a node of dbt's graph leads back to."""
    found, waiting = set(), [node]
    while waiting:
        key = waiting.pop()
        if key not in found:
            found.add(key)
            waiting += parents.get(key, ())
    return {key.split(".")[2] for key in found if key.startswith("source.")}


def graph(project: DbtProject) -> dict[str, set[str]]:
    return {key: set(node.depends_on_nodes) for key, node in project.manifest.nodes.items()}


def compliance_models(project: DbtProject) -> list[str]:
    return [
        key
        for key, node in project.manifest.nodes.items()
        if str(node.resource_type) == "model" and node.path.startswith("compliance/")
    ]


def test_no_compliance_model_leads_back_to_dream(project) -> None:
    models, parents = compliance_models(project), graph(project)
    assert len(models) >= 11
    assert {key: sources_behind(parents, key) - {"biflis", "ops"} for key in models} == {key: set() for key in models}


def test_a_way_to_dream_would_be_found(project) -> None:
    parents = graph(project)
    model = "model.mentor_dw.compliance_aftale"
    for reads in ("int_borgere__versioner", "fct_mentorforloeb", "dim_dato"):
        broken = parents | {model: parents[model] | {f"model.mentor_dw.{reads}"}}
        assert "dream" in sources_behind(broken, model)


#: How dimensions grow by what every source holds, DREAM too: days outside the calendar, kommune codes that no list has.
#: Each lets one column through, which names no person.
GROWN_BY = {
    ("int_datoer__forekommer", "stg_dream__forsoergelse"): {"fra_dato as dato", "til_dato - 7 as dato"},
    ("int_datoer__forekommer", "stg_dream__beskaeftigelse"): {"fra_dato as dato"},
    ("int_datoer__forekommer", "int_udfald__laesninger"): {"laese_dato as dato", "laese_mandag as dato"},
    ("int_datoer__forekommer", "int_maaneder"): {"maaned as dato", "opgoerelse_dato as dato"},
    ("dim_kommune", "int_borgere__versioner"): {"kommune_code"},
}


def taken_from(raw_code: str, model: str) -> set[str]:
    """What the SQL of a model selects from its import of another model."""
    (name,) = re.findall(rf"(\w+) as \(\s+select \* from {{{{ ref\('{model}'\) }}}}", raw_code)
    return set(re.findall(rf"select ([^\n]+) from {name}\b", raw_code))


def test_nothing_that_casework_reads_tells_what_dream_knows(project) -> None:
    plan, parents = plan_from_manifest(project.manifest), graph(project)
    lists = {key.to for model in plan if model.adgang == CASEWORK for key in model.foreign_keys}
    readable = {
        model.name
        for model in plan
        for reader in readers_of(model, "bi", model.columns, for_casework=model.name in lists)
        if reader.role == "casework"
    }
    assert {"compliance_overdue", "dim_kommune", "dim_dato", "dim_mentortype"} <= readable
    assert not {name for name in readable if name.startswith(("fct_", "bridge_"))}
    for (model, read_from), columns in GROWN_BY.items():
        key = f"model.mentor_dw.{model}"
        assert taken_from(project.manifest.nodes[key].raw_code, read_from) == columns
        parents[key] = parents[key] - {f"model.mentor_dw.{read_from}"}
    assert {n for n in readable if "dream" in sources_behind(parents, f"model.mentor_dw.{n}")} == set()
