"""Extracts from the rows to the kvittering, in one house: delivered, killed on the way, corrected, proved, forgotten.

The tests run in order; each goes on from where the one before stopped.
"""

from __future__ import annotations

import csv
import io
import json
import os
import re
import sys
import zipfile
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyrage
import pytest
from extract_house import FIVE, REFUSAL, WAVE, House, killed_before, quiet, rows
from openlineage.client import event_v2

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from alert_servers import http_receiver
from runbook import follow

from mentor_dw.alerting.tell import look
from mentor_dw.cli import run
from mentor_dw.database import connect
from mentor_dw.delivery import flow, flow_make, flow_send
from mentor_dw.delivery.alerts import found_in_extracts
from mentor_dw.delivery.flow_calendar import ledger_rows, review
from mentor_dw.delivery.flow_forget import expire_packages
from mentor_dw.delivery.flow_kept import kept_tables, lay_out
from mentor_dw.delivery.flow_make import told_tables
from mentor_dw.delivery.flow_places import KEPT, kept_copy, package_folder, today_here
from mentor_dw.delivery.package.envelope import open_envelope
from mentor_dw.delivery.proof import prove
from mentor_dw.delivery.specification.read import read_specification
from mentor_dw.errors import MentorDwError
from mentor_dw.identity.cpr import Cpr, parse_cpr
from mentor_dw.identity.keys import load_keys
from mentor_dw.identity.ring import read_ring
from mentor_dw.identity.signing import public_key_pem, signing_keys
from mentor_dw.landing.vault import hold_keys
from mentor_dw.ledger import extracts as ledger
from mentor_dw.lineage_events.follow import tell_lineage
from mentor_dw.local.demo_receiver import stop_demo_receiver
from mentor_dw.privacy.erasure import erase
from mentor_dw.privacy.restriction import restrict
from mentor_dw.rotation.archive_key import opens
from mentor_dw.rotation.flow import rotate

pytestmark = [
    pytest.mark.postgres,
    pytest.mark.usefixtures("without_data_tests", "with_one_judge"),
    pytest.mark.timeout(900),
]
DATA_OWNER = "Dataejeren"


def step_of(name: str, period: str) -> tuple[int, str]:
    """Number and step of the newest version of a period."""
    found = [row for row in ledger_rows(every=False) if (row["name"], row["period"]) == (name, period)]
    return found[-1]["version"], found[-1]["step"]


def deliver(name: str, period: str, **options: Any) -> int:
    extract_id = flow.build_extract(name, period, by="airflow", say=quiet, **options)
    flow.release(name, period, by=DATA_OWNER)
    assert extract_id in flow_send.send_released(name, say=quiet)
    return extract_id


def alerts() -> list[str]:
    """The kinds of what somebody must be told of extracts now."""
    with connect("operator") as connection:
        return [one.kind for one in found_in_extracts(connection, today_here())]


def row_of(extract_id: int) -> dict[str, Any]:
    return rows("select * from ops.extract where extract_id = %s", extract_id)[0]


def cpr_numbers(house: House, *person_keys: int) -> list[str]:
    with connect("loader") as connection:
        keys = hold_keys(connection, load_keys(house.settings.secrets))
        found = connection.execute(
            "select cpr_sealed from vault.cpr where cardinality(%(keys)s::bigint[]) = 0 or person_key = any(%(keys)s)",
            {"keys": list(person_keys)},
        ).fetchall()
    return [number.decode() for number in keys.unseal_many(row["cpr_sealed"] for row in found)]


def test_five_are_built_released_by_a_second_person_sent_and_answered(house: House) -> None:
    for name, period in FIVE.items():
        flow.plan_period(name, period, by="airflow")
        assert len(flow.build_planned(name, say=quiet)) == 1
    assert {row["step"] for row in ledger_rows()} == {"built"}
    assert flow_send.send_released(say=quiet) == []
    shown = review("star_mentorforloeb", "2015-08")
    assert shown["suppression"][0]["hidden"] > 0 and len(shown["envelope_sha256"]) == 64
    for someone in ("airflow", "Airflow "):
        with pytest.raises(MentorDwError, match="second person"):
            flow.release("star_mentorforloeb", "2015-08", by=someone)
    for name, period in FIVE.items():
        flow.release(name, period, by=DATA_OWNER)
    assert len(flow_send.send_released(say=quiet)) == 5
    house.answers()
    answered = {row["name"]: (row["step"], row["error"]) for row in ledger_rows()}
    assert answered.pop("star_udfald") == ("refused", REFUSAL)
    assert set(answered.values()) == {("confirmed", None)}
    assert alerts() == ["extract_refused_by_receiver"]


def test_no_package_gives_anybody_away(house: House, tmp_path: Path) -> None:
    public_keys = [public_key_pem(key) for key in signing_keys(house.settings.secrets)]
    secrets = {number.encode() for number in cpr_numbers(house)}
    secrets |= {f"{number[:6]}-{number[6:]}".encode() for number in cpr_numbers(house)}
    secrets |= {str(row["person_key"]).encode() for row in rows("select person_key from vault.person")}
    assert len(secrets) > 1000
    small = 0
    for name in FIVE:
        spec, row = read_specification(name), next(one for one in ledger_rows() if one["name"] == name)
        facts = house.receiver[row["receiver"]]
        envelope = Path(facts["folder"]) / f"{row['stem']}.zip.age"
        identity = pyrage.x25519.Identity.from_str(Path(facts["age_identity"]).read_text().strip())
        manifest = open_envelope(envelope, identity, tmp_path / name, public_keys)
        assert manifest["rows"] == row["rows"] > 0
        files = dict(everything_in(tmp_path / name))
        for place, content in files.items():
            # A person key is as long as no other number of a package; hundreds of needles, so word by word.
            assert not secrets & set(content.replace(b"<", b" ").replace(b">", b" ").replace(b";", b" ").split()), place
        counts = {
            measure.name for table in spec.tables for measure in table.measures if measure.kind in ("rows", "persons")
        }
        for table in spec.tables:
            for told in csv.DictReader(io.StringIO(files[f"{table.name}.csv"].decode(spec.encoding)), delimiter=";"):
                small += sum(0 < int(told[count]) < 5 for count in counts & told.keys() if told[count])
        if spec.level == "persons":
            assert sorted(told) and row["suppression"]["tables"][0]["k"] == 5
    assert small == 0


def everything_in(folder: Path) -> Any:
    for path in folder.iterdir():
        yield path.name, path.read_bytes()
        if zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as archive:
                for member in archive.namelist():
                    yield f"{path.name}: {member}", archive.read(member)


def test_killed_at_each_step_it_is_built_sent_and_confirmed_once(house: House) -> None:
    name, period = "star_mentorforloeb", "2015-05"

    def build() -> object:
        return flow.build_extract(name, period, by="airflow", say=quiet)

    for place in ("write_files", "close", "keep", "_enter"):
        killed_before(flow_make, place, build)
        assert step_of(name, period) == (1, "planned")
    row = row_of(build())
    assert sorted(path.name.removeprefix(row["stem"]) for path in package_folder(row).iterdir()) == sorted(
        [".zip.age", ".zip.age.sha256", ".zip.age.sig", ".klar", KEPT]
    )
    assert not list(package_folder(row).parent.glob(".*"))
    killed_before(ledger, "move", lambda: flow.release(name, period, by=DATA_OWNER))
    assert step_of(name, period) == (1, "built")
    flow.release(name, period, by=DATA_OWNER)
    for module, place in ((flow_send, "send"), (flow_send, "receipt_due"), (ledger, "move")):
        killed_before(module, place, lambda: flow_send.send_released(name, say=quiet))
        assert step_of(name, period) == (1, "released")
    # All of it lies there, and the receiver may have answered; the ledger does not say so before it says `sent`.
    assert flow_send.read_receipts(say=quiet) == 0
    assert flow_send.send_released(name, say=quiet) == [row["extract_id"]]
    assert flow_send.send_released(name, say=quiet) == []
    there = [one for one in house.at_receiver("star") if one.startswith(row["stem"])]
    assert len(there) == len(set(there)) == 4
    with pytest.raises(AssertionError, match="never called"):
        killed_before(flow_send, "send", lambda: flow_send.send_released(name, say=quiet))
    killed_before(flow_send, "_answered", house.answers)
    assert step_of(name, period) == (1, "sent")
    house.answers()
    assert step_of(name, period) == (1, "confirmed")
    happened = [one["event"] for one in rows(
        "select event from ops.extract_event where extract_id = %s order by event_id", row["extract_id"]
    )]  # fmt: skip
    assert [event for event in happened if event != "sending"] == ["planned", "built", "released", "sent", "confirmed"]


def test_two_who_build_the_same_at_once_build_it_once(house: House) -> None:
    with ThreadPoolExecutor(2) as pool:
        made = list(pool.map(lambda by: flow.build_extract("star_udfald", "2015K1", by=by, say=quiet), ("a", "b")))
    assert made[0] == made[1]
    assert step_of("star_udfald", "2015K1") == (1, "built")
    happened = rows("select event from ops.extract_event where extract_id = %s order by event_id", made[0])
    assert [one["event"] for one in happened] == ["planned", "built"]


def test_a_kvittering_that_cannot_be_read_or_is_about_something_else_changes_nothing(house: House) -> None:
    extract_id = deliver("star_mentorforloeb", "2015-02")
    folder = Path(house.receiver["star"]["receipts"])
    (folder / "garbled.json").write_text("{")
    other = {
        "pakke": "star_mentorforloeb_2015-02_001",
        "sha256": "0" * 64,
        "modtaget": "2026-01-01T12:00",
        "udfald": "godkendt",
    }
    (folder / "other.json").write_text(json.dumps(other))
    house.answers()
    assert row_of(extract_id)["status"] == "confirmed"
    found = rows(
        "select file_name, outcome, extract_id from ops.receipt where outcome in ('unreadable', 'not_ours') order by 1"
    )
    assert [tuple(one.values()) for one in found] == [
        ("garbled.json", "unreadable", None),
        ("other.json", "not_ours", extract_id),
    ]
    assert sorted(alerts()[-2:]) == ["receipt_not_ours", "receipt_unreadable"]


def test_a_refused_delivery_is_replaced_and_tells_the_same(house: House) -> None:
    house.refuses({})
    with pytest.raises(MentorDwError, match="nothing to replace"):
        flow.build_extract("star_udfald", "2014K3", by="airflow", why="fordi", say=quiet)
    extract_id = deliver("star_udfald", "2014K4", why="Forklaringen er kommet med.")
    row = row_of(extract_id)
    first = row_of(row["replaces"])
    assert (row["version"], row["stem"], first["status"]) == (2, "star_udfald_2014K4_002", "refused")
    told = {table.name: table.rows for table in kept_tables(kept_copy(row))}
    assert told.pop("revision") == ()
    assert told == {table.name: table.rows for table in kept_tables(kept_copy(first))}
    house.answers()
    assert row_of(extract_id)["status"] == "confirmed"
    assert "extract_refused_by_receiver" not in alerts()


def test_a_trial_goes_nowhere(house: House, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    told = rows("select count(*) as n from ops.disclosure")
    assert (
        run(["extract", "star_udfald", "--period", "2014K4", "--trial", "--out", str(tmp_path / "trial"), "--json"])
        == 0
    )
    made = json.loads(capsys.readouterr().out)
    assert made["stem"] == "star_udfald_2014K4_001_proeve" and made["envelope_sha256"] is None
    assert {"manifest.json", "datapackage.json"} <= {path.name for path in (tmp_path / "trial").iterdir()}
    with pytest.raises(MentorDwError, match="waits for release"):
        flow.release("star_udfald", "2014K4", by=DATA_OWNER)
    assert rows("select count(*) as n from ops.disclosure") == told


def persons_in(extract_id: int) -> int:
    return rows("select count(*) as n from ops.extract_person where extract_id = %s", extract_id)[0]["n"]


def everything_told() -> list[dict[str, Any]]:
    return rows(
        "select (select count(*) from ops.extract_event) as events, (select count(*) from ops.disclosure) as told,"
        " (select count(*) from ops.signature) as signatures, (select count(*) from ops.extract) as versions"
    )


def corrected(folder: Path) -> Path:
    """The delivery of BIFLIS with one voucher of 2015 a thousand kroner dearer."""
    path = folder / "biflis_2016-05.zip"
    with zipfile.ZipFile(WAVE / path.name) as before, zipfile.ZipFile(path, "w") as after:
        for name in before.namelist():
            lines = before.read(name).decode("cp1252").split("\n")
            if name == "omkostning.csv":
                place = next(i for i, line in enumerate(lines) if ";2015-0" in line)
                *fields, amount = lines[place].strip().split(";")
                lines[place] = ";".join([*fields, str(int(amount.split(",")[0]) + 1000)])
            after.writestr(name, "\n".join(lines).encode("cp1252"))
    return path


def test_proof_before_and_after_a_correction_an_erasure_and_a_restriction(
    house: House, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["extract", "star_udfald", "--period", "2014K4", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["same"] is True
    waiting = flow.build_extract("star_mentorforloeb", "2014-11", by="airflow", say=quiet)
    shared = rows(
        "select a.person_key from ops.extract_person as a"
        " inner join ops.extract_person as b on a.person_key = b.person_key"
        " inner join ops.extract as e on b.extract_id = e.extract_id and e.name = 'forskning_forloeb'"
        " where a.extract_id = %s order by 1",
        waiting,
    )
    erased, restricted = (row["person_key"] for row in shared[:2])
    outcome = house.take(corrected(tmp_path))
    assert (outcome.status, outcome.version) == ("accepted", 2)
    number = parse_cpr(cpr_numbers(house, erased)[0])
    assert isinstance(number, Cpr)
    erase(number, "Sag 2", "den dataansvarlige", quiet)

    # What waited with her in it is gone, and so is our copy of what names her; what was delivered stays in the ledger.
    research = next(row for row in ledger_rows() if row["name"] == "forskning_forloeb")
    assert row_of(waiting)["status"] == "discarded"
    assert research["step"] == "confirmed" and not package_folder(research).exists()
    assert rows("select count(*) as n from ops.extract_person where person_key = %s", erased) == [{"n": 0}]
    again = flow.build_extract("star_mentorforloeb", "2014-11", by="airflow", say=quiet)
    assert row_of(again)["version"] == 1
    other = parse_cpr(cpr_numbers(house, restricted)[0])
    assert isinstance(other, Cpr)
    with connect("loader") as connection:
        restrict(
            connection, hold_keys(connection, load_keys(house.settings.secrets)), other, "objection", "Sag 3", "en"
        )
    with pytest.raises(MentorDwError, match="1 persons in star_mentorforloeb 2014-11 no. 1 were restricted"):
        flow.release("star_mentorforloeb", "2014-11", by=DATA_OWNER)
    with_her = persons_in(again)
    flow.discard("star_mentorforloeb", "2014-11", by="airflow", why="indsigelse")
    without = flow.build_extract("star_mentorforloeb", "2014-11", by="airflow", say=quiet)
    assert with_her - persons_in(without) == 1 and persons_in(again) == 0

    before = everything_told()
    proof = prove("forskning_forloeb", "2015", None)
    assert not proof.same
    assert "1 persons were erased since." in proof.reasons
    assert any("1 decisions" in reason for reason in proof.reasons)
    assert not any(str(outcome.delivery_id) in reason for reason in proof.reasons)
    moment = rows("select clock_timestamp() as now")[0]["now"]
    assert run(["extract", "ministeriet_oekonomi", "--period", "2015", "--as-known-at", moment.isoformat()]) == 2
    said = capsys.readouterr().out
    assert f"Delivery {outcome.delivery_id}, biflis_2016-05.zip, was accepted since (version 2" in said
    assert everything_told() == before, "a proof leaves no trace"
    assert not list(house.settings.outbox.glob(".*"))


def open_alerts() -> dict[str, int]:
    """The numbers of the open alerts about the receiver star and its monthly extract by kind, after a look."""
    look("command", quiet)
    found = rows(
        "select kind, alert_id from ops.alert where cleared_at is null and seen_at is null"
        " and split_part(subject, ' ', 1) in ('star', 'star_mentorforloeb') order by alert_id"
    )
    return {row["kind"]: row["alert_id"] for row in found}


def test_every_alert_of_an_extract_ends_by_its_runbook(house: House) -> None:
    name, receiver = "star_mentorforloeb", "star"

    def ends(kind: str, **fill: object) -> None:
        alert = open_alerts()[kind]
        follow(kind, ALERT=alert, NAME=name, RECEIVER=receiver, **fill)
        # What is released is sent by Airflow, of which there is none here.
        flow_send.send_released(say=quiet)
        assert kind not in open_alerts(), kind

    def change(period: str, what: str) -> None:
        with connect("owner") as owner:
            owner.execute(f"update ops.extract set {what} where name = %s and period = %s", (name, period))

    for kind in ("receipt_unreadable", "receipt_not_ours"):
        ends(kind)

    flow.plan_period(name, "2015-01", by="airflow")
    change("2015-01", "created_at = now() - interval '2 days'")
    ends("extract_planned_late", PERIOD="2015-01")
    change("2015-01", "deadline = current_date")
    ends("extract_not_released", PERIOD="2015-01")
    change("2015-01", "receipt_due = current_date - 2")
    assert "extract_no_receipt" in open_alerts()
    house.answers()
    follow("extract_no_receipt", RECEIVER=receiver)
    assert "extract_no_receipt" not in open_alerts()

    flow.plan_period(name, "2015-06", by="airflow")
    change("2015-06", "deadline = current_date - 3")
    ends("extract_overdue", PERIOD="2015-06")

    reached = house.settings.secrets / "receivers" / f"{receiver}.json"
    aside = reached.rename(reached.with_suffix(".aside"))
    with pytest.raises(MentorDwError):
        flow.build_extract(name, "2015-03", by="airflow", say=quiet)
    assert "extract_build_failed" in open_alerts()
    aside.rename(reached)
    ends("extract_build_failed", PERIOD="2015-03")

    flow.plan_period(name, "2015-04", by="airflow")
    with connect("delivery") as connection:
        planned = ledger.versions(connection, name, "2015-04")[-1]["extract_id"]
        ledger.trouble(connection, planned, "refused_by_disclosure", "airflow", "Nothing that can be told.")
    ends("extract_refused_by_disclosure", PERIOD="2015-04")

    stop_demo_receiver(house.settings.home)
    flow.release(name, "2015-03", by=DATA_OWNER)
    flow_send.send_released(patient=True, by="housekeeping", say=quiet)
    assert "extract_sending_failed" in open_alerts()
    house.refuses({f"{name}_2015-03*": REFUSAL})
    follow("extract_sending_failed", RECEIVER=receiver)
    with connect("owner") as owner:
        owner.execute("update ops.extract_event set at = at - interval '1 hour' where event = 'sending_failed'")
    flow_send.send_released(patient=True, by="housekeeping", say=quiet)
    assert "extract_sending_failed" not in open_alerts()

    house.answers()
    assert "extract_refused_by_receiver" in open_alerts()
    house.refuses({})
    ends("extract_refused_by_receiver", PERIOD="2015-03")


def test_where_data_came_from_and_went_is_told_as_lineage(house: House) -> None:
    say: list[str] = []
    assert tell_lineage(house.settings, say.append) > 10 and say == []
    assert tell_lineage(house.settings, say.append) == 0, "told once"
    (path,) = (house.settings.logs / "openlineage").glob("*.jsonl")
    text = path.read_text(encoding="utf-8")
    secrets = {*cpr_numbers(house), *(str(row["person_key"]) for row in rows("select person_key from vault.person"))}
    assert len(secrets) > 500 and not secrets & set(re.findall(r"\d+", text))
    told = [json.loads(line) for line in text.splitlines()]
    for one in told:
        # What the specification asks for, by the client's own classes and their checks.
        event_v2.RunEvent(
            eventTime=one["eventTime"],
            eventType=event_v2.RunState(one["eventType"]),
            run=event_v2.Run(one["run"]["runId"], one["run"].get("facets", {})),
            job=event_v2.Job(one["job"]["namespace"], one["job"]["name"]),
        )
        assert one["schemaURL"].endswith("/RunEvent") and one["producer"].startswith("https://")
        for dataset in (*one["inputs"], *one["outputs"]):
            given = [dataset.get(kind, {}) for kind in ("facets", "inputFacets", "outputFacets")]
            for facet in (facet for kind in given for facet in kind.values()):
                assert {"_producer", "_schemaURL"} <= set(facet)
    ended = {(one["job"]["name"], one["eventType"]): one for one in told}
    taken = ended["take.webreg", "COMPLETE"]
    (file,) = taken["inputs"]
    ledger_row = rows("select * from ops.delivery where source = 'webreg' and status = 'accepted'")[0]
    assert file["facets"]["version"]["datasetVersion"] == ledger_row["sha256"]
    assert file["inputFacets"]["inputStatistics"]["rowCount"] == ledger_row["rows_read"]
    assert len(file["inputFacets"]["dataQualityAssertions"]["assertions"]) > 20
    written = {one["name"]: one for one in taken["outputs"]}
    borgere = written["raw.webreg__borgere"]
    assert (
        borgere["outputFacets"]["outputStatistics"]["rowCount"] == ledger_row["members"]["borgere.csv"]["rows_accepted"]
    )
    assert "person_key" in {field["name"] for field in borgere["facets"]["schema"]["fields"]}
    model = ended["build.dim_virksomhed", "COMPLETE"]
    assert [one["name"] for one in model["inputs"]] == ["work.stg_webreg__virksomheder"]
    assert model["run"]["facets"]["parent"]["job"]["name"] == "build_warehouse"
    staging = ended["build.stg_webreg__virksomheder", "COMPLETE"]
    assert "raw.webreg__virksomheder" in {one["name"] for one in staging["inputs"]}
    assert any(one["name"] == "bi.figure" for one in ended["publish", "COMPLETE"]["outputs"])
    assert ended["extract.star_mentorforloeb", "COMPLETE"]["inputs"][0]["name"].startswith("extracts.ext_star__")
    assert ended["send.star_mentorforloeb", "COMPLETE"]["outputs"][0]["name"].startswith("star/star_mentorforloeb_")
    assert len(ended["send.star_mentorforloeb", "FAIL"]["run"]["facets"]["errorMessage"]["message"]) > 20


def test_lineage_that_cannot_be_written_waits_and_stops_nothing(
    house: House, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with connect("owner") as owner:
        owner.execute("delete from ops.lineage_told where what = 'publish'")
    folder = house.settings.logs / "openlineage"
    folder.rename(tmp_path / "aside")
    folder.write_text("in the way")
    said: list[str] = []
    assert tell_lineage(house.settings, said.append) == 0 and "wait" in said[0]
    folder.unlink()
    monkeypatch.setattr(house.settings, "lineage_url", "http://127.0.0.1:1")
    assert tell_lineage(house.settings, said.append) >= 1 and len(said) == 2
    with http_receiver() as http:
        monkeypatch.setattr(house.settings, "lineage_url", http.url)
        assert tell_lineage(house.settings, said.append) > 10 and len(said) == 2
        assert {json.loads(post.body)["job"]["namespace"] for post in http.posts} == {"mentor-dw"}


def test_a_redelivery_says_what_it_changes(house: House, tmp_path: Path) -> None:
    extract_id = flow.build_extract("ministeriet_oekonomi", "2015", by="airflow", why="Et bilag er rettet.", say=quiet)
    row = row_of(extract_id)
    revision = next(table for table in kept_tables(kept_copy(row)) if table.name == "revision")
    assert revision.rows and {one[-1] for one in revision.rows} == {"Et bilag er rettet."}
    letter = next(
        path for path in lay_out(kept_copy(row), tmp_path / "plain") if path.name == "foelgebrev.md"
    ).read_text()
    assert "ministeriet_oekonomi_2015_001" in letter and "Et bilag er rettet." in letter


def test_what_arrived_goes_our_copy_stays_and_opens_with_the_new_archive_key(house: House) -> None:
    row = next(one for one in ledger_rows() if (one["name"], one["period"]) == ("star_mentorforloeb", "2015-05"))
    copy, left = kept_copy(row), house.settings.outbox / "star_udfald" / ".left.part"
    left.mkdir()
    os.utime(left, (0, 0))
    would = expire_packages(dry_run=True)
    assert would == expire_packages() > 4 and expire_packages() == 0
    assert [path.name for path in package_folder(row).iterdir()] == [copy.name] and not left.exists()
    before = read_ring("archive", house.settings.secrets)[0]
    rotate("archive", None, "Sag 4", "en dataansvarlig", quiet)
    assert not opens(copy, pyrage.x25519.Identity.from_str(before.secret or ""))
    assert {table.name for table in kept_tables(copy)} == {
        table.name for table in read_specification(row["name"]).tables
    }
    many_years = datetime.now(UTC) + timedelta(days=3650)
    assert expire_packages(many_years) > 0 and not copy.exists()
    # Gone is the copy, not what was delivered: it is made again.
    assert told_tables(row_of(row["extract_id"]))
