"""Hostile wide deliveries: plain, gzip and zstd."""

from __future__ import annotations

import gzip
import io
import struct
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

from backports import zstd
from cases import PACK, PERSONS, WIDE_HEADER, Accepted, Case, Refused, wide, wide_bytes, wide_table

ALL = (".csv", ".csv.gz", ".csv.zst")
PACKED = ALL[1:]
Change = Callable[[bytes], bytes]
#: The row that is hurt.
ROW = 7


def cell(column: str, value: str) -> Change:
    """Another value in one cell."""

    def spoil(content: bytes) -> bytes:
        table = [list(record) for record in wide_table()]
        table[ROW + 1][WIDE_HEADER.index(column)] = value
        return "".join(";".join(record) + "\n" for record in table).encode("utf-8")

    return spoil


def header(change: Change) -> Change:
    """Another first line."""

    def spoil(content: bytes) -> bytes:
        first, _, rest = content.partition(b"\n")
        return change(first) + b"\n" + rest

    return spoil


def gone(rule: str) -> Accepted:
    return Accepted(gone=(("", ROW, rule),))


def packings() -> Iterator[Case]:
    """What is packed, and how."""
    unreadable = Refused("unreadable")
    for share in (1, 20, 50, 90, 99):
        yield from wide(
            f"cut-{share}",
            f"cut off after {share} pct",
            unreadable,
            lambda c, s=share: c[: max(len(c) * s // 100, 1)],
            PACKED,
            packed=True,
        )
    yield from wide("cut-one", "the last byte is missing", unreadable, lambda c: c[:-1], PACKED, packed=True)
    yield from wide("rubbish", "something else behind it", unreadable, lambda c: c + b"and more", PACKED, packed=True)
    yield from wide("not-packed", "text that is not packed", unreadable, lambda c: wide_bytes(), PACKED, packed=True)
    yield from wide("nothing-packed", "nothing is packed in it", Refused("empty_file"), lambda c: b"", PACKED)
    yield from wide("empty", "a file without a byte", Refused("empty_file"), lambda c: b"", ALL, packed=True)
    yield from wide(
        "damaged",
        "a byte in the middle is another one",
        unreadable,
        lambda c: c[: len(c) // 2] + bytes([c[len(c) // 2] ^ 0x55]) + c[len(c) // 2 + 1 :],
        PACKED,
        packed=True,
    )
    yield from wide(
        "packed-twice", "packed twice", Refused("wrong_encoding"), lambda c: gzip.compress(c, mtime=0), (".csv.gz",)
    )
    yield from wide("zip", "a zip file", Refused("column_missing"), lambda c: b"PK\x03\x04" + c, (".csv",))
    yield from wide(
        "in-pieces",
        "several members or frames",
        Accepted(),
        lambda c: in_pieces(PACK[".csv.gz"]),
        (".csv.gz",),
        packed=True,
    )
    yield from wide(
        "in-frames", "several frames", Accepted(), lambda c: in_pieces(zstd.compress), (".csv.zst",), packed=True
    )
    yield from wide(
        "padded",
        "zero bytes behind it, as tapes have",
        Accepted(),
        lambda c: c + bytes(1000),
        (".csv.gz",),
        packed=True,
    )
    yield from wide(
        "length-lies",
        "the length at the end is another",
        unreadable,
        lambda c: c[:-4] + struct.pack("<I", 5),
        (".csv.gz",),
        packed=True,
    )
    yield from wide(
        "checksum-lies",
        "the checksum at the end is another",
        unreadable,
        lambda c: c[:-8] + b"\0\0\0\0" + c[-4:],
        (".csv.gz",),
        packed=True,
    )
    yield from wide(
        "fields",
        "a file name, a comment and more in front",
        Accepted(),
        lambda c: with_fields(),
        (".csv.gz",),
        packed=True,
    )
    yield from wide(
        "name-without-end",
        "a file name of 300 KB that never ends",
        unreadable,
        lambda c: b"\x1f\x8b\x08\x08" + bytes(6) + b"x" * 300_000,
        (".csv.gz",),
        packed=True,
    )
    yield from wide(
        "method", "packed in an unknown way", unreadable, lambda c: c[:2] + b"\x07" + c[3:], (".csv.gz",), packed=True
    )
    yield from wide(
        "skippable",
        "frames to be skipped around it",
        Accepted(),
        lambda c: skippable(100) + c + skippable(0),
        (".csv.zst",),
        packed=True,
    )
    yield from wide(
        "skippable-lies",
        "a frame to be skipped that is 4 GB long",
        unreadable,
        lambda c: c + b"\x50\x2a\x4d\x18\xff\xff\xff\xff",
        (".csv.zst",),
        packed=True,
    )
    yield from wide(
        "window",
        "a window of 2 GB",
        unreadable,
        lambda c: b"\x28\xb5\x2f\xfd\x00" + bytes([(31 - 10) << 3]) + c[6:],
        (".csv.zst",),
        packed=True,
    )
    yield from wide(
        "window-128mb", "a window of 128 MB", Accepted(), lambda c: large_window(), (".csv.zst",), packed=True
    )
    yield from wide(
        "dictionary",
        "packed with a dictionary that nobody has",
        unreadable,
        lambda c: with_dictionary(),
        (".csv.zst",),
        packed=True,
    )
    yield from wide(
        "no-checksum",
        "without a checksum",
        Accepted(),
        lambda c: zstd.compress(wide_bytes(), options={zstd.CompressionParameter.checksum_flag: 0}),
        (".csv.zst",),
        packed=True,
    )
    yield from wide(
        "old-magic",
        "an old format of zstd",
        unreadable,
        lambda c: b"\x27\xb5\x2f\xfd" + c[4:],
        (".csv.zst",),
        packed=True,
    )


def in_pieces(pack: Callable[[bytes], bytes]) -> bytes:
    content = wide_bytes()
    return b"".join(pack(content[at : at + 700]) for at in range(0, len(content), 700)) + pack(b"")


def with_fields() -> bytes:
    out = io.BytesIO()
    with gzip.GzipFile("../../../../tmp/evil.csv", "wb", fileobj=out, mtime=0) as packed:
        packed.write(wide_bytes())
    return out.getvalue()


def skippable(size: int) -> bytes:
    return b"\x50\x2a\x4d\x18" + struct.pack("<I", size) + bytes(size)


def large_window() -> bytes:
    options = {zstd.CompressionParameter.window_log: 27, zstd.CompressionParameter.enable_long_distance_matching: 1}
    packer = zstd.ZstdCompressor(options=options)
    return packer.compress(wide_bytes()) + packer.flush()


def with_dictionary() -> bytes:
    dictionary = zstd.ZstdDict(wide_bytes(), is_raw=True)
    packed = zstd.compress(wide_bytes(), zstd_dict=dictionary)
    return packed


def texts() -> Iterator[Case]:
    """Encodings, lines and delimiters."""
    bad = Refused("wrong_encoding")
    for name in ("utf-16", "utf-16-le", "utf-32", "cp500"):
        yield from wide(f"encoding-{name}", name, bad, lambda c, n=name: c.decode().encode(n))
    yield from wide("bom", "the mark of UTF-8 first", bad, lambda c: b"\xef\xbb\xbf" + c, ALL)
    yield from wide("nul", "a zero byte", bad, lambda c: c.replace(b"dansk", b"dan\0k", 1), ALL)
    yield from wide("nul-last", "zero bytes behind the last line", bad, lambda c: c + bytes(100))
    yield from wide("danish", "a Danish letter", bad, cell("herkomst", "dænsk"))
    few = "too_few_fields"
    yield from wide("crlf", "CR LF ends lines", Accepted(), lambda c: c.replace(b"\n", b"\r\n"), ALL)
    yield from wide(
        "mixed-ends",
        "every other line ends with CR LF",
        Accepted(),
        lambda c: b"".join(line + (b"\r\n" if n % 2 else b"\n") for n, line in enumerate(c.splitlines())),
    )
    yield from wide("cr", "CR alone ends lines", Refused("duplicate_column"), lambda c: c.replace(b"\n", b"\r"))
    yield from wide("no-last-end", "the last line has no end", Accepted(), lambda c: c.removesuffix(b"\n"), ALL)
    yield from wide("blank-last", "blank lines behind the last row", Accepted(), lambda c: c + b"\r\n\n" * 50, ALL)
    yield from wide("blank-first", "a blank line first", Refused("empty_file"), lambda c: b"\n" + c)
    yield from wide("footer", "a line of totals", Accepted(extra=(("", few),)), lambda c: c + b"I alt: 60\n", ALL)
    yield from wide(
        "header-again",
        "the header stands last once more",
        Accepted(extra=(("", "bad_cpr"),)),
        lambda c: c + c.split(b"\n")[0] + b"\n",
    )
    yield from wide(
        "header-only", "nothing but the header", Refused("too_few_rows"), lambda c: c.split(b"\n")[0] + b"\n", ALL
    )
    yield from wide("one-row", "one row", Refused("too_few_rows"), lambda c: b"\n".join(c.split(b"\n")[:2]))
    yield from wide("only-ends", "nothing but ends of lines", Refused("empty_file"), lambda c: b"\n" * 100_000, ALL)
    yield from wide(
        "comma", "commas instead of semicolons", Refused("column_missing"), lambda c: c.replace(b";", b"\t")
    )
    yield from wide("quoted", "quotation marks around a cell", gone("bad_code"), cell("y_1602", '"130"'))
    yield from wide("quote-open", "a quotation mark", gone("bad_code"), cell("herkomst", '"dansk'))
    yield from wide(
        "field-more",
        "a delimiter too many",
        Accepted(gone=(("", ROW, "too_many_fields"),)),
        cell("kommunekode", "1;01"),
    )
    yield from wide("withheld", "a line as if taken out", Accepted(), lambda c: c + b"#mentor-dw: withheld\n")
    yield from wide(
        "twice",
        "a person stands there twice",
        Accepted(extra=(("", "key_twice"),)),
        lambda c: c + c.split(b"\n")[9] + b"\n",
        ALL,
    )
    yield from wide(
        "separators", "what ends a line for some", gone("bad_code"), cell("civilstand", "U\x0b\x0c\x1c\x1d")
    )


def headers() -> Iterator[Case]:
    """The first line."""
    yield from wide(
        "column-missing", "a column is missing", Refused("column_missing"), header(lambda h: h.replace(b"koen", b"kon"))
    )
    yield from wide(
        "column-twice",
        "a week is there twice",
        Refused("duplicate_column"),
        header(lambda h: h.replace(b"y_1602", b"y_1603")),
    )
    yield from wide(
        "week-gap", "a week is missing", Refused("week_gap"), header(lambda h: h.replace(b"y_1605", b"y_xx05"))
    )
    yield from wide(
        "week-54",
        "a week that the year has not",
        Refused("week_gap"),
        header(lambda h: h.replace(b"y_1606", b"y_1654")),
    )
    yield from wide("no-weeks", "no week", Refused("column_missing"), header(lambda h: h.replace(b"y_", b"x_")))
    yield from wide(
        "other-digits",
        "digits of another script in a column's name",
        Refused("wrong_encoding"),
        header(lambda h: h.replace(b"y_1602", "y_16\u0660\u0662".encode())),
    )
    yield from wide("upper", "names in upper case", Refused("column_missing"), header(bytes.upper))
    yield from wide(
        "many",
        "100,000 columns",
        Refused("too_many_bad_rows"),
        header(lambda h: h + b"".join(b";%d" % n for n in range(100_000))),
    )
    yield from wide(
        "million",
        "a million columns",
        Refused("unreadable"),
        header(lambda h: h + b"".join(b";%d" % n for n in range(1_000_000))),
        ALL,
    )
    yield from wide(
        "name-long",
        "a name of a million characters",
        Refused("unreadable"),
        header(lambda h: h + b";" + b"x" * 1_000_000),
    )
    yield from wide("preamble", "a title first", Refused("column_missing"), lambda c: b"DREAM 2016\n" + c)
    yield from wide(
        "month-10000", "the last month there is", Accepted(), lambda c: with_column(c, b"branche_9999_12", b"")
    )
    yield from wide("month-00", "a month that is none", Accepted(), lambda c: with_column(c, b"branche_2016_00", b"1"))
    for name, title in {
        "html": b"<script>alert(1)</script>",
        "rich": b"[/red][bold",
        "escape": b"\x1b[2J\x07",
        "formula": b"=1+1",
        "cpr": b"6101011234",
    }.items():
        yield from wide(
            f"column-{name}",
            f"an unknown column called {title[:20]!r}",
            Accepted(),
            lambda c, t=title: with_column(c, t, b"1"),
        )


def with_column(content: bytes, name: bytes, value: bytes) -> bytes:
    first, *rest = content.removesuffix(b"\n").split(b"\n")
    return b"\n".join([first + b";" + name, *(line + b";" + value for line in rest)]) + b"\n"


def values() -> Iterator[Case]:
    """Cells."""
    for column, rule, hostile in (
        (
            "pnr",
            "bad_cpr",
            ["61010112345", "610101_1234", "6101O11234", "+101011234", "1e9", "NaN", "--------", "0x10"],
        ),
        (
            "y_1603",
            "bad_code",
            ["1e2", "+13", "-13", "13", "1300", "0x1", "1_3", " 13", "13 ", "1,3", "NaN", "1\x00"[:1] + "\x7f1", "=1+"],
        ),
        ("branche_2016_02", "bad_code", ["56101", "5610100", "56.010", "+56101", "561 10", "1_0000"]),
        (
            "grad_2016_02",
            "bad_number",
            ["1e0", "+1", "-1", "NaN", "inf", "0x1", "1.5", ",5", "1,", "1,0000001", "1000", "1 ", "0,5,5", "1_0"],
        ),
        (
            "foedselsdato",
            "bad_date",
            [
                "0000-00-00",
                "1980-02-30",
                "1981-02-29",
                "1980-13-01",
                "01-03-1980",
                "1980-3-1",
                "19800301",
                "now",
                "1980-03-01 ",
                "10000-01-01",
            ],
        ),
        ("koen", "bad_code", ["m", "MK", " M", "1", "="]),
        ("kommunekode", "bad_text", ["1", "1010", "+10", "1e1", "10 "]),
        (
            "herkomst",
            "bad_code",
            ["Dansk", "dansk ", "x" * 500_000, "' or 1=1 --", "{{ 7*7 }}", "%s%n", "\x1b[2J"],
        ),
    ):
        for number, value in enumerate(hostile):
            # One of each kind in every run; the fold of all of them is compared by Hypothesis.
            yield from wide(
                f"{column}-{number}", f"{column} is {value[:20]!r}", gone(rule), cell(column, value), long=number > 2
            )
    yield from wide("pnr-empty", "no number", gone("key_empty"), cell("pnr", ""))
    yield from wide("pnr-unknown", "the unknown person", gone("unknown_person"), cell("pnr", "0" * 10))
    yield from wide(
        "pnr-hyphen",
        "a number written with a hyphen",
        Accepted(),
        cell("pnr", PERSONS[ROW][:6] + "-" + PERSONS[ROW][6:]),
    )
    yield from wide("pnr-blanks", "a number with blanks", Accepted(), cell("pnr", " " + PERSONS[ROW] + "  "))
    yield from wide(
        "half-megabyte-cell",
        "an unknown column of 900 KB",
        Accepted(),
        lambda c: with_column(c, b"mere", b"1").replace(b";1\n", b";" + b"x" * 900_000 + b"\n", 1),
    )


def bombs() -> Iterator[Case]:
    """Small files that are large ones."""
    many = Refused("too_many_bad_rows")
    bomb = Refused("zip_ratio")
    yield from wide(
        "blank-lines",
        "100,000 blank lines between rows",
        many,
        lambda c: c.replace(b"\n", b"\n" * 100_000, 3),
        ALL,
        long=True,
    )
    yield from wide(
        "blank-lines-10m",
        "10 million blank lines between rows",
        many,
        lambda c: c.replace(b"\n" + PERSONS[30].encode(), b"\n" * 10_000_000 + PERSONS[30].encode()),
        ALL,
        long=True,
    )
    yield from wide(
        "line-without-end", "a line of 100 MB", Refused("unreadable"), lambda c: c + b"x" * 100_000_000, ALL, long=True
    )
    yield from wide(
        "bad-rows",
        "300,000 rows with a fault in every cell",
        many,
        lambda c: c + b";".join(b"x" for _ in WIDE_HEADER).join([b"", b"\n"]) * 300_000,
        PACKED,
        long=True,
    )
    for ending, pack in ((".csv.gz", packed_by_zlib), (".csv.zst", packed_by_zstd)):
        for name, line in {"blank": b"\n", "rows": b";" * 999 + b"\n"}.items():

            def make(path: Path, pack: Callable[[bytes, int], Iterator[bytes]] = pack, line: bytes = line) -> None:
                with path.open("wb") as out:
                    for piece in pack(line, 6_000_000_000 if line == b"\n" else 1_500_000_000):
                        out.write(piece)

            yield Case(
                f"dream-bomb-{name}{ending.replace('.', '-')}",
                "dream",
                f"gigabytes of {name}",
                bomb,
                make,
                ending,
                long=True,
            )


def packed_by_zlib(line: bytes, size: int) -> Iterator[bytes]:
    packer = zlib.compressobj(9, wbits=31)
    piece = line * (1_000_000 // len(line))
    yield packer.compress(wide_bytes())
    for _ in range(size // len(piece)):
        yield packer.compress(piece)
    yield packer.flush()


def packed_by_zstd(line: bytes, size: int) -> Iterator[bytes]:
    packer = zstd.ZstdCompressor()
    piece = line * (1_000_000 // len(line))
    yield packer.compress(wide_bytes())
    for _ in range(size // len(piece)):
        yield packer.compress(piece)
    yield packer.flush()


def cases() -> Iterator[Case]:
    """All of them."""
    for kind in (packings, texts, headers, values, bombs):
        yield from kind()
