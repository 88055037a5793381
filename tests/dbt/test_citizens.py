"""Citizens of three sources: who wins, who counts, and the tests that watch over their versions."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime

import jinja2
import pytest

from mentor_dw.config import PROJECT_ROOT
from mentor_dw.database import connect
from mentor_dw.errors import MentorDwError
from mentor_dw.warehouse.build import build_folder
from mentor_dw.warehouse.dbt_run import DATA_TESTS, UNIT_TESTS, DbtProject

pytestmark = pytest.mark.postgres

HER, HIM, STRANGER, HER_FORMER_NUMBER = 101, 102, 103, 104
TABLES = {"webreg": "webreg__borgere", "biflis": "biflis__borger", "dream": "dream__person"}
BORN_1985, BORN_1990 = {"person_foedselsdato": date(1985, 3, 1)}, {"foedselsdato": date(1990, 5, 5)}
HERS = {"koen": "K", "herkomst": "dansk", "foedselsdato": date(1985, 3, 1)}
NUMBER = {"person_koen": "K", "person_modulus11": False, "person_erstatning": True}
BUILT = ("+dim_borger", "+dim_kommune", "+fct_identitetskonflikt", "+fct_personer_levering")


def read(query: str) -> list[tuple]:
    with connect("transformer") as connection:
        return [tuple(row.values()) for row in connection.execute(query).fetchall()]


@pytest.fixture(scope="module")
def project(warehouse) -> DbtProject:
    return DbtProject(warehouse.home / "dbt" / "test", parsed_in=build_folder())


@pytest.fixture(scope="module")
def build(project: DbtProject) -> Callable[..., None]:
    def built(select: tuple[str, ...] = BUILT, leave_out: tuple[str, ...] = (UNIT_TESTS, DATA_TESTS)) -> None:
        project.build(as_known_at=datetime.now(UTC), say=lambda _: None, select=select, leave_out=leave_out)

    return built


@pytest.fixture(scope="module")
def built(accept: Callable[..., None], build: Callable[..., None]) -> None:
    """BIFLIS loses her in its second delivery; DREAM has had her, and everybody else, by her former number."""

    def deliver(source: str, covers: str, *rows: dict) -> None:
        accept(source, covers, {TABLES[source]: [NUMBER | row for row in rows]})

    former = {"person_key": HER_FORMER_NUMBER, "koen": "K", "foedselsdato": date(1985, 4, 1), "kommunekode": "461"}
    deliver(
        *("dream", "2016-03"),
        former | {"herkomst": "vestlig", "civilstand": "U"},
        {"person_key": STRANGER, "koen": "M", "foedselsdato": date(1970, 1, 2)},
    )
    deliver("dream", "2016-04", former | {"herkomst": "vestlig", "civilstand": "G"})
    deliver("biflis", "2016-03", {"person_key": HER, "bopaelskommune": "101", "person_erstatning": False} | HERS)
    deliver("biflis", "2016-04", {"person_key": HIM, "bopaelskommune": "998", "koen": "M"} | BORN_1990)
    deliver(
        "webreg", "2008-09-30", {"borger_id": "1", "person_key": HER, "koen": "M", "uddannelse": "UDD3"} | BORN_1985
    )
    with connect("loader") as connection:
        connection.execute(
            "insert into ops.person_link (person_key, same_as_person_key, decision, by_whom) values (%s, %s, 'x', 'y')",
            (HER_FORMER_NUMBER, HER),
        )
    build()


def test_one_citizen_of_three_sources_by_the_rule_who_wins(built) -> None:
    assert read(
        "select gyldig_fra, gyldig_til, koen_code, foedselsaar, herkomst_code, civilstand_code, kommune_code,"
        f" uddannelse_code, er_erstatningsnummer, kilder from work.dim_borger where person_key = {HER} order by 1"
    ) == [
        (
            *(date(1900, 1, 1), date(2016, 4, 30), "K", 1985, "dansk", "U", "101", "UDD3", False),
            "biflis, dream, webreg",
        ),
        # BIFLIS has lost her, and its last word still wins; her real number is gone with it.
        (*(date(2016, 4, 30), None, "K", 1985, "dansk", "G", "101", "UDD3", True), "dream, webreg"),
    ]


def test_dream_brings_nobody_whom_no_mentor_source_knows(built) -> None:
    assert read("select distinct person_key from work.dim_borger order by 1") == [(HER,), (HIM,)]
    assert read(
        "select kilde, antal_personer, antal_erstatningsnumre from work.fct_personer_levering order by 1, 2, 3"
    ) == [
        ("biflis", 1, 0),
        ("biflis", 1, 1),
        ("dream", 1, 1),
        ("dream", 1, 1),
        ("webreg", 1, 1),
    ]


def test_conflicts_name_the_sources_and_no_value(built) -> None:
    assert read(
        "select person_key, attribut, vindende_kilde, afvigende_kilde from work.fct_identitetskonflikt order by 2, 4"
    ) == [
        (HER, "foedselsdato", "biflis", "dream"),
        (HER, "herkomst", "biflis", "dream"),
        (HER, "koen", "biflis", "webreg"),
        (HER, "kommune", "biflis", "dream"),
    ]


def test_an_unlisted_municipality_of_a_citizen_is_a_member(built) -> None:
    assert read("select navn from work.dim_kommune where kode = '998'") == [("Kommune 998",)]


@pytest.mark.parametrize(
    "damage",
    [
        "naeste_gyldig_fra = naeste_gyldig_fra + 1",
        "naeste_gyldig_fra = naeste_gyldig_fra - 1",
        "naeste_gyldig_fra = null",
        "gyldig_fra = gyldig_fra + 1",
    ],
    ids=["an overlap", "a gap", "an open end too early", "a late beginning"],
)
def test_versions_that_overlap_or_leave_a_gap_fail_the_build(built, build, damage: str) -> None:
    with connect("transformer") as connection:
        connection.execute("create table work.kept as select * from work.int_borgere__versioner")
        connection.execute(
            f"update work.int_borgere__versioner set {damage} where gyldig_fra = '1900-01-01' and person_key = {HER}"
        )
    try:
        with pytest.raises(MentorDwError, match="int_borgere__versioner_have_no_overlaps_or_gaps: Got"):
            build(("test_name:no_overlaps_or_gaps,int_borgere__versioner",), ())
    finally:
        with connect("transformer") as connection:
            connection.execute("truncate work.int_borgere__versioner")
            connection.execute("insert into work.int_borgere__versioner select * from work.kept")
            connection.execute("drop table work.kept")
    build(("test_name:no_overlaps_or_gaps,int_borgere__versioner",), ())


def test_ages_follow_the_birthday(warehouse) -> None:
    """rules.md P3 and R19: born on 29 February, the birthday of a common year is 28 February."""
    macro = (PROJECT_ROOT / "dbt_project" / "macros" / "age_at.sql").read_text(encoding="utf-8")
    age_at = jinja2.Environment(autoescape=False).from_string(macro).module.age_at  # type: ignore[attr-defined]
    cases = [
        ("1988-02-29", "2018-02-27", 29),
        ("1988-02-29", "2018-02-28", 30),
        ("1988-02-29", "2016-02-28", 27),
        ("1988-02-29", "2016-02-29", 28),
        ("1985-06-15", "2015-06-14", 29),
        ("1985-06-15", "2015-06-15", 30),
        ("1985-12-31", "2016-01-01", 30),
        ("1985-03-01", "2015-02-28", 29),
        ("2015-06-15", "2015-06-15", 0),
        ("2015-06-15", "2015-01-01", -1),
    ]
    for born, day, years in cases:
        age = age_at(f"date '{born}'", f"date '{day}'")
        assert read(f"select {age} as age") == [(years,)], (born, day)
    nobody = age_at("cast(null as date)", "date '2015-01-01'")
    assert read(f"select {nobody} as age") == [(None,)]
