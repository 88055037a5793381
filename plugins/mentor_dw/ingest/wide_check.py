"""Judge a wide file without loading it: every row is read, and nothing stays."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from mentor_dw.config import Settings
from mentor_dw.database import connect
from mentor_dw.errors import DeliveryRefused
from mentor_dw.feeds import Feed
from mentor_dw.identity.keys import load_keys
from mentor_dw.ingest.settle import Landed
from mentor_dw.ingest.wide_verdict import code_drift
from mentor_dw.landing.tombstones import read_tombstones
from mentor_dw.landing.vault_sets import NOBODY
from mentor_dw.landing.wide_counts import PartCounts, rule_names
from mentor_dw.landing.wide_load import PartLander, Place, fold_in_batches
from mentor_dw.ledger import deliveries
from mentor_dw.reading.inbox import covers_of
from mentor_dw.reading.wide.layout import read_layout
from mentor_dw.reading.wide.stream import WHOLE, blocks, read_header, scan
from mentor_dw.validation.verdict import MemberCount, Verdict
from mentor_dw.validation.wide_judge import FILE, find_keys_twice, judge_wide, profile_before
from mentor_dw.validation.wide_rules import profile_of

#: Stands for the delivery that the file would be; the ledger numbers from 1.
_NO_DELIVERY = 0


class _NobodyKept:
    """Looks nobody up, so that no row is written."""

    def keys_of(self, cprs: np.ndarray, hmacs: bytes, is_replacement: np.ndarray) -> np.ndarray:
        return np.full(len(cprs), NOBODY, np.int64)


def judge_wide_file(settings: Settings, feed: Feed, path: Path) -> tuple[Landed, Verdict]:
    """What the reader and our SQL find in `path`, in a transaction that is rolled back; the vault is not asked.

    Raises DeliveryRefused when the file cannot be read as a whole.
    """
    counts, keys = PartCounts(), load_keys(settings.secrets)
    layout = read_layout(read_header(path), feed)
    parts = scan(path, WHOLE).parts
    if not parts:
        raise DeliveryRefused("empty_file", "the file is empty")
    with connect("loader") as connection:
        place = Place(feed.source, _NO_DELIVERY, 1, (1, None))
        tombstones = read_tombstones(connection, keys)
        lander = PartLander(
            connection,
            place,
            keys,
            _NobodyKept(),
            rule_names(layout),
            counts,
            keeps_everybody=False,
            tombstones=tombstones,
        )
        fold_in_batches(blocks(path, parts[0]), layout, rule_names(layout), counts, lander, tombstones)
        shared = find_keys_twice(connection, feed, _NO_DELIVERY, [1], keeps_everybody=False)
        covers = covers_of(feed, path.name) or ""
        before = profile_before(connection, deliveries.delivery_before(connection, feed.source, covers))
        checks = profile_of(feed, layout, covers, counts, shared, before)
        row = {"delivery_id": _NO_DELIVERY, "file_name": path.name}
        verdict = judge_wide(connection, feed, row, counts, checks, kept=0)
        connection.rollback()
    # Whom the rows would be kept for is decided when the file is taken.
    seen = verdict.members[FILE]
    verdict.members = {FILE: MemberCount(seen.rows_read, seen.rows_quarantined)}
    return Landed({FILE: counts.rows_read}, [*layout.drift, *code_drift(feed, counts)]), verdict
