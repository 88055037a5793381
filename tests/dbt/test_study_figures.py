"""The figures of the Copenhagen study from rows of BIFLIS alone: who is in which group, and what waits for DREAM."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from mentor_dw.database import connect
from mentor_dw.warehouse.build import build_folder
from mentor_dw.warehouse.dbt_run import DATA_TESTS, UNIT_TESTS, DbtProject

pytestmark = pytest.mark.postgres

LEAP, DAY_LATER, OLDER = 101, 102, 103
FIRST = date(2014, 2, 28)
PERIOD = {"period": "2014-01..2015-09"}


def forloeb(number: str, person: int, start: date, slut: date | None, **more: object) -> dict:
    return {
        "mentorforloeb_id": number,
        "person_key": person,
        "mentortype": "helhedsorienteret",
        "haendelse": "ny",
        "start_dato": start,
        "planlagt_slut": date(2016, 6, 30),
        "slut_dato": slut,
        "minutter_pr_uge": 45,
        "leverandoer_id": "1",
        "maalgruppe": "3",
    } | more


@pytest.fixture(scope="module")
def figures(warehouse, accept) -> dict[tuple[str, str], Decimal]:
    """Values by measure and dimensions (sorted JSON) after one delivery of BIFLIS and none of the others."""
    born = {LEAP: date(1984, 2, 29), DAY_LATER: date(1984, 3, 1), OLDER: date(1964, 2, 28)}
    accept(
        "biflis",
        "2016-05",
        {
            "biflis__borger": [
                {"person_key": person, "koen": "K", "foedselsdato": day, "bopaelskommune": "101"}
                | {"person_foedselsdato": day, "person_koen": "K", "person_modulus11": True, "person_erstatning": True}
                for person, day in born.items()
            ],
            "biflis__leverandoer": [{"leverandoer_id": "1", "navn": "Værkstedet", "type": "ekstern"}],
            "biflis__visitation": [
                {"person_key": person, "visitationskategori": kategori, "fra_dato": date(2014, 1, 1)}
                for person, kategori in ((LEAP, "aktivitetsparat"), (OLDER, "jobparat"))
            ],
            "biflis__kontaktforloeb": [
                {"kontaktforloeb_id": "1", "person_key": LEAP, "ydelse": "uddannelseshjaelp"}
                | {"start_dato": date(2013, 2, 28), "slut_dato": date(2013, 12, 30)},
                {"kontaktforloeb_id": "2", "person_key": LEAP, "ydelse": "kontanthjaelp"}
                | {"start_dato": date(2014, 1, 1), "slut_dato": None},
            ],
            "biflis__mentorforloeb": [
                forloeb("1", LEAP, FIRST, date(2014, 8, 28), afslutning="udloebet"),
                forloeb("2", LEAP, date(2014, 8, 29), None, haendelse="forlaenget", forrige_id="1"),
                forloeb("3", DAY_LATER, FIRST, None),
                forloeb("4", OLDER, date(2013, 1, 1), date(2013, 6, 1), afslutning="udloebet"),
                forloeb("5", OLDER, FIRST, date(2014, 3, 1), afslutning="job"),
            ],
        },
    )
    DbtProject(warehouse.home / "dbt" / "test", parsed_in=build_folder()).build(
        as_known_at=datetime.now(UTC),
        say=lambda _: None,
        select=["+figure_published", "figure_agreement"],
        leave_out=(UNIT_TESTS, DATA_TESTS),
    )
    with connect("transformer") as connection:
        rows = connection.execute("select measure, dimensions, value from work.figure").fetchall()
    return {(row["measure"], key(row["dimensions"])): row["value"] for row in rows}


def key(dimensions: dict[str, str]) -> str:
    return json.dumps(dimensions, sort_keys=True)


@pytest.mark.parametrize(
    ("measure", "dimensions", "value"),
    [
        # Thirty on 28 February in a common year, and not the day before the birthday (rules.md R19, P3).
        ("citizens_first_course", {"alder": "fyldt 30", **PERIOD}, 2),
        ("citizens_first_course", {"alder": "under 30", **PERIOD}, 1),
        # Twelve months to the day, over a day without benefit (R11, R12).
        ("prior_duration_count", {"alder": "fyldt 30", "varighed": "7-12 mdr"}, 1),
        ("prior_duration_count", {"alder": "alle", "varighed": "ingen"}, 2),
        ("prior_duration_all_courses_count", {"alder": "fyldt 30", "varighed": "over 1 år"}, 1),
        # 181 days and a running forløb; one that began before the period and one day (R13).
        ("total_duration_count", {"alder": "fyldt 30", "varighed": "6-12 mdr"}, 1),
        ("total_duration_count", {"alder": "fyldt 30", "varighed": "3-6 mdr"}, 1),
        ("share_with_several_full_courses", {"alder": "alle"}, Decimal("33.3333333333333333")),
        ("origin_share", {"gruppe": "helhedsorienteret mentor", "alder": "alle", "herkomst": "uoplyst"}, 100),
        ("citizens_not_aktivitetsparat", {"visitationskategori": "Jobparat", **PERIOD}, 1),
        ("citizens_not_aktivitetsparat", {"visitationskategori": "Uoplyst", **PERIOD}, 1),
        ("started_courses", {"type": "helhedsorienteret", "period": "2014-01..2014-08"}, 4),
        ("budget", {"aar": "2014", "ordning": "helhedsorienteret mentorstøtte"}, 0),
        ("gender_share", {"alder": "under 30", "koen": "mand"}, 0),
        ("courses_running_7_months_share", {"alder": "under 30", "tilbud": "Øvrige"}, 0),
        ("weekly_minutes", {"type": "helhedsorienteret", "version": "before"}, None),
    ],
)
def test_a_figure_of_the_study(figures, measure: str, dimensions: dict[str, str], value: Decimal | int | None) -> None:
    assert figures[measure, key(dimensions)] == value


def test_what_needs_dream_or_the_web_registrations_is_silent_and_no_target(figures) -> None:
    shown = {measure for measure, _ in figures}
    assert not shown & {"status_7_months", "opmatchet_7_months", "prior_duration_dream_count", "citizens_participated"}
    with connect("transformer") as connection:
        waiting = connection.execute(
            "select count(*) from work.figure_published where not loaded and agrees is null"
            " and measure like 'status_7_months%'"
        ).fetchone()
        targets = connection.execute("select loaded, targets from work.figure_agreement where document = '002'")
        assert waiting["count"] == 42
        assert targets.fetchone() == {"loaded": True, "targets": 80}
