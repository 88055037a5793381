"""What must hold of any bytes: refused in our own words, or what a plain reader finds. By name, for every fuzzer.

A property takes bytes and raises AssertionError. TOKENS are what its files are made of.
"""

from __future__ import annotations

import functools
import gzip
import io
import json
import sys
import tempfile
import zipfile
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import simple_readers as simple
from backports import zstd

from mentor_dw.delivery.transport.receipts import ReceiptUnreadable, parse_receipt
from mentor_dw.errors import DeliveryRefused, MentorDwError
from mentor_dw.feeds import Feed, load_feed, read_feed
from mentor_dw.identity.cpr import Cpr, parse_cpr
from mentor_dw.masking import holds_cpr, mask_value
from mentor_dw.reading.archive import check_sha256, open_delivery
from mentor_dw.reading.inbox import covers_of
from mentor_dw.reading.records import records
from mentor_dw.reading.wide import fold as folding
from mentor_dw.reading.wide import kernel
from mentor_dw.reading.wide.fold import fold_block
from mentor_dw.reading.wide.layout import read_layout
from mentor_dw.reading.wide.stream import Part, blocks, read_header, scan

sys.path.insert(0, str(Path(__file__).parents[1] / "unit" / "reading" / "wide"))
# The plain reading is beside the tests of the reader; so is what makes its words of a folded block.
import wide_oracle
from test_fold import not_compiled, plain, same

FEED = Path(__file__).parents[1] / "fixtures" / "feeds" / "people.yml"
PEOPLE = 'human_id;cpr;note\n1;6101011234;Å\n2;6102011234;"a;\nb"\n'
THINGS = "thing_id;owner_id;name;bought;hour;amount\n1;1;ball;2014-01-02;09:30;3\n"
WIDE_COLUMNS = "pnr;koen;foedselsdato;kommunekode;herkomst;civilstand;y_1601;y_1602;y_1603;branche_2016_01;grad_2016_01"
WIDE_LINE = "6101011234;M;1980-03-01;101;dansk;U;111;111;;561010;0,5"


@functools.cache
def folder() -> Path:
    """A folder for the files of this process."""
    return Path(tempfile.mkdtemp(prefix="mentor_dw_fuzz_"))


@functools.cache
def people() -> Feed:
    return read_feed(FEED)


def text_records(content: bytes) -> None:
    """Delimited text in both encodings, in pieces of any size."""
    encoding = "cp1252" if content[:1] == b"w" else "utf-8"
    size = content[1] % 37 + 1 if len(content) > 1 else 1
    body = content[2:]
    pieces = [body[at : at + size] for at in range(0, len(body), size)]
    try:
        expected = simple.records(body, encoding)
    except simple.Refuse as refusal:
        expected = str(refusal)
    try:
        read = records(pieces, member="a.csv", encoding=encoding, delimiter=";", quote='"')
        found = [(record.line_number, record.fields) for record in read]
    except DeliveryRefused as refusal:
        found = refusal.code
    if isinstance(expected, str) and isinstance(found, str):
        # Where a file has two faults, which one is met first depends on where they stand.
        return
    if found == "unreadable" and any(fields is None for _, fields in expected):
        # A record is broken, and a mark further down in it never closes: the file is refused rather than one row.
        return
    assert found == expected


@functools.cache
def whole_zip() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in (("people.csv", PEOPLE), ("things.csv", THINGS)):
            archive.writestr(zipfile.ZipInfo(name, (2016, 1, 1, 0, 0, 0)), text, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def edited(whole: bytes, edits: bytes) -> bytes:
    """`whole` after edits: place (2 bytes), kind (1 byte), byte (1 byte) each."""
    content = bytearray(whole)
    for at in range(0, len(edits) - 3, 4):
        place = int.from_bytes(edits[at : at + 2], "big") % (len(content) + 1)
        kind, byte = edits[at + 2] % 6, edits[at + 3]
        if kind == 0:
            content[place : place + 1] = bytes([byte])
        elif kind == 1:
            content[place:place] = bytes([byte]) * (byte % 9)
        elif kind == 2:
            del content[place : place + byte % 32]
        elif kind == 3:
            del content[place:]
        elif kind == 4:
            content[place : place + 4] = (byte << 24 | byte).to_bytes(4, "little")
        else:
            content[place:place] = content[max(place - byte, 0) : place]
    return bytes(content)


def zip_file(edits: bytes) -> None:
    """A zip file after some edits: refused, or the rows are those it had."""
    path = folder() / "people_2020-01-31.zip"
    path.write_bytes(edited(whole_zip(), edits))
    found = {}
    try:
        with open_delivery(path, people()) as opened:
            for member in people().members:
                found[member] = [row.values for row in opened.rows(member)]
    except DeliveryRefused:
        return
    assert found["people.csv"] == [("1", "6101011234", "Å"), ("2", "6102011234", "a;\nb")]
    assert found["things.csv"] == [("1", "1", "ball", "2014-01-02", "09:30", "3")]


def _stream(path: Path) -> list[bytes] | str:
    try:
        read_header(path)
        (part,) = scan(path, 1 << 40).parts or [Part(0, path.stat().st_size, 1)]
        content = b"".join(block.content for block in blocks(path, part, 64))
    except DeliveryRefused as refusal:
        return refusal.code
    lines = content.split(b"\n")
    return [line.removesuffix(b"\r") for line in (lines if lines[-1] else lines[:-1])]


def gzip_file(content: bytes) -> None:
    """Anything called .csv.gz: refused, or the lines that zlib finds in it."""
    path = folder() / "dream_2016-03.csv.gz"
    whole = b"".join(PACKED_GZIP)
    content = edited(whole, content[1:]) if content[:1] == b"e" else content
    path.write_bytes(content)
    try:
        expected = simple.gunzip(content)
    except simple.Refuse:
        expected = None
    found = _stream(path)
    if isinstance(found, str):
        assert found in ("unreadable", "empty_file")
        assert expected is None or (found == "empty_file" and not expected)
        return
    assert expected is not None
    assert found == simple.lines_of(expected)


def zstd_file(content: bytes) -> None:
    """Anything called .csv.zst: refused, or the lines that were packed (a checksum tells)."""
    path = folder() / "dream_2016-03.csv.zst"
    whole = PACKED_ZSTD
    content = edited(whole, content[1:]) if content[:1] == b"e" else content
    path.write_bytes(content)
    found = _stream(path)
    if isinstance(found, str):
        assert found in ("unreadable", "empty_file", "zip_ratio")
        return
    expected = zstd.decompress(content)
    assert found == simple.lines_of(expected)


TEXT = f"{WIDE_COLUMNS}\n{WIDE_LINE}\n{WIDE_LINE}\r\n\n{WIDE_LINE}\n\n\r\n".encode()
PACKED_GZIP = (gzip.compress(TEXT[:150], mtime=0), gzip.compress(TEXT[150:], mtime=0))
PACKED_ZSTD = zstd.compress(TEXT[:150], options={zstd.CompressionParameter.checksum_flag: 1}) + zstd.compress(
    TEXT[150:], options={zstd.CompressionParameter.checksum_flag: 1}
)


@functools.cache
def wide_layout(reverse: bool) -> object:
    names = WIDE_COLUMNS.split(";")
    return read_layout(";".join(names[::-1] if reverse else names).encode(), load_feed("dream"))


def wide_lines(content: bytes) -> None:
    """Lines of a wide file: both ways to read them find what the plain reading does."""
    layout = wide_layout(content[:1] == b"r")
    body = content[1:]
    found = []
    for way in (suppress, not_compiled):
        try:
            with way():
                found.append(fold_block(body, 2, layout))
        except DeliveryRefused as refusal:
            found.append(refusal.code)
    if b"\0" in body or not body.isascii():
        assert found == ["wrong_encoding"] * 2
        return
    withheld = b"#mentor-dw: withheld" in body
    if not withheld:
        assert plain(found[0]) == wide_oracle.fold(body.decode(), 2, list(layout.names))
    same(found[0], found[1])


def wide_header(content: bytes) -> None:
    """The first line of a wide file."""
    with suppress(DeliveryRefused):
        layout = read_layout(content, load_feed("dream"))
        names = content.decode("ascii").removesuffix("\n").removesuffix("\r").split(";")
        assert list(layout.names) == names
        assert len(set(names)) == len(names)
        for serie in layout.series.values():
            assert all(names[place].startswith(serie.spec.prefix) for place in serie.places)
            assert (serie.fra[1:] > serie.fra[:-1]).all()
        assert all(names[place] == name for name, place in layout.fields.items())
        folding._plan(layout)
        kernel.read_lines(b"\n", layout)


def cpr_number(content: bytes) -> None:
    """A CPR number however written."""
    text = content.decode("utf-8", errors="replace")
    found, expected = parse_cpr(text), simple.person(text)
    if expected is None or expected == "0" * 10:
        assert not isinstance(found, Cpr)
        return
    assert isinstance(found, Cpr)
    assert found.number == expected
    assert expected not in repr(found)
    if "\n" not in text:
        assert not holds_cpr(mask_value(expected, personal=False) or "")


def checksum_file(content: bytes) -> None:
    """A checksum file beside a delivery."""
    path = folder() / "people_2020-01-31.zip"
    sidecar = path.with_name(path.name + ".sha256")
    sidecar.write_bytes(content)
    right = "ab" * 32
    try:
        check_sha256(path, right, sidecar)
        accepted = True
    except DeliveryRefused as refusal:
        assert refusal.code == "sha_mismatch"
        accepted = False
    finally:
        sidecar.unlink()
    assert accepted == (simple.checksum(content) == right)


def file_name(content: bytes) -> None:
    """A name in the inbox."""
    name = content.decode("utf-8", errors="surrogateescape")
    for source in ("webreg", "biflis", "dream"):
        covers = covers_of(load_feed(source), name)
        if covers is not None:
            assert name.isascii() and name.isprintable() and len(name) <= 30
            assert covers in name
    shown = mask_value(name, personal=False) or ""
    assert all(one.isprintable() for one in shown) and len(shown) <= 60


def receipt(content: bytes) -> None:
    """What a receiver writes."""
    try:
        found = parse_receipt(content)
    except ReceiptUnreadable as refusal:
        told = content.decode("utf-8", errors="replace")
        assert "pakke" in told or "reason" not in str(refusal)
        return
    assert found.outcome in ("accepted", "refused")
    assert len(found.sha256) == 64 and found.sha256 == found.sha256.lower()
    assert found.received_at.tzinfo is not None
    found.received_at.isoformat()
    assert not holds_cpr(found.reason) and all(one.isprintable() for one in found.reason)
    assert json.loads(content.decode("utf-8-sig"))["pakke"].strip() == found.package


def feed_file(content: bytes) -> None:
    """A feed that somebody wrote."""
    path = folder() / "feed.yml"
    whole = FEED.read_bytes()
    path.write_bytes(edited(whole, content[1:]) if content[:1] == b"e" else content)
    with suppress(MentorDwError):
        assert isinstance(read_feed(path), Feed)


@dataclass(frozen=True)
class Property:
    """What must hold, and what its input is made of."""

    check: Callable[[bytes], None]
    tokens: tuple[bytes, ...]
    #: what an input begins with, if it says what follows
    starts: tuple[bytes, ...] = (b"",)


_EDIT = tuple(
    bytes([high, low, kind, byte])
    for high, low, kind, byte in (
        (0, 8, 0, 1),
        (0, 200, 2, 5),
        (1, 0, 3, 0),
        (0, 30, 1, 9),
        (0, 255, 4, 255),
        (1, 9, 5, 40),
    )
)
_DIGITS = (b"6101011234", b"-", b" ", b"0", b"9", b"\xc2\xa0", b"\xd9\xa1", b"\x1c", b"_", b"0000000000")
PROPERTIES = {
    "records": Property(
        text_records,
        (b'"', b";", b"\n", b"\r", b"\r\n", b'""', b"a", b" ", b"\xc3\xa6", b"\xe6", b"\0", b"\xef\xbb\xbf", b"\x81"),
        (b"u\0", b"u\x03", b"w\x01", b"w\x20"),
    ),
    "zip": Property(zip_file, _EDIT),
    "gzip": Property(gzip_file, (*_EDIT, b"\x1f\x8b\x08\0", b"\0"), (b"e", b"e", b"")),
    "zstd": Property(zstd_file, (*_EDIT, b"\x28\xb5\x2f\xfd", b"\x50\x2a\x4d\x18\0\0\0\0"), (b"e", b"e", b"")),
    "lines": Property(
        wide_lines,
        (
            WIDE_LINE.encode(),
            b"\n",
            b"\r\n",
            b";",
            b"111",
            b"0,5",
            b"561010",
            b"6101011234;M;1980-02-29;;;",
            b"\r",
            b" ",
            b"1",
            b",",
            b"\x1c",
            b";111;111;111;",
            b"a",
        ),
        (b"u", b"u", b"r"),
    ),
    "header": Property(
        wide_header,
        (
            WIDE_COLUMNS.encode(),
            b";",
            b"y_1604",
            b"y_9132",
            b"y_9953",
            b"branche_9999_12",
            b"branche_0000_01",
            b"grad_2016_03",
            b"ak16",
            b"x",
            b"\r",
            b"\n",
            b"\xc3",
        ),
        (WIDE_COLUMNS.encode(), b""),
    ),
    "cpr": Property(cpr_number, _DIGITS),
    "checksum": Property(
        checksum_file,
        (
            b"ab" * 32,
            b"AB" * 16,
            b"ab",
            b" ",
            b"\t",
            b"\n",
            b"\r",
            b"*x.zip",
            b"\xef\xbb\xbf",
            b"\0",
            b"\xff",
            b"\xc2\x85",
        ),
    ),
    "name": Property(
        file_name,
        (
            b"webreg_",
            b"2010-01-01",
            b"2016-05",
            b"9999-12",
            b".zip",
            b"dream_",
            b"biflis_",
            b".csv",
            b".gz",
            b"\n",
            b"\x1b[2J",
            b"\xff",
            b"\xe2\x80\xae",
            b"6101011234",
        ),
    ),
    "receipt": Property(
        receipt,
        (
            b'{"pakke": "a", "sha256": "' + b"ab" * 32 + b'", "modtaget": "2016-01-01T10:00:00", "udfald": "godkendt"',
            b"}",
            b"{",
            b"[",
            b"]",
            b',"begrundelse": ',
            b'"6101011234"',
            b"null",
            b"NaN",
            b"1e999",
            b'"\\ud800"',
            b"\xef\xbb\xbf",
            b",",
            b":",
            b'"',
            b'"modtaget": "9999-12-31T23:59:59-23:59"',
            b"9" * 5000,
        ),
    ),
    "feed": Property(
        feed_file,
        (
            *_EDIT,
            b"a: ",
            b"- ",
            b"\n",
            b"{",
            b"[" * 50,
            b"&a ",
            b"*a",
            b"2016-99-99",
            b"!!python/object:os.system ",
            b"1" * 5000,
            b"\xff",
            b"\t",
        ),
        (b"e", b"e", b""),
    ),
}
