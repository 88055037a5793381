"""Every question that docs/analysts.md answers is asked by the reader of `bi`, when each source has delivered.

What stands behind a figure (docs/figures.md), and what the pages of the portal show, is asked of the same house.
"""

from __future__ import annotations

import csv
import io
import json
import re
import shlex
import shutil
import zipfile
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import measures
import metrics
import pytest
from pages import PAGES, as_number, browsing, read

from mentor_dw.cli import run
from mentor_dw.config import PROJECT_ROOT, Settings, get_settings
from mentor_dw.database import connect
from mentor_dw.errors import MentorDwError
from mentor_dw.feeds import load_feed
from mentor_dw.figures.explain import explain, explain_as_known_at, last_changed
from mentor_dw.identity.keys import ensure_keys
from mentor_dw.ingest import take
from mentor_dw.local.scopes import add_scoped
from mentor_dw.warehouse.build import build, build_folder
from mentor_dw.warehouse.dbt_run import DbtProject, parse
from mentor_dw.warehouse.publish import publish

pytestmark = [pytest.mark.postgres, pytest.mark.usefixtures("with_one_judge")]

PAGE = PROJECT_ROOT / "docs" / "analysts.md"
WAVES = PROJECT_ROOT / "tests" / "fixtures" / "waves"
WEBREG = WAVES / "wave3" / "step1" / "webreg_2011-02-28.zip"
BIFLIS = WAVES / "wave1" / "step1" / "biflis_2016-05.zip"
#: The question above each block, and the block.
QUESTIONS = dict(re.findall(r"^\*\*([^*]+)\*\*.*?```sql\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.M | re.S))


def quiet(_: str) -> None:
    """Nobody listens."""


def write_dream(path: Path) -> None:
    """The citizens of BIFLIS in some weeks of 2014: every other one on kontanthjælp, the others employed."""
    with zipfile.ZipFile(BIFLIS) as archive:
        text = archive.read("borger.csv").decode("cp1252")
    citizens = list(csv.DictReader(io.StringIO(text, newline=""), delimiter=";"))
    weeks = [f"y_14{week}" for week in range(32, 41)]
    lines = [
        ";".join(["pnr", "koen", "foedselsdato", "kommunekode", "herkomst", "civilstand", *weeks, "branche_2014_08"])
    ]
    for number, citizen in enumerate(citizens):
        day, month, year = citizen["foedselsdato"].split("-")
        fixed = [citizen["cpr"], citizen["koen"], f"{year}-{month}-{day}", "101", "", "U"]
        lines.append(";".join([*fixed, *(["130", ""][number % 2] for _ in weeks), ["", "841100"][number % 2]]))
    path.write_text("\n".join(lines) + "\n", encoding="ascii")


@pytest.fixture(scope="module")
def published(warehouse: Settings) -> None:
    """One delivery of each source, taken, built and published."""
    ensure_keys(warehouse.secrets)
    deliveries = {
        "webreg": Path(shutil.copy(WEBREG, warehouse.inbox / "webreg")),
        "biflis": Path(shutil.copy(BIFLIS, warehouse.inbox / "biflis")),
        "dream": warehouse.inbox / "dream" / "dream_2016-05.csv",
    }
    write_dream(deliveries["dream"])
    for source, path in deliveries.items():
        assert take(path, load_feed(source), quiet).status == "accepted"
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


def test_a_months_starts_stand_beside_what_changed_then(published: None) -> None:
    months = {row["maaned"].isoformat(): row for row in asked("How many helhedsorienterede forløb start each month")}
    (starts,) = answer(
        "select value from figure where measure = 'started_courses' and dimensions ->> 'period' = '2014-01..2014-08'"
    )
    assert sum(months[f"2014-0{month}-01"]["forloeb"] for month in range(1, 9)) == starts["value"] > 0
    assert months["2015-05-01"]["aendringer"].startswith("45 minutter")
    assert months["2015-06-01"]["aendringer"] is None


def test_ended_courses_are_counted_once(published: None) -> None:
    (ended,) = answer("select count(*) as n from fct_mentorforloeb where kilde = 'webreg' and slut_dato is not null")
    assert sum(row["afsluttede_forloeb"] for row in asked("How does support end")) == ended["n"]


def test_the_command_counts_the_citizens_of_each_delivery(published: None, capsys: pytest.CaptureFixture[str]) -> None:
    """With one delivery of each source nobody has vanished, so `kilder` names whoever has delivered the citizen."""
    assert run(["persons", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    by_source = answer(
        "select source.kilde, count(*) as n from dim_borger cross join lateral"
        " unnest(string_to_array(kilder, ', ')) as source (kilde) group by 1 order by 1"
    )
    assert [(d["kilde"], d["antal_personer"]) for d in told["deliveries"]] == [(r["kilde"], r["n"]) for r in by_source]
    assert {row["kilde"] for row in by_source} == {"biflis", "dream", "webreg"}
    (conflicts,) = answer("select count(*) as n from fct_identitetskonflikt")
    assert sum(row["antal_personer"] for row in told["conflicts"]) == conflicts["n"] > 0
    assert told["candidates"] == 0
    assert run(["persons"]) == 0
    assert "Sources that disagree about a citizen" in capsys.readouterr().out


def test_the_stock_of_the_last_month_is_what_runs_then(published: None) -> None:
    last = asked("How many mentorforløb run")[-1]
    (running,) = answer(
        "select count(*) as n from fct_mentorforloeb where kilde = 'biflis' and start_dato <= '2016-05-31'"
        " and (slut_dato is null or slut_dato >= '2016-05-31')"
    )
    assert last["loebende"] == running["n"] > 0
    assert 0 < last["med_mentor_pct"] < 100


def test_every_course_has_one_benefit_or_none_in_its_first_week(published: None) -> None:
    rows = asked("Which benefit")
    (courses,) = answer("select count(*) as n from fct_mentorforloeb where kilde = 'biflis'")
    assert sum(row["forloeb"] for row in rows) == courses["n"]
    assert {row["ydelsesgruppe"] for row in rows} == {"Kontant- eller uddannelseshjælp", "Ingen ydelse den uge"}


def test_every_citizen_of_the_study_is_somewhere_at_every_horizon(published: None) -> None:
    rows = asked("Where are citizens 3, 7 and 12")
    (study,) = answer("select count(*) as n from fct_overlevelse where er_studiets_foerste")
    for months in (3, 7, 12):
        assert sum(row["borgere"] for row in rows if row["maaneder"] == months) == study["n"] > 0


def test_what_was_spent_holds_every_krone_of_a_year_with_a_budget(published: None) -> None:
    (spent,) = answer(
        "select sum(v.beloeb_dkk) as dkk from fct_omkostning as v inner join fct_budget as b using (aar, ordning_code)"
    )
    rows = asked("What was spent")
    assert abs(sum(row["forbrug_mio"] or 0 for row in rows) - spent["dkk"] / 1000000) < Decimal("0.1")


def test_cost_is_refunded_or_left_to_the_municipality(published: None) -> None:
    rows = asked("What does support cost")
    (spent,) = answer("select sum(beloeb_dkk) as dkk from fct_omkostning")
    assert sum(row["omkostning_dkk"] for row in rows) == round(spent["dkk"], 2)
    assert all(row["refusion_dkk"] + row["netto_dkk"] == row["omkostning_dkk"] for row in rows)
    assert sum(row["tabt_refusion_dkk"] for row in rows) > 0


def test_a_table_without_a_schema_in_front_is_one_of_bi(published: None) -> None:
    (row,) = answer("select 'fct_tidsforbrug'::regclass::oid = 'bi.fct_tidsforbrug'::regclass::oid as same")
    assert row["same"]


def timeless(text: str) -> str:
    """`text` without the moments in it."""
    return re.sub(r"\d{4}-\d\d-\d\dT[\d:.]+\+\d\d:\d\d", "MOMENT", text)


def told_by(capsys: pytest.CaptureFixture[str], *arguments: str, code: int = 0) -> str:
    assert run(["explain", *arguments]) == code
    told = capsys.readouterr()
    return told.out + told.err


def test_the_example_of_the_docs_is_what_the_command_says(
    published: None, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("LANG", raising=False)
    text = (PROJECT_ROOT / "docs" / "figures.md").read_text(encoding="utf-8")
    ((command, page),) = re.findall(r"```sh\nmentor-dw explain (.*)\n```\n\n```text\n(.*?)```", text, re.S)
    told = timeless(told_by(capsys, *shlex.split(command)))
    before, after = timeless(page).split("…\n")
    assert told.startswith(before) and told.endswith(after)


def test_a_figure_is_explained_in_danish_with_the_reforms_of_its_period(
    published: None, capsys: pytest.CaptureFixture[str]
) -> None:
    told = told_by(capsys, "k-017", "--language", "da")
    for words in ("Forbehold", "K-017: 5500 borgere", "2015-05-01 45 minutter om ugen bliver 90", "fct_mentorforloeb:"):
        assert words in told


def test_a_measure_with_several_members_lists_them(published: None, capsys: pytest.CaptureFixture[str]) -> None:
    told = told_by(capsys, "agreed_places", code=1)
    (line,) = [line for line in told.splitlines() if "jobcenter=Viborg" in line]
    options, value = line.split("  # ")
    assert told_by(capsys, "agreed_places", *shlex.split(options)).splitlines()[2].endswith(value)
    assert len(json.loads(told_by(capsys, "agreed_places", "--json", code=1).split("mentor-dw:")[0])) == 3


def test_a_printed_number_that_is_no_target_says_why(published: None, capsys: pytest.CaptureFixture[str]) -> None:
    told = json.loads(told_by(capsys, "M-005", "--json"))
    assert told["figure"]["value"] is None and told["why_not"] == "no_target"
    assert told["published"][0]["reason"] and told["facts"] == []


def test_every_counted_figure_leads_to_facts_and_deliveries(published: None) -> None:
    one_of_each = answer(
        "select distinct on (model_navn) measure, dimensions, model_navn from figure_basis"
        " where taeller is not null and kilder <> '' order by model_navn, measure, dimensions::text"
    )
    assert len(one_of_each) >= 10
    keys = {str(row["person_key"]) for row in answer("select person_key from dim_borger")}
    for row in one_of_each:
        found = explain(row["measure"], {name: str(value) for name, value in row["dimensions"].items()})
        assert found["facts"] and all(fact["rows"] > 0 for fact in found["facts"]), row
        assert {node["layer"] for node in found["made_from"]} >= {"figures", "staging", "sources"}, row
        assert found["deliveries"] and all(one["effective"] for one in found["deliveries"]), row
        assert not keys & set(re.findall(r"-?\d+", json.dumps(found, default=str)))


def test_rows_that_count_are_rows_of_the_fact(published: None) -> None:
    found = explain("mentor_hours", {"opgavetype": "I alt", "asof": "2008-09-10"})
    (counted,) = answer(
        "select count(*) as n, sum(minutter) as minutes from fct_tidsforbrug where dato <= '2008-09-10'"
    )
    (fact,) = [fact for fact in found["facts"] if fact["table"] == "fct_tidsforbrug"]
    assert fact["rows_that_count"] == counted["n"] < fact["rows"]
    assert found["basis"]["numerator"] == pytest.approx(float(counted["minutes"]) / 60)


HELHEDSORIENTERET = (
    "select count(*), count(distinct person_key) as citizens from fct_mentorforloeb"
    " where mentortype_code = 'helhedsorienteret' and "
)


@pytest.mark.parametrize(
    ("measure", "where", "table", "side", "recount"),
    [
        # All forløb of the study's citizens up to its last day stand behind a total duration.
        (
            "share_more_than_one_26_week_course",
            {},
            "fct_mentorforloeb",
            "divided_by",
            HELHEDSORIENTERET + "start_dato <= '2015-09-30' and person_key in"
            " (select person_key from fct_udfald where er_studiets_foerste)",
        ),
        (
            "prior_duration_all_courses_share",
            {"alder": "under 30", "varighed": "4-6 mdr"},
            "fct_mentorforloeb",
            "divided_by",
            HELHEDSORIENTERET + "start_dato between '2014-01-01' and '2015-09-30' and alder_ved_start < 30",
        ),
        (
            "courses_by_provider",
            {"leverandoer": "Jobcentre"},
            "fct_mentorforloeb",
            "that_count",
            HELHEDSORIENTERET + "start_dato between '2014-01-01' and '2015-08-31' and leverandoer_key in"
            " (select leverandoer_key from dim_leverandoer where leverandoertype_code = 'jobcenter')",
        ),
        (
            "status_7_months_share",
            {"alder": "fyldt 30", "status": "Beskæftigelse"},
            "fct_udfald",
            "that_count",
            "select count(*), count(distinct person_key) as citizens from fct_udfald where er_studiets_foerste"
            " and horisont_maaneder = 7 and status_code = 'beskaeftigelse' and aldersgruppe_30 = 'fyldt 30'",
        ),
    ],
)
def test_what_stands_behind_a_figure_of_the_study_is_in_the_facts(
    published: None, measure: str, where: dict[str, str], table: str, side: str, recount: str
) -> None:
    found = explain(measure, where)
    (counted,) = answer(recount)
    assert counted["count"] > 0
    (fact,) = [fact for fact in found["facts"] if fact["table"] == table]
    assert (fact[f"rows_{side}"], found["citizens"][side]) == (counted["count"], counted["citizens"])


def test_every_counted_figure_of_the_study_says_what_stands_behind_it(published: None) -> None:
    study = "figure_published inner join figure_basis using (measure, dimensions) where document = '002'"
    assert answer(f"select count(*) from {study} and taeller is not null")[0]["count"] > 100
    assert (
        answer(
            f"select measure, dimensions from {study} and taeller is not null and (grundlag is null"
            " or (antal_borgere is null and measure not like 'budget%' and measure not like 'worked_example%'))"
        )
        == []
    )


def test_the_last_change_is_the_newest_build_with_another_value(published: None) -> None:
    with connect("transformer") as connection:
        for value in (5, 5, 6, 6, None, None):
            connection.execute(
                "with build as (insert into ops.build (status, published_at) values ('published', clock_timestamp())"
                " returning build_id) insert into ops.build_figure select build_id, 'm', '{}', %s, 'u' from build",
                (value,),
            )
        builds = [
            row["build_id"]
            for row in connection.execute(
                "select build_id from ops.build_figure where measure = 'm' order by build_id"
            ).fetchall()
        ]
        changed = last_changed(connection, {"measure": "m", "dimensions": {}})
        connection.execute("delete from ops.build_figure where measure = 'm' and build_id > %s", (builds[1],))
        never = last_changed(connection, {"measure": "m", "dimensions": {}})
        connection.rollback()
    assert changed is not None and (changed["build_id"], changed["value_before"]) == (builds[4], 6)
    assert never is not None and (never["build_id"], never["is_first"]) == (builds[0], True)


MADE = "a_figure_is_its_numerator_by_its_denominator"
COUNTED = "a_figure_of_the_study_counts_what_stands_behind_it"


@pytest.mark.parametrize(
    ("test", "broken"),
    [
        (MADE, "update work.figure_basis set taeller = taeller + 1 where measure = 'occupancy'"),
        (MADE, "update work.figure_basis set naevner = null where measure = 'mentor_hours_share'"),
        (MADE, "update work.figure_basis set taeller = null, naevner = null where measure = 'citizens_by_age'"),
        (MADE, "delete from work.figure_basis where measure = 'time_categories'"),
        (COUNTED, "update work.figure_basis set naevner_antal_borgere = 1 where measure = 'gender_share'"),
        (COUNTED, "update work.figure_basis set grundlag = null where measure = 'courses_by_provider'"),
    ],
)
def test_a_figure_that_is_not_what_was_counted_stops_the_build(published: None, test: str, broken: str) -> None:
    with connect("transformer") as connection:
        connection.execute("create table work.kept as select * from work.figure_basis")
        assert connection.execute(broken).rowcount > 0
    try:
        with pytest.raises(MentorDwError, match=test):
            DbtProject(build_folder()).build(as_known_at=datetime.now(UTC), say=quiet, select={test})
    finally:
        with connect("transformer") as connection:
            connection.execute("delete from work.figure_basis")
            connection.execute("insert into work.figure_basis select * from work.kept")
            connection.execute("drop table work.kept")


@pytest.mark.long
def test_a_figure_is_explained_as_it_was_known(published: None) -> None:
    now = explain("M-062", {})
    then = explain_as_known_at(datetime.now(UTC), "M-062", {})
    same = ("figure", "published", "definition", "basis", "facts", "citizens", "model", "made_from", "deliveries")
    assert {name: then[name] for name in same} == {name: now[name] for name in same}
    assert then["build"] is None and then["known_at"]
    before = explain_as_known_at(datetime(2020, 1, 1, tzinfo=UTC), "M-062", {})
    assert (before["why_not"], before["figure"]["value"], before["deliveries"]) == ("not_loaded", None, [])


def test_every_page_answers_in_both_languages_with_its_numbers(published: None) -> None:
    with browsing() as client:
        for path in PAGES:
            danish, english = (client.get(f"/{path}", params={"lang": language}) for language in ("da", "en"))
            assert (danish.status_code, english.status_code) == (200, 200), path
            assert '<html lang="da">' in danish.text and '<html lang="en">' in english.text
            parts = re.compile("<tr>|<section")
            assert len(parts.findall(danish.text)) == len(parts.findall(english.text)) > 1, path
        for path, charts in (("outcomes", 11), ("budgets", 5)):
            page = client.get(f"/{path}").text
            assert page.count("<svg") == page.count("</table>") == charts, path


def test_tabel_4_on_the_page_is_tabel_4_among_the_figures(published: None) -> None:
    with browsing() as client:
        header, *rows = read(client, "/outcomes").tables["status"]
    assert header == ["Age at start", "Status", "Citizens", "Per cent"]
    shown = {(age, status): as_number(count) for age, status, count, _ in rows}
    figures = answer(
        "select f.dimensions ->> 'alder' as age, s.label_en as status, f.value from figure as f"
        " inner join dim_status as s on f.dimensions ->> 'status' = s.label_da"
        " where f.measure = 'status_7_months' and f.dimensions ->> 'alder' <> 'alle'"
        " and f.value > 0 and s.er_offentliggjort"
    )
    ages = {"under 30": "Under 30", "fyldt 30": "30 and over"}
    assert {(ages[row["age"]], row["status"]): float(row["value"]) for row in figures} == shown
    assert len(shown) > 1


def test_charts_hold_everything_that_was_registered(published: None) -> None:
    with browsing() as client:
        outcomes, budgets = (read(client, path).tables for path in ("/outcomes", "/budgets"))
    (counts,) = answer(
        "select (select sum(minutter) / 60.0 from fct_tidsforbrug) as hours,"
        " (select count(*) from fct_mentorforloeb where kilde = 'webreg') as webreg,"
        " (select count(*) from fct_mentorforloeb where kilde = 'biflis') as biflis,"
        " (select count(*) from fct_stoetteperiode where kilde = 'biflis' and not er_loebende) as ended,"
        " (select sum(beloeb_dkk) from fct_omkostning) as dkk"
    )
    total = {
        name: sum(as_number(row[-1]) for row in outcomes[name][1:]) for name in ("hours", "who_webreg", "who_biflis")
    }
    assert total["who_webreg"] == counts["webreg"] and total["who_biflis"] == counts["biflis"]
    assert abs(total["hours"] - float(counts["hours"])) < 2
    assert sum(as_number(row[-1]) for row in outcomes["durations_biflis"][1:]) == counts["ended"]
    spent = sum(as_number(row[2]) for row in budgets["money_months"][1:] if row[1] == "Cost")
    assert abs(spent - float(counts["dkk"])) < 60


def test_a_page_is_held_to_the_kommune_that_is_asked_for(published: None) -> None:
    (area,) = answer("select kommune_code, navn from dim_jobcenter where navn = 'Viborg'")
    with browsing() as client:
        rows = read(client, f"/outcomes?lang=en&kommune={area['kommune_code']}").tables["who_webreg"]
        assert read(client, "/outcomes?lang=en&kommune=999' or true").tables["who_webreg"] != rows
    (counts,) = answer(
        "select count(*) as n from fct_mentorforloeb as f inner join dim_jobcenter as j using (jobcenter_key)"
        " where j.navn = 'Viborg' and f.kilde = 'webreg'"
    )
    assert sum(as_number(row[-1]) for row in rows[1:]) == counts["n"] > 0


def test_a_login_of_one_jobcentre_sees_its_numbers_on_the_pages_and_no_others(published: None) -> None:
    settings = get_settings()
    code = answer("select kilde_jobcenter_id as code from dim_jobcenter where navn = 'Viborg'")[0]["code"]
    add_scoped(settings, "team_viborg", [], [code], "Opfølgning", "test")
    with browsing("team_viborg") as client:
        outcomes, budgets = read(client, "/outcomes"), read(client, "/budgets")
        assert [client.get(f"/{path}").status_code for path in ("deliveries", "figures", "extracts", "status")] == [
            403
        ] * 4
    for name in ("Odense", "Herlev", "København"):
        assert name not in outcomes.text + budgets.text
    (counts,) = answer(
        "select count(*) as n, (select sum(t.minutter) / 60.0 from fct_tidsforbrug as t"
        " inner join dim_jobcenter as j using (jobcenter_key) where j.navn = 'Viborg') as hours"
        " from fct_mentorforloeb as f inner join dim_jobcenter as j using (jobcenter_key) where j.navn = 'Viborg'"
    )
    assert sum(as_number(row[-1]) for row in outcomes.tables["who_webreg"][1:]) == counts["n"] > 0
    assert abs(sum(as_number(row[-1]) for row in outcomes.tables["hours"][1:]) - float(counts["hours"])) < 2
    assert "who_biflis" not in outcomes.tables and "survival" not in outcomes.tables
    assert {row[0] for row in budgets.tables["places"][1:]} == {"Viborg"}
    assert "budget" not in budgets.tables


def test_a_number_on_the_page_leads_to_its_rule_and_its_deliveries(published: None) -> None:
    with browsing() as client:
        page = read(client, "/figures/K-087")
        assert "Rule" in page.text and "biflis_2016-05.zip" in page.text
        choice = read(client, "/figures/status_7_months").text
        assert "Several numbers are called so" in choice
        assert client.get("/figures/there_is_none").status_code == 409


def test_what_was_set_aside_leads_to_line_and_field(published: None) -> None:
    with connect("operator") as connection:
        row = connection.execute(
            "select delivery_id, member, rule, count(*) as n, min(line_number) as line, min(field) as field"
            " from ops.quarantined_row group by 1, 2, 3 order by 4 desc limit 1"
        ).fetchone()
    if row is None:
        pytest.fail("nothing of the waves is set aside")
    with browsing(role="viewer", sees=None) as client:
        page = read(client, f"/deliveries/{row['delivery_id']}")
        assert row["rule"] in page.text
        assert "Withdraw it" not in page.text
        lines = client.get(
            f"/deliveries/{row['delivery_id']}/rule",
            params={"member": row["member"], "rule": row["rule"], "lang": "en"},
        ).text
        assert f"{row['line']:,}" in lines and row["field"] in lines
    with browsing(role="user", sees=None) as client:
        assert "Withdraw it" in read(client, f"/deliveries/{row['delivery_id']}").text
        asked = client.post(
            f"/deliveries/{row['delivery_id']}/withdraw", data={"reason": "Om 650170-1234"}, params={"lang": "en"}
        )
        assert asked.status_code == 422 and "CPR" in asked.text and "650170" not in asked.text
        assert client.get(f"/deliveries/{row['delivery_id']}/accept").status_code == 409


def test_every_measure_is_the_same_by_plain_sql_on_the_published_tables(published: None) -> None:
    """docs/measures has a query for every measure that `figure` holds and `figure_definition` explains."""
    with connect("bi_reader") as connection:
        assert measures.differences(connection) == []
        defined = {row["measure"] for row in connection.execute("select measure from figure_definition").fetchall()}
        held = measures.figures(connection)
    assert defined == set(held) == {name for query in measures.queries() for name in query.measures}


def test_a_measure_that_moves_without_its_facts_is_seen(published: None) -> None:
    """One member of every measure, each by one hundredth."""
    with connect("transformer") as connection:
        connection.execute("set search_path to bi")
        moved = connection.execute(
            "update figure set value = value + 0.01 where (measure, dimensions::text) in"
            " (select measure, min(dimensions::text) from figure where value <> 0 group by measure) returning measure"
        ).fetchall()
        seen = measures.differences(connection)
        connection.rollback()
    assert len(moved) > 70 and len(seen) == len(moved)
    assert {told.split(" ")[0] for told in seen} == {row["measure"] for row in moved}


def test_a_fact_that_moves_without_its_measure_is_seen(published: None) -> None:
    with connect("transformer") as connection:
        connection.execute("set search_path to bi")
        connection.execute("update fct_tidsforbrug set minutter = minutter + 1 where dato <= '2008-09-10'")
        seen = measures.differences(connection)
        connection.rollback()
    assert {told.split(" ")[0] for told in seen} == {
        *("mentor_hours", "mentor_hours_per_citizen", "mentor_hours_share", "mentor_hours_share_by_time"),
    }


def test_every_metric_is_what_figure_says(published: None, tmp_path: Path) -> None:
    asked = metrics.Metrics(parse(build_folder()), tmp_path)
    with connect("bi_reader") as connection:
        assert metrics.differences(connection, asked) == []
    with connect("transformer") as connection:
        connection.execute("update bi.figure set value = value + 1 where measure in ('occupancy', 'citizens_by_goal')")
        seen = metrics.differences(connection, asked)
        connection.rollback()
    assert {told.split(" ")[1] for told in seen} == {"occupancy", "citizens_by_goal"}
