"""Each kind of bad row, once, in one delivery: set aside by line, field and rule, and nothing personal anywhere."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from mentor_dw.config import Settings
from mentor_dw.database import connect
from mentor_dw.feeds import Feed, load_feed
from mentor_dw.ingest import quarantine, take
from mentor_dw.ingest.take import Outcome
from mentor_dw.ledger.listing import deliveries_as_json, drift, warnings
from mentor_dw.validation.rules import rules_for

pytestmark = pytest.mark.postgres

#: A CPR number (replacement day) that stands where none belongs, and words that must not be shown in Data Docs.
STRAY = "6305821236"
HEAD = slice(0, 1)
PLANTED = ["Plantetkode", "plantetdato", "Plantetnavn"]

BAD = {
    "jobcentre.csv": [
        "2;Jobcenter Syd;85;jobcenter;20",  # 3 bad_text
        "3;;851;jobcenter;20",  # 4 empty_required
        "4;Jobcenter Vest;851;jobcenter;-1",  # 5 below_min
        "5;Jobcenter Øst;851;jobcenter;99999999999",  # 6 bad_number
    ],
    "mentorer.csv": [
        "11;2;ja;2008-01-01;",  # 3 reference, to a row that is set aside
        f"{STRAY};1;ja;2008-01-01;",  # 4 bad_id: the number of a citizen
    ],
    "borgere.csv": [
        "102;63058212;K;28;UDD1",  # 4 bad_cpr
        "103;0000000000;K;28;UDD1",  # 5 unknown_person
        "104;6406701237;Plantetkode;28;UDD1",  # 6 bad_code
        "105;;K;28;UDD1",  # 7 bad_cpr
        f"106;{STRAY};M;60;UDD1",  # 8 kept: koen and alder differ, mod 11 fails
        "107;6507601238;K;121;UDD1",  # 9 above_max
    ],
    "stoetteforloeb.csv": [
        "1002;104;10;2008-05-01;;FOR1;;BAG1;",  # 4 reference, to a citizen who is set aside
        "1003;100;10;2008-05-01;2008-04-30;FOR1;;BAG1;",  # 5 end_before_start
        "1004;106;10;2008-05-01;;;;;",  # 6 kept, forsoergelse and baggrund uoplyst
        "1005;999;10;2008-02-30;;FOR1;;BAG1;",  # 7 bad_date first, then reference
    ],
    "parallelle_indsatser.csv": [
        "1000;PAR1",  # 3 key_twice
        "1000;",  # 4 key_empty
        "1002;PAR2",  # 5 reference, to a course that follows its citizen out
    ],
    "tidsforbrug.csv": [
        "5002;1000;10;2008-05-02;24:00;60;;HJEM",  # 4 bad_time
        "5003;1000;10;2008-05-02;09:00;4;;HJEM",  # 5 below_min
        "5004;1000;10;2008-05-02;09:00;1441;;HJEM",  # 6 above_max
        "5005;1000;10;2008-05-02;09:00",  # 7 too_few_fields
        f"5006;1000;10;2008-05-02;09:00;60;;HJEM;{STRAY}",  # 8 too_many_fields
        '5007;1000;10;2008-05-02;"09:00"x;60;;HJEM',  # 9 bad_quoting
        "5000;1000;10;2008-05-02;09:00;60;;HJEM",  # 10 key_twice
        ";1000;10;2008-05-02;09:00;60;;HJEM",  # 11 key_empty
        "5008;1000;10;plantetdato;09:00;60;;HJEM",  # 12 bad_date
        "5009;1000;10;2008-05-02;09:00;30;45;HJEM",  # 13 kept, transport above minutter
        "5010;1000;10;0000-05-02;09:00;60;;HJEM",  # 14 bad_date
        "5011;1000;10;2008-05-02;09:00;\u0661\u0662;;HJEM",  # 15 bad_number: digits, but not ASCII
    ],
    "virksomheder.csv": [f"7001;Plantetnavn {STRAY};privat;;"],  # 3 kept, masked
    "begivenheder.csv": ["8001;1000;2008-05-10;;BEG99;7000"],  # 3 bad_code
}
EXPECTED = {
    ("jobcentre.csv", 3, "kommunekode", "bad_text"),
    ("jobcentre.csv", 4, "navn", "empty_required"),
    ("jobcentre.csv", 5, "pladser", "below_min"),
    ("jobcentre.csv", 6, "pladser", "bad_number"),
    ("mentorer.csv", 3, "jobcenter_id", "reference"),
    ("mentorer.csv", 4, "mentor_id", "bad_id"),
    ("borgere.csv", 4, "cpr", "bad_cpr"),
    ("borgere.csv", 5, "cpr", "unknown_person"),
    ("borgere.csv", 6, "koen", "bad_code"),
    ("borgere.csv", 7, "cpr", "bad_cpr"),
    ("borgere.csv", 9, "alder", "above_max"),
    ("stoetteforloeb.csv", 4, "borger_id", "reference"),
    ("stoetteforloeb.csv", 5, "slut_dato", "end_before_start"),
    ("stoetteforloeb.csv", 7, "start_dato", "bad_date"),
    ("parallelle_indsatser.csv", 3, "forloeb_id,indsats", "key_twice"),
    ("parallelle_indsatser.csv", 4, "indsats", "key_empty"),
    ("parallelle_indsatser.csv", 5, "forloeb_id", "reference"),
    ("tidsforbrug.csv", 4, "start_tid", "bad_time"),
    ("tidsforbrug.csv", 5, "minutter", "below_min"),
    ("tidsforbrug.csv", 6, "minutter", "above_max"),
    ("tidsforbrug.csv", 7, None, "too_few_fields"),
    ("tidsforbrug.csv", 8, None, "too_many_fields"),
    ("tidsforbrug.csv", 9, None, "bad_quoting"),
    ("tidsforbrug.csv", 10, "tid_id", "key_twice"),
    ("tidsforbrug.csv", 11, "tid_id", "key_empty"),
    ("tidsforbrug.csv", 12, "dato", "bad_date"),
    ("tidsforbrug.csv", 14, "dato", "bad_date"),
    ("tidsforbrug.csv", 15, "minutter", "bad_number"),
    ("begivenheder.csv", 3, "begivenhed", "bad_code"),
}


@pytest.fixture(scope="module")
def taken(home: Settings, clean: dict[str, list[str]], patient_feed: Feed, said: list[str]) -> Outcome:
    path = home.inbox / "webreg" / "webreg_2008-09-30.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for name, lines in clean.items():
            head, *rows = lines
            extra = f";{STRAY}" if name == "opgaver.csv" else ""
            archive.writestr(name, "\n".join([head + extra, *(r + extra for r in rows), *BAD.get(name, [])]))
        archive.writestr(f"noter_{STRAY}.txt", STRAY)
    return take(path, patient_feed, say=said.append)


def test_each_kind_is_set_aside_with_line_field_and_rule(taken: Outcome) -> None:
    got = {(row["member"], row["line_number"], row["field"], row["rule"]) for row in quarantine()}
    assert got == EXPECTED
    assert (taken.status, taken.rows_quarantined) == ("accepted", len(EXPECTED))


def test_a_row_names_every_rule_it_breaks(taken: Outcome) -> None:
    row = next(r for r in quarantine() if (r["member"], r["line_number"]) == ("stoetteforloeb.csv", 7))
    assert row["all_rules"] == ["start_dato: bad_date", "borger_id: reference"]
    assert row["masked_value"] == "2008-02-30"
    assert row["forklaring"] and row["explanation"]


def test_rows_read_are_accepted_or_set_aside(taken: Outcome) -> None:
    assert taken.rows_read == taken.rows_accepted + taken.rows_quarantined
    with connect("loader") as connection:
        row = deliveries_as_json(connection)[-1]
        in_raw = {
            name: connection.execute(f"select count(*) as n from raw.webreg__{name[:-4]}").fetchone()["n"]
            for name in row["members"]
        }
    assert in_raw == {name: count["rows_accepted"] for name, count in row["members"].items()}


def test_kept_rows_with_doubts_are_counted(taken: Outcome) -> None:
    with connect("loader") as connection:
        counted = {(row["member"], row["warning"]): row["rows"] for row in warnings(connection)}
        unknown = deliveries_as_json(connection)[-1]["unknown_values"]
    assert counted[("borgere.csv", "koen_differs_from_cpr")] == 1
    assert counted[("borgere.csv", "alder_differs_from_cpr")] == 1
    assert counted[("tidsforbrug.csv", "transport_above_minutter")] == 1
    assert unknown["stoetteforloeb.csv"] == {"forsoergelse": 1, "baggrund": 1}
    assert unknown["virksomheder.csv"] == {"branche": 1, "erfaring": 1}


def test_what_the_feed_does_not_know_is_drift_without_its_value(taken: Outcome) -> None:
    with connect("loader") as connection:
        found = [(row["member"], row["column"]) for row in drift(connection)]
    assert len(found) == 2
    assert STRAY not in str(found)


def test_landing_is_empty_after_the_verdict(taken: Outcome, patient_feed: Feed) -> None:
    with connect("loader") as connection:
        for name in patient_feed.members:
            assert connection.execute(f"select 1 from landing.webreg__{name[:-4]}").fetchone() is None


def test_persons_of_rows_set_aside_are_not_kept(taken: Outcome) -> None:
    with connect("loader") as connection:
        persons = connection.execute("select count(*) as n from vault.person").fetchone()["n"]
        in_raw = connection.execute("select count(distinct person_key) as n from raw.webreg__borgere").fetchone()["n"]
    assert persons == in_raw == 3


def test_no_cpr_outside_the_vault(taken: Outcome, written: Callable[[], list[str]]) -> None:
    numbers = [STRAY, STRAY[:6] + "-" + STRAY[6:], "6103801234", "6204751235", "6406701237", "6507601238"]
    for text in [*written(), str(taken.as_json())]:
        for number in numbers:
            assert number not in text


def test_data_docs_and_report_show_counts_and_no_values(taken: Outcome, home: Settings) -> None:
    pages = list((home.data_docs / "webreg").glob("*.html"))
    assert {page.name for page in pages} == {"index.html", f"{taken.delivery_id}_webreg_2008-09-30.zip.html"}
    reports = list((home.reports / "webreg").iterdir())
    assert len(reports) == 1
    for page in [*pages, *reports]:
        text = page.read_text(encoding="utf-8")
        assert not [word for word in PLANTED if word in text]
        assert not re.search(r"""(src=|<link[^>]*href=|url\(|@import )["']?https?:""", text)
    page = next(page for page in pages if page.name != "index.html").read_text(encoding="utf-8")
    assert "borgere.csv: koen" in page
    assert "<td>borgere.csv</td><td>koen</td><td>The code is not in the code list.</td>" in page
    index = (home.data_docs / "webreg" / "index.html").read_text(encoding="utf-8")
    rules = len(rules_for(load_feed("webreg")))
    assert f'<td class="number">{taken.delivery_id}</td>' in index and f'<td class="number">{rules}</td>' in index
    report = reports[0].read_text(encoding="utf-8")
    assert (
        "- Linje 7, start_dato: Datoen findes ikke eller er ikke skrevet ÅÅÅÅ-MM-DD."
        in report.split("### stoetteforloeb.csv")[1].split("###")[0]
    )


def test_both_judges_are_on_record(taken: Outcome) -> None:
    with connect("loader") as connection:
        rows = connection.execute(
            "select rule_id, gx_count, sql_count from ops.validation where delivery_id = %(id)s",
            {"id": taken.delivery_id},
        ).fetchall()
    counts = {row["rule_id"]: (row["gx_count"], row["sql_count"]) for row in rows}
    assert counts["borgere.koen.bad_code"] == (1, 1)
    assert counts["stoetteforloeb.borger_id.reference"] == (2, 2)
    assert counts["tidsforbrug.tid_id.key_twice"] == (2, 2)


def test_the_file_is_kept_encrypted(taken: Outcome, home: Settings) -> None:
    kept = [path for path in home.archive.rglob("*") if path.is_file()]
    assert [path.suffix for path in kept] == [".age"]
    assert not list((home.inbox / "webreg").iterdir())
    assert Path(kept[0]).stat().st_mode & 0o077 == 0
