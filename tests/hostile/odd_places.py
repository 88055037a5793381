"""What lies in the inbox and is no file, has a hostile name, a hostile checksum beside it, or changes meanwhile."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator
from pathlib import Path

from cases import Accepted, Case, Left, Make, Refused, Stays, contents_of, wide_bytes, zip_bytes

MISMATCH = Refused("sha_mismatch")


def delivery(mark: str) -> bytes:
    """A clean delivery of web registrations."""
    return zip_bytes(contents_of("webreg"), mark)


def beside(name: str, wrong: str, expected: object, put: Callable[[Path, str], object]) -> Case:
    """A clean delivery and a checksum file: put(path of the checksum file, the right checksum)."""

    def make(path: Path) -> None:
        path.write_bytes(delivery(name))
        put(path.with_name(path.name + ".sha256"), hashlib.sha256(path.read_bytes()).hexdigest())

    return Case(f"sha256-{name}", "webreg", wrong, expected, make)


def checksums() -> Iterator[Case]:
    """Checksum files."""

    def text(form: str) -> Callable[[Path, str], object]:
        return lambda path, right: path.write_text(form.format(right), encoding="utf-8")

    yield beside("right", "the right checksum", Accepted(), text("{}\n"))
    yield beside("other-name", "the right checksum and another file's name", Accepted(), text("{}  ../../etc/passwd\n"))
    yield beside("bom", "the mark of UTF-8 before it", Accepted(), text("\ufeff{}\n"))
    yield beside("wrong", "another file's checksum", MISMATCH, text("0" * 64))
    yield beside("empty", "an empty one", MISMATCH, text(""))
    yield beside("lines", "the checksums of many files", MISMATCH, text("{0}  a\n{0}  b\n"))
    yield beside("short", "a digit too few", MISMATCH, lambda path, right: path.write_text(right[:-1]))
    yield beside(
        "other-digits",
        "digits of another script",
        MISMATCH,
        lambda path, right: path.write_text(right.replace("1", "\u0661").replace("2", "\u0662")),
    )
    yield beside("binary", "binary data", MISMATCH, lambda path, right: path.write_bytes(bytes(range(256)) * 16))
    yield beside("huge", "a sparse gigabyte", MISMATCH, lambda path, right: _sparse(path, 1 << 30, right.encode()))
    yield beside("link", "a link to a secret file", MISMATCH, lambda path, right: path.symlink_to("/etc/passwd"))
    yield beside(
        "link-to-nothing", "a link to nothing", Accepted(), lambda path, right: path.symlink_to("/nowhere/at/all")
    )
    yield beside("device", "a link to an endless device", MISMATCH, lambda path, right: path.symlink_to("/dev/zero"))
    yield beside("pipe", "a pipe", MISMATCH, lambda path, right: os.mkfifo(path))
    yield beside("folder", "a folder", MISMATCH, lambda path, right: path.mkdir())
    yield beside(
        "full-folder",
        "a folder with something in it",
        MISMATCH,
        lambda path, right: (path.mkdir(), (path / "x").touch()),
    )


def things() -> Iterator[Case]:
    """What is no plain file."""

    def thing(name: str, wrong: str, expected: object, make: Make, source: str = "webreg", **more: object) -> Case:
        return Case(f"thing-{name}", source, wrong, expected, make, **more)

    def to_a_delivery(path: Path) -> None:
        target = path.with_name(".the delivery")
        target.write_bytes(delivery("link"))
        path.symlink_to(target)

    yield thing("link", "a link to a delivery", Left(), to_a_delivery)
    yield thing("link-secret", "a link to a file elsewhere", Left(), lambda path: path.symlink_to("/etc/passwd"))
    yield thing("link-to-nothing", "a link to nothing", Left(), lambda path: path.symlink_to("/nowhere"))
    yield thing("link-to-itself", "a link to itself", Left(), lambda path: path.symlink_to(path.name))
    yield thing("device", "a link to an endless device", Left(), lambda path: path.symlink_to("/dev/zero"))
    yield thing("pipe", "a pipe", Left(), os.mkfifo)
    yield thing("folder", "a folder", Left(), Path.mkdir)
    yield thing(
        "upload",
        "an upload in progress",
        Left(),
        lambda path: path.with_name(path.name + ".part").write_bytes(delivery("part")) and None,
    )
    yield thing("hole", "a sparse terabyte", Left(), lambda path: _sparse(path, 1 << 40, b""))
    yield thing("hole-wide", "a sparse terabyte", Left(), lambda path: _sparse(path, 1 << 40, wide_bytes()), "dream")
    yield thing(
        "hole-64mb",
        "a delivery, then 64 MB of holes",
        Refused("unreadable"),
        lambda path: _sparse(path, 1 << 26, delivery("hole")),
    )


def names() -> Iterator[Case]:
    """File names that are no delivery's."""
    for what, name in {
        "escape": "\x1b[2J\x1b[31mwebreg_2010-01-01.zip",
        "newline": "webreg_2010-01-01.zip\n",
        "newline-and-more": "webreg_2010-01-01.zip\nwebreg: accepted.zip",
        "right-to-left": "webreg_2010-01-01\u202epiz.exe",
        "no-utf8": os.fsdecode(b"webreg_\xff\xfe.zip"),
        "other-digits": "webreg_\u0662\u0660\u0661\u0660-01-01.zip",
        "no-day": "webreg_2010-02-30.zip",
        "year-nought": "webreg_0000-01-01.zip",
        "long": "webreg_2010-01-01.zip".rjust(240, "x"),
        "formula": "=cmd|'!A1.zip",
        "sql": "'; drop table ops.delivery; --.zip",
        "jinja": "{{ 7*7 }}.zip",
        "html": "<script>alert(1)<script>.zip",
        "rich": "[bold][link=http:evil]x.zip",
        "cpr": "webreg_6101011234.zip",
        "dash": "-rf",
        "blank": "webreg_2010-01-01.zip ",
        "upper": "WEBREG_2010-01-01.ZIP",
        "other-source": "biflis_2016-05.zip",
        "future": "webreg_9999-12-31.zip",
    }.items():
        yield Case(
            f"filename-{what}", "webreg", f"a file called {name[:30]!r}", Left(), _put(delivery(what)), file_name=name
        )
    for name in (
        "dream_9999-12.csv",
        "dream_2016-13.csv",
        "dream_2016-00.csv",
        "dream_2016-03.csv.xz",
        "dream_2016-03.csv.gz.gz",
    ):
        yield Case(f"filename-{name}", "dream", f"a file called {name}", Left(), _put(wide_bytes()), file_name=name)


def _put(content: bytes) -> Make:
    return lambda path: path.write_bytes(content) and None


def _sparse(path: Path, size: int, content: bytes) -> None:
    path.write_bytes(content)
    os.truncate(path, size)


def cases() -> Iterator[Case]:
    """All of them."""
    yield from checksums()
    yield from things()
    yield from names()


__all__ = ["Stays", "cases"]
