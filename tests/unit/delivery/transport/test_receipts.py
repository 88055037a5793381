"""Kvitteringer are written by somebody else: whatever they hold, it is told apart, bounded and masked."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from faulty_server import FaultyServer
from hypothesis import given, settings
from hypothesis import strategies as st

from mentor_dw.delivery.transport.errors import TransportRefused
from mentor_dw.delivery.transport.receipts import (
    MAX_BYTES,
    MAX_REASON,
    ReceiptUnreadable,
    fetch_receipts,
    parse_receipt,
)

NUMBER = "610380-1234"
GOOD = {
    "pakke": "star_mentorforloeb_2016-03_001",
    "sha256": "AB" * 32,
    "modtaget": "2016-04-14T06:12:00",
    "udfald": "godkendt",
    "begrundelse": None,
}


def text(**changes: object) -> bytes:
    return json.dumps(GOOD | changes).encode()


def test_a_receipt_says_what_happened_to_which_package() -> None:
    told = parse_receipt(b"\xef\xbb\xbf" + text())
    assert (told.package, told.sha256, told.outcome, told.reason) == (GOOD["pakke"], "ab" * 32, "accepted", "")
    assert told.received_at == datetime(2016, 4, 14, 4, 12, tzinfo=UTC)  # by the clock of Copenhagen
    assert parse_receipt(text(modtaget="2016-04-14T06:12:00Z")).received_at == datetime(2016, 4, 14, 6, 12, tzinfo=UTC)
    told = parse_receipt(text(udfald="Afvist", begrundelse="Forkert periode.\x1b[2J"))
    assert (told.outcome, told.reason) == ("refused", "Forkert periode. [2J")


def test_a_reason_is_masked_and_bounded() -> None:
    told = parse_receipt(text(udfald="afvist", begrundelse=f"Borger {NUMBER} {'x' * 5000}"))
    assert NUMBER not in told.reason and "******-****" in told.reason and len(told.reason) == MAX_REASON


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"null",
        b"[]",
        b"\xff\xfe{",
        text()[:-1],
        b'{"udfald": "godkendt", "udfald": "afvist"}',
        b"[" * 30_000,
        b" " * (MAX_BYTES + 1),
        text(pakke=None),
        text(pakke="../../etc"),
        text(pakke=f"star_{NUMBER}"),
        text(sha256="ab"),
        text(sha256=12),
        text(modtaget="i går"),
        text(modtaget=None),
        text(udfald="måske"),
        text(begrundelse=["nej", NUMBER]),
    ],
)
def test_what_is_no_receipt_is_told_without_showing_it(content: bytes) -> None:
    with pytest.raises(ReceiptUnreadable) as told:
        parse_receipt(content)
    assert NUMBER not in str(told.value) and "etc" not in str(told.value)


@settings(max_examples=50)
@given(
    st.binary(max_size=300)
    | st.recursive(st.none() | st.text() | st.floats(), st.lists).map(json.dumps).map(str.encode)
)
def test_whatever_lies_there_is_a_receipt_or_unreadable(content: bytes) -> None:
    with pytest.raises(ReceiptUnreadable):
        parse_receipt(content)


def test_receipts_are_read_and_left(server: FaultyServer) -> None:
    folder = server.new_place().root / "kvitteringer"
    for name in ("b.json", "a.json", f"{NUMBER}.json"):
        (folder / name).write_bytes(text())
    (folder / "huge.json").write_bytes(b"x" * (MAX_BYTES * 3))
    for name in ("c.json.part", ".d.json", "e.txt"):
        (folder / name).write_bytes(b"no receipt")
    before = sorted(folder.iterdir())
    got = {one.file_name: one.content for one in fetch_receipts(server.connection())}
    assert got == {"a.json": text(), "b.json": text(), "******-****.json": text(), "huge.json": b"x" * (MAX_BYTES + 1)}
    assert sorted(folder.iterdir()) == before
    # What was read is not fetched again; a masked name stands for any number, so it is.
    again = fetch_receipts(server.connection(), known=set(got))
    assert [one.file_name for one in again] == ["******-****.json"]


def test_a_receipts_folder_that_is_gone_is_told(server: FaultyServer) -> None:
    (server.new_place().root / "kvitteringer").rmdir()
    with pytest.raises(TransportRefused, match="has no folder"):
        fetch_receipts(server.connection())
