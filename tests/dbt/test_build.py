"""The whole project built on a warehouse whose deliveries came late and changed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime

import pytest

from mentor_dw.database import connect
from mentor_dw.feeds import table_name
from mentor_dw.warehouse.build import build_folder
from mentor_dw.warehouse.dbt_run import UNIT_TESTS, DbtProject

pytestmark = pytest.mark.postgres

HER, HIM = 101, 102

#: Rows that every delivery below has; columns that are left out are empty.
SAME_EVERY_TIME = {
    "jobcentre.csv": [
        {"jobcenter_id": "1", "navn": "A", "kommunekode": "461", "organisering": "jobcenter", "pladser": 2},
        {"jobcenter_id": "2", "navn": "B", "kommunekode": "999", "organisering": "anden_aktoer", "pladser": 0},
    ],
    "mentorer.csv": [
        {"mentor_id": "1", "jobcenter_id": "1", "start_dato": "2008-01-01"},
        {"mentor_id": "2", "jobcenter_id": "2", "fuldtid": "ja", "start_dato": "2008-01-01"},
    ],
    "virksomheder.csv": [{"virksomhed_id": "1", "navn": "Gartneri", "type": "privat"}],
}


def her_rows(forloeb: str = "9") -> dict[str, list[dict]]:
    return {
        "stoetteforloeb.csv": [
            {"forloeb_id": forloeb, "borger_id": "5", "mentor_id": "1", "start_dato": "2008-02-01", "baggrund": "BAG1"}
        ],
        "tidsforbrug.csv": [
            {
                "tid_id": "1",
                "forloeb_id": forloeb,
                "mentor_id": "2",
                "dato": "2010-02-10",
                "start_tid": "09:00",
                "minutter": 30,
                "opgavetype": "HJEM",
            }
        ],
        "tilknytninger.csv": [
            {"forloeb_id": forloeb, "virksomhed_id": "1", "start_dato": "2008-02-01", "art": "fastholdelse"}
        ],
    }


def her(uddannelse: str) -> dict:
    return {"borger_id": "5", "person_key": HER, "koen": "K", "uddannelse": uddannelse}


HIS = {"borger_id": "6", "person_key": HIM, "koen": "M", "alder": 41}


@pytest.fixture(scope="module")
def deliver(accept) -> Callable[..., None]:
    """Accept a delivery of the web registrations: covered day, and rows by member."""

    def one(covers: str, rows: dict[str, list[dict]], version: int = 1) -> None:
        tables = {table_name("webreg", member): member_rows for member, member_rows in (SAME_EVERY_TIME | rows).items()}
        accept("webreg", covers, tables, version)

    return one


def read(query: str) -> list[tuple]:
    with connect("transformer") as connection:
        return [tuple(row.values()) for row in connection.execute(query).fetchall()]


@pytest.fixture(scope="module")
def built(warehouse, deliver) -> None:
    """Three days, delivered last day first; the second day came twice and left him out the second time."""
    deliver("2010-03-31", {"borgere.csv": [her("UDD1"), HIS], **her_rows()})
    deliver("2010-01-31", {"borgere.csv": [her("UDD1"), HIS], **her_rows()})
    deliver("2010-02-28", {"borgere.csv": [her("UDD7"), HIS], **her_rows(forloeb="8")})
    deliver("2010-02-28", {"borgere.csv": [her("UDD2")], **her_rows(forloeb="8")}, version=2)
    project = DbtProject(warehouse.home / "dbt" / "test", parsed_in=build_folder())
    project.build(as_known_at=datetime.now(UTC), say=lambda _: None, leave_out=[UNIT_TESTS])


def test_history_follows_the_covered_days_and_the_newest_versions(built) -> None:
    rows = read(
        "select person_key, gyldig_fra, gyldig_til, er_gaeldende, uddannelse_code from work.dim_borger order by 1, 2"
    )
    first, february, march = date(1900, 1, 1), date(2010, 2, 28), date(2010, 3, 31)
    assert rows == [
        (HER, first, february, False, "UDD1"),
        (HER, february, march, False, "UDD2"),
        (HER, march, None, True, "UDD1"),
        (HIM, first, february, False, "uoplyst"),
        (HIM, march, None, True, "uoplyst"),
    ]


def test_facts_come_from_the_latest_covered_day_only(built) -> None:
    assert read("select kilde_forloeb_id, er_loebende, aldersgruppe_code from work.fct_mentorforloeb") == [
        ("9", True, "uoplyst")
    ]
    assert read("select count(*), sum(minutter) from work.fct_tidsforbrug") == [(1, 30)]


def test_a_fact_meets_the_version_of_its_day_and_time_follows_the_citizens_jobcenter(built) -> None:
    assert read(
        "select borger.gyldig_fra, jobcenter.navn, mentor.kilde_mentor_id, tid.tidsinterval_code"
        " from work.fct_tidsforbrug as tid"
        " join work.dim_borger as borger using (borger_key)"
        " join work.dim_jobcenter as jobcenter on jobcenter.jobcenter_key = tid.jobcenter_key"
        " join work.dim_mentor as mentor on mentor.mentor_key = tid.mentor_key"
    ) == [(date(1900, 1, 1), "A", "2", "09-12")]


def test_occupancy_is_read_at_the_end_of_every_month_also_where_nobody_is(built) -> None:
    assert read(
        "select jobcenter.navn, count(*), max(antal_borgere) as borgere, max(opgoerelse_dato) as dag,"
        " min(belaegning_pct)"
        " from work.fct_belaegning_maaned join work.dim_jobcenter as jobcenter using (jobcenter_key)"
        " group by 1 order by 1"
    ) == [("A", 26, 1, date(2010, 3, 31), 50), ("B", 26, 0, date(2010, 3, 31), None)]


def test_the_long_history_gives_one_citizen_in_order(built) -> None:
    assert read(
        f"select dato, slags, tekst, minutter from work.fct_forloebshistorik where person_key = {HER} order by 1, 2"
    ) == [
        (date(2008, 2, 1), "start", "Borgeren har behov for støtte for at blive fastholdt i nuværende job", None),
        (date(2008, 2, 1), "tilknytning", "Fastholdelse: Gartneri", None),
        (date(2010, 2, 10), "tid", "Hjem", 30),
    ]


def test_an_unlisted_municipality_is_shown_by_its_number(built) -> None:
    assert read("select navn from work.dim_kommune where kode in ('461', '999') order by kode") == [
        ("Odense",),
        ("Kommune 999",),
    ]


def test_completeness_counts_what_could_be_filled(built) -> None:
    rows = read(
        "select felt, antal, antal_udfyldt from work.fct_registreringskomplethed"
        " join work.dim_jobcenter as jobcenter using (jobcenter_key) where jobcenter.navn = 'A'"
    )
    counts = {felt: (antal, udfyldt) for felt, antal, udfyldt in rows}
    assert counts["koen"] == (1, 1)
    assert counts["alder"] == (1, 0)
    assert counts["baggrund"] == (1, 1)
    assert counts["forsoergelse"] == (1, 0)
    assert counts["afslutning"] == (0, 0)
    assert counts["fuldtid"] == (1, 0)
    assert counts["virksomhedstype"] == (1, 1)
    assert counts["erfaring"] == (1, 0)
