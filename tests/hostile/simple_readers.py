"""What files say, read as plainly as it can be written down; nothing of the product's readers is used."""

from __future__ import annotations

import re
import zlib

QUOTE, DELIMITER = '"', ";"


class Refuse(Exception):
    """The file as a whole is refused, with this code."""


def records(content: bytes, encoding: str) -> list[tuple[int, list[str] | None]]:
    """Line number and fields of every record, None for broken quotation marks; character by character."""
    text = _text(content, encoding)
    lines = [line + "\n" for line in text.split("\n")]
    lines[-1] = lines[-1][:-1]
    if not lines[-1]:
        lines.pop()
    while lines and lines[-1] in ("\n", "\r\n", "\r"):
        lines.pop()
    found: list[tuple[int, list[str] | None]] = []
    at = 0
    while at < len(lines):
        number = at + 1
        if lines[at] in ("\n", "\r\n"):
            found.append((number, []))
            at += 1
        elif QUOTE not in lines[at]:
            found.append((number, lines[at].removesuffix("\n").removesuffix("\r").split(DELIMITER)))
            at += 1
        else:
            fields, used = _quoted("".join(lines[at:]))
            found.append((number, fields))
            at += used if fields is not None else 1
    return found


def _text(content: bytes, encoding: str) -> str:
    if encoding == "utf-8":
        content = content.removeprefix(b"\xef\xbb\xbf")
    elif content.startswith(b"\xef\xbb\xbf"):
        raise Refuse("wrong_encoding")
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError:
        raise Refuse("wrong_encoding") from None
    if "\0" in text:
        raise Refuse("wrong_encoding")
    return text


def _quoted(text: str) -> tuple[list[str] | None, int]:
    """The fields of the record that `text` begins with, and how many lines it takes; None when it is broken.

    A mark opens a field only as its first character and stands nowhere else outside of marks; behind the closing one
    comes a delimiter or the end of the line.
    Outside of marks a CR stands at the end of a line only.
    """
    fields, field, at = [""], "", 0
    inside = opened = False
    while at < len(text):
        one = text[at]
        if inside:
            if one == QUOTE and text[at + 1 : at + 2] == QUOTE:
                field += one
                at += 1
            elif one == QUOTE:
                inside = False
            else:
                field += one
        elif one in "\r\n":
            end = re.match(r"\r*(?:\n|$(?![\r\n]))", text[at:])
            if end is None:
                return None, 1
            fields[-1] = field
            used = text[: at + end.end()]
            return fields, used.count("\n") + (not used.endswith("\n"))
        elif one == DELIMITER:
            fields[-1] = field
            fields.append("")
            field, opened = "", False
        elif one == QUOTE and not field and not opened:
            inside = opened = True
        elif opened or one == QUOTE:
            return None, 1
        else:
            field += one
        at += 1
    if inside:
        raise Refuse("unreadable")
    fields[-1] = field
    return fields, text.count("\n") + 1


def gunzip(content: bytes) -> bytes:
    """What is packed in gzip members one after the other; zero bytes may stand behind them."""
    out = b""
    while content:
        unpacker = zlib.decompressobj(wbits=31)
        try:
            out += unpacker.decompress(content) + unpacker.flush()
        except zlib.error:
            raise Refuse("unreadable") from None
        if not unpacker.eof:
            raise Refuse("unreadable")
        content = unpacker.unused_data.lstrip(b"\0")
    return out


def lines_of(content: bytes) -> list[bytes]:
    """The lines of a text without the header and without the blank ones at its end."""
    lines = content.split(b"\n")
    while lines and not lines[-1].strip(b"\r"):
        lines.pop()
    return [line.removesuffix(b"\r") for line in lines[1:]]


def person(text: str) -> str | None:
    """The ten digits of a CPR number as it may be written; None for anything else."""
    tight = "".join(one for one in text if not one.isspace())
    hyphen = len(tight) - 5
    if hyphen in (5, 6) and tight[hyphen] == "-":
        tight = tight[:hyphen] + tight[hyphen + 1 :]
    good = len(tight) in (9, 10) and all(one in "0123456789" for one in tight)
    return tight.zfill(10) if good else None


def checksum(content: bytes) -> str | None:
    """The checksum that a checksum file holds; None when it holds something else."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("utf-8", errors="replace").removeprefix("\ufeff")
    text = text.strip()
    digits, rest = text[:64], text[64:]
    good = len(digits) == 64 and all(one in "0123456789abcdefABCDEF" for one in digits)
    good = good and (not rest or (rest[0] in " \t" and "\n" not in rest and "\r" not in rest))
    return digits.lower() if good and len(content) <= 4096 else None
