"""Hostile zip files: what the directory says, what the members are, where the bytes end."""

from __future__ import annotations

import stat
import struct
import warnings
import zipfile
import zlib
from collections.abc import Callable, Iterator

from cases import ZIPPED, Accepted, Case, Refused, bytes_of_zip, contents_of, for_each, zip_bytes, zipped

CENTRAL, END, LOCAL = b"PK\x01\x02", b"PK\x05\x06", b"PK\x03\x04"
#: A member with a CPR number (shown to nobody), one with references to it, and one that nothing needs.
FIRST = {"webreg": "borgere.csv", "biflis": "borger.csv"}
LINK, DEVICES = stat.S_IFLNK, {"character device": stat.S_IFCHR, "block device": stat.S_IFBLK, "pipe": stat.S_IFIFO}

PATHS = {
    "parent": "../evil.csv",
    "many-parents": "../../../../../../../../tmp/evil.csv",
    "absolute": "/tmp/evil.csv",
    "in-a-folder": "folder/evil.csv",
    "folder": "folder/",
    "backslash": "..\\evil.csv",
    "drive": "C:evil.csv",
    "drive-and-path": "C:\\windows\\evil.csv",
    "share": "\\\\server\\share\\evil.csv",
    "nul": "evil.csv\0.txt",
    "nothing": "",
    "dot": ".",
    "dots": "..",
    "long": "a/" * 20_000 + "evil.csv",
}
#: No path, but no name that anybody should write a file by: they are unknown members, masked, and no file is written.
ODD_NAMES = {
    "division-slash": "..\u2215..\u2215evil.csv",
    "fullwidth-slash": "..\uff0f..\uff0fevil.csv",
    "one-dot-leader": "\u2024\u2024evil.csv",
    "right-to-left": "evil\u202evsc.exe",
    "escape": "\x1b[2J\x1b[31mevil.csv",
    "newline": "evil\nborgere.csv",
    "shell": "$(touch evil); `touch evil` | rm -rf ~",
    "sql": "'; drop table raw.webreg__borgere; --",
    "jinja": "{{ 7*7 }}{% raw %}.csv",
    "html": "<img src=x onerror=alert(1)>.csv",
    "markdown": "[tryk her](javascript:alert(1)) | `x` |.csv",
    "rich": "[bold]evil[link=http:evil].csv",
    "format": "{0.__class__.__mro__}%s%n%x.csv",
    "long": "x" * 60_000,
    "cpr": "6101011234.csv",
    "device-name": "CON.csv",
    "formula": "=cmd|'!A1.csv",
    "upper-case-twin": "BORGERE.CSV",
    "blank-before": " borgere.csv",
    "cyrillic-twin": "b\u043ergere.csv",
}


def info_of(name: str, kind: int = 0) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo("x", date_time=(2016, 1, 1, 0, 0, 0))
    info.filename = name
    info.external_attr = (kind | 0o777) << 16 if kind else 0
    return info


def and_one(info: zipfile.ZipInfo | str, content: bytes = b"x") -> Callable[[dict[str, bytes]], list]:
    return lambda contents: [*contents.items(), (info, content)]


def at(offset: int, form: str, value: int, signature: bytes = CENTRAL) -> Callable[[bytes], bytes]:
    """Overwrite a number of the first record with `signature`."""

    def spoil(content: bytes) -> bytes:
        place = (content.rindex if signature == END else content.index)(signature) + offset
        new = struct.pack(form, value)
        return content[:place] + new + content[place + len(new) :]

    return spoil


def members_of(source: str) -> Iterator[Case]:
    """What the members are."""
    first = FIRST[source]
    for name, path in PATHS.items():
        yield zipped(
            f"path-{name}", source, f"a member called {path[:30]!r}", Refused("zip_path"), and_one(info_of(path))
        )
    yield zipped(
        "link", source, "a member that is a link", Refused("zip_link"), and_one(info_of("a.csv", LINK), b"/etc/passwd")
    )
    for what, kind in DEVICES.items():
        yield zipped(
            what.replace(" ", "-"),
            source,
            f"a member that is a {what}",
            Refused("zip_link"),
            and_one(info_of("a.csv", kind)),
        )
    yield zipped(
        "link-needed",
        source,
        "a member that the delivery needs is a link",
        Refused("zip_link"),
        lambda contents: [(info_of(name, LINK if name == first else 0), content) for name, content in contents.items()],
    )
    yield zipped(
        "member-missing",
        source,
        "a member is not there",
        Refused("member_missing"),
        lambda c: {n: v for n, v in c.items() if n != first},
    )
    yield zipped("member-empty", source, "a member without a byte", Refused("empty_file"), lambda c: c | {first: b""})
    yield zipped("no-members", source, "a zip file with nothing in it", Refused("member_missing"), lambda c: {})
    yield zipped(
        "case",
        source,
        "a member is called in upper case",
        Refused("member_missing"),
        lambda c: {n.upper() if n == first else n: v for n, v in c.items()},
    )
    yield zipped(
        "homoglyph",
        source,
        "a member's name has a cyrillic letter",
        Refused("member_missing"),
        lambda c: {n.replace("o", "\u043e") if n == first else n: v for n, v in c.items()},
    )
    yield zipped(
        "composed",
        source,
        "a member's name has a zero-width character",
        Refused("member_missing"),
        lambda c: {f"\u200b{n}" if n == first else n: v for n, v in c.items()},
    )

    def twice(contents: dict[str, bytes]) -> list:
        warnings.simplefilter("ignore")
        return [*contents.items(), (first, contents[first])]

    yield zipped("member-twice", source, "a member is there twice", Refused("unreadable"), twice)
    yield zipped(
        "thousand-members",
        source,
        "1,001 members",
        Refused("unreadable"),
        lambda c: c | {f"{n}.csv": b"" for n in range(1_001)},
    )
    yield zipped("nested", source, "a zip file in the zip file", Accepted(), lambda c: c | {"more.zip": zip_bytes(c)})
    if source == "webreg":
        for name, odd in ODD_NAMES.items():
            yield zipped(
                f"name-{name}", source, f"an unknown member called {odd[:30]!r}", Accepted(), and_one(info_of(odd))
            )
    yield zipped(
        "stored", source, "members that are not packed", Accepted(), lambda c: [(info_of(n), v) for n, v in c.items()]
    )


def structure_of(source: str) -> Iterator[Case]:
    """What the zip file's own records say."""
    first = FIRST[source]

    def spoilt(name: str, wrong: str, expected: object, spoil: Callable[[bytes], bytes], **more: object) -> Case:
        return bytes_of_zip(name, source, wrong, expected, spoil, **more)

    unreadable = Refused("unreadable")
    yield spoilt("encrypted", "a member says that it is encrypted", unreadable, at(8, "<H", 1))
    yield spoilt("crc", "a member's checksum is another one", unreadable, at(16, "<I", 0xDEADBEEF))
    yield spoilt("size-smaller", "a member says that it is smaller than it is", Refused("zip_ratio"), at(24, "<I", 10))
    yield spoilt("size-larger", "a member says that it is larger than it is", unreadable, at(24, "<I", 1_000_000))
    yield spoilt("size-absurd", "a member says that it is 4 GB large", Refused("zip_ratio"), at(24, "<I", 0xFFFFFFFE))
    yield spoilt("packed-absurd", "a member says that it is packed into 4 GB", unreadable, at(20, "<I", 0xFFFFFFFE))
    yield spoilt("packed-nothing", "a member says that it is packed into nothing", unreadable, at(20, "<I", 0))
    yield spoilt("offset-absurd", "a member begins behind the end of the file", unreadable, at(42, "<I", 0xFFFFFFF0))
    yield spoilt("offset-one", "a member begins a byte too late", unreadable, at(42, "<I", 1))
    for packing, what in ((9, "deflate64"), (12, "bzip2"), (14, "lzma"), (93, "zstd"), (99, "AES")):
        yield spoilt(f"packing-{what}", f"a member says that it is packed by {what}", unreadable, at(10, "<H", packing))
    yield spoilt("packing-none", "a member says that it is not packed", Refused("wrong_encoding"), at(10, "<H", 0))
    yield spoilt("flag-strong", "strong encryption", unreadable, at(8, "<H", 0x41))
    yield spoilt(
        "directory-size", "the directory says that it is 4 GB large", unreadable, at(12, "<I", 0xFFFFFFF0, END)
    )
    yield spoilt("directory-offset", "the directory begins behind the end", unreadable, at(16, "<I", 0xFFFFFFF0, END))
    yield spoilt(
        "directory-nothing", "the directory says that it is empty", Refused("member_missing"), at(12, "<I", 0, END)
    )
    yield spoilt(
        "directory-signature",
        "a record of the directory begins otherwise",
        unreadable,
        lambda c: c.replace(CENTRAL, b"PK\x01\x03", 1),
    )
    yield spoilt("local-signature", "a member has no header", unreadable, lambda c: c.replace(LOCAL, b"PK\x03\x05", 1))
    yield spoilt(
        "name-not-utf8",
        "a name that says it is UTF-8 and is not",
        Refused("unreadable"),
        lambda c: at(8, "<H", 0x800)(c.replace(b"jobcentre.csv", b"\xff\xfebcentre.csv")),
    )
    yield spoilt(
        "before", "4 KB of something else stand before the zip file", Accepted(), lambda c: b"#!/bin/sh\n" * 400 + c
    )
    yield spoilt("after", "something stands behind the zip file", Accepted(), lambda c: c + b"\r\n" * 100)
    yield spoilt(
        "after-64k", "more stands behind the zip file than a comment may have", unreadable, lambda c: c + b"\n" * 70_000
    )
    yield spoilt(
        "glued", "two zip files in one: the last one counts", Accepted(), lambda c: zip_bytes({first: b"nothing"}) + c
    )
    yield spoilt("no-end", "the end is missing", unreadable, lambda c: c[: c.rindex(END)])
    for share in (1, 4, 30, 60, 90, 99):
        yield spoilt(
            f"cut-{share}",
            f"cut off after {share} pct",
            unreadable,
            lambda c, share=share: c[: max(len(c) * share // 100, 1)],
        )
    yield spoilt("cut-one", "the last byte is missing", unreadable, lambda c: c[: c.rindex(END) + 21])
    yield spoilt("zeros", "as many zero bytes as the file has", unreadable, lambda c: bytes(len(c)))
    yield spoilt("reversed", "the bytes in reverse", unreadable, lambda c: c[::-1])
    yield spoilt("empty", "a file without a byte", Refused("empty_file"), lambda c: b"")
    yield spoilt("one-byte", "a file of one byte", unreadable, lambda c: b"P")
    yield spoilt("end-alone", "nothing but the end of a zip file", Refused("member_missing"), lambda c: END + bytes(18))
    yield spoilt("gzip", "a gzip file called .zip", unreadable, lambda c: b"\x1f\x8b" + zlib.compress(c))
    yield spoilt("csv", "text called .zip", unreadable, lambda c: b"borger_id;cpr;koen\n")
    yield spoilt("disks", "the last of several disks", Accepted(), at(4, "<H", 3, END))
    yield spoilt("damaged", "twenty bytes of a member are others", unreadable, lambda c: c[:60] + bytes(20) + c[80:])


def bombs_of(source: str) -> Iterator[Case]:
    """Small files that would be large ones."""
    first = FIRST[source]
    bomb = Refused("zip_ratio")
    yield zipped("bomb", source, "11 MB of one letter", bomb, and_one("more.csv", b"0" * 11_000_000))
    yield zipped(
        "bomb-needed",
        source,
        "11 MB of one letter behind a member that is needed",
        bomb,
        lambda c: c | {first: c[first] + b"0" * 11_000_000},
    )
    yield zipped(
        "bomb-together",
        source,
        "members that are large together only",
        bomb,
        lambda c: c | {f"{n}.csv": b"0" * 9_900_000 for n in range(3)},
    )

    def overlapping(contents: dict[str, bytes]) -> bytes:
        """Many directory records that all lead to the same packed bytes."""
        kernel = zip_bytes({"a.csv": b"0" * 9_900_000})
        offset, end = kernel.index(CENTRAL), kernel.rindex(END)
        record = kernel[offset:end]
        many = b"".join(record.replace(b"a.csv", f"{n:05}".encode()) for n in range(900))
        tail = struct.pack("<4s4H2IH", END, 0, 0, 900, 900, len(many), offset, 0)
        return kernel[:offset] + many + tail

    yield bytes_of_zip(
        "bomb-overlapping", source, "900 members of 10 MB that share their bytes", bomb, lambda c: overlapping({})
    )
    # The first of the archive, so that its record is the first of the directory.
    lying = contents_of(source)
    lying[first_of(source)] += b"\n" * 11_000_000
    yield bytes_of_zip(
        "bomb-lying", source, "11 MB that say they are 100 bytes", bomb, lambda c: at(24, "<I", 100)(zip_bytes(lying))
    )


def first_of(source: str) -> str:
    """The member that stands first in the archive."""
    return next(iter(contents_of(source)))


def huge_directory(records: int) -> bytes:
    """A zip file of nothing but a directory of so many members."""
    record = struct.pack("<4s6H3I5H2I", CENTRAL, 20, 20, 0, 0, 0, 33, 0, 0, 0, 8, 0, 0, 0, 0, 0, 0)
    many = b"".join(record + b"%08d" % n for n in range(records))
    count = min(records, 0xFFFF)
    return many + struct.pack("<4s4H2IH", END, 0, 0, count, count, len(many), 0, 0)


def huge_of(source: str) -> Iterator[Case]:
    """What takes too long for every run."""
    yield bytes_of_zip(
        "million-members",
        source,
        "a directory of a million members",
        Refused("unreadable"),
        lambda c: huge_directory(1_000_000),
        long=True,
    )
    yield bytes_of_zip(
        "100k-members",
        source,
        "a directory of 100,000 members",
        Refused("unreadable"),
        lambda c: huge_directory(100_000),
    )


def cases() -> Iterator[Case]:
    """All of them; the details of the zip format for one source, what may differ by feed for both."""
    yield from for_each(ZIPPED, members_of)
    yield from structure_of("webreg")
    yield from bombs_of("webreg")
    yield from huge_of("biflis")
