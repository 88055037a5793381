"""What a hostile file is, and the clean deliveries that each of them is a spoilt copy of."""

from __future__ import annotations

import gzip
import io
import zipfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from backports import zstd

from mentor_dw.feeds import Feed, FieldSpec, code_list, load_feed

#: Rows of every member: one bad row among them is within the limit of 2 pct.
ROWS = 60
ZIPPED = ("webreg", "biflis")
#: Replacement numbers (day 61), one a row.
PERSONS = [f"61{1 + row % 12:02}80{row:04}" for row in range(ROWS)]

Table = list[list[str]]
Members = dict[str, Table]


@dataclass(frozen=True)
class Refused:
    """The delivery is refused with `code`."""

    code: str


@dataclass(frozen=True)
class Accepted:
    """The delivery is accepted, and its rows are those of the clean one but for these.

    `gone` are rows that are quarantined, (member, row from 0, rule shown first); `extra` are rules of rows that the
    clean delivery has not, quarantined too; `kept` are values that stand there instead, (member, row, field, value or
    None). A wide delivery has the member ''.
    """

    gone: tuple[tuple[str, int, str], ...] = ()
    extra: tuple[str, ...] = ()
    kept: tuple[tuple[str, int, str, str | None], ...] = ()


@dataclass(frozen=True)
class Left:
    """The file stays in the inbox and nothing happens; other files are taken as usual."""


@dataclass(frozen=True)
class Stays:
    """The file stays in the inbox and the run says so (MentorDwError): somebody has to do something first."""


Verdict = Refused | Accepted | Left | Stays
#: Puts the delivery at the path it is given; what it needs beside it, it puts there too.
Make = Callable[[Path], None]


@dataclass(frozen=True)
class Case:
    """One hostile file. `name` is unique; `ending` follows the name of a wide delivery (.csv, .csv.gz, .csv.zst)."""

    name: str
    source: str
    wrong: str
    expected: Verdict
    make: Make = field(repr=False)
    ending: str = ".csv"
    #: another file name, where the name itself is hostile
    file_name: str | None = None
    #: takes too long, or writes too much, for every run of the tests
    long: bool = False


def row_of(spec: FieldSpec, row: int, feed: Feed, *, is_key: bool) -> str:
    """A value of the field that breaks no rule, different from row to row where the field may be part of a key."""
    day = f"2014-{1 + row % 12:02}-{1 + row % 28:02}"
    if spec.type == "cpr":
        return PERSONS[row]
    if spec.references is not None and spec.references.member == "mentorforloeb.csv" and spec.name == "forrige_id":
        return ""
    if spec.references is not None and not is_key:
        # Few rows are referred to, so that a row set aside takes no other one with it.
        return str(1000 + row % 5)
    if spec.type == "code":
        codes = [code for code in code_list(spec.code_list or "") if (spec.name, code) != ("maalgruppe", "14")]
        return codes[row % len(codes)]
    if spec.type == "date":
        # What must not come before another date of the row is later than all of them.
        iso = f"2015-{day[5:]}" if spec.not_before else day
        return iso if feed.text.date_format == "%Y-%m-%d" else "-".join(reversed(iso.split("-")))
    return {
        "id": str(1000 + row),
        "time": f"{8 + row % 10:02}:{row % 60:02}",
        "integer": str(max(spec.min or 0, 0) + 5 + row) if spec.name != "aar" else str(2000 + row),
        "decimal": f"{row},25",
        "month": day[:7],
        "filled": f"tekst {row}",
        "text": {"kommunekode": f"{101 + row}", "bopaelskommune": "851", "konto": "5.35.30"}.get(
            spec.name, f"{spec.name.capitalize()} nr. {row} på æøå"
        ),
    }[spec.type]


def clean_members(source: str) -> Members:
    """The clean delivery: member to its records, the header first."""
    feed = load_feed(source)
    return {
        name: [
            [spec.name for spec in member.fields],
            *(
                [row_of(spec, row, feed, is_key=spec.name in member.key) for spec in member.fields]
                for row in range(ROWS)
            ),
        ]
        for name, member in feed.members.items()
    }


def changed(members: Members, member: str, row: int, column: str, value: str) -> Members:
    """The members with another value in one place; rows from 0."""
    table = [list(record) for record in members[member]]
    table[row + 1][table[0].index(column)] = value
    return members | {member: table}


def quoted(value: str) -> str:
    """As a writer of delimited text quotes it: only where it must."""
    return '"' + value.replace('"', '""') + '"' if any(one in value for one in ';"\r\n') else value


def text_of(table: Iterable[list[str]], end: str = "\n") -> str:
    """The member as text, every line ended."""
    return "".join(";".join(map(quoted, record)) + end for record in table)


def encoding_of(source: str) -> str:
    """The encoding that a source writes in."""
    return load_feed(source).text.encoding


def contents_of(source: str, members: Members | None = None) -> dict[str, bytes]:
    """The members of a zipped delivery as bytes."""
    chosen = members or clean_members(source)
    return {name: text_of(table).encode(encoding_of(source)) for name, table in chosen.items()}


def zip_bytes(
    contents: dict[str, bytes] | Iterable[tuple[str | zipfile.ZipInfo, bytes]],
    mark: str = "",
    packing: int = zipfile.ZIP_DEFLATED,
) -> bytes:
    """A zip with these members, the same bytes every time; `mark` is its comment, which makes it another content."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", packing) as archive:
        for name, content in contents.items() if isinstance(contents, dict) else contents:
            info = name
            if isinstance(name, str):
                info = zipfile.ZipInfo(name, date_time=(2016, 1, 1, 0, 0, 0))
                info.compress_type = packing
            archive.writestr(info, content)
        archive.comment = mark.encode()
    return out.getvalue()


def put(content: bytes) -> Make:
    """Write these bytes."""
    return lambda path: path.write_bytes(content) and None


def zipped(
    name: str,
    source: str,
    wrong: str,
    expected: Verdict,
    contents: Callable[[dict[str, bytes]], dict[str, bytes] | list[tuple[str | zipfile.ZipInfo, bytes]]],
    **more: object,
) -> Case:
    """A zipped delivery whose members were changed."""

    def make(path: Path) -> None:
        path.write_bytes(zip_bytes(contents(contents_of(source)), name))

    return Case(f"{source}-{name}", source, wrong, expected, make, **more)


def bytes_of_zip(
    name: str, source: str, wrong: str, expected: Verdict, spoil: Callable[[bytes], bytes], **more: object
) -> Case:
    """A zipped delivery whose bytes were changed."""

    def make(path: Path) -> None:
        path.write_bytes(spoil(zip_bytes(contents_of(source), name)))

    return Case(f"{source}-{name}", source, wrong, expected, make, **more)


WEEKS = [f"y_16{week:02}" for week in range(1, 14)]
WIDE_FIELDS = ["pnr", "koen", "foedselsdato", "kommunekode", "herkomst", "civilstand"]
WIDE_HEADER = [*WIDE_FIELDS, *WEEKS, "branche_2016_02", "branche_2016_03", "grad_2016_02", "grad_2016_03", "ak16"]


def wide_table() -> Table:
    """The clean wide delivery, the header first."""
    rows = []
    for row, person in enumerate(PERSONS):
        weeks = ["", *["130" if row % 2 else "111"] * 6, *["783"] * (row % 7), *[""] * (6 - row % 7)]
        fixed = [person, "M" if int(person[-1]) % 2 else "K", "1980-03-01", "101", "dansk", "U"]
        rows.append([*fixed, *weeks, "561010", "561010", "0,5", "1", "11"])
    return [WIDE_HEADER, *rows]


def wide_bytes(table: Table | None = None, end: str = "\n") -> bytes:
    """A wide delivery unpacked."""
    return "".join(";".join(record) + end for record in table or wide_table()).encode("ascii")


PACK: dict[str, Callable[[bytes], bytes]] = {
    ".csv": lambda content: content,
    ".csv.gz": lambda content: gzip.compress(content, mtime=0),
    ".csv.zst": zstd.compress,
}


def wide(
    name: str,
    wrong: str,
    expected: Verdict,
    spoil: Callable[[bytes], bytes],
    endings: Iterable[str] = (".csv",),
    *,
    packed: bool = False,
    **more: object,
) -> Iterator[Case]:
    """A wide delivery whose bytes were changed before it was packed, or after when `packed`; one case an ending."""
    for ending in endings:

        def make(path: Path, ending: str = ending) -> None:
            pack = PACK[ending]
            path.write_bytes(spoil(pack(wide_bytes())) if packed else pack(spoil(wide_bytes())))

        shown = f"dream-{name}{ending.removeprefix('.csv').replace('.', '-')}"
        yield Case(shown, "dream", wrong, expected, make, ending=ending, **more)


def for_each(source_names: Iterable[str], cases: Callable[[str], Iterable[Case]]) -> Iterator[Case]:
    """The cases of several sources."""
    for source in source_names:
        yield from cases(source)


def named(case: Case, number: int) -> str:
    """The file name of the case: every one covers a day or month of its own, none before the clean delivery's."""
    if case.file_name is not None:
        return case.file_name
    if case.source == "webreg":
        return f"webreg_{2010 + number // 336}-{1 + number % 336 // 28:02}-{1 + number % 28:02}.zip"
    year, month = 1900 + number // 12, 1 + number % 12
    return f"biflis_{year}-{month:02}.zip" if case.source == "biflis" else f"dream_{year}-{month:02}{case.ending}"


def as_long(cases: Iterable[Case]) -> Iterator[Case]:
    """The cases, left to the long tests."""
    return (replace(case, long=True) for case in cases)
