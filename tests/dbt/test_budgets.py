"""Refusion of one voucher of every kind, against the rules written down once more; and every krone in one place."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import product

import pytest

from mentor_dw.database import connect
from mentor_dw.errors import MentorDwError
from mentor_dw.warehouse.build import build_folder
from mentor_dw.warehouse.dbt_run import DATA_TESTS, UNIT_TESTS, DbtProject

pytestmark = pytest.mark.postgres

HER = 101
TYPES = ("helhedsorienteret", "fastholdelse", "udskrivning", "udslusning")
GROUPS = (*map(str, range(15)), None)
#: The first and the last month of everything that is dated, and the months beside them.
MONTHS = [
    date(year, month, 1)
    for year, month in (
        *((2008, 12), (2009, 1), (2012, 12), (2013, 1), (2013, 12), (2014, 1), (2015, 12), (2016, 1)),
        *((2018, 12), (2019, 1), (2019, 6), (2019, 7), (2021, 12), (2022, 1)),
    )
]
NAMES = {"person_koen": "K", "person_modulus11": False, "person_erstatning": True}
SELECTED = (
    "+fct_refusion +fct_forloebsoekonomi +stock_oekonomi_maaned +stock_refusionsramme +stock_budget_forbrug"
    " +compliance_konto +dim_dato"
)
TOTALS = ("every_krone_is_in_one_place", "money_of_years_and_frames_adds_up")
HALF = Decimal("0.5")
BEFORE_THE_CALENDAR = date(1989, 5, 17)


def by_the_rules(mentortype: str, group: str | None, month: date) -> tuple[Decimal | None, str | None]:
    """Rate (None: no rule) and frame by rules.md section 8 and R18."""
    year = month.year
    frame = {2014: "121a", 2015: "121a", 2016: "118", 2017: "118", 2018: "118"}
    if mentortype == "udskrivning" and 2009 <= year <= 2018:
        return HALF, frame.get(year, "foer_2014")
    if mentortype == "udskrivning" and group == "1" and date(2019, 1, 1) <= month <= date(2019, 6, 1):
        return HALF, "118"
    if mentortype == "udskrivning" and group == "11" and year >= 2019:
        return Decimal(0), None
    if group in (None, "14") or year < 2009:
        return None, None
    number = int(group)
    if number == 11:
        return (None, None) if year < 2013 else (HALF if year <= 2021 else Decimal(0), None)
    if year <= 2013:
        return (None, None) if number in (12, 13) else (HALF, "foer_2014")
    if number <= 2 or year >= 2019:
        return Decimal(0), None
    return HALF, "118a" if year >= 2016 and 4 <= number <= 7 else frame[year]


def read(query: str) -> list[dict]:
    with connect("transformer") as connection:
        return connection.execute(query).fetchall()


@pytest.fixture(scope="module")
def project(warehouse, accept) -> DbtProject:
    """A forløb for every kind of support and target group, and a voucher in every month of it."""
    kinds = list(enumerate(product(TYPES, GROUPS), start=1))
    vouchers = list(enumerate(product(kinds, MONTHS), start=1))
    accept(
        "biflis",
        "2022-01",
        {
            "biflis__borger": [
                {"person_key": HER, "koen": "K", "foedselsdato": date(1985, 3, 1), "bopaelskommune": "101"} | NAMES
            ],
            "biflis__leverandoer": [{"leverandoer_id": "1", "navn": "Værkstedet", "type": "ekstern"}],
            "biflis__mentorforloeb": [
                {"mentorforloeb_id": str(number), "person_key": HER, "mentortype": mentortype, "haendelse": "ny"}
                | {"start_dato": date(2008, 12, 5), "planlagt_slut": date(2022, 6, 30), "minutter_pr_uge": 90}
                | {"leverandoer_id": "1", "maalgruppe": group}
                for number, (mentortype, group) in kinds
            ],
            "biflis__omkostning": [
                {"bilag_id": str(number), "mentorforloeb_id": str(forloeb), "periode": month, "konto": "5.68.98.011"}
                | {"beloeb_kr": Decimal(number if number % 7 else -number) / 100}
                for number, ((forloeb, _), month) in vouchers
            ],
            "biflis__mentorkontakt": [
                {"kontakt_id": "1", "mentorforloeb_id": "1", "dato": BEFORE_THE_CALENDAR, "minutter": 45}
            ],
            "biflis__budget": [
                {"aar": 2014, "ordning": "helhedsorienteret", "beloeb_mio": 68, "heraf_implementering_mio": 14}
            ],
        },
    )
    project = DbtProject(warehouse.home / "dbt" / "test", parsed_in=build_folder())
    project.build(
        as_known_at=datetime.now(UTC), say=lambda _: None, select=SELECTED.split(), leave_out=(UNIT_TESTS, DATA_TESTS)
    )
    return project


def test_a_voucher_of_every_kind_and_month_is_refunded_by_the_rules(project) -> None:
    rows = read("select *, refusionsregel_key is null as uden_regel from work.fct_refusion")
    assert len(rows) == len(TYPES) * len(GROUPS) * len(MONTHS)
    for row in rows:
        group = None if row["maalgruppe_code"] == "uoplyst" else row["maalgruppe_code"]
        rate, frame = by_the_rules(row["ordning_code"], group, row["periode"])
        case = (row["ordning_code"], group, row["periode"])
        assert (row["uden_regel"], row["ramme_code"]) == (rate is None, frame), case
        assert row["refusion_foer_ramme_dkk"] == row["beloeb_dkk"] * (rate or 0), case
        assert row["er_uden_for_ramme"] == (bool(rate) and frame is None), case
        status = {None: "ingen_regel" if group else "ukendt_maalgruppe", Decimal(0): "refunderes_ikke"}
        assert row["refusionsstatus_code"] == status.get(rate, "refunderes"), case


def test_rounding_before_the_sum_would_move_the_sum(project) -> None:
    (row,) = read(
        "select sum(refusion_foer_ramme_dkk) as exact, sum(round(refusion_foer_ramme_dkk, 2)) as rounded_first"
        " from work.fct_refusion"
    )
    assert round(row["exact"], 2) != row["rounded_first"]


def test_a_month_before_the_calendar_has_its_day(project) -> None:
    assert read("select periode from work.stock_oekonomi_maaned where personlige_minutter = 45") == [
        {"periode": BEFORE_THE_CALENDAR.replace(day=1)}
    ]
    assert (
        read("select periode from work.stock_oekonomi_maaned where periode not in (select dato from work.dim_dato)")
        == []
    )


def run_totals(project: DbtProject) -> None:
    project.build(as_known_at=datetime.now(UTC), say=lambda _: None, select=TOTALS)


def test_every_krone_is_in_one_place(project) -> None:
    run_totals(project)


@pytest.fixture
def copies(project) -> Iterator[None]:
    """What a test breaks is put back."""
    tables = ("fct_refusion", "fct_omkostning")
    with connect("transformer") as connection:
        for table in tables:
            connection.execute(f"create table work.kept_{table} as table work.{table}")
    yield
    with connect("transformer") as connection:
        for table in tables:
            connection.execute(f"truncate work.{table}")
            connection.execute(f"insert into work.{table} table work.kept_{table}")
            connection.execute(f"drop table work.kept_{table}")


@pytest.mark.parametrize(
    "broken",
    [
        "update work.fct_refusion set netto_foer_ramme_dkk = netto_foer_ramme_dkk + 0.0000000001"
        " where omkostning_key = (select min(omkostning_key) from work.fct_refusion)",
        "delete from work.fct_omkostning where kilde_bilag_id = '1'",
        "update work.fct_refusion set kommune_code = '330'"
        " where omkostning_key = (select min(omkostning_key) from work.fct_refusion)",
    ],
    ids=["a fraction of an øre too much", "a voucher lost", "a voucher in another kommune"],
)
def test_a_krone_that_is_lost_or_elsewhere_is_found(project, copies, broken: str) -> None:
    with connect("transformer") as connection:
        connection.execute(broken)
    with pytest.raises(MentorDwError, match="every_krone_is_in_one_place"):
        run_totals(project)
