"""Random deliveries at the door: what becomes of each, and which rows are set aside, as the contract says."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest
from accidents import Planter
from door_by_rules import Faults, Line, doubts, empty_values, judge, kept, too_many
from population import COLUMNS, Maker, write_zip

from mentor_dw.config import Settings
from mentor_dw.database import connect
from mentor_dw.feeds import Feed, load_feed
from mentor_dw.feeds.model import Limits
from mentor_dw.ingest import check, take, take_waiting, withdraw
from mentor_dw.ledger.listing import deliveries_as_json, quarantine_as_json

pytestmark = pytest.mark.postgres

STEPS = 4
#: Members that nothing refers to: their rows can go without taking others along.
LEAVES = ["tidsforbrug.csv", "opgaver.csv", "begivenheder.csv", "parallelle_indsatser.csv", "tilknytninger.csv"]


@dataclass
class Sent:
    """A file as it was sent, and what must become of it. `rows` and `faults` only when it was judged by its rows."""

    name: str
    content: bytes
    status: str = ""
    reason: str | None = None
    version: int | None = None
    rows: int = 0
    faults: Faults = field(default_factory=dict)
    #: of a file that cannot be read: why
    flaw: str | None = None
    #: of a file that can be read: its rows by member
    lines: dict[str, list[Line]] | None = None
    unknown: list[tuple[str, str | None]] = field(default_factory=list)
    delivery_id: int = 0

    @property
    def covers(self) -> str:
        return self.name[len("webreg_") : -len(".zip")]

    @property
    def counts(self) -> bool:
        return self.status in ("accepted", "superseded")


class Door:
    """The contract's own ledger: what must have become of everything sent so far."""

    def __init__(self) -> None:
        self.sent: list[Sent] = []

    def expect(self, sent: Sent, limit: float, sidecar: bool = True) -> None:
        """Say what becomes of `sent`, which comes after all the others."""
        self.sent.append(sent)
        earlier = self.sent[:-1]
        same = [other for other in earlier if other.content == sent.content]
        if not sidecar:
            sent.status, sent.reason = "refused", "sha_mismatch"
        elif any(other.counts for other in same):
            sent.status, sent.reason = "duplicate", "duplicate"
        elif any(other.status == "withdrawn" for other in same):
            sent.status, sent.reason = "refused", "withdrawn_before"
        elif sent.lines is None:
            sent.status, sent.reason = "refused", sent.flaw
        else:
            self._judge(sent, limit)

    def _judge(self, sent: Sent, limit: float) -> None:
        assert sent.lines is not None
        rows, faults = sum(map(len, sent.lines.values())), judge(sent.lines)
        before = [other for other in self.sent if other.counts and other.covers <= sent.covers]
        nearest = max(before, key=lambda other: (other.covers, other.version), default=None)
        if nearest and 2 * rows < nearest.rows:
            sent.status, sent.reason = "refused", "too_few_rows"
        elif too_many(sent.lines, faults, limit):
            sent.status, sent.reason = "refused", "too_many_bad_rows"
        else:
            versions = [other.version or 0 for other in self.sent if other.covers == sent.covers]
            sent.status, sent.version = "accepted", max(versions) + 1
            sent.rows, sent.faults = rows, faults
            self.label()

    def label(self) -> None:
        """The greatest (covers, version) counts; the others that are in are overtaken."""
        inside = [sent for sent in self.sent if sent.counts]
        for sent in inside:
            sent.status = "superseded"
        if inside:
            max(inside, key=lambda sent: (sent.covers, sent.version)).status = "accepted"


class Sender:
    """Makes files to send, of one seed."""

    def __init__(self, seed: int, home: Settings, silent: Callable[[object], None]) -> None:
        self.draw = random.Random(seed)
        # A year of its own: versions are numbered by covered day.
        self.year = 1500 + seed
        self.home, self.silent, self.door = home, silent, Door()
        self.inbox = home.inbox / "webreg"
        self.people = Maker(seed, size=60).make()

    def name(self) -> str:
        """One of few days, so that corrections and late ones are many."""
        return f"webreg_{self.year}-{self.draw.choice(['01', '02'])}-{self.draw.randint(1, 4):02d}.zip"

    def readable(self, plant: int = 0, only: list[str] | None = None, rows: int | None = None) -> Sent:
        """A delivery that can be read, with `plant` faults, cut to `rows` rows if there are as many."""
        planter = Planter(self.people, self.draw)
        if rows is not None:
            for member in LEAVES:
                there = sum(map(len, planter.members.values()))
                del planter.members[member][: max(0, there - rows)]
        planter.plant(plant, only)
        planter.forgive()
        return Sent(self.name(), self._zip(planter.write()), lines=planter.members, unknown=planter.unknown)

    def at_the_limit(self) -> Sent:
        """Exactly 2 pct of the time entries are bad, or one more, and nothing else."""
        planter = Planter(self.people, self.draw)
        entries = planter.members["tidsforbrug.csv"]
        hundreds = len(entries) // 50
        del entries[50 * hundreds :]
        for line in entries[: hundreds + self.draw.choice([0, 1])]:
            line.values["minutter"] = self.draw.choice(["4", "1441", "x", ""])
        return Sent(self.name(), self._zip(planter.write()), lines=planter.members, unknown=planter.unknown)

    def unreadable(self) -> Sent:
        """A file that is refused before its rows are looked at."""
        members = Planter(self.people, self.draw).write()
        member = self.draw.choice(list(COLUMNS))
        head, end, rest = members[member].partition(b"\n")
        # The first column's name is in the first place, so that nothing of another column's name is met.
        first = head.rstrip(b"\r").split(b";")[0]
        ways = {
            "member_missing": {name: content for name, content in members.items() if name != member},
            "column_missing": members | {member: b"andet" + head[len(first) :] + end + rest},
            "duplicate_column": members | {member: first + b";" + head + end + rest},
            "empty_file": members | {member: self.draw.choice([b"", b"\xef\xbb\xbf"])},
            "wrong_encoding": members | {member: members[member] + "Ærø".encode("latin-1") + b"\n"},
            "zip_path": members | {f"../{member}": b"x"},
            "unreadable": None,
        }
        reason = self.draw.choice(list(ways))
        found = ways[reason]
        content = self._zip(found) if found else self._zip(members)[: self.draw.randint(1, 900)]
        return Sent(self.name(), content, flaw=reason)

    def _zip(self, members: dict[str, bytes]) -> bytes:
        path = self.home.home / "made.zip"
        write_zip(path, members)
        return path.read_bytes()

    def _again(self) -> Sent | None:
        """Bytes that were sent before, under their name or another."""
        if not self.door.sent:
            return None
        old = self.draw.choice(self.door.sent)
        name = self.draw.choice([old.name, self.name()])
        return Sent(name, old.content, lines=old.lines, flaw=old.flaw, unknown=old.unknown)

    def _half(self) -> Sent:
        """Half of what is in, a row more or less."""
        inside = [sent.rows for sent in self.door.sent if sent.counts] or [1000]
        return self.readable(rows=(self.draw.choice(inside) + 1) // 2 + self.draw.choice([-1, 0, 0]))

    def next(self) -> Sent:
        """Any file."""
        ways: list[Callable[[], Sent | None]] = [
            lambda: self.readable(self.draw.choice([0, 1, 2, 4])),
            lambda: self.readable(self.draw.choice([5, 20, 60])),
            lambda: self.readable(self.draw.randint(1, 6), ["tidsforbrug.csv", "opgaver.csv"]),
            self.at_the_limit,
            self.unreadable,
            self._half,
            self._again,
        ]
        return self.draw.choice(ways)() or self.readable()

    def step(self) -> None:
        """One thing that happens: a withdrawal, several files at once, or one file by a limit of its own."""
        inside = [sent for sent in self.door.sent if sent.counts]
        dice = self.draw.random()
        if dice < 0.15 and inside:
            gone = self.draw.choice(inside)
            withdraw(gone.delivery_id, "Trukket tilbage.", "prøve")
            gone.status, gone.reason = "withdrawn", "withdrawn"
            self.door.label()
        elif dice < 0.4:
            waiting = {sent.name: sent for sent in (self.next() for _ in range(2))}
            for name in sorted(waiting):
                (self.inbox / name).write_bytes(waiting[name].content)
                self.door.expect(waiting[name], load_feed("webreg").limits.refuse_above_bad_pct)
            for name, taken in zip(sorted(waiting), take_waiting("webreg", self.silent), strict=True):
                waiting[name].delivery_id = taken.delivery_id
        else:
            sidecar = self.draw.choice(["", "", "", "right", "right", "right", "wrong"])
            self.one(self.next(), self.draw.choice([2.0, 2.0, 10.0, 100.0, 100.0]), sidecar)

    def one(self, sent: Sent, limit: float, sidecar: str) -> None:
        """Send one file; `sidecar` is what lies beside it: "" nothing, "right" or "wrong"."""
        path = self.inbox / sent.name
        path.write_bytes(sent.content)
        if sidecar:
            told = sent.content if sidecar == "right" else sent.content + b"x"
            path.with_name(f"{sent.name}.sha256").write_text(f"{hashlib.sha256(told).hexdigest()}  andet-navn.zip\n")
        self.door.expect(sent, limit, sidecar != "wrong")
        if limit == load_feed("webreg").limits.refuse_above_bad_pct:
            # What `check` says beforehand is what then happens.
            said, what = check(path), "accepted" if sent.counts else sent.status
            assert (said.status, said.reason_code) == (what, sent.reason), sent.name
        sent.delivery_id = take(path, _feed_with(limit), self.silent).delivery_id


def _feed_with(limit: float) -> Feed:
    feed = load_feed("webreg")
    share = feed.limits.refuse_below_share_of_previous
    limits = Limits(refuse_above_bad_pct=limit, refuse_below_share_of_previous=share)
    return feed.model_copy(update={"limits": limits})


def test_each_delivery_becomes_what_the_contract_says(
    seed: int, home: Settings, silent: Callable[[object], None]
) -> None:
    sender = Sender(seed, home, silent)
    # Every kind of fault, several in some rows, with all that follows from them.
    sender.one(sender.readable(90, [*COLUMNS, *["borgere.csv"] * 4, *["stoetteforloeb.csv"] * 2]), 100.0, "right")
    for _ in range(STEPS):
        sender.step()
    sent = sender.door.sent
    with connect("loader") as connection:
        ledger = {row["delivery_id"]: row for row in deliveries_as_json(connection)}
        aside = {
            one.delivery_id: {
                (row["member"], row["line_number"]): set(row["all_rules"])
                for row in quarantine_as_json(connection, one.delivery_id)
            }
            for one in sent
            if one.version
        }
    # So that they are not before the deliveries of the next seed.
    for one in sent:
        if one.counts:
            withdraw(one.delivery_id, "Næste rækkefølge.", "prøve")
    names = ["file_name", "status", "reason_code", "version", "rows_read", "rows_quarantined"]
    got = [[ledger[one.delivery_id][name] for name in names] for one in sent]
    assert got == [[one.name, one.status, one.reason, one.version, one.rows, len(one.faults)] for one in sent]
    for one in sent:
        if one.version:
            want = {
                place: {f"{name}: {rule}" if name else rule for name, rule in found}
                for place, found in one.faults.items()
            }
            assert aside[one.delivery_id] == want, one.name
            drift = {(found["member"], found["column"]) for found in ledger[one.delivery_id]["drift"]}
            assert drift == set(one.unknown), one.name
            stayed = kept(one.lines, one.faults)
            assert ledger[one.delivery_id]["unknown_values"] == empty_values(stayed), one.name
            warned = ledger[one.delivery_id]["warnings"].get("borgere.csv", {})
            assert doubts(stayed) == {name: warned.get(name, 0) for name in doubts(stayed)}, one.name
    assert not list((home.inbox / "webreg").iterdir())
