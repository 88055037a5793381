"""What was decided after a backup is done again in the house that is made from it.

Nothing is built here: neither an erasure nor a version that went out needs it.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from psycopg.types.json import Jsonb
from test_restore import WAVE, deliver, empty_home, quiet

from mentor_dw.backup import restore
from mentor_dw.backup.journal import DECISIONS, note_decisions, note_sending, read_journal
from mentor_dw.backup.make import make_backup
from mentor_dw.backup.recipients import make_key, read_identities
from mentor_dw.config import Settings, get_settings
from mentor_dw.database import connect
from mentor_dw.delivery.specification.read import read_specification
from mentor_dw.errors import MentorDwError
from mentor_dw.identity.cpr import Cpr, parse_cpr
from mentor_dw.identity.keys import ensure_keys, load_keys
from mentor_dw.ingest import withdraw
from mentor_dw.landing.tombstones import read_tombstones
from mentor_dw.ledger import extracts as ledger
from mentor_dw.privacy.erasure import erase
from mentor_dw.privacy.restriction import restrict

pytestmark = [pytest.mark.postgres, pytest.mark.usefixtures("with_one_judge", "without_data_tests")]

#: Numbers that no delivery of the example has brought.
LATER, ERASED_LATER = "6103801234", "6204751235"
NAME, PERIOD = "star_udfald", "2014K4"


@dataclass(frozen=True)
class Lost:
    """A house that was backed up, lived on for a day, and was lost."""

    folder: Path
    data: Path
    erased: Cpr
    restricted: Cpr

    def again(self) -> dict[str, Any]:
        """Restore it into the home of `get_settings`."""
        identities = read_identities([self.folder / "data.key", self.folder / "keys.key"])
        return restore.restore(restore.source_of(self.data, None, None, False, identities), by="drift", say=quiet)


def numbers(settings: Settings, how_many: int) -> list[Cpr]:
    """Numbers of persons whom the deliveries brought."""
    with connect("loader") as connection:
        rows = connection.execute("select cpr_sealed from vault.cpr order by person_key limit %s", (how_many,))
        sealed = [bytes(row["cpr_sealed"]) for row in rows]
    found = [parse_cpr(one.decode()) for one in load_keys(settings.secrets).unseal_many(sealed)]
    return [one for one in found if isinstance(one, Cpr)]


def known(number: str) -> int | None:
    """The person behind a number; None when the vault does not know it."""
    from mentor_dw.landing.vault import find_persons

    with connect("loader") as connection:
        return find_persons(connection, load_keys(get_settings().secrets), [number]).get(number)


def plan_version(version: int, envelope: str, step: str) -> int:
    """A version as the ledger has it, without its package."""
    spec = read_specification(NAME)
    with connect("owner") as connection:
        row = connection.execute(
            """
            insert into ops.extract (
                name, period, version, receiver, status, stem, envelope_sha256, specification, read_at, built_at,
                built_by, as_known_at, released_by, released_at, run_date, replaces, why
            )
            select
                %(name)s, %(period)s, %(version)s::integer, %(receiver)s, %(step)s, %(stem)s, %(envelope)s, %(spec)s,
                now(), now(), 'airflow', now(), 'dataejer', now(), current_date, max(extract_id),
                case when %(version)s > 1 then 'en rettelse' end
            from ops.extract
            where name = %(name)s
            returning extract_id
            """,
            {
                "name": NAME,
                "period": PERIOD,
                "version": version,
                "receiver": spec.receiver,
                "step": step,
                "stem": f"{NAME}_{PERIOD}_v{version}",
                "envelope": envelope * 64,
                "spec": Jsonb(spec.model_dump(mode="json")),
            },
        ).fetchone()
        connection.execute(
            "insert into ops.disclosure (extract_id, cell, value, shown, why) values (%s, '{}', 7, null, 'few')",
            (row["extract_id"],),
        )
    return row["extract_id"]


@pytest.fixture(scope="module")
def lost(warehouse: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lost]:
    ensure_keys(warehouse.secrets)
    folder = tmp_path_factory.mktemp("backup")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MENTOR_DW_BACKUP_TO", str(folder))
        get_settings.cache_clear()
        yield lived_on(warehouse, folder)


def lived_on(warehouse: Settings, folder: Path) -> Lost:
    """A backup, and a day after it."""
    for kind in ("data", "keys"):
        make_key(warehouse, kind, folder / f"{kind}.key")
    (webreg,) = deliver(warehouse, WAVE / "webreg_2008-09-30.zip")
    erased, restricted = numbers(warehouse, 2)
    # One version waits in the outbox, released; the next one is planned and will be another than this.
    waiting = plan_version(1, "a", "released")
    plan_version(2, "b", "built")
    made = make_backup(folder, by="drift", say=quiet)

    erase(erased, "Sag 1", "dataansvarlig", quiet)
    keys = load_keys(warehouse.secrets)
    with connect("loader") as connection:
        restrict(connection, keys, restricted, "objection", "Sag 2", "dataansvarlig")
        restrict(connection, keys, parse_cpr(LATER), "objection", "Sag 3", "dataansvarlig")
        restrict(connection, keys, parse_cpr(ERASED_LATER), "objection", "Sag 4", "dataansvarlig")
    erase(parse_cpr(ERASED_LATER), "Sag 5", "dataansvarlig", quiet)
    (biflis,) = deliver(warehouse, WAVE / "biflis_2016-05.zip")
    withdraw(webreg, "forkert fil", "dataansvarlig")
    with connect("owner") as connection:
        connection.execute("update ops.extract set envelope_sha256 = %s where version = 2", ("c" * 64,))
        sent_later = connection.execute("select extract_id from ops.extract where version = 2").fetchone()
    for extract_id in (waiting, sent_later["extract_id"]):
        with connect("delivery") as connection:
            ledger.note(connection, extract_id, "sending", "airflow")
            note_sending(connection, extract_id)
            note_sending(connection, extract_id)
    assert note_decisions() is True
    assert note_decisions() is False
    return Lost(folder, folder / made["file"], erased, restricted)


def test_what_was_decided_since_is_done_again(lost: Lost) -> None:
    with empty_home():
        done = lost.again()
        counts = {name: done[name] for name in ("erasures", "decisions_about_persons", "withdrawals", "by_hand")}
        assert counts == {"erasures": 2, "decisions_about_persons": 2, "withdrawals": 1, "by_hand": []}
        assert known(lost.erased.number) is None and known(ERASED_LATER) is None
        keys = load_keys(get_settings().secrets)
        with connect("loader") as connection:
            tombstones = read_tombstones(connection, keys)
            assert tombstones.holds(lost.erased.number) and tombstones.holds(ERASED_LATER)
            in_force = connection.execute(
                "select person_key, decision from ops.person_restriction where lifted_at is null order by decision"
            ).fetchall()
            status = connection.execute("select status from ops.delivery").fetchall()
        assert in_force == [
            {"person_key": known(lost.restricted.number), "decision": "Sag 2"},
            {"person_key": known(LATER), "decision": "Sag 3"},
        ]
        assert [row["status"] for row in status] == ["withdrawn"]
        assert [line.split(" (")[0] for line in done["deliver_again"]] == ["biflis: biflis_2016-05.zip"]
        with connect("delivery") as connection:
            versions = ledger.versions(connection, NAME, PERIOD)
            assert [(row["version"], row["envelope_sha256"][0], row["status"]) for row in versions] == [
                (1, "a", "released"),
                (2, "c", "sent"),
            ]
            assert [one["event"] for one in ledger.events(connection, versions[0]["extract_id"])] == ["sending"]
            told = connection.execute(
                "select shown, why from ops.disclosure where extract_id = %s", (versions[1]["extract_id"],)
            ).fetchall()
            assert told == [{"shown": None, "why": "few"}]
            # The next one gets a number that nobody has had.
            third = ledger.plan_row(
                connection, name=NAME, period=PERIOD, receiver="star", kind="delivery", by="x", deadline=None
            )
            assert ledger.by_id(connection, third)["version"] == 3
        with connect("operator") as connection:
            (row,) = connection.execute("select done_again, journal_until from ops.restore").fetchall()
        assert row["done_again"]["erasures"] == 2 and row["journal_until"] <= datetime.now(UTC)


def test_the_journal_is_closed_and_names_nobody(lost: Lost) -> None:
    folder = lost.folder / "journal"
    names = sorted(path.name for path in folder.iterdir())
    # Two here, and the one that was done again over there, whose journal it is too.
    assert len([name for name in names if name.startswith("erasure-")]) == 3
    assert len([name for name in names if name.startswith("sending-")]) == 2
    for path in folder.iterdir():
        assert b"Sag" not in path.read_bytes()
    with pytest.raises(MentorDwError, match="does not open"):
        read_journal(folder, read_identities([lost.folder / "keys.key"]))
    decisions, entries = read_journal(folder, read_identities([lost.folder / "data.key"]))
    text = json.dumps([decisions, entries])
    assert not [number for number in (lost.erased.number, lost.restricted.number, LATER) if number in text]


def test_where_the_journal_cannot_be_written_nobody_is_erased_and_nothing_goes_out(
    lost: Lost, warehouse: Settings
) -> None:
    moved = lost.folder / "elsewhere"
    (lost.folder / "journal").rename(moved)
    (lost.folder / "journal").write_text("a file in its place")
    try:
        with connect("loader") as connection:
            before = connection.execute("select count(*) as rows from ops.erasure").fetchone()
        with pytest.raises(MentorDwError, match="journal of decisions cannot be written"):
            erase(lost.restricted, "Sag 6", "dataansvarlig", quiet)
        with connect("loader") as connection:
            assert connection.execute("select count(*) as rows from ops.erasure").fetchone() == before
            assert connection.execute("select count(*) as rows from vault.erasing").fetchone() == {"rows": 0}
        assert known(lost.restricted.number) is not None
    finally:
        (lost.folder / "journal").unlink()
        moved.rename(lost.folder / "journal")


def test_a_folder_without_the_decisions_is_no_journal(lost: Lost, tmp_path: Path) -> None:
    shutil.copytree(lost.folder / "journal", tmp_path / "journal")
    (tmp_path / "journal" / DECISIONS).unlink()
    with pytest.raises(MentorDwError, match="holds no journal"):
        read_journal(tmp_path / "journal", read_identities([lost.folder / "data.key"]))
