"""Proof that a delivered version can be made again, byte for byte, or what makes it differ.

Everything is made aside: neither the outbox nor the ledger is touched.
"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from mentor_dw.config import get_settings
from mentor_dw.database import connect
from mentor_dw.delivery.flow import period_of
from mentor_dw.delivery.flow_make import Made, make, read_for
from mentor_dw.delivery.flow_places import today_here
from mentor_dw.delivery.package.files import PlainFile, write_files
from mentor_dw.delivery.specification.model import Specification
from mentor_dw.delivery.specification.read import read_specification
from mentor_dw.errors import MentorDwError
from mentor_dw.ledger import extracts as ledger
from mentor_dw.ledger.listing import local_time
from mentor_dw.warehouse.as_known import to_the_end
from mentor_dw.warehouse.basis import ERASURES, LINKS, RESTRICTIONS, SETTINGS, changed

_PERSONS_SINCE = """
    select
        (select count(*) from ops.erasure where started_at > %(at)s and status <> 'begun') as erased,
        count(*) filter (where decided_at > %(at)s and lifted_at is null) as restricted,
        count(*) filter (where decided_at <= %(at)s and lifted_at > %(at)s) as lifted
    from ops.person_restriction
"""


@dataclass(frozen=True)
class Proof:
    """What came of it. `files` are those whose bytes must be the same, by name: whether they are.

    `version` None: nothing was delivered by then, so there is nothing to compare. `reasons` say why files differ,
    `since` what has changed since without changing them.
    """

    name: str
    period: str
    version: int | None
    as_known_at: datetime
    files: dict[str, bool]
    reasons: tuple[str, ...]
    since: tuple[str, ...]

    @property
    def same(self) -> bool:
        """Whether every file is the same, byte for byte."""
        return all(self.files.values())

    def as_json(self) -> dict[str, Any]:
        """As JSON, times in Copenhagen."""
        return asdict(self) | {"as_known_at": local_time(self.as_known_at), "same": self.same}


def delivered(name: str, period: str, moment: datetime | None = None) -> dict[str, Any] | None:
    """The newest version that was delivered; with `moment` the newest told of a state no later, or else the first."""
    with connect("delivery") as connection:
        rows = [row for row in ledger.versions(connection, name, period) if row["status"] in ledger.DELIVERED]
    by_then = [row for row in rows if moment is None or row["as_known_at"] <= to_the_end(moment)]
    return by_then[-1] if by_then else rows[0] if rows else None


def prove(name: str, period: str, moment: datetime | None, out: Path | None = None) -> Proof:
    """Make a delivered version again, from what was known when it was made or at `moment`, and compare it.

    `out`: a folder in which the plain files are left to be looked at. Raises MentorDwError when it cannot be made
    again, or when there is neither a delivered version nor a moment.
    """
    spec = read_specification(name)
    period = period_of(spec, period).text
    row = delivered(name, period, moment)
    if row is None and moment is None:
        raise MentorDwError(f"{name} {period} has not been delivered.", "Say --as-known-at, or build it.")
    at = moment or row["as_known_at"]  # type: ignore[index]
    made = make(
        spec,
        row or _none_yet(spec, period),
        read_for(spec, period, at),
        run_date=row["run_date"] if row else today_here(),
        told_before=row["told_before"] if row else (),
        pseudonym_key_id=row["pseudonym_key_id"] if row else None,
    )
    files = _written(spec, made, out)
    if row is None:
        return Proof(name, period, None, at, {}, (), ())
    then = {one["name"]: one for one in row["files"] if one["repeatable"]}
    now = {one.name: one.sha256 for one in files if one.repeatable}
    same = {file: now.get(file) == then.get(file, {}).get("sha256") for file in sorted(then.keys() | now.keys())}
    what = _changes(spec, row, made)
    reasons, since = (what, []) if not all(same.values()) else ([], what)
    if not all(same.values()) and not reasons:
        reasons = ["Nothing that the ledger knows of has changed: the bytes of the packages or of the machine differ."]
    return Proof(name, period, row["version"], at, same, tuple(reasons), tuple(since))


def _written(spec: Specification, made: Made, out: Path | None) -> list[PlainFile]:
    if out is not None:
        return write_files(out, spec, made.tables, made.facts)
    with tempfile.TemporaryDirectory(dir=get_settings().outbox, prefix=".proof_") as folder:
        return write_files(Path(folder) / "plain", spec, made.tables, made.facts)


def _changes(spec: Specification, row: dict[str, Any], made: Made) -> list[str]:
    """What is not as it was when the version was made, in words; no person and no value in them."""
    then, state = row["suppression"], made.state
    parts = changed(then["made_of"], dict(state.made_of))
    found = _deliveries(then["deliveries"], state.deliveries)
    sources = sorted(parts - {LINKS, RESTRICTIONS, SETTINGS, ERASURES})
    if sources and not found:
        found.append(f"Rows of {', '.join(sources)} came in late, or left because their days were over.")
    found += _persons(row, parts)
    if SETTINGS in parts:
        found.append("A setting of the installation changed.")
    if row["definitions"] != spec.definitions:
        found.append(f"The definitions changed from {row['definitions']} to {spec.definitions}.")
    now = spec.model_dump(mode="json")
    fields = sorted(
        name for name in now.keys() | row["specification"].keys() if now.get(name) != row["specification"].get(name)
    )
    if fields:
        found.append(f"The specification changed: {', '.join(fields)}.")
    if row["code_version"] != made.facts.code_version:
        found.append(f"The code changed from {row['code_version']} to {made.facts.code_version}.")
    if then["tables"] != [asdict(one) for one in made.content.suppression]:
        found.append("What is hidden differs.")
    return found


def _deliveries(then: Sequence[int], now: Sequence[int]) -> list[str]:
    found = []
    with connect("operator") as connection:
        for delivery_id in sorted({*then} ^ {*now}):
            one = connection.execute(
                "select file_name, version, withdrawn_at, accepted_at, raw_gone_at from ops.delivery"
                " where delivery_id = %s",
                (delivery_id,),
            ).fetchone()
            assert one is not None
            if delivery_id in now:
                what = f"was accepted since (version {one['version']}, {local_time(one['accepted_at'])})"
            elif one["withdrawn_at"] is not None:
                what = f"was withdrawn ({local_time(one['withdrawn_at'])})"
            else:
                what = "is not kept any more" if one["raw_gone_at"] else "had not been accepted by then"
            found.append(f"Delivery {delivery_id}, {one['file_name']}, {what}.")
    return found


def _persons(row: dict[str, Any], parts: set[str]) -> list[str]:
    found = []
    with connect("operator") as connection:
        counts = connection.execute(_PERSONS_SINCE, {"at": row["read_at"]}).fetchone()
    assert counts is not None
    if counts["erased"]:
        found.append(f"{counts['erased']} persons were erased since.")
    if counts["restricted"]:
        found.append(f"{counts['restricted']} decisions that keep persons out of extracts were made since.")
    if counts["lifted"]:
        found.append(f"{counts['lifted']} such decisions were lifted since.")
    if LINKS in parts:
        found.append("Two numbers were found to be one person, or were taken apart, since.")
    return found


def _none_yet(spec: Specification, period: str) -> dict[str, Any]:
    """What a first version would be in the ledger."""
    return {
        "extract_id": 0,
        "name": spec.name,
        "period": period,
        "version": 1,
        "kind": "delivery",
        "replaces": None,
        "why": None,
    }
