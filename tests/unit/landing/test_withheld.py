"""Which rows of a delivery are withheld for erased persons, and what a file without them looks like."""

from __future__ import annotations

import gzip
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from backports import zstd

from mentor_dw.feeds import Feed, load_feed, read_feed
from mentor_dw.identity.keys import ensure_keys, load_keys
from mentor_dw.identity.notations import numbers_in
from mentor_dw.ingest.without import CannotSeparate, strip
from mentor_dw.landing.tombstones import Tombstones
from mentor_dw.landing.withheld import withheld_lines
from mentor_dw.reading.archive import open_delivery

ERASED, LOST_ZERO, OTHER = "6103801234", "0203801234", "6204751235"
MARK = "#mentor-dw: withheld"


@pytest.fixture(scope="module")
def tombstones(tmp_path_factory: pytest.TempPathFactory) -> Tombstones:
    folder = tmp_path_factory.mktemp("keys")
    ensure_keys(folder)
    return Tombstones(load_keys(folder)).with_numbers([ERASED, LOST_ZERO])


@pytest.fixture
def feed() -> Feed:
    """People and their things; a thing may belong to another thing."""
    content = read_feed(Path(__file__).parents[2] / "fixtures" / "feeds" / "people.yml").model_dump()
    fields = content["members"]["things.csv"]["fields"]
    own = {"name": "part_of", "references": {"member": "things.csv", "field": "thing_id"}, "may_be_empty": True}
    content["members"]["things.csv"]["fields"] = [*fields[:2], fields[1] | own]
    return Feed.model_validate(content)


Packed = Callable[..., Path]


@pytest.fixture
def packed(tmp_path: Path) -> Packed:
    def pack(people: list[str], things: list[str], **more: bytes) -> Path:
        path = tmp_path / "people.zip"
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("people.csv", "\n".join(["human_id;cpr;note", *people]))
            archive.writestr("things.csv", "\n".join(["thing_id;owner_id;part_of", *things]) + "\n")
            for name, content in more.items():
                archive.writestr(name, content)
        return path

    return pack


@pytest.mark.parametrize("written", [ERASED, f"{ERASED[:6]}-{ERASED[6:]}", f" {ERASED[:6]} {ERASED[6:]}", "203801234"])
def test_a_row_goes_with_the_number_however_it_is_written(
    packed: Packed, feed: Feed, tombstones: Tombstones, written: str
) -> None:
    with open_delivery(packed([f"1;{written};", f"2;{OTHER};"], ["7;1;", "8;2;"]), feed) as opened:
        assert withheld_lines(opened, tombstones) == {"people.csv": {2}, "things.csv": {2}}


def test_what_refers_to_a_row_goes_with_it_to_any_depth(packed: Packed, feed: Feed, tombstones: Tombstones) -> None:
    things = ["9;2;8", "8;2;7", "7;1;", "6;2;6", "5;2;4", "4;2;"]
    with open_delivery(packed([f"2;{OTHER};", f"1;{ERASED};"], things), feed) as opened:
        assert withheld_lines(opened, tombstones) == {"people.csv": {3}, "things.csv": {2, 3, 4}}


def test_a_key_belongs_to_the_row_that_has_it_first(packed: Packed, feed: Feed, tombstones: Tombstones) -> None:
    # 1 is hers, so the later claim to it goes too; 2 is another's, and what refers to it stays.
    people = [f"1;{ERASED};", f"1;{OTHER};", f"2;{OTHER};", f"2;{ERASED};"]
    with open_delivery(packed(people, ["7;1;", "8;2;"]), feed) as opened:
        assert withheld_lines(opened, tombstones) == {"people.csv": {2, 3, 5}, "things.csv": {2}}


def test_a_row_that_cannot_be_taken_apart_goes_with_a_number_in_it(
    packed: Packed, feed: Feed, tombstones: Tombstones
) -> None:
    with open_delivery(packed([f"1;{ERASED}", f"2;{OTHER}", "3"], []), feed) as opened:
        assert withheld_lines(opened, tombstones) == {"people.csv": {2}}


def test_a_file_without_her_keeps_its_lines_and_can_be_looked_through_again(
    packed: Packed, feed: Feed, tombstones: Tombstones, tmp_path: Path
) -> None:
    people = [f'1;{ERASED};"over\ntwo lines"', f"2;{OTHER};knows {ERASED}", f"3;{OTHER};x"]
    path = packed(people, ["7;1;", "8;2;"], **{"extra.csv": ERASED.encode(), "readme.txt": b"hello", "a.bin": b"\0"})
    stripped = strip(path, "people.zip", tmp_path / "out.zip", feed, tombstones)
    assert (stripped.changed, stripped.lines["people.csv"], stripped.lines["things.csv"]) == (True, {2}, {2})
    with zipfile.ZipFile(tmp_path / "out.zip") as archive:
        assert archive.namelist() == ["people.csv", "things.csv", "readme.txt"]
        text = archive.read("people.csv").decode()
    assert text.split("\n") == ["human_id;cpr;note", f'"{MARK}', '"', f"2;{OTHER};knows **********", f"3;{OTHER};x"]
    with open_delivery(tmp_path / "out.zip", feed) as opened:
        assert withheld_lines(opened, tombstones) == {"people.csv": {2}, "things.csv": {2}}
    again = strip(tmp_path / "out.zip", "people.zip", tmp_path / "again.zip", feed, tombstones)
    assert (again.changed, again.lines) == (False, stripped.lines)
    assert not (tmp_path / "again.zip").exists()


@pytest.mark.parametrize(
    ("ending", "pack", "unpack"),
    [("", bytes, bytes), (".gz", gzip.compress, gzip.decompress), (".zst", zstd.compress, zstd.decompress)],
)
def test_a_wide_file_keeps_its_lines_however_it_is_packed(
    tombstones: Tombstones, tmp_path: Path, ending: str, pack: Callable[..., bytes], unpack: Callable[..., bytes]
) -> None:
    lines = [
        "pnr;koen;mor",
        f"{ERASED};K;",
        f"{OTHER};M;{ERASED[:6]}-{ERASED[6:]}",
        "203801234;M;",
        f"{OTHER};M",
        f"{OTHER};{ERASED}",
    ]
    name = f"dream_2016-03.csv{ending}"
    (tmp_path / "in").write_bytes(pack("\r\n".join(lines).encode()))
    stripped = strip(tmp_path / "in", name, tmp_path / "out", load_feed("dream"), tombstones)
    assert (stripped.changed, stripped.lines) == (True, {"": {2, 4, 6}})
    kept = unpack((tmp_path / "out").read_bytes()).decode().split("\n")
    assert kept == ["pnr;koen;mor\r", MARK, f"{OTHER};M;***********\r", MARK, f"{OTHER};M\r", MARK]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("webreg_2009-01-01.zip", b"PK\x03\x04 and no more"),
        ("dream_2016-03.csv.gz", gzip.compress(b"x" * 5_000)[:-9]),
        ("dream_2016-03.csv", f"pnr\n{ERASED}\n".encode("utf-16")),
    ],
)
def test_a_file_that_cannot_be_read_is_not_taken_apart(
    tombstones: Tombstones, tmp_path: Path, name: str, content: bytes
) -> None:
    (tmp_path / "in").write_bytes(content)
    with pytest.raises(CannotSeparate):
        strip(tmp_path / "in", name, tmp_path / "out", load_feed(name.split("_")[0]), tombstones)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (b"x;6103801234;", {ERASED}),
        (b"610380-1234", {ERASED}),
        ("2008 610380\u20131234\n".encode(), {ERASED}),
        (b"203801234", {LOST_ZERO}),
        (b"20380-1234", {LOST_ZERO}),
        (b"A61038012345", {ERASED, "1038012345"}),
        (b"610380;1234", set()),
        (b"610380\n1234 12345678", set()),
    ],
)
def test_numbers_are_found_in_bytes(text: bytes, found: set[str]) -> None:
    assert {number for _, _, number in numbers_in(text)} == found
    assert all(text[start:end].strip() == text[start:end] for start, end, _ in numbers_in(text))
