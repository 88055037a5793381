"""A package made of a state: read, protect, write, close, put into the outbox; the ledger says `built` last of all.

Killed at any moment, nothing of it counts: files get their name when all are there, and a package that the ledger does
not know is thrown away by the next run.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from mentor_dw.config import get_settings
from mentor_dw.database import connect
from mentor_dw.delivery.content.revision import revision
from mentor_dw.delivery.disclosure.cells import Told, Why
from mentor_dw.delivery.flow_content import Content, Material, content_of, read_material
from mentor_dw.delivery.flow_kept import keep, kept_tables
from mentor_dw.delivery.flow_places import KEPT, LOCK, kept_copy
from mentor_dw.delivery.package.envelope import close
from mentor_dw.delivery.package.facts import PackageFacts
from mentor_dw.delivery.package.files import PlainFile, write_files
from mentor_dw.delivery.reading import State, models, past, published
from mentor_dw.delivery.specification.deadlines import deadline
from mentor_dw.delivery.specification.model import Specification
from mentor_dw.delivery.specification.periods import parse_period
from mentor_dw.delivery.specification.read import read_receiver
from mentor_dw.delivery.tables import Table
from mentor_dw.delivery.transport.connection import read_connection
from mentor_dw.errors import MentorDwError
from mentor_dw.identity.keys import pseudonym
from mentor_dw.identity.ring import Key, read_ring
from mentor_dw.identity.signing import Signature
from mentor_dw.ingest.lock import source_lock
from mentor_dw.ledger import extracts as ledger
from mentor_dw.ledger.signatures import sign_on_record
from mentor_dw.secret_files import sync_folder

Say = Callable[[str], None]


@dataclass(frozen=True)
class Made:
    """What a version consists of before it is closed: its facts, tables and what the ledger keeps."""

    facts: PackageFacts
    tables: tuple[Table, ...]
    content: Content
    state: State
    told_before: tuple[int, ...]


def make(
    spec: Specification,
    row: dict[str, Any],
    material: Material,
    *,
    run_date: date,
    told_before: Sequence[int] | None = None,
    pseudonym_key_id: str | None = None,
) -> Made:
    """The tables and facts of the version `row`, told from `material`. Nothing is written.

    `told_before` and `pseudonym_key_id` are given when a version is made again, as they were then. Raises as
    `content_of` does.
    """
    period, state = parse_period(row["period"]), material.state
    around = ledger.Around(str(period.first.year), (period.previous().text, period.next().text))
    of_models = models(spec)
    with connect("delivery") as connection:
        if told_before is None:
            known = ledger.earlier_versions(connection, spec.receiver, of_models, around, row["extract_id"])
            told_before = known if row["kind"] == "delivery" else []
        before = [
            Told(one["cell"], one["value"], one["shown"], one["extract_id"], Why(one["why"]) if one["why"] else None)
            for one in ledger.told(connection, told_before, of_models, around)
        ]
        replaced = ledger.by_id(connection, row["replaces"]) if row["replaces"] else None
    key = _receiver_key(spec, pseudonym_key_id)
    content = content_of(spec, period, material, before, lambda person: pseudonym(_there(key, spec), person))
    tables = list(content.tables)
    if replaced is not None:
        tables.append(revision(told_tables(replaced), content.tables, row["why"]))
    facts = PackageFacts(
        spec=spec,
        receiver=read_receiver(spec.receiver),
        period=period,
        sequence=row["version"],
        kind=row["kind"],
        run_date=run_date,
        as_known_at=state.moment,
        code_version=state.code_version,
        definitions=spec.definitions,
        rows=content.rows,
        is_empty=content.is_empty,
        missing_areas=content.missing_areas,
        suppression=content.suppression,
        replaces=replaced["version"] if replaced else None,
        why=row["why"],
        deadline=deadline(spec, period),
        pseudonym_key_id=key.key_id if key else None,
    )
    return Made(facts, tuple(tables), content, state, tuple(told_before))


def told_tables(row: dict[str, Any]) -> list[Table]:
    """The tables of a version as they were told: from the kept copy, or made again when that is gone."""
    kept = kept_copy(row)
    if kept.is_file():
        return [table for table in kept_tables(kept) if not _is_revision(row, table)]
    spec = Specification.model_validate(row["specification"])
    made = make(
        spec,
        row | {"replaces": None},
        read_for(spec, row["period"], row["as_known_at"]),
        run_date=row["run_date"],
        told_before=row["told_before"],
        pseudonym_key_id=row["pseudonym_key_id"],
    )
    return list(made.tables)


def write_package(
    spec: Specification, row: dict[str, Any], material: Material, *, by: str, run_date: date, say: Say
) -> None:
    """Make the planned version `row`, put its files into the outbox, and say so in the ledger.

    The caller holds the lock of the extract. A trial is closed to the house's own key only: it goes nowhere.
    """
    made = make(spec, row, material, run_date=run_date)
    stem = made.facts.stem
    folder = get_settings().outbox / row["name"]
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    _forget_leftovers(folder, stem)
    draft, final = folder / f".{stem}.part", folder / stem
    plain = draft / "plain"
    plain.mkdir(mode=0o700, parents=True)
    files = write_files(plain, spec, made.tables, made.facts)
    say(f"{stem}: {len(files)} files, {made.content.rows} rows")
    sha256 = size = None
    if row["kind"] == "delivery":
        envelope = close(plain, stem, read_connection(spec.receiver).age_recipient, _sign)
        sha256, size = envelope.sha256, envelope.bytes
    with source_lock(LOCK):
        keep(plain, made.tables, draft / f"{stem}{KEPT}")
        shutil.rmtree(plain)
        _sync_files(draft)
        os.rename(draft, final)
        sync_folder(folder)
    _enter(row, spec, made, files, by, (sha256, size))


def _enter(
    row: dict[str, Any],
    spec: Specification,
    made: Made,
    files: Sequence[PlainFile],
    by: str,
    envelope: tuple[str | None, int | None],
) -> None:
    content, facts = made.content, made.facts
    is_delivery = row["kind"] == "delivery"
    with connect("delivery") as connection:
        ledger.built(
            connection,
            row["extract_id"],
            {
                "build_id": made.state.build_id,
                "as_known_at": made.state.moment,
                "read_at": made.state.read_at,
                "run_date": facts.run_date,
                "code_version": facts.code_version,
                "definitions": facts.definitions,
                "specification": spec.model_dump(mode="json"),
                "rows": content.rows,
                "is_empty": content.is_empty,
                "missing_areas": list(content.missing_areas),
                "files": [asdict(file) for file in files],
                "suppression": {
                    "tables": [asdict(one) for one in content.suppression],
                    "made_of": dict(made.state.made_of),
                    "deliveries": list(made.state.deliveries),
                },
                "pseudonym_key_id": facts.pseudonym_key_id,
                "stem": facts.stem,
                "told_before": list(made.told_before),
                "envelope_sha256": envelope[0],
                "envelope_bytes": envelope[1],
            },
            by=by,
            person_keys=content.person_keys if is_delivery else (),
            told=content.told if is_delivery else (),
        )


def read_for(spec: Specification, period: str, as_known_at: datetime | None) -> Material:
    """What a period is told from: the published state, or that of a moment. Builds wait only while it is read."""
    with published() if as_known_at is None else past(spec, as_known_at) as state:
        return read_material(spec, parse_period(period), state)


def _sign(content: bytes, what: str) -> Signature:
    with connect("delivery") as connection:
        return sign_on_record(connection, get_settings().secrets, content, what)


def _receiver_key(spec: Specification, key_id: str | None) -> Key | None:
    """The key that persons are named with: the receiver's current one, or the one called `key_id`."""
    if spec.level != "persons":
        return None
    keys = [key for key in read_ring("receiver", get_settings().secrets) if key.name == spec.receiver]
    return next((key for key in keys if key_id in (None, key.key_id)), None)


def _there(key: Key | None, spec: Specification) -> Key:
    if key is None:
        raise MentorDwError(
            f"The receiver {spec.receiver} has no key for pseudonyms.",
            f"Run: mentor-dw rotate-key receiver {spec.receiver}",
        )
    return key


def _is_revision(row: dict[str, Any], table: Table) -> bool:
    return table.name not in {one["name"] for one in row["specification"]["tables"]}


def _forget_leftovers(folder: Path, stem: str) -> None:
    """Throw away what a killed run made of this version: the ledger has it as planned, so it was never shown."""
    for left in (folder / f".{stem}.part", folder / stem):
        if left.exists():
            shutil.rmtree(left)


def _sync_files(folder: Path) -> None:
    for path in folder.iterdir():
        with path.open("rb") as file:
            os.fsync(file.fileno())
    sync_folder(folder)
