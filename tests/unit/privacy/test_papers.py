"""The papers are filled with what one installation knows, and change with it."""

from __future__ import annotations

import json
import re
import stat
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg.types.json import Jsonb

from mentor_dw.cli import run
from mentor_dw.config import Settings
from mentor_dw.database import address, connect
from mentor_dw.feeds import Feed, load_feed
from mentor_dw.identity.keys import ensure_keys
from mentor_dw.privacy.papers import collect, written
from mentor_dw.privacy.papers.described import about_citizens, feed_facts
from mentor_dw.warehouse.lineage import Lineage, Node

pytestmark = pytest.mark.postgres

TYPED_BY_SOMEBODY = "Sag [om] 611280-1234 | internt"
LEDGER_ROWS = """
    insert into ops.role_scope (role_name, kommune_code, jobcenter_code, purpose, given_by, ended_at, ended_by) values
        ('analyse_kbh', '101', null, %(typed)s, 'chefen', null, null),
        ('team_slut', null, '3', 'Ophørt', 'chefen', now(), 'chefen');
"""
MORE_ROWS = """
    insert into ops.extract
        (name, period, version, receiver, status, delivered_at, stem, read_at, built_at, built_by, as_known_at,
            released_at)
    values
        ('kvartal', '2016-1', 1, 'star', 'confirmed', '2016-06-01 12:00+02', 'a', now(), now(), 'x', now(), now()),
        ('kvartal', '2016-2', 1, 'star', 'built', null, 'b', now(), now(), 'x', now(), null);
    insert into ops.extract_person (extract_id, person_key)
    select extract_id, person_key from ops.extract cross join (values (11), (12)) as person (person_key);
    insert into ops.person_restriction (person_key, kind, decision, by_whom, lifted_at, lifted_decision, lifted_by)
    values (11, 'protected_address', 'Sag 1', 'x', null, null, null), (12, 'objection', 'Sag 2', 'x', now(), 'y', 'x');
    insert into ops.erasure (decision, by_whom, finished_at, status) values ('Sag 3', 'x', now(), 'finished');
"""


@pytest.fixture(scope="module")
def before(warehouse: Settings) -> dict[str, str]:
    """The papers of an installation that nothing has come to."""
    ensure_keys(warehouse.secrets)
    return texts(collect(warehouse))


@pytest.fixture(scope="module")
def after(before: dict[str, str], warehouse: Settings, postgres_server: Any) -> dict[str, Any]:
    """Facts when deliveries have come, a warehouse is published, and the ledgers have rows."""
    place = address("operator")
    owner = psycopg.conninfo.make_conninfo(postgres_server.owner_url, dbname=place.database)
    with psycopg.connect(owner) as connection:
        connection.execute(LEDGER_ROWS, {"typed": TYPED_BY_SOMEBODY})
        connection.execute(MORE_ROWS)
    with connect("loader") as connection:
        for number, covers, status in ((1, "2016-04", "superseded"), (2, "2016-05", "accepted")):
            connection.execute(
                "insert into ops.delivery (source, file_name, sha256, bytes, covers, version, status, decided_at,"
                " accepted_at, rows_read, rows_accepted) values ('biflis', %s, %s, 1, %s, 1, %s, now(), now(), 9, 9)",
                (f"biflis_{covers}.zip", f"{number:064x}", covers, status),
            )
    lists = Node("compliance_aftale", "compliance", True, ("biflis.mentoraftale",))
    delivered = Node("biflis.mentoraftale", "sources", False, ())
    graph = Lineage({node.name: node for node in (lists, delivered)}).as_json()
    with connect("transformer") as connection:
        connection.execute("create table bi.fct_personer_levering (kilde text, covers_dato date, antal_personer int)")
        connection.execute("insert into bi.fct_personer_levering values ('biflis', '2016-05-31', 8949)")
        connection.execute("grant select on bi.fct_personer_levering to bi_reader")
        connection.execute("insert into ops.project_graph (code_version, graph) values ('v7', %s)", (Jsonb(graph),))
        connection.execute(
            "insert into ops.build (status, built_at, published_at, code_version)"
            " values ('published', now(), now(), 'v7')"
        )
    return collect(warehouse)


def texts(facts: dict[str, Any]) -> dict[str, str]:
    return {one.paper.name: one.text for one in written(facts)}


def changed(source: str, change: Any) -> Feed:
    """The feed of `source` after `change` was made to its plain form."""
    plain = load_feed(source).model_dump()
    change(plain)
    return Feed.model_validate(plain)


def test_an_empty_installation_says_that_nothing_has_come(before: dict[str, str]) -> None:
    assert "| modtagne leverancer | ingen endnu |" in before["fortegnelse"]
    assert "ingen modtager er registreret" in before["brud"]
    assert "Ingen nøgle er udskiftet endnu" in before["konsekvensanalyse"]
    assert "{{" not in "".join(before.values()) and "{%" not in "".join(before.values())


def test_deliveries_persons_and_ledgers_are_told(after: dict[str, Any]) -> None:
    papers = texts(after)
    assert "| modtagne leverancer | 2 (april 2016 til maj 2016), afvist 0, trukket tilbage 0 |" in papers["fortegnelse"]
    assert "| borgere | 8.949 (leverancen til og med 31. maj 2016) |" in papers["fortegnelse"]
    assert "| star | kvartal | 2 | 2016-2 | 1. juni 2016 | 2 |" in papers["brud"]
    assert "| beskyttet adresse | 1 |" in papers["konsekvensanalyse"]
    assert "indsigelse" not in papers["konsekvensanalyse"].split("## 5.")[1], "a lifted one is not in force"
    assert "Sletninger: 1 gennemført" in papers["konsekvensanalyse"]
    assert "| analyse_kbh | kommune 101 |" in papers["brud"]
    assert "team_slut" not in papers["brud"]


def test_the_query_of_the_breach_plan_counts_the_persons_of_an_extract(after: dict[str, Any]) -> None:
    (query,) = re.findall(r"```sql\n(.*?)```", texts(after)["brud"], re.S)
    with connect("loader") as connection:
        rows = connection.execute(query).fetchall()
    assert [(row["name"], row["period"], row["borgere"]) for row in rows] == [
        ("kvartal", "2016-1", 2),
        ("kvartal", "2016-2", 2),
    ]


def test_no_blank_of_a_paper_is_taken_for_another(after: dict[str, Any]) -> None:
    for one in written(after):
        asked = [(blank.who, blank.what) for blank in one.left]
        assert len(asked) > 5 and len(asked) == len(set(asked)), one.paper.name


def test_what_somebody_typed_shows_no_cpr_number_and_keeps_its_cell(after: dict[str, Any]) -> None:
    for text in texts(after).values():
        assert "611280" not in text
    assert "| Sag (om) ******-**** \\| internt |" in texts(after)["brud"]


def test_no_key_is_in_a_paper(before: dict[str, str], warehouse: Settings) -> None:
    told = "".join(before.values())
    secrets = [path.read_text(encoding="utf-8") for path in warehouse.secrets.iterdir() if path.is_file()]
    material = {word for text in secrets for word in re.findall(r"[0-9A-Za-z_-]{20,}", text)}
    assert len(material) >= 3
    assert [word for word in material if word in told] == []


def test_rights_are_those_of_the_database(before: dict[str, str], warehouse: Settings) -> None:
    loader = next(line for line in before["brud"].splitlines() if line.startswith("| loader |"))
    assert "vault (" in loader and "landing (" in loader
    reader = next(line for line in before["brud"].splitlines() if line.startswith("| bi_reader |"))
    assert reader.endswith("| intet |") and "vault" not in reader


def test_statistics_behind_lists_of_citizens_is_a_question(before: dict[str, str], after: dict[str, Any]) -> None:
    assert "bærer listerne af" not in before["retsgrundlag"]
    assert "[DPO: hvilket andet grundlag bærer listerne af biflis" in texts(after)["retsgrundlag"]
    other = changed("biflis", lambda feed: feed["owner"].update(legal_basis="Lov om organisering, art. 6 og art. 9"))
    facts = after | {"feeds": [one | feed_facts(other) if one["source"] == "biflis" else one for one in after["feeds"]]}
    assert "bærer listerne af" not in texts(facts)["retsgrundlag"]


def test_a_feed_that_changes_changes_the_papers(after: dict[str, Any]) -> None:
    def change(feed: dict[str, Any]) -> None:
        feed["title"] = "Et nyt register"
        feed["owner"] |= {"legal_basis": "Artikel 6 alene", "email": "ejer@kommune.example"}
        feed["members"]["borger.csv"]["fields"][1]["special_category"] = "noget helt særligt"
        feed["members"]["borger.csv"]["fields"].append({"name": "nyt_felt", "type": "date", "description": "New."})

    feed = feed_facts(changed("biflis", change))
    papers = texts(after | {"feeds": [feed | {"deliveries": None, "persons": None}]})
    assert "Et nyt register" in papers["brud"] and "ejer@kommune.example" in papers["brud"]
    assert "| Artikel 6 alene |" in papers["retsgrundlag"]
    assert "nævner hverken art. 9" in papers["retsgrundlag"]
    assert "| biflis | borger.csv: koen | noget helt særligt | " in papers["konsekvensanalyse"]
    assert "| nyt_felt | dato | gemmes |  |  |" in papers["fortegnelse"]
    assert "ugeregister" not in "".join(papers.values())


def test_a_setting_that_changes_changes_the_papers(warehouse: Settings, before: dict[str, str]) -> None:
    assert "kun borgere, som en mentorkilde kender" in before["fortegnelse"]
    everybody = {"dream_persons": "all", "dream_legal_basis": "Tilladelse af 1. maj", "archive_days": 17}
    papers = texts(collect(warehouse.model_copy(update={**everybody, "api_host": "0.0.0.0"})))
    assert re.search(r"\| /archive \| 17 \| .* \| `MENTOR_DW_ARCHIVE_DAYS` \|", papers["fortegnelse"])
    assert "alle; grundlag: Tilladelse af 1. maj" in papers["fortegnelse"]
    assert "[udfyldes: hvordan adgangen til siden er begrænset" in papers["konsekvensanalyse"]
    assert "[udfyldes: hvordan adgangen til siden er begrænset" not in before["konsekvensanalyse"]


def test_members_that_lead_to_a_citizen_are_about_citizens() -> None:
    assert about_citizens(load_feed("webreg")) >= {"borgere.csv", "stoetteforloeb.csv", "opgaver.csv"}
    assert not about_citizens(load_feed("webreg")) & {"mentorer.csv", "virksomheder.csv", "jobcentre.csv"}


def test_the_command_writes_private_files_once(
    after: dict[str, Any], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "papirer"
    assert run(["papers", "--out", str(out), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert {one["file"] for one in told["papers"]} == {path.name for path in out.iterdir()}
    assert {stat.S_IMODE(path.stat().st_mode) for path in out.iterdir()} == {0o600}
    for blank in told["left"]:
        line = (out / f"{blank['paper']}.md").read_text(encoding="utf-8").splitlines()[blank["line"] - 1]
        assert f"[{blank['who']}: {blank['what']}]" in line
    assert {blank["who"] for blank in told["left"]} == {"udfyldes", "DPO"}
    (out / "brud.md").write_text("udfyldt af et menneske", encoding="utf-8")
    assert run(["papers", "--out", str(out)]) == 1
    assert (out / "brud.md").read_text(encoding="utf-8") == "udfyldt af et menneske"
