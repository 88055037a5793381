"""A person is erased who is in all three registers: with two numbers, in quarantine, in refused files, in a past state.

One house for the module. The erasure is killed at every step on its way, and each time the next run goes on.
"""

from __future__ import annotations

import gzip
import io
import itertools
import json
import shutil
import subprocess
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from mentor_dw.cli import run
from mentor_dw.config import Settings
from mentor_dw.database import address, connect
from mentor_dw.errors import MentorDwError
from mentor_dw.feeds import Feed, load_feed
from mentor_dw.identity.cpr import Cpr, parse_cpr
from mentor_dw.identity.keys import Keys, load_keys
from mentor_dw.ingest import Outcome, rejudge, take
from mentor_dw.ingest.keep import opened_plain
from mentor_dw.landing.links import link_persons
from mentor_dw.landing.vault import find_persons
from mentor_dw.ledger import deliveries
from mentor_dw.ledger.access import collect, reads
from mentor_dw.ledger.erasures import erased_since
from mentor_dw.local.postgres import ensure_binaries, server_log
from mentor_dw.privacy import erased_files, erasure
from mentor_dw.privacy.preview import Preview, preview
from mentor_dw.warehouse.build import build
from mentor_dw.warehouse.publish import publish

pytestmark = [pytest.mark.postgres, pytest.mark.usefixtures("without_data_tests", "with_one_judge")]

#: Anna before and after she got a new number, Bo, who stays, and somebody whom no mentor knows.
ANNA_BEFORE, ANNA, BO, STRANGER = "6103801234", "6103801250", "6204751235", "6305701111"

BIFLIS = {
    "borger.csv": ["cpr;koen;foedselsdato;herkomst;bopaelskommune", f"{ANNA[:6]}-{ANNA[6:]};K;01-03-1980;dansk;101"]
    + [f"{BO};M;02-04-1975;dansk;101"],
    "kontaktforloeb.csv": [
        "kontaktforloeb_id;cpr;ydelse;start_dato;slut_dato",
        f"1;{ANNA};kontanthjaelp;01-01-2014;",
        f"2;{BO};kontanthjaelp;01-01-2014;",
    ],
    "visitation.csv": ["cpr;visitationskategori;fra_dato;til_dato", f"{ANNA};aktivitetsparat;01-01-2014;"],
    "tilbud.csv": [
        "tilbud_id;cpr;tilbudstype;start_dato;planlagt_slut;slut_dato;sted",
        f"1;{BO};virksomhedspraktik;01-01-2014;01-02-2014;;Hos {ANNA[:6]} {ANNA[6:]}",
    ],
    "leverandoer.csv": ["leverandoer_id;navn;type", "31;Vaerkstedet;ekstern"],
    "mentorforloeb.csv": [
        "mentorforloeb_id;cpr;mentortype;haendelse;forrige_id;start_dato;planlagt_slut;slut_dato;afslutning;"
        "minutter_pr_uge;leverandoer_id;maalgruppe",
        f"1;{ANNA};helhedsorienteret;ny;;01-08-2014;28-02-2015;;;45;31;3",
        f"2;{BO};helhedsorienteret;ny;;01-08-2014;28-02-2015;;;45;31;3",
        # Registered as going on from hers: it would refer to nothing.
        f"3;{BO};helhedsorienteret;forlaenget;1;01-03-2015;28-05-2015;;;45;31;3",
        f"4;{BO};helhedsorienteret;forlaenget;3;29-05-2015;28-08-2015;;;45;31;3",
    ],
    "mentoraftale.csv": [
        "mentorforloeb_id;indgaaet_dato;formaal;mentor_kontakt;opgaver;varighed_uger;timetal;klagevejledning",
        f"1;01-08-2014;Om {ANNA};tlf.;ja;30;20,5;ja",
        "2;01-08-2014;Maal;tlf.;ja;30;20,5;ja",
    ],
    "mentorkontakt.csv": [
        "kontakt_id;mentorforloeb_id;dato;minutter",
        "1;1;04-08-2014;45",
        "2;2;04-08-2014;45",
        "3;4;01-06-2015;45",
    ],
    "budget.csv": ["aar;ordning;beloeb_mio;heraf_implementering_mio", "2014;helhedsorienteret;10,5;1,0"],
    "omkostning.csv": ["bilag_id;mentorforloeb_id;periode;konto;beloeb_kr", "1;1;2014-08;5.98;100,50"],
    "serviceniveau.csv": ["kommunekode;mentortype;minutter_pr_uge;gyldig_fra;gyldig_til"],
    "referencegruppe.csv": ["gruppe;fordeling;kategori;andel_pct;dato"],
}


NOT_READ = "webreg_2009-04-01.zip cannot be read, so nobody can be taken out of it."


class Killed(BaseException):
    """Stands for SIGKILL at a chosen place: nothing in the product catches it."""


def quiet(_: str) -> None:
    """Progress that nobody reads."""


def pack(path: Path, members: dict[str, list[str]], encoding: str = "utf-8") -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, lines in members.items():
            archive.writestr(name, ("\n".join(lines) + "\n").encode(encoding))
    return path


@dataclass
class Story:
    """The house before the erasure: what was taken, and what is to be found nowhere afterwards."""

    home: Settings
    keys: Keys
    person_keys: list[int]
    outcomes: dict[str, Outcome]
    #: what was delivered, to be sent again
    sent: dict[str, Path]
    began: datetime
    preview: Preview

    def traces(self) -> list[bytes]:
        found = []
        for number in (ANNA_BEFORE, ANNA):
            found += [number.encode(), f"{number[:6]}-{number[6:]}".encode(), f"{number[:6]} {number[6:]}".encode()]
            found.append(self.keys.lookup(number)[1].hex().encode())
        for key in self.person_keys:
            found += [str(key).encode(), (key % 2**64).to_bytes(8, "big").hex().encode()]
        return found


@pytest.fixture(scope="module")
def story(
    home: Settings, clean: dict[str, list[str]], dream_line: Any, patient_feed: Feed, tmp_path_factory: Any
) -> Story:
    folder = tmp_path_factory.mktemp("sent")
    sent: dict[str, Path] = {}
    outcomes: dict[str, Outcome] = {}

    def deliver(name: str, path: Path, feed: Feed) -> None:
        sent[name] = Path(shutil.copyfile(path, folder / path.name))
        inbox = home.inbox / feed.source / path.name
        shutil.copyfile(path, inbox)
        outcomes[name] = take(inbox, feed, quiet)

    at = tmp_path_factory.mktemp("made")
    members = {
        **clean,
        # 4: too few minutes, so Anna has a row in quarantine, and nobody else
        "tidsforbrug.csv": [*clean["tidsforbrug.csv"], "5002;1000;10;2008-05-03;09:00;2;;HJEM"],
    }
    deliver("webreg", pack(at / "webreg_2009-01-01.zip", members), patient_feed)
    (home.inbox / "webreg" / "webreg_2009-03-01.zip.sha256").write_text("0" * 64)
    changed = members | {"borgere.csv": [line.replace(ANNA_BEFORE, ANNA) for line in clean["borgere.csv"]]}
    deliver("wrong checksum", pack(at / "webreg_2009-03-01.zip", changed), load_feed("webreg"))
    deliver("biflis", pack(at / "biflis_2016-03.zip", BIFLIS, "cp1252"), load_feed("biflis"))
    header = (
        "pnr;koen;foedselsdato;kommunekode;herkomst;civilstand;y_1612;y_1613;branche_2016_02;branche_2016_03;"
        "grad_2016_02;grad_2016_03"
    )
    lines = [header, dream_line(ANNA), dream_line(STRANGER), dream_line(BO), dream_line(ANNA, weeks="111;111")]
    register = at / "dream_2016-03.csv.gz"
    register.write_bytes(gzip.compress("\n".join(lines).encode()))
    deliver("dream", register, load_feed("dream").model_copy(update={"limits": patient_feed.limits}))
    cut_off = at / "webreg_2009-04-01.zip"
    cut_off.write_bytes(sent["webreg"].read_bytes()[:-30])
    deliver("cut off", cut_off, load_feed("webreg"))
    headless = {**members, "borgere.csv": ["borger_id;nummer", *(line for line in clean["borgere.csv"][1:])]}
    deliver("column missing", pack(at / "webreg_2009-05-01.zip", headless), load_feed("webreg"))
    keys = load_keys(home.secrets)
    with connect("loader") as connection:
        older, newer = parse_cpr(ANNA_BEFORE), parse_cpr(ANNA)
        assert isinstance(older, Cpr) and isinstance(newer, Cpr)
        link_persons(connection, keys, older, newer, "Sag 1", "en sagsbehandler")
        person_keys = list(find_persons(connection, keys, [ANNA_BEFORE, ANNA]).values())
        connection.execute(
            "insert into ops.person_candidate values (%s, 'borgere.csv', '100', %s, %s, %s)",
            (outcomes["biflis"].delivery_id, person_keys[0], outcomes["webreg"].delivery_id, person_keys[1]),
        )
    publish(build(quiet))
    read_about(person_keys)
    began = datetime.now(UTC)
    with connect("transformer") as connection:
        connection.execute("create schema set_efter")
        connection.execute(
            f"comment on schema set_efter is 'As known at {began.isoformat()}. Made {began.isoformat()}.'"
        )
        connection.execute("create table set_efter.dim_borger as select * from bi.dim_borger")
    return Story(home, keys, person_keys, outcomes, sent, began, preview(newer))


def read_about(person_keys: list[int]) -> None:
    """An analyst asks for her by her key, and a caseworker reads a list in which she stands."""
    with connect("bi_reader") as reader:
        reader.execute(f"select count(*) from bi.dim_borger where person_key in ({person_keys[0]}, {person_keys[1]})")
    with connect("casework") as reader:
        reader.execute("set mentor_dw.purpose = 'Opfølgning'")
        assert reader.execute("select count(*) as n from bi.compliance_overdue").fetchone() != {"n": 0}


def dumped() -> bytes:
    """The warehouse as SQL, tombstones apart: those hold her look-up values so that she does not come back."""
    owner = address("owner")
    program = ensure_binaries() / "bin" / "pg_dump"
    done = subprocess.run(
        [program, "-h", owner.host, "-p", str(owner.port), "-U", owner.user, "-T", "vault.tombstone", owner.database],
        env={"PGPASSWORD": owner.password},
        capture_output=True,
        check=True,
    )
    assert b"COPY raw.webreg__borgere" in done.stdout
    return done.stdout


def contents(home: Settings, keys: Keys) -> Iterator[tuple[str, bytes]]:
    """Every file of the home as it would be read: decrypted, unpacked, members of zips one by one."""
    for path in home.home.rglob("*"):
        if not path.is_file() or path.is_relative_to(home.secrets):
            continue
        with opened_plain(path, keys) as plain:
            content = plain.read()
        yield path.name, content
        if zipfile.is_zipfile(io.BytesIO(content)):
            with zipfile.ZipFile(io.BytesIO(content)) as archive:
                for name in archive.namelist():
                    yield f"{path.name}: {name}", archive.read(name)
        elif content.startswith(b"\x1f\x8b"):
            yield f"{path.name} unpacked", gzip.decompress(content)


def where_found(story: Story) -> list[str]:
    """Where anything that tells of Anna can be read."""
    # Statistics hold values too, and no dump shows them.
    with connect("owner") as owner:
        statistics = owner.execute(
            "select schemaname || '.' || tablename || '.' || attname as place,"
            " concat(most_common_vals, histogram_bounds) as seen from pg_stats where tablename <> 'tombstone'"
        ).fetchall()
    log = server_log(story.home)
    assert log is not None
    places = [("dump", dumped()), ("server log", log.read_bytes()), *contents(story.home, story.keys)]
    assert len(places) > 10
    places += [(f"statistics of {row['place']}", row["seen"].encode()) for row in statistics]
    traces = story.traces()
    return [name for name, content in places if any(trace in content for trace in traces)]


def ledger(delivery_id: int) -> dict[str, Any]:
    with connect("loader") as connection:
        return deliveries.delivery(connection, delivery_id)


#: Where the erasure is killed, in order: in which module, before which call of what.
KILLS = [
    (erasure, "erase_rows", 2),
    (erasure, "erase_in_ops", 1),
    (erased_files, "keep_encrypted", 1),
    (erased_files, "keep_encrypted", 2),
    (erased_files, "keep_plain", 1),
    (erased_files, "erase_findings", 1),
    (erasure, "drop_every_past", 1),
    (erasure, "build", 1),
]


def killed_before(function: Callable[..., Any], call: int) -> Callable[..., Any]:
    calls = itertools.count(1)

    def counted(*args: Any, **kwargs: Any) -> Any:
        if next(calls) == call:
            raise Killed
        return function(*args, **kwargs)

    return counted


def test_killed_at_every_step_it_ends_as_the_dry_run_said(story: Story) -> None:
    assert {"dump", "server log", "statistics of raw.webreg__borgere.person_key"} <= set(where_found(story))
    cpr = parse_cpr(ANNA)
    assert isinstance(cpr, Cpr)
    for place, (module, name, call) in enumerate(KILLS):
        with pytest.MonkeyPatch.context() as patch, pytest.raises(Killed):
            patch.setattr(module, name, killed_before(getattr(module, name), call))
            if place == 0:
                erasure.erase(cpr, "Sag 2026-21", "den dataansvarlige", quiet)
            else:
                erasure.finish_erasures(quiet)
    assert erasure.finish_erasures(quiet) == 1
    assert erasure.finish_erasures(quiet) == 0
    with connect("loader") as connection:
        row = connection.execute("select * from ops.erasure").fetchone()
        left = connection.execute("select count(*) as n from vault.erasing").fetchone()
    assert row is not None
    assert (row["status"], row["decision"], left) == ("finished", "Sag 2026-21", {"n": 0})
    assert row["counts"].pop(erasure.READS) >= 2
    files = {"files rewritten": len(story.preview.files_rewritten), "files deleted": 1, "schemas of past states": 1}
    assert row["counts"] == story.preview.rows | files
    assert row["notes"] == ["refused/webreg/webreg_2009-04-01.zip was deleted. " + NOT_READ]


def test_nothing_tells_of_her_any_more(story: Story) -> None:
    assert where_found(story) == []
    with connect("bi_reader") as reader:
        assert reader.execute("select count(*) as n from bi.dim_borger").fetchone() == {"n": 1}
    with connect("operator") as operator:
        assert (erased_since(operator, story.began), erased_since(operator, datetime.now(UTC))) == (1, 0)


def test_that_somebody_read_about_her_stays_and_whom_does_not(story: Story) -> None:
    with connect("operator") as operator:
        found = reads(operator, since=story.began - timedelta(minutes=5))
    assert {row["role_name"] for row in found} >= {"bi_reader", "casework"}
    named = {key for row in found for key in (*(row["person_keys"] or ()), *(row["named_keys"] or ()))}
    assert named.isdisjoint({*story.person_keys, 0})
    log = server_log(story.home)
    assert log is not None and collect(log) >= 0
    with connect("operator") as operator:
        assert len(reads(operator, since=story.began - timedelta(minutes=5))) >= len(found)


def test_the_ledger_counts_her_rows_as_withheld(story: Story) -> None:
    got = {name: ledger(outcome.delivery_id) for name, outcome in story.outcomes.items()}
    counts = {
        name: tuple(row[f"rows_{kind}"] for kind in ("read", "accepted", "quarantined", "withheld"))
        for name, row in got.items()
    }
    # Of the web registrations she has citizen, course, effort, time and the bad entry of it, task, event and tie.
    assert counts["webreg"] == (14, 6, 0, 8)
    assert counts["biflis"] == (18, 8, 0, 10)
    assert counts["dream"] == (4, 1, 0, 3)
    assert counts["wrong checksum"] == (0, 0, 0, 0)
    assert got["webreg"]["members"]["tidsforbrug.csv"] == {
        "rows_read": 3,
        "rows_accepted": 1,
        "rows_quarantined": 0,
        "rows_withheld": 2,
    }
    assert got["cut off"]["kept_as"] == "not kept"


def test_sent_again_or_judged_again_she_does_not_come_back(
    story: Story, patient_feed: Feed, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings, inbox = story.home, story.home.inbox
    shutil.copyfile(story.sent["webreg"], inbox / "webreg" / "webreg_2009-01-01.zip")
    assert take(inbox / "webreg" / "webreg_2009-01-01.zip", load_feed("webreg"), quiet).status == "duplicate"
    with zipfile.ZipFile(story.sent["webreg"]) as archive:
        members = {name: archive.read(name).decode().splitlines() for name in archive.namelist()}
    # Her course has the key of nobody else, but a later row claims it; and her number stands where an id should.
    members["stoetteforloeb.csv"].append("1000;101;10;2008-06-01;;FOR2;;BAG2;")
    members["virksomheder.csv"].append(f"{ANNA};Bageriet;privat;;")
    again = take(pack(inbox / "webreg" / "webreg_2009-01-01.zip", members), patient_feed, quiet)
    assert (again.status, again.version, again.rows_read) == ("accepted", 2, 16)
    assert (again.rows_accepted, again.rows_quarantined, again.rows_withheld) == (6, 1, 9)
    monkeypatch.setattr(settings, "dream_persons", "all")
    monkeypatch.setattr(settings, "dream_legal_basis", "Afgørelse af 1. marts")
    register = inbox / "dream" / "dream_2016-03.csv"
    register.write_bytes(gzip.decompress(story.sent["dream"].read_bytes()) + b"\n")
    dream = take(register, load_feed("dream"), quiet)
    assert (dream.status, dream.rows_accepted, dream.rows_quarantined, dream.rows_withheld) == ("accepted", 2, 0, 2)
    judged = rejudge(story.outcomes["webreg"].delivery_id, quiet)
    assert (judged.status, judged.version) == ("accepted", 3)
    assert (judged.rows_read, judged.rows_accepted, judged.rows_withheld) == (14, 6, 8)
    with connect("loader") as connection:
        assert find_persons(connection, story.keys, [ANNA, ANNA_BEFORE]) == {}
        older, newer = parse_cpr(BO), parse_cpr(ANNA)
        assert isinstance(older, Cpr) and isinstance(newer, Cpr)
        with pytest.raises(MentorDwError, match="erased person"):
            link_persons(connection, story.keys, older, newer, "Sag 2", "en sagsbehandler")
    assert where_found(story) == []


def test_the_command_shows_no_number_and_erases_nobody_twice(
    story: Story, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = ["erase", "--cpr-stdin", "--decision", "Sag 2026-22", "--json"]
    for number, code in ((ANNA, 1), (STRANGER, 0)):
        monkeypatch.setattr("sys.stdin", io.StringIO(f"{number}\n"))
        assert run(asked) == code
    said = capsys.readouterr()
    assert "erased already" in said.err
    found = json.loads(said.out)
    assert found["carried_out"] is False
    assert [name.split("_")[1] for name in found["files_rewritten"]] == ["dream", "dream"]
    assert STRANGER not in said.out + said.err and ANNA not in said.out + said.err
