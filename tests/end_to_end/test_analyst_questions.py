"""Every question that docs/analysts.md answers is asked by the reader of `bi`, of a warehouse with a delivery in it."""

from __future__ import annotations

import json
import re
import shutil
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from mentor_dw.cli import run
from mentor_dw.config import PROJECT_ROOT, Settings
from mentor_dw.database import connect
from mentor_dw.feeds import load_feed
from mentor_dw.identity.keys import ensure_keys
from mentor_dw.ingest import take
from mentor_dw.warehouse.build import build
from mentor_dw.warehouse.publish import publish

pytestmark = pytest.mark.postgres

PAGE = PROJECT_ROOT / "docs" / "analysts.md"
DELIVERY = PROJECT_ROOT / "tests" / "fixtures" / "waves" / "wave3" / "step1" / "webreg_2011-02-28.zip"
#: The question above each block, and the block.
QUESTIONS = dict(re.findall(r"^\*\*([^*]+)\*\*.*?```sql\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.M | re.S))


def quiet(_: str) -> None:
    """Nobody listens."""


@pytest.fixture(scope="module")
def published(warehouse: Settings) -> None:
    """One delivery, taken, built and published."""
    ensure_keys(warehouse.secrets)
    feed = load_feed("webreg")
    path = Path(shutil.copy(DELIVERY, warehouse.inbox / "webreg"))
    assert take(path, feed, quiet).status == "accepted"
    publish(build(quiet))


def answer(sql: str) -> list[dict[str, Any]]:
    with connect("bi_reader") as connection:
        return connection.execute(sql).fetchall()


def asked(beginning: str) -> list[dict[str, Any]]:
    (sql,) = [sql for question, sql in QUESTIONS.items() if question.startswith(beginning)]
    return answer(sql)


def test_every_block_stands_below_a_question() -> None:
    assert len(QUESTIONS) == PAGE.read_text(encoding="utf-8").count("```sql") >= 5


@pytest.mark.parametrize("question", QUESTIONS)
def test_the_question_has_an_answer(published: None, question: str) -> None:
    rows = answer(QUESTIONS[question])
    assert rows
    assert all(
        value is not None for row in rows for name, value in row.items() if name in ("jobcenter", "registreringer")
    )


def test_the_hours_of_the_jobcentres_are_all_hours(published: None) -> None:
    rows = asked("How many hours")
    (total,) = answer("select sum(minutter) / 60.0 as timer, count(distinct person_key) as n from fct_tidsforbrug")
    assert abs(sum(row["timer"] for row in rows) - total["timer"]) < Decimal("0.2")
    assert all(row["timer_pr_borger"] > 0 for row in rows)


def test_the_last_month_has_the_citizens_that_occupy_a_place(published: None) -> None:
    last = asked("How many citizens had support")[-1]
    assert last["borgere_i_forloeb"] == sum(row["antal_borgere"] for row in asked("Is there room"))
    assert last["borgere_i_forloeb"] > 0


def test_tasks_by_age_hold_every_registration(published: None) -> None:
    (all_tasks,) = answer("select count(*) as n from fct_opgave")
    assert sum(row["registreringer"] for row in asked("What do mentors do")) == all_tasks["n"]


def test_one_citizens_history_begins_with_the_start(published: None) -> None:
    rows = asked("What happened to one citizen")
    assert rows[0]["dato"] == min(row["dato"] for row in rows)
    assert {"start", "tid", "opgave"} <= {row["slags"] for row in rows}


def test_ended_courses_are_counted_once(published: None) -> None:
    (ended,) = answer("select count(*) as n from fct_mentorforloeb where slut_dato is not null")
    assert sum(row["afsluttede_forloeb"] for row in asked("How does support end")) == ended["n"]


def test_the_command_counts_the_citizens_of_each_delivery(published: None, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["persons", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    (row,) = answer("select count(*) as n, count(*) filter (where er_erstatningsnummer) as r from dim_borger")
    assert [(d["kilde"], d["antal_personer"], d["antal_erstatningsnumre"]) for d in told["deliveries"]] == [
        ("webreg", row["n"], row["r"])
    ]
    assert (told["conflicts"], told["candidates"]) == ([], 0)
    assert run(["persons"]) == 0
    assert "webreg" in capsys.readouterr().out


def test_a_table_without_a_schema_in_front_is_one_of_bi(published: None) -> None:
    (row,) = answer("select 'fct_tidsforbrug'::regclass::oid = 'bi.fct_tidsforbrug'::regclass::oid as same")
    assert row["same"]
