"""The plain implementation itself, held against small cases worked out by hand from source-files.md and rules.md."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

from borger_by_rules import BEGINNING, Citizens
from courses_by_rules import Course, periods, stock
from histories import Step
from ledger_by_rules import Ledger
from register_files import BIFLIS_COLUMNS, DREAM_FIELDS, Delivery, Line
from rows_by_rules import set_aside
from weeks_by_rules import Job, Spell, jobs, month_of, spells, week_of

ONE, TWO, THREE = "6101800001", "6202800002", "6303800003"
PERSON = {ONE: date(1980, 1, 1), TWO: date(1980, 2, 2), THREE: date(1980, 3, 3)}


def biflis(covers: str, citizens: list[str], courses: list[dict[str, str]] | None = None, **told: str) -> Delivery:
    rows = {member: [] for member in BIFLIS_COLUMNS}
    rows["borger.csv"] = [
        {"cpr": cpr, "koen": "M", "foedselsdato": f"{PERSON[cpr]:%d-%m-%Y}", "herkomst": "", "bopaelskommune": "101"}
        | told
        for cpr in citizens
    ]
    rows["leverandoer.csv"] = [{"leverandoer_id": "1", "navn": "Navn", "type": "ekstern"}]
    rows["mentorforloeb.csv"] = courses or []
    lines = {member: [Line(row) for row in found] for member, found in rows.items()}
    content = f"{covers} {rows}".encode()
    return Delivery("biflis", covers, f"biflis_{covers}.zip", BIFLIS_COLUMNS, lines, content)


def course(number: str, cpr: str = ONE, previous: str = "", start: str = "01-02-2016", end: str = "") -> dict[str, str]:
    values = [number, cpr, "fastholdelse", "ny", previous, start, "01-09-2016", end, "", "60", "1", ""]
    return dict(zip(BIFLIS_COLUMNS["mentorforloeb.csv"], values, strict=True))


def dream(covers: str, rows: list[dict[str, str]]) -> Delivery:
    lines = [Line({"koen": "K", "kommunekode": "", "herkomst": "vestlig", "civilstand": "G"} | row) for row in rows]
    head = [*DREAM_FIELDS, *(name for name in rows[0] if name not in DREAM_FIELDS)] if rows else DREAM_FIELDS
    return Delivery("dream", covers, f"dream_{covers}.csv", {"": head}, {"": lines}, f"{covers} {rows}".encode())


def webreg(covers: str, citizens: dict[str, str]) -> Delivery:
    """Citizens in order of their numbers, each with her education."""
    rows = [
        {"borger_id": str(number), "cpr": cpr.split()[0], "koen": "", "alder": "", "uddannelse": education}
        for number, (cpr, education) in enumerate(citizens.items(), start=9)
    ]
    members = {"borgere.csv": [Line(row) for row in rows], "stoetteforloeb.csv": [], "begivenheder.csv": []}
    return Delivery("webreg", covers, f"webreg_{covers}.zip", {}, members, f"{covers} {rows}".encode())


def dates(ledger: Ledger, cpr: str, *names: str) -> list[tuple]:
    """Her versions as known at the end: from, until, and the attributes asked for."""
    versions = Citizens(ledger, ledger.last, ledger.last).versions[cpr]
    return [(v.start, v.end, *(dict(v.values)[name] for name in names)) for v in versions]


def told(*deliveries: Delivery) -> Ledger:
    return Ledger([Step(one) for one in deliveries])


def test_weeks_run_on_over_week_53_and_stop_at_an_empty_one() -> None:
    columns = ["y_1601", "y_1552", "y_1553", "y_1603", "y_1602", "y_1604"]
    cells = dict(zip(columns, ["130", "130", "130", "130", "", "131"], strict=True))
    assert spells(columns, cells) == [
        Spell("130", date(2015, 12, 21), date(2016, 1, 11)),
        Spell("130", date(2016, 1, 18), date(2016, 1, 25)),
        Spell("131", date(2016, 1, 25), date(2016, 2, 1)),
    ]


def test_columns_stand_for_weeks_that_exist() -> None:
    assert week_of("y_9132") == date(1991, 8, 5)
    assert week_of("y_9053") is None
    assert week_of("y_1453") is None
    assert week_of("y_0953") == date(2009, 12, 28)
    assert week_of("y_15533") is None
    assert month_of("grad_2008_13") is None


def test_months_with_the_same_job_are_one_unless_a_column_is_missing() -> None:
    columns = ["branche_2015_11", "branche_2015_12", "grad_2015_11", "grad_2015_12", "branche_2016_02", "grad_2016_03"]
    cells = dict(zip(columns, ["522990", "522990", "0,5", "0,50", "522990", "0"], strict=True))
    found = jobs(columns, cells)
    assert found == [
        Job(date(2015, 11, 1), date(2016, 1, 1), "522990", Decimal("0.5")),
        Job(date(2016, 2, 1), date(2016, 3, 1), "522990", None),
        Job(date(2016, 3, 1), date(2016, 4, 1), None, Decimal("0")),
    ]
    assert [job.employed for job in found] == [True, True, False]


def test_what_refers_to_a_row_set_aside_falls_too_and_a_circle_stays() -> None:
    rows = [course("1", previous="2"), course("2", previous="3"), course("3", cpr=TWO), course("4", previous="4")]
    rows += [course("5", previous="6"), course("6", previous="5"), course("6"), course("7", end="31-01-2016")]
    assert set_aside(biflis("2016-02", [ONE], rows)) == {("mentorforloeb.csv", n) for n in (2, 3, 4, 8, 9)}


def test_the_second_row_of_a_person_is_set_aside_however_her_number_is_written() -> None:
    people = [{"pnr": cpr, "foedselsdato": "1980-01-01"} for cpr in (ONE, f" {ONE[:6]}-{ONE[6:]}", TWO, "0" * 10)]
    assert set_aside(dream("2016-02", people)) == {("", 3), ("", 5)}


def test_the_first_version_of_every_source_holds_from_the_beginning() -> None:
    ledger = told(webreg("2015-12-31", {ONE: "UDD1"}), biflis("2016-01", [ONE]), webreg("2016-02-28", {ONE: "UDD2"}))
    assert dates(ledger, ONE, "kommune", "uddannelse") == [
        (BEGINNING, date(2016, 2, 28), "101", "UDD1"),
        (date(2016, 2, 28), None, "101", "UDD2"),
    ]


def test_what_is_uoplyst_loses_against_what_a_lower_source_knows() -> None:
    row = {"pnr": ONE, "foedselsdato": "1981-01-01"}
    ledger = told(biflis("2016-01", [ONE]), dream("2016-01", [row]))
    assert dates(ledger, ONE, "herkomst", "koen", "born", "civilstand") == [
        (BEGINNING, None, "vestlig", "M", date(1980, 1, 1), "G")
    ]


def test_of_two_numbers_of_a_person_the_lowest_number_decides() -> None:
    ledger = told(webreg("2015-12-31", {ONE: "UDD7", f"{ONE} ": "UDD1"}))
    assert dates(ledger, ONE, "uddannelse") == [(BEGINNING, None, "UDD7")]


def test_a_correction_replaces_its_month_and_a_withdrawal_brings_back() -> None:
    first, second = biflis("2016-01", [ONE], bopaelskommune="461"), biflis("2016-01", [ONE])
    ledger = Ledger([Step(first), Step(second), Step(withdrawn=1)])
    places = [[dict(v.values)["kommune"] for v in Citizens(ledger, step, step).versions[ONE]] for step in range(3)]
    assert places == [["461"], ["101"], ["461"]]
    assert [ledger.entries[step].version for step in (0, 1)] == [1, 2]


def test_a_late_delivery_counts_in_the_past_and_not_today() -> None:
    ledger = told(biflis("2016-02", [ONE]), biflis("2016-01", [ONE, TWO]))
    assert ledger.effective("biflis", 1) is ledger.entries[0]
    assert ledger.known(1) == {ONE, TWO}


def test_people_known_later_are_looked_for_before_the_next_delivery_and_in_a_build() -> None:
    rows = [{"pnr": cpr, "foedselsdato": "1980-01-01"} for cpr in (ONE, TWO, THREE)]
    first, second = dream("2016-01", rows), dream("2016-02", rows)
    steps = [webreg("2015-12-31", {ONE: ""}), first, biflis("2016-01", [TWO]), second, biflis("2016-02", [THREE])]
    ledger = Ledger([Step(one) for one in steps], built=[4])
    old, new = ledger.entries[1], ledger.entries[3]
    assert [ledger.withheld(old), ledger.withheld(new)] == [2, 1]
    assert [ledger.kept(old, moment) for moment in (2, 3, 4)] == [{ONE}, {ONE, TWO}, {ONE, TWO}]
    assert [ledger.kept(new, moment) for moment in (3, 4)] == [{ONE, TWO}, {ONE, TWO, THREE}]


def test_a_period_follows_what_its_courses_continue_and_no_further() -> None:
    one = Course("biflis", "1", ONE, date(2015, 1, 1), date(2015, 2, 1), "fastholdelse")
    two = replace(one, number="2", start=date(2016, 1, 1), end=None, previous="1")
    other = replace(one, number="3", cpr=TWO, previous="2")
    alone = replace(one, number="4")
    circle = [replace(one, number="5", previous="6"), replace(one, number="6", previous="5", end=date(2015, 3, 1))]
    found = {tuple(sorted(p.courses)): (p.start, p.end) for p in periods([one, two, other, alone, *circle])}
    assert found == {
        ("1", "2"): (date(2015, 1, 1), None),
        ("3",): (date(2015, 1, 1), date(2015, 2, 1)),
        ("4",): (date(2015, 1, 1), date(2015, 2, 1)),
        ("5", "6"): (date(2015, 1, 1), date(2015, 3, 1)),
    }


def test_first_and_last_day_belong_to_a_month() -> None:
    found = [
        Course("biflis", str(number), ONE, start, end, "fastholdelse")
        for number, (start, end) in enumerate(
            [
                (date(2016, 1, 31), date(2016, 1, 31)),
                (date(2015, 12, 31), date(2016, 1, 30)),
                (date(2016, 2, 1), None),
                (date(2015, 1, 1), None),
            ]
        )
    ]
    moved = stock(found, date(2016, 1, 1), lambda cpr, day: "461" if day < date(2016, 1, 31) else "101")
    assert moved == {("fastholdelse", "101"): [2, 1, 1], ("fastholdelse", "461"): [0, 0, 1]}
