"""A citizen comes with a replacement number, then with a real one: two citizens until somebody links them."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import pytest

from mentor_dw.cli import run
from mentor_dw.config import Settings
from mentor_dw.database import connect
from mentor_dw.feeds import load_feed
from mentor_dw.ingest import take
from mentor_dw.warehouse.build import build_folder
from mentor_dw.warehouse.dbt_run import DATA_TESTS, UNIT_TESTS, DbtProject

pytestmark = [pytest.mark.postgres, pytest.mark.usefixtures("with_one_judge")]

REPLACEMENT = "6103801234"
#: Of nobody: it fails modulus 11, and its leading zero is lost as a spreadsheet loses it.
REAL = "203801234"
BUILT = ("+dim_borger", "+int_forloeb__samlet", "+fct_personer_levering")


def borgere(number: str, alder: int = 28) -> dict[str, list[str]]:
    """The members of a delivery in which citizen 100 has the CPR number `number`."""
    header = "borger_id;cpr;koen;alder;uddannelse"
    return {"borgere.csv": [header, f"100;{number};K;{alder};UDD1", "101;6204751235;M;33;"]}


@pytest.fixture(scope="module")
def build(home: Settings) -> Callable[[datetime], list[tuple]]:
    """Build what was known at a moment; the versions of the citizens (person_key, from, until, replacement number)."""
    project = DbtProject(home.home / "dbt" / "test", parsed_in=build_folder())

    def built(moment: datetime) -> list[tuple]:
        project.build(as_known_at=moment, say=lambda _: None, select=BUILT, leave_out=[UNIT_TESTS, DATA_TESTS])
        return read(
            "select person_key, gyldig_fra, gyldig_til, er_erstatningsnummer from work.dim_borger"
            " where koen_code = 'K' order by gyldig_fra, gyldig_til"
        )

    return built


def read(query: str, role: str = "transformer") -> list[tuple]:
    with connect(role) as connection:
        return [tuple(row.values()) for row in connection.execute(query).fetchall()]


@pytest.fixture
def told(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Any:
    """told(arguments, typed="...") runs the command; everything it said, in which no number may stand."""

    def ask(*arguments: str, typed: str = "", code: int = 0) -> str:
        monkeypatch.setattr("sys.stdin", io.StringIO(typed))
        capsys.readouterr()
        assert run(arguments) == code
        said = capsys.readouterr()
        for number in (REPLACEMENT, REAL):
            assert number[-9:] not in said.out + said.err
        return said.out if code == 0 and "--json" in arguments else said.out + said.err

    return ask


def test_a_replacement_number_becomes_a_real_one(deliver: Any, build: Any, told: Any) -> None:
    feed = load_feed("webreg")
    for day, number in (("2008-09-30", REPLACEMENT), ("2008-10-31", REAL)):
        assert take(deliver(day, borgere(number)), feed, lambda _: None).status == "accepted"

    before_the_link = datetime.now(UTC)
    first, second = build(before_the_link)
    assert first[0] != second[0]
    assert first[1:] == (date(1900, 1, 1), date(2008, 10, 31), True)
    assert second[1:] == (date(1900, 1, 1), None, False)
    assert read(
        "select antal_personer, antal_erstatningsnumre from work.fct_personer_levering order by covers_dato"
    ) == [
        (2, 2),
        (2, 1),
    ]

    # It is noticed, and nobody is linked because of it.
    (candidate,) = json.loads(told("persons", "--candidates", "--json"))
    assert (candidate["member"], candidate["source_id"]) == ("borgere.csv", "100")
    assert "borgere.csv" in told("persons", "--candidates")
    (warning,) = [w for w in status_warnings(told) if w["warning"] == "same_id_other_person"]
    assert (warning["file_name"], warning["member"], warning["rows"]) == ("webreg_2008-10-31.zip", "borgere.csv", 1)

    # What is refused, or only tried, changes nothing.
    command = ("link-persons", "--cpr-stdin", "--decision", "Sag 2026-17", "--by", "Tester")
    typed = f"{REPLACEMENT}\n{REAL}\n"
    assert "needs a decision" in told("link-persons", "--cpr-stdin", typed=typed, code=1)
    assert "--cpr-stdin" in told("link-persons", "--decision", "Sag 1", typed=typed, code=1)
    assert "looks like a CPR" in told("link-persons", "--cpr-stdin", "--decision", f"om {REPLACEMENT}", code=1)
    assert "second number" in told(*command, typed=f"{REPLACEMENT}\nabc\n", code=1)
    assert "either of the two" in told(*command, typed="7103801234 7203801234", code=1)
    assert "Nothing was changed." in told(*command, "--dry-run", typed=typed)
    assert read("select count(*) from ops.person_link") == [(0,)]

    assert "one person from now on" in told(*command, typed=typed)
    assert json.loads(told(*command, "--json", typed=typed))["outcome"] == "already_linked"
    assert json.loads(told("persons", "--candidates", "--json")) == []
    assert not [w for w in status_warnings(told) if w["warning"] == "same_id_other_person"]

    early, late = build(datetime.now(UTC))
    assert early[0] == late[0] == second[0]
    assert (early[1:], late[1:]) == (
        (date(1900, 1, 1), date(2008, 10, 31), True),
        (date(2008, 10, 31), None, False),
    )
    assert read("select count(distinct person_key) as citizens, count(*) from work.int_forloeb__samlet") == [(2, 2)]
    # The warehouse and the ledger have the same rule.
    mapped = "select person_key, gaeldende_person_key, {} from {} order by 1"
    assert read(mapped.format("nummer_orden", "work.int_personer__gaeldende")) == read(
        mapped.format("number_order", "ops.same_person"), "loader"
    )

    assert build(before_the_link) == [first, second]

    assert "is undone" in told(*command, "--undo", typed=typed)
    assert build(datetime.now(UTC)) == [first, second]

    for table in ("ops.person_link", "ops.person_candidate", "work.dim_borger"):
        with connect("owner") as connection:
            text = str(connection.execute(f"select * from {table}").fetchall())
        assert REPLACEMENT not in text and REAL not in text


def status_warnings(told: Any) -> list[dict]:
    return json.loads(told("status", "--json"))["warnings"]


def test_a_late_delivery_is_compared_with_the_one_after_it(deliver: Any, told: Any) -> None:
    """Day 2008-10-15 comes after 2008-10-31 and still has the replacement number."""
    late = deliver("2008-10-15", borgere(REPLACEMENT, alder=29))
    assert take(late, load_feed("webreg"), lambda _: None).status == "superseded"
    found = json.loads(told("persons", "--candidates", "--json"))
    assert {(row["former_file_name"], row["file_name"]) for row in found} == {
        ("webreg_2008-09-30.zip", "webreg_2008-10-31.zip"),
        ("webreg_2008-10-15.zip", "webreg_2008-10-31.zip"),
    }
    assert {row["candidate"] for row in found} == {1}
