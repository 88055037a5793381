"""Bytes as blocks of whole lines, whatever they are packed in; line numbers and the end of a file."""

from __future__ import annotations

import gzip
import hashlib
import tracemalloc
from pathlib import Path

import pytest
from backports import zstd
from hypothesis import given, settings
from hypothesis import strategies as st

from mentor_dw.errors import DeliveryRefused
from mentor_dw.reading.records import MAX_RECORD
from mentor_dw.reading.wide.stream import BLOCK_LINES, Block, Part, blocks, read_header, scan

PACK = {".csv": bytes, ".csv.gz": gzip.compress, ".csv.zst": zstd.compress}


def delivered(folder: Path, suffix: str, content: bytes, *, packed: bool = False) -> Path:
    path = folder / f"dream_2016-03{suffix}"
    path.write_bytes(content if packed else PACK[suffix](content))
    return path


def all_blocks(path: Path, part_bytes: int = 1 << 30, block_bytes: int = 1 << 19) -> list[Block]:
    return [block for part in scan(path, part_bytes).parts for block in blocks(path, part, block_bytes)]


def lines_of(content: bytes) -> list[tuple[int, bytes]]:
    """The numbered lines after the header, those at the end that are empty left out."""
    lines = content.split(b"\n")
    while lines and not lines[-1].strip(b"\r"):
        lines.pop()
    return [(number, line.removesuffix(b"\r")) for number, line in enumerate(lines, 1) if number > 1]


def lines_in(found: list[Block]) -> list[tuple[int, bytes]]:
    lines = []
    for block in found:
        assert block.content
        rows = block.content.removesuffix(b"\n").split(b"\n")
        lines += [(number, row.removesuffix(b"\r")) for number, row in enumerate(rows, block.first_line)]
    return lines


LINES = st.lists(st.sampled_from([b"", b"", b"\r", b"a", b"ab;c", b"x" * 40]), max_size=40)


@settings(max_examples=150, deadline=None)
@given(LINES, st.booleans(), st.sampled_from(list(PACK)), st.integers(1, 60), st.integers(1, 60), st.integers(1, 60))
def test_every_line_comes_once_with_its_number(
    tmp_path_factory: pytest.TempPathFactory,
    lines: list[bytes],
    ended: bool,
    suffix: str,
    part_bytes: int,
    block_bytes: int,
    scan_bytes: int,
) -> None:
    content = b"\n".join([b"header", *lines]) + b"\n" * ended
    path = delivered(tmp_path_factory.mktemp("stream"), suffix, content)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("mentor_dw.reading.wide.stream._SCAN_BYTES", scan_bytes)
        found = all_blocks(path, part_bytes, block_bytes)
        scanned = scan(path, part_bytes)
    assert lines_in(found) == lines_of(content)
    assert scanned.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert read_header(path).rstrip(b"\r\n") == b"header"


def test_parts_begin_and_end_at_lines_and_know_their_number(tmp_path: Path) -> None:
    path = delivered(tmp_path, ".csv", b"head\n" + b"0123456\n" * 6 + b"\n\r\n")
    assert scan(path, 16).parts == [Part(0, 21, 1), Part(21, 37, 4), Part(37, 53, 6)]
    assert len(scan(delivered(tmp_path, ".csv.gz", b"head\n" + b"0123456\n" * 6), 16).parts) == 1


@pytest.mark.parametrize("suffix", [".csv.gz", ".csv.zst"])
def test_a_packed_file_that_is_not_whole_is_refused(suffix: str, tmp_path: Path) -> None:
    whole = PACK[suffix](b"header\n" + bytes(range(48, 58)) * 3000 + b"\n")
    damaged = bytearray(whole)
    damaged[-3] ^= 0xFF
    wrong = {
        "cut off": whole[: len(whole) * 2 // 3],
        "its last byte missing": whole[:-1],
        "followed by something": whole + b"something",
        "not packed": b"header\nrow\n",
    }
    if suffix == ".csv.gz":
        wrong["with another checksum"] = bytes(damaged)
    for what, content in wrong.items():
        path = delivered(tmp_path, suffix, content, packed=True)
        with pytest.raises(DeliveryRefused) as refused:
            read_header(path)
            all_blocks(path)
        assert refused.value.code == "unreadable", what


@pytest.mark.parametrize("suffix", [".csv.gz", ".csv.zst"])
def test_several_members_or_frames_are_one_text(suffix: str, tmp_path: Path) -> None:
    content = PACK[suffix](b"header\nfirst;") + PACK[suffix](b"row\nsecond row\n")
    path = delivered(tmp_path, suffix, content, packed=True)
    assert lines_in(all_blocks(path)) == [(2, b"first;row"), (3, b"second row")]


@pytest.mark.parametrize("suffix", list(PACK))
def test_an_empty_file_is_told_from_one_that_is_empty_inside(suffix: str, tmp_path: Path) -> None:
    for packed in (True, False):
        with pytest.raises(DeliveryRefused) as refused:
            read_header(delivered(tmp_path, suffix, b"", packed=packed))
        assert refused.value.code == "empty_file"


@pytest.mark.parametrize("suffix", list(PACK))
@pytest.mark.parametrize("before", [0, 3, 600_000, 2_000_000])
def test_a_line_over_a_million_bytes_is_refused(suffix: str, before: int, tmp_path: Path) -> None:
    start = b"header\n" + b"x\n" * (before // 2)
    path = delivered(tmp_path, suffix, start + b"y" * MAX_RECORD + b"\nend")
    assert lines_in(all_blocks(path))[-1][1] == b"end"
    path = delivered(tmp_path, suffix, start + b"y" * (MAX_RECORD + 1) + b"\nend")
    with pytest.raises(DeliveryRefused) as refused:
        all_blocks(path)
    assert (refused.value.code, refused.value.where) == ("unreadable", f"line {2 + before // 2}")


def test_a_block_of_short_lines_ends_sooner(tmp_path: Path) -> None:
    path = delivered(tmp_path, ".csv", b"header\n" + b"x\n" * (2 * BLOCK_LINES) + b"end")
    found = all_blocks(path)
    assert [block.first_line for block in found] == [2, 2 + BLOCK_LINES, 2 + 2 * BLOCK_LINES]
    assert lines_in(found) == lines_of(path.read_bytes())


@pytest.mark.parametrize("suffix", [".csv.gz", ".csv.zst"])
@pytest.mark.parametrize("filling", [b"x\n", b"row\n"])
def test_memory_does_not_grow_with_what_is_packed(suffix: str, filling: bytes, tmp_path: Path) -> None:
    lines = 60_000_000 // len(filling)
    path = delivered(tmp_path, suffix, b"header\n" + filling * lines + b"end\n")
    tracemalloc.start()
    try:
        count = sum(block.content.count(b"\n") for part in scan(path, 1).parts for block in blocks(path, part))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert count == lines + 1
    assert peak < 20_000_000
