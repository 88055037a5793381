"""Hostile text in the members of a zip file: encodings, line ends, quotation marks, delimiters, headers, sizes.

The kinds are those of public collections of broken delimited files: wrong delimiters, preambles, several tables in a
file, notes behind the last row, headers that are missing, twice or in another order, quotation marks of every kind.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator
from random import Random

from cases import (
    ROWS,
    ZIPPED,
    Accepted,
    Case,
    Refused,
    clean_members,
    contents_of,
    encoding_of,
    for_each,
    text_of,
    zipped,
)

#: A member with a free name, so that any text may stand in it, and its column.
FREE = {"webreg": ("virksomheder.csv", "navn"), "biflis": ("leverandoer.csv", "navn")}
#: A member of digits, dates and codes only.
PLAIN = {"webreg": "opgaver.csv", "biflis": "mentorkontakt.csv"}
Change = Callable[[bytes], bytes]


def of_member(
    name: str, source: str, member: str, wrong: str, expected: object, change: Change, **more: object
) -> Case:
    return zipped(name, source, wrong, expected, lambda contents: contents | {member: change(contents[member])}, **more)


def encodings_of(source: str) -> Iterator[Case]:
    """Text in another encoding than the agreed one."""
    member, column = FREE[source]
    agreed = encoding_of(source)
    text = text_of(clean_members(source)[member])

    def spoilt(name: str, wrong: str, expected: object, content: bytes | Change) -> Case:
        return of_member(
            f"encoding-{name}", source, member, wrong, expected, content if callable(content) else lambda c: content
        )

    bad = Refused("wrong_encoding")
    for name in ("utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be"):
        yield spoilt(name, f"{name} with its mark, if it has one", bad, text.encode(name))
    yield spoilt("ebcdic", "EBCDIC", bad, text.replace("æøå", "abc").encode("cp500"))
    yield spoilt("nul", "a zero byte in a field", bad, lambda c: c.replace(b"nr. 7", b"nr.\x007"))
    yield spoilt("nul-first", "a zero byte first", bad, lambda c: b"\0" + c)
    yield spoilt("nul-last", "a zero byte behind the last line", bad, lambda c: c + b"\0")
    if agreed == "utf-8":
        yield spoilt("bom", "the mark of UTF-8 stands first", Accepted(), lambda c: b"\xef\xbb\xbf" + c)
        yield spoilt(
            "bom-twice",
            "the mark of UTF-8 stands there twice",
            Refused("column_missing"),
            lambda c: b"\xef\xbb\xbf" * 2 + c,
        )
        kept = tuple((member, 7, column, value) for value in ("\ufeffNavn nr. 7 på æøå",))
        yield spoilt(
            "bom-inside",
            "the mark of UTF-8 stands in a field",
            Accepted(kept=kept),
            lambda c: c.replace(b"Navn nr. 7 ", b"\xef\xbb\xbfNavn nr. 7 "),
        )
        for other in ("latin-1", "cp1252", "cp865", "mac-roman"):
            yield spoilt(other, f"{other} instead of UTF-8", bad, text.encode(other))
        yield spoilt(
            "mixed",
            "one line in Windows-1252",
            bad,
            lambda c: c.replace("nr. 9 på æøå".encode(), "nr. 9 på æøå".encode("cp1252")),
        )
        for name, sequence in {
            "overlong": b"\xc0\xaf",
            "overlong-nul": b"\xc0\x80",
            "surrogate": b"\xed\xa0\x80",
            "cut-short": b"\xe2\x82",
            "continuation": b"\x80",
            "five-bytes": b"\xf8\x88\x80\x80\x80",
            "beyond-unicode": b"\xf4\x90\x80\x80",
            "ff": b"\xff",
        }.items():
            yield spoilt(name, f"bytes that are no UTF-8: {name}", bad, lambda c, s=sequence: c.replace(b"nr. 7", s))
    else:
        # What Windows-1252 leaves undefined.
        for byte in (0x81, 0x8D, 0x8F, 0x90, 0x9D):
            yield spoilt(
                f"{byte:02x}",
                f"the byte {byte:02X}, which Windows-1252 has not",
                bad,
                lambda c, b=byte: c.replace(b"nr. 7", bytes([b])),
            )
        yield spoilt("bom", "the mark of UTF-8 stands first", bad, lambda c: b"\xef\xbb\xbf" + c)


def lines_of(source: str) -> Iterator[Case]:
    """Ends of lines, blank lines, and what stands before and behind the table."""
    member, column = FREE[source]
    plain = PLAIN[source]

    def spoilt(name: str, wrong: str, expected: object, change: Change, of: str = plain, **more: object) -> Case:
        return of_member(f"lines-{name}", source, of, wrong, expected, change, **more)

    few = "too_few_fields"
    too_many = Refused("too_many_bad_rows")
    yield spoilt("crlf", "CR LF ends lines", Accepted(), lambda c: c.replace(b"\n", b"\r\n"))
    yield spoilt(
        "mixed",
        "every other line ends with CR LF",
        Accepted(),
        lambda c: b"".join(line + (b"\r\n" if n % 2 else b"\n") for n, line in enumerate(c.splitlines())),
    )
    yield spoilt("cr", "CR alone ends lines", Refused("duplicate_column"), lambda c: c.replace(b"\n", b"\r"))
    yield spoilt("lfcr", "LF CR ends lines", Refused("too_many_bad_rows"), lambda c: c.replace(b"\n", b"\n\r"))
    yield spoilt("no-last-end", "the last line has no end", Accepted(), lambda c: c.removesuffix(b"\n"))
    yield spoilt("blank-last", "blank lines behind the last row", Accepted(), lambda c: c + b"\n\r\n\n")
    yield spoilt("blank-first", "a blank line before the header", Refused("column_missing"), lambda c: b"\n" + c)
    yield spoilt(
        "blank-between",
        "a blank line between rows",
        Accepted(extra=((plain, few),)),
        lambda c: c.replace(b"\n1030;", b"\n\n1030;"),
    )
    yield spoilt(
        "blanks-between",
        "a line of blanks between rows",
        Accepted(extra=((plain, few),)),
        lambda c: c.replace(b"\n1030;", b"\n   \n1030;"),
    )
    yield spoilt(
        "preamble", "a title before the header", Refused("column_missing"), lambda c: b"Udtraek fra systemet\n" + c
    )
    yield spoilt(
        "footer", "a line of totals behind the last row", Accepted(extra=((plain, few),)), lambda c: c + b"I alt: 60\n"
    )
    yield spoilt(
        "second-table", "a second table behind the first", too_many, lambda c: c + b"\n" + contents_of(source)[member]
    )
    yield spoilt(
        "header-again",
        "the header stands in the middle once more",
        Accepted(extra=((plain, "bad_id"),)),
        lambda c: c.replace(b"\n1030;", b"\n" + c.split(b"\n")[0] + b"\n1030;"),
    )
    yield spoilt(
        "header-only",
        "nothing but the header",
        Accepted(gone=tuple((plain, row, "") for row in range(ROWS))),
        lambda c: c.split(b"\n")[0],
    )
    yield spoilt(
        "one-row",
        "one row",
        Accepted(gone=tuple((plain, row, "") for row in range(1, ROWS))),
        lambda c: b"\n".join(c.split(b"\n")[:2]),
    )
    yield spoilt("no-header", "no header", Refused("duplicate_column"), lambda c: c.split(b"\n", 1)[1])
    yield spoilt("nothing-but-ends", "nothing but ends of lines", Refused("empty_file"), lambda c: b"\n" * 1000)
    yield spoilt(
        "cr-inside",
        "a CR in the middle of a name",
        Accepted(kept=((member, 7, column, "Navn\rnr. 7 på æøå"),)),
        lambda c: c.replace(b"Navn nr. 7 ", b"Navn\rnr. 7 "),
        member,
    )
    yield spoilt(
        "empty-lines-million",
        "a million blank lines between rows",
        Refused("unreadable"),
        lambda c: c.replace(b"\n1030;", b"\n" * 1_000_000 + b"1030;"),
    )
    yield spoilt(
        "empty-lines-40000",
        "40,000 blank lines between rows",
        too_many,
        lambda c: c.replace(b"\n1030;", b"\n" * 40_000 + b"1030;"),
        long=True,
    )
    for name, separator in {
        "nel": "\x85",
        "ls": "\u2028",
        "ps": "\u2029",
        "vt": "\v",
        "ff": "\f",
        "fs": "\x1c",
    }.items():
        try:
            inside = f"Navn{separator}nr. 7 på æøå".encode(encoding_of(source))
        except UnicodeEncodeError:
            continue
        kept = ((member, 7, column, inside.decode(encoding_of(source))),)
        yield spoilt(
            f"separator-{name}",
            f"a {name.upper()}, which ends a line for some, in a name",
            Accepted(kept=kept),
            lambda c, i=inside: c.replace("Navn nr. 7 på æøå".encode(encoding_of(source)), i),
            member,
        )


def quotes_of(source: str) -> Iterator[Case]:
    """Quotation marks and delimiters."""
    member, column = FREE[source]
    old = b"Navn nr. 7 "

    def spoilt(name: str, wrong: str, expected: object, new: bytes, **more: object) -> Case:
        return of_member(f"quotes-{name}", source, member, wrong, expected, lambda c: c.replace(old, new), **more)

    def whole(new: str) -> Change:
        return lambda c: c.replace("Navn nr. 7 på æøå".encode(encoding_of(source)), new.encode(encoding_of(source)))

    def kept(value: str) -> Accepted:
        return Accepted(kept=((member, 7, column, value),))

    gone = Accepted(gone=((member, 7, "bad_quoting"),))
    yield spoilt("middle", "a quotation mark in the middle of a name", gone, b'Na"vn nr. 7 ')
    yield spoilt("pair-middle", "a pair in the middle of a name", gone, b'Na"v"n nr. 7 ')
    yield spoilt("opened-and-more", "something behind the closing mark", gone, b'"Navn" nr. 7 ')
    yield spoilt("never-closed", "a quotation mark that never closes", Refused("unreadable"), b'"Navn nr. 7 ')
    yield spoilt("single", "single quotation marks", kept("'Navn nr. 7' på æøå"), b"'Navn nr. 7' ")
    yield of_member(
        "quotes-doubled", source, member, "doubled quotation marks", kept('"A" & "B"'), whole('"""A"" & ""B"""')
    )
    yield of_member("quotes-newline", source, member, "a line break in quotation marks", kept("A\nB"), whole('"A\nB"'))
    yield of_member("quotes-crlf", source, member, "CR LF in quotation marks", kept("A\r\nB"), whole('"A\r\nB"'))
    yield of_member("quotes-delimiter", source, member, "a delimiter in quotation marks", kept("A;B"), whole('"A;B"'))
    yield of_member(
        "quotes-row-inside",
        source,
        member,
        "what looks like a row in quotation marks",
        kept("x\n1999;y;z\n"),
        whole('"x\n1999;y;z\n"'),
    )
    yield of_member(
        "quotes-typographic", source, member, "typographic quotation marks", kept("“Navn”"), whole("“Navn”")
    )
    yield of_member("quotes-backslash", source, member, "a backslash before a mark", gone, whole('"Na\\"vn"'))
    yield of_member("quotes-blank-before", source, member, "a blank before the opening mark", gone, whole(' "Navn"'))
    yield of_member(
        "quotes-every-field",
        source,
        member,
        "every field in quotation marks",
        Accepted(),
        lambda c: b"\n".join(b";".join(b'"' + f + b'"' for f in line.split(b";")) for line in c.split(b"\n")[:-1]),
    )
    # A single row too many: the delimiter of nobody, unquoted.
    yield of_member(
        "delimiter-inside",
        source,
        member,
        "a delimiter in a name that is not quoted",
        Accepted(gone=((member, 7, "too_many_fields"),)),
        whole("A;B"),
    )
    yield of_member(
        "delimiter-missing",
        source,
        member,
        "a row without its last field",
        Accepted(gone=((member, 7, "too_few_fields"),)),
        lambda c: _without_last_field(c, 8),
    )
    for name, delimiter in {"comma": b",", "tab": b"\t", "pipe": b"|"}.items():
        yield of_member(
            f"delimiter-{name}",
            source,
            member,
            f"a {name} instead of the semicolon",
            Refused("column_missing"),
            lambda c, d=delimiter: c.replace(b";", d),
        )
    yield of_member(
        "delimiter-fullwidth",
        source,
        member,
        "another semicolon",
        Refused("column_missing"),
        lambda c: c.replace(b";", "；".encode() if encoding_of(source) == "utf-8" else b"\xa1"),
    )
    yield of_member(
        "never-closed-20mb",
        source,
        member,
        "a mark that never closes, then 20 MB",
        Refused("unreadable"),
        lambda c: c.replace(old, b'"' + old) + b"".join(b"%d;x;y\n" % n for n in range(2_000_000)),
        long=True,
    )


def _without_last_field(content: bytes, line: int) -> bytes:
    lines = content.split(b"\n")
    lines[line] = lines[line].rpartition(b";")[0]
    return b"\n".join(lines)


def headers_of(source: str) -> Iterator[Case]:
    """The first line."""
    member, column = FREE[source]
    name_there = column.encode()

    def header(name: str, wrong: str, expected: object, change: Change, **more: object) -> Case:
        def spoil(content: bytes) -> bytes:
            first, _, rest = content.partition(b"\n")
            return change(first) + b"\n" + rest

        return of_member(f"header-{name}", source, member, wrong, expected, spoil, **more)

    missing = Refused("column_missing")
    yield header("renamed", "a column has another name", missing, lambda h: h.replace(name_there, b"name"))
    yield header("upper", "column names in upper case", missing, bytes.upper)
    yield header("blank", "a blank before a column's name", missing, lambda h: h.replace(name_there, b" " + name_there))
    yield header("twice", "a column is there twice", Refused("duplicate_column"), lambda h: h + b";" + name_there)
    yield header("empty-twice", "two columns without a name", Refused("duplicate_column"), lambda h: h + b";;")
    yield header("empty", "the header is a blank line", missing, lambda h: b"")
    yield header(
        "quotes",
        "broken quotation marks in the header",
        Refused("unreadable"),
        lambda h: h.replace(name_there, b'"na"vn'),
    )
    yield header(
        "many",
        "200,000 columns",
        Refused("too_many_bad_rows"),
        lambda h: h + b"".join(b";%d" % n for n in range(150_000)),
    )
    yield header(
        "million",
        "a million columns",
        Refused("unreadable"),
        lambda h: h + b"".join(b";%d" % n for n in range(1_000_000)),
    )
    yield header(
        "long-name",
        "a name of a million characters",
        Refused("unreadable"),
        lambda h: h + b";" + b"abcdefghij" * 100_000,
    )
    yield header("one-more", "a column that no row has", Refused("too_many_bad_rows"), lambda h: h + b";mere")
    if encoding_of(source) == "utf-8":
        yield header(
            "zero-width",
            "a zero-width character in a name",
            missing,
            lambda h: h.replace(name_there, "na\u200bvn".encode()),
        )
        yield header(
            "cyrillic", "a cyrillic letter in a name", missing, lambda h: h.replace(b"navn", "n\u0430vn".encode())
        )
        yield header(
            "decomposed",
            "a combining character in a name",
            missing,
            lambda h: h.replace(name_there, "nav\u0300n".encode()),
        )

    def reordered(content: bytes) -> bytes:
        return b"\n".join(b";".join(reversed(line.split(b";"))) for line in content.split(b"\n"))

    yield of_member("header-reordered", source, member, "the columns in reverse order", Accepted(), reordered)

    def more(value: bytes) -> Change:
        def spoil(content: bytes) -> bytes:
            first, *rest = content.removesuffix(b"\n").split(b"\n")
            return b"\n".join([first + b";" + value, *(line + b";1" for line in rest)])

        return spoil

    for name, value in {
        "html": b"<script>alert(1)</script>",
        "markdown": b"[tryk](javascript:alert(1))",
        "rich": b"[/red][bold",
        "escape": b"\x1b[2J\x1b[31mevil\x07",
        "jinja": b"{{ 7*7 }}",
        "sql": b"x') or 1=1 --",
        "formula": b"=1+1",
        "cpr": b"6101011234",
    }.items():
        yield of_member(
            f"header-name-{name}", source, member, f"an unknown column called {value[:20]!r}", Accepted(), more(value)
        )


def sizes_of(source: str) -> Iterator[Case]:
    """Long fields and lines."""
    member, column = FREE[source]
    old = "Navn nr. 7 på æøå".encode(encoding_of(source))

    def spoilt(name: str, wrong: str, expected: object, new: bytes, **more: object) -> Case:
        return of_member(f"size-{name}", source, member, wrong, expected, lambda c: c.replace(old, new), **more)

    half = b"abcdefghi " * 50_000
    yield spoilt(
        "half-a-megabyte", "a name of half a megabyte", Accepted(kept=((member, 7, column, half.decode()),)), half
    )
    yield spoilt("ten-megabytes", "a name of 10 MB", Refused("unreadable"), _noise(10_000_000))
    yield spoilt(
        "ten-megabytes-quoted",
        "a quoted name of 10 MB over many lines",
        Refused("unreadable"),
        b'"' + _noise(10_000_000, b"\n") + b'"',
    )
    yield of_member(
        "size-no-end",
        source,
        member,
        "a line of 100 MB",
        Refused("unreadable"),
        lambda c: c + _noise(100_000_000),
        long=True,
    )


def _noise(size: int, between: bytes = b"") -> bytes:
    """So many letters that pack to three quarters; `between` stands behind every hundred."""
    letters = base64.b64encode(Random(1).randbytes(size * 3 // 4)).replace(b"+", b"x").replace(b"/", b"y")
    return between.join(letters[at : at + 100] for at in range(0, size, 100)) if between else letters


def cases() -> Iterator[Case]:
    """All of them."""
    yield from for_each(ZIPPED, encodings_of)
    for kind in (lines_of, quotes_of, headers_of, sizes_of):
        yield from for_each(("webreg",) if kind is lines_of else ZIPPED, kind)
