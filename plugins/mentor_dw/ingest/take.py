"""Take what waits in a source's inbox: ledger, checks, landing, verdict, and the file put away.

Killed at any point, the next run goes on: an undecided ledger row is taken over, a decided one gets its report and its
file put away. No second row, no second verdict.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from mentor_dw.config import Settings, get_settings
from mentor_dw.database import connect
from mentor_dw.errors import DeliveryRefused, MentorDwError
from mentor_dw.feeds import Feed, load_feed
from mentor_dw.identity.keys import load_keys
from mentor_dw.ingest.keep import forget_copies, kept_sha256, put_away
from mentor_dw.ingest.lock import SourceLock, source_lock
from mentor_dw.ingest.settle import Say, feed_hash, settle
from mentor_dw.ingest.wide import settle_wide
from mentor_dw.landing.tombstones import read_tombstones
from mentor_dw.ledger import deliveries
from mentor_dw.ledger.purpose import legal_basis
from mentor_dw.reading.archive import check_sha256, sha256_of
from mentor_dw.reading.inbox import MOST_BYTES, covers_of, is_too_large, mark_of, sidecar_of, waiting
from mentor_dw.reading.wide.stream import WHOLE, Part, Scan, scan
from mentor_dw.reporting.report import finish_reports, write_report


@dataclass(frozen=True)
class Outcome:
    """What became of one file. Counts and words only, no values."""

    delivery_id: int
    source: str
    file_name: str
    covers: str
    version: int | None
    status: str
    reason_code: str | None
    reason: str | None
    rows_read: int
    rows_accepted: int
    rows_quarantined: int
    rows_withheld: int
    seconds: float

    def as_json(self) -> dict[str, Any]:
        """A plain dict, for XCom and `--json`."""
        return asdict(self)

    def line(self) -> str:
        """The outcome in one line."""
        head = f"{self.file_name}: {self.status}"
        if self.status in ("accepted", "superseded"):
            line = f"{head}, version {self.version}, {self.rows_accepted} rows, {self.rows_quarantined} set aside"
            return f"{line}, {self.rows_withheld} withheld" if self.rows_withheld else line
        return f"{head}: {self.reason}" if self.reason else head


@dataclass(frozen=True)
class LookedAt:
    """A file that lies ready, read once. `mark` tells whether it is the same file still when it is read again."""

    path: Path
    arrival: deliveries.Arrival
    mark: str
    #: of a wide delivery
    parts: list[Part]


def take_waiting(source: str, say: Say = print) -> list[Outcome]:
    """Take every settled file of `source`, in order of covered date, modification time and name.

    A file that cannot be judged (MentorDwError) stays in the inbox and stops the rest, for order matters.
    """
    settings, feed = get_settings(), load_feed(source)
    with source_lock(source) as lock:
        finish(settings, feed)
        found = waiting(feed, settings.inbox / source, settings.settle_seconds)
        return [take_looked_at(settings, feed, look_at(feed, file.path), lock, say) for file in found.ready]


def take(path: Path, feed: Feed, say: Say = print) -> Outcome:
    """Take the file `path`, which lies in the inbox of its source, without waiting for it to settle."""
    settings = get_settings()
    with source_lock(feed.source) as lock:
        finish(settings, feed)
        return take_looked_at(settings, feed, look_at(feed, path), lock, say)


def take_looked_at(settings: Settings, feed: Feed, file: LookedAt, lock: SourceLock, say: Say) -> Outcome:
    """Take a file of the inbox in this process. The caller holds the lock, and has finished what was left."""
    started = time.monotonic()

    def settle_it(delivery_id: int) -> None:
        if feed.wide is not None:
            settle_wide(settings, feed, delivery_id, file.path, lock, say, parts=file.parts, mark=file.mark)
        else:
            settle(settings, feed, delivery_id, file.path, lock, say, mark=file.mark)

    delivery_id = receive(feed, file, settle_it)
    finish(settings, feed)
    result = outcome(delivery_id, started)
    say(result.line())
    return result


def receive(feed: Feed, file: LookedAt, go_on: Callable[[int], object]) -> int:
    """Enter the file into the ledger and `go_on` with its delivery_id when it is new; its delivery_id.

    A file that may not enter, by itself or by what `go_on` finds (DeliveryRefused), is refused. Raises MentorDwError
    when the file goes away meanwhile.
    """
    with connect("loader") as connection:
        delivery_id = deliveries.receive(connection, file.arrival)
    with refusing(delivery_id):
        check_sha256(file.path, file.arrival.sha256, sidecar_of(file.path))
        if not _is_known(feed, delivery_id, file.arrival):
            try:
                go_on(delivery_id)
            except FileNotFoundError as error:
                if error.filename != str(file.path):
                    raise
                raise MentorDwError(
                    f"{file.path.name} is gone since it was read the first time.", "Have it sent again."
                ) from None
    return delivery_id


@contextmanager
def refusing(delivery_id: int) -> Iterator[None]:
    """Record a DeliveryRefused of the block in the ledger."""
    try:
        yield
    except DeliveryRefused as refusal:
        with connect("loader") as connection:
            deliveries.refuse(connection, delivery_id, refusal)


def arrival_of(feed: Feed, path: Path) -> deliveries.Arrival:
    """`path` as it is entered into the ledger; raises as `look_at`."""
    return look_at(feed, path).arrival


def look_at(feed: Feed, path: Path, part_bytes: int = WHOLE) -> LookedAt:
    """Read the file once, for the ledger and for its parts (of a wide delivery) of about `part_bytes`.

    Raises MentorDwError when its name is no delivery's, the file is not there, may not be read, changes meanwhile or
    is larger than any delivery can be, or everybody's rows are to be kept without a legal basis.
    """
    covers = covers_of(feed, path.name)
    if covers is None:
        raise MentorDwError(
            f"This is not the name of a delivery of {feed.source}.", f"It must look like {feed.file.shown}."
        )
    if not path.is_file():
        raise MentorDwError(f"There is no file {path.name}.")
    if is_too_large(path):
        raise MentorDwError(f"{path.name} is larger than {MOST_BYTES} bytes, which no delivery is.", "Take it away.")
    if feed.wide is not None:
        legal_basis(get_settings())
    mark = mark_of(path)
    try:
        found = scan(path, part_bytes) if feed.wide is not None else Scan(sha256_of(path), [])
        size = path.stat().st_size
    except PermissionError:
        raise MentorDwError(
            f"{path.name} may not be read by the user that runs Airflow.", "Give that user the right to read it."
        ) from None
    except OSError as error:
        raise MentorDwError(
            f"{path.name} cannot be read: {error.strerror}.", "It is taken again when it is there and can be read."
        ) from None
    if mark_of(path) != mark:
        raise MentorDwError(f"{path.name} changed while it was read.", "It is taken again when it has settled.")
    arrival = deliveries.Arrival(feed.source, path.name, found.sha256, size, covers, feed_hash(feed))
    return LookedAt(path, arrival, mark, found.parts)


def _is_known(feed: Feed, delivery_id: int, arrival: deliveries.Arrival) -> bool:
    """Whether these bytes are in already; the ledger then says so. Raises DeliveryRefused for withdrawn ones."""
    with connect("loader") as connection:
        same = deliveries.accepted_with_content(connection, feed.source, arrival.sha256)
        if same is not None:
            deliveries.duplicate(connection, delivery_id, same)
            return True
        withdrawn = deliveries.withdrawn_with_content(connection, feed.source, arrival.sha256)
    if withdrawn is not None:
        raise DeliveryRefused(
            "withdrawn_before",
            f"The same content as {withdrawn['file_name']} (delivery {withdrawn['delivery_id']}), which was withdrawn. "
            f"To take it in again: mentor-dw accept {delivery_id} --reason ...",
        )
    return False


def finish(settings: Settings, feed: Feed) -> None:
    """Write the report and put the file away of every decided delivery that lacks it: the last steps, repeatable."""
    forget_copies(settings, feed.source)
    finish_reports(settings, feed)
    with connect("loader") as connection:
        rows = deliveries.not_moved(connection, feed.source)
        origins = {
            row["rejudged_from"]: deliveries.delivery(connection, row["rejudged_from"])
            for row in rows
            if row["rejudged_from"] is not None
        }
        keys = load_keys(settings.secrets) if rows else None
        tombstones = read_tombstones(connection, keys) if keys else None
    for row in rows:
        assert keys is not None
        write_report(settings, feed, row["delivery_id"])
        kept_as = put_away(settings, row, origins.get(row["rejudged_from"]), keys, tombstones)
        other = kept_sha256(settings, row, kept_as, keys) if tombstones else None
        with connect("loader") as connection:
            deliveries.moved(connection, row["delivery_id"], kept_as, other)


def outcome(delivery_id: int, started: float) -> Outcome:
    """The ledger row as an outcome; `started` is a time.monotonic() value."""
    with connect("loader") as connection:
        row = deliveries.delivery(connection, delivery_id)
    facts = {name: row[name] for name in Outcome.__dataclass_fields__ if name != "seconds"}
    return Outcome(**facts, seconds=round(time.monotonic() - started, 2))
