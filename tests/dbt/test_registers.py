"""The two registers beside the web registrations: who is in them, what a period of support is, and every krone."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from mentor_dw.database import connect
from mentor_dw.warehouse.build import build_folder
from mentor_dw.warehouse.dbt_run import DATA_TESTS, UNIT_TESTS, DbtProject

pytestmark = pytest.mark.postgres

HER, HIM, STRANGER, HER_FORMER_NUMBER, FORMERLY_KNOWN = 101, 102, 103, 104, 105
SELECTED = (
    "+fct_forsoergelse_spell +fct_beskaeftigelse_spell +fct_stoetteperiode +fct_mentorforloeb +fct_omkostning"
    " +fct_bestand_maaned +fct_visitation_maaned +dim_ydelse +dim_konto +int_maaneder"
    " +fct_udfald +fct_fastholdelse +fct_overlevelse"
)
NUMBER = {"person_koen": "K", "person_modulus11": False, "person_erstatning": True}
BORN = {"koen": "K", "foedselsdato": date(1985, 3, 1), **NUMBER}


def read(query: str) -> list[tuple]:
    with connect("transformer") as connection:
        return [tuple(row.values()) for row in connection.execute(query).fetchall()]


def forloeb(number: str, person: int, start: date, slut: date | None, **more: object) -> dict:
    return {
        "mentorforloeb_id": number,
        "person_key": person,
        "mentortype": "helhedsorienteret",
        "haendelse": "ny",
        "start_dato": start,
        "planlagt_slut": date(2016, 6, 30),
        "slut_dato": slut,
        "minutter_pr_uge": 90,
        "leverandoer_id": "1",
        "maalgruppe": "3",
    } | more


@pytest.fixture(scope="module")
def built(warehouse, accept) -> None:
    """Two deliveries of each register; BIFLIS knew somebody in the first whom it has not in the second."""
    citizens = [{"person_key": person, "bopaelskommune": "101", **BORN} for person in (HER, HIM)]
    accept("biflis", "2016-01", {"biflis__borger": [{"person_key": FORMERLY_KNOWN, "bopaelskommune": "330", **BORN}]})
    accept(
        "biflis",
        "2016-03",
        {
            "biflis__borger": citizens,
            "biflis__leverandoer": [{"leverandoer_id": "1", "navn": "Værkstedet", "type": "ekstern"}],
            "biflis__visitation": [
                {"person_key": person, "visitationskategori": "aktivitetsparat", "fra_dato": date(2016, 1, 1)}
                for person in (HER, HIM)
            ],
            "biflis__mentorforloeb": [
                forloeb("9", HER, date(2016, 1, 5), date(2016, 2, 29), afslutning="udloebet"),
                forloeb("10", HER, date(2016, 3, 31), None, haendelse="genoptaget", forrige_id="9"),
                forloeb("11", HIM, date(2016, 2, 1), date(2016, 3, 30), forrige_id="12", haendelse="forlaenget"),
                forloeb("12", HIM, date(2016, 2, 1), date(2016, 2, 10), forrige_id="11", haendelse="forlaenget"),
            ],
            "biflis__omkostning": [
                {"bilag_id": "1", "mentorforloeb_id": "9", "periode": date(2016, 1, 1), "konto": "5.68.90.017"}
                | {"beloeb_kr": Decimal("0.1")},
                {"bilag_id": "2", "mentorforloeb_id": "9", "periode": date(2016, 2, 1), "konto": "9.99"}
                | {"beloeb_kr": Decimal("0.200001")},
                {"bilag_id": "3", "mentorforloeb_id": "12", "periode": date(2016, 2, 1), "konto": "9.99"}
                | {"beloeb_kr": Decimal("-0.3")},
            ],
        },
    )
    persons = (HER_FORMER_NUMBER, HER, STRANGER, FORMERLY_KNOWN)
    spell = {"fra_dato": date(2016, 2, 1), "til_dato": date(2016, 2, 15)}
    accept(
        "dream",
        "2016-02",
        {
            "dream__person": [{"person_key": person, **BORN} for person in persons],
            "dream__forsoergelse": [
                {"person_key": HER_FORMER_NUMBER, "code": 7, **spell},
                {"person_key": HER, "code": 140, "fra_dato": date(2016, 2, 8), "til_dato": date(2016, 2, 29)},
                {"person_key": STRANGER, "code": 111, **spell},
                {"person_key": FORMERLY_KNOWN, "code": 111, **spell},
            ],
            "dream__beskaeftigelse": [
                {"person_key": HER, "branche": 1, "fra_dato": date(2016, 1, 1), "til_dato": date(2016, 2, 1)}
            ],
            "dream__daekning": [],
        },
    )
    with connect("loader") as connection:
        connection.execute(
            "insert into raw.dream__daekning select delivery_id, serie, fra_dato::date, til_dato::date"
            " from ops.delivery, (values ('ydelse', '2013-01-07', '2016-02-29'), ('grad', '2013-01-01', '2016-02-01'))"
            " as runs (serie, fra_dato, til_dato) where source = 'dream'"
        )
        connection.execute(
            "insert into ops.person_link (person_key, same_as_person_key, decision, by_whom) values (%s, %s, 'x', 'y')",
            (HER_FORMER_NUMBER, HER),
        )
    DbtProject(warehouse.home / "dbt" / "test", parsed_in=build_folder()).build(
        as_known_at=datetime.now(UTC), say=lambda _: None, select=SELECTED.split(), leave_out=(UNIT_TESTS, DATA_TESTS)
    )


def test_weeks_of_both_numbers_are_one_history_and_strangers_have_none(built) -> None:
    assert read(
        "select s.person_key, s.ydelse_code, s.fra_uge, s.til_uge, s.antal_uger, s.er_afskaaret, y.gruppe4"
        " from work.fct_forsoergelse_spell as s inner join work.dim_ydelse as y on s.ydelse_code = y.kode"
        " order by 1, 3"
    ) == [
        (HER, "007", 201605, 201605, 1, False, "ANDEN"),
        (HER, "140", 201606, 201608, 3, True, "KONTANT"),
        (FORMERLY_KNOWN, "111", 201605, 201606, 2, False, "ANDEN"),
    ]
    assert read("select label_da from work.dim_ydelse where not er_i_kodeliste") == [
        ("Anden offentlig forsørgelse (ukendt kode 007)",)
    ]


def test_a_job_without_a_degree_is_a_job_and_keeps_its_six_digits(built) -> None:
    assert read("select person_key, branche, er_i_job, antal_maaneder from work.fct_beskaeftigelse_spell") == [
        (HER, "000001", True, 1)
    ]


def test_a_resumed_forloeb_is_one_period_and_a_circle_another(built) -> None:
    assert read(
        "select person_key, antal_forloeb, start_dato, slut_dato, faktiske_dage from work.fct_stoetteperiode order by 1"
    ) == [(HER, 2, date(2016, 1, 5), None, 55), (HIM, 2, date(2016, 2, 1), date(2016, 3, 30), 67)]
    assert read(
        "select f.kilde_forloeb_id, er_foerste_forloeb, alder_ved_start, visitationskategori_code, har_aftale"
        " from work.fct_mentorforloeb as f order by f.kilde_forloeb_id::integer"
    ) == [
        ("9", True, 30, "aktivitetsparat", False),
        ("10", False, 31, "aktivitetsparat", False),
        ("11", True, 30, "aktivitetsparat", False),
        ("12", False, 30, "aktivitetsparat", False),
    ]


def test_every_krone_is_there_with_an_account(built) -> None:
    assert read(
        "select konto.er_i_kontoplan, sum(beloeb_dkk) from work.fct_omkostning as o"
        " inner join work.dim_konto as konto on o.konto_code = konto.kode group by 1 order by 1"
    ) == [(False, Decimal("-0.099999")), (True, Decimal("0.1"))]


def test_the_stock_of_a_month_and_what_it_is_divided_by(built) -> None:
    assert read(
        "select maaned, kommune_code, antal_loebende, antal_borgere_loebende, antal_startede, antal_afsluttede"
        " from work.fct_bestand_maaned order by 1"
    ) == [
        (date(2016, 1, 1), "101", 1, 1, 1, 0),
        (date(2016, 2, 1), "101", 2, 2, 2, 2),
        (date(2016, 3, 1), "101", 1, 1, 1, 1),
    ]
    assert read(
        "select maaned, visitationskategori_code, antal_borgere, antal_med_mentor from work.fct_visitation_maaned"
        " order by 1"
    ) == [
        (date(2016, 1, 1), "aktivitetsparat", 2, 1),
        (date(2016, 2, 1), "aktivitetsparat", 2, 2),
        (date(2016, 3, 1), "aktivitetsparat", 2, 1),
    ]
    assert read("select distinct kilde from work.int_maaneder") == [("biflis",)]


def test_outcomes_are_read_in_the_history_of_all_numbers_of_a_person(built) -> None:
    assert read(
        "select f.kilde_forloeb_id, u.horisont_maaneder, u.laese_uge, u.status_code, u.understatus_code, u.ydelse_code"
        " from work.fct_udfald as u inner join work.fct_mentorforloeb as f on u.forloeb_key = f.forloeb_key"
        " where u.horisont_maaneder = 1 order by f.kilde_forloeb_id::integer"
    ) == [
        ("9", 1, 201605, "anden", None, "007"),
        ("10", 1, 201617, "ikke_opfulgt", "efter_registret", None),
        ("11", 1, 201609, "ikke_opfulgt", "ikke_i_dream", None),
        ("12", 1, 201609, "ikke_opfulgt", "ikke_i_dream", None),
    ]
    assert read(
        "select f.kilde_forloeb_id, o.uger, o.haendelse, o.aarsag from work.fct_overlevelse as o"
        " inner join work.fct_mentorforloeb as f on o.forloeb_key = f.forloeb_key"
        " order by f.kilde_forloeb_id::integer limit 3"
    ) == [
        ("9", 0, "job", None),
        ("10", None, "ikke_opfulgt", "efter_registret"),
        ("11", None, "ikke_opfulgt", "ikke_i_dream"),
    ]
    assert read("select distinct fastholdelse, count(*) from work.fct_fastholdelse group by fastholdelse") == [
        ("ikke_opfulgt", 6)
    ]
