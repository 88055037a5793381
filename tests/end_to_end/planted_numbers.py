"""CPR numbers planted in every field of every source, in deliveries that are otherwise good, and a search for them.

The deliveries are made from the feeds, so a field that a feed learns is planted by itself. Every number that is planted
begins with one of two birth dates that nobody else has, so a search is quick.
"""

from __future__ import annotations

import base64
import gzip
import itertools
import re
import zipfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from mentor_dw.feeds import Feed, FieldSpec, MemberSpec, code_list
from mentor_dw.identity.cpr import parse_cpr

#: Day 87 is 27 July of a replacement number; day 05 loses its zero, and its numbers fail modulus 11.
BIRTH, BIRTH_WITH_ZERO = "870713", "050713"
NOTATIONS: tuple[Callable[[str], str], ...] = (
    lambda number: number,
    lambda number: f"{number[:6]}-{number[6:]}",
    lambda number: number.lstrip("0"),
)
TEN, HYPHEN, NINE, KNOWN = range(4)
#: The number of a person who is in the vault, for each source's first citizen has it.
KNOWN_NUMBER = f"{BIRTH}0999"
#: So many good rows for a bad one keep a member below the 2 pct that refuse a delivery.
GOOD_ROWS = 52


class Numbers:
    """Hands out numbers, each once, and remembers them."""

    def __init__(self) -> None:
        self.given: set[str] = set()
        self._serials = {birth: itertools.count(1000) for birth in (BIRTH, BIRTH_WITH_ZERO)}

    def new(self, notation: int = 0) -> str:
        """A number as it is written in one of NOTATIONS: a new one, or the KNOWN one."""
        if notation == KNOWN:
            self.given.add(KNOWN_NUMBER)
            return KNOWN_NUMBER
        birth = BIRTH_WITH_ZERO if notation == NINE else BIRTH
        number = f"{birth}{next(self._serials[birth])}"
        while birth == BIRTH_WITH_ZERO and parse_cpr(number).passes_modulus11:
            number = f"{birth}{next(self._serials[birth])}"
        self.given.add(number)
        return NOTATIONS[notation](number)


def found_in(data: bytes, planted: set[str]) -> set[str]:
    """Which of `planted` (ten digits) can be read in `data`: plain, with a hyphen or a blank, without the leading zero,
    as UTF-16, as hexadecimal digits, or as Base64 of any of the plain forms."""
    found = set(_PLAIN.findall(data))
    if b"\0" in data:
        found |= set(_PLAIN.findall(data.replace(b"\0", b"")))
    found |= {tuple(bytes.fromhex(part.decode()) for part in parts) for parts in _HEX.findall(data)}
    numbers = {(birth + serial).decode().zfill(10) for birth, serial in found} & planted
    if any(start in data for start in _BASE64_STARTS):
        numbers |= {number for number in planted if any(form in data for form in _base64_forms(number))}
    return numbers


_BIRTHS = (BIRTH.encode(), BIRTH_WITH_ZERO.lstrip("0").encode())
#: Within a longer id too, but not within a random key of 18 or 19 digits, which may hold any number.
_PLAIN = re.compile(rb"(?<!\d{5})(%s)[- ]?(\d{4})(?!\d{5})" % b"|".join(_BIRTHS))
_HEX = re.compile(rb"(%s)(?:2[dD]|20)?((?:3\d){4})" % b"|".join(birth.hex().encode() for birth in _BIRTHS))


def _in_base64(text: bytes) -> Iterator[bytes]:
    """What of `text` is the same in Base64 whatever stands before and after it, for each place it can begin at."""
    for offset in range(3):
        whole = base64.b64encode(bytes(offset) + text)
        yield whole[-(-offset * 8 // 6) : (offset + len(text)) * 8 // 6]


def _base64_forms(number: str) -> Iterator[bytes]:
    birth, serial = number[:6].lstrip("0"), number[6:]
    for gap in ("", "-", " "):
        yield from _in_base64(f"{birth}{gap}{serial}".encode())


_BASE64_STARTS = tuple(form for birth in _BIRTHS for form in _in_base64(birth))


def good_value(feed: Feed, spec: FieldSpec, is_key: bool, row: int, sizes: dict[str, int]) -> str:
    """A value of the field that passes every rule, in the `row`-th row of its member."""
    if spec.references is not None and spec.may_be_empty:
        return ""
    if spec.references is not None and spec.type == "id":
        return str(1 + row % sizes[spec.references.member])
    if spec.type == "cpr":
        person = row % sizes[spec.references.member] if spec.references else row
        return f"610180{person:04}" if person else KNOWN_NUMBER
    if spec.type == "code":
        codes = code_list(spec.code_list)
        return codes[(row + row // 1000) % len(codes) if is_key else 0]
    if spec.type == "text":
        patterns = {None: f"tekst {row}", "^[0-9]{3}$": f"{row % 1000:03}"}
        return patterns.get(spec.pattern, "5.68.90.017")
    if spec.type in ("integer", "decimal"):
        low = spec.min or 0
        return str(low + row // 4 % ((spec.max or 1000) - low)) if is_key else str(max(low, 10))
    day = {"%Y-%m-%d": "2013-01-31", "%d-%m-%Y": "31-01-2013"}[feed.text.date_format]
    return {"id": str(row + 1), "date": day, "time": "09:00", "month": "2013-01", "filled": "skrevet"}[spec.type]


def bad_rows(
    fields: list[FieldSpec], notations: Sequence[int], numbers: Numbers, good: Callable[[], list[str]]
) -> Iterator[str]:
    """Rows with a number where none belongs: in each field in the notations, shifted, too long, too short, unquoted."""
    for place, spec in enumerate(fields):
        # One notation alone goes round with the field.
        for notation in notations if len(notations) > 1 else [(notations[0] + place) % len(NOTATIONS)]:
            row = good()
            row[place] = numbers.new(notation)
            if spec.type in ("text", "filled") and notation != KNOWN:
                row[place] = f'"Hos {row[place]}\nved ""{numbers.new(notation)}"" i gården"'
            yield ";".join(row)
    yield ";".join([numbers.new(), *good()[:-1]])
    yield ";".join([*good(), numbers.new(HYPHEN)])
    yield numbers.new(NINE)
    yield f'"{numbers.new()}" x;{";".join(good()[1:])}'


def notations_of(member: MemberSpec) -> Sequence[int]:
    """In which notations each field gets a number. Years and codes make too few keys for the rows that all need."""
    few = all(member.field(name).type in ("integer", "code") for name in member.key)
    return (TEN,) if few else (TEN, HYPHEN, NINE, KNOWN)


def size_of(member: MemberSpec) -> int:
    """How many good rows the bad ones of a member need."""
    return GOOD_ROWS * (len(member.fields) * len(notations_of(member)) + 4)


def member_text(feed: Feed, name: str, numbers: Numbers, sizes: dict[str, int], extra: str) -> str:
    """A member: good rows, then bad ones; with `extra`, a column that the feed does not know."""
    member = feed.members[name]
    made = itertools.count()

    def good() -> list[str]:
        row = next(made)
        return [good_value(feed, spec, spec.name in member.key, row, sizes) for spec in member.fields]

    header = ";".join(spec.name for spec in member.fields)
    lines = [";".join(good()) for _ in range(sizes[name])]
    lines += bad_rows(member.fields, notations_of(member), numbers, good)
    if not extra:
        return "\n".join([header, *lines]) + "\n"
    # A number in the cell of every row, which is not kept, and in the column's name, which is.
    return "\n".join([f"{header};note {numbers.new(HYPHEN)}", *(f"{line};{extra}" for line in lines)]) + "\n"


def planted_zip(feed: Feed, path: Path, numbers: Numbers) -> Path:
    """A delivery of a source with members that is accepted, numbers in every field of it and around it."""
    sizes = {name: size_of(member) for name, member in feed.members.items()}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for number, name in enumerate(feed.members):
            text = member_text(feed, name, numbers, sizes, numbers.new() if number == 0 else "")
            archive.writestr(name, text.encode(feed.text.encoding))
        archive.writestr(f"{numbers.new()}.csv", f"{numbers.new(HYPHEN)}\n")
        archive.comment = numbers.new().encode()
    return path


def planted_wide(feed: Feed, path: Path, numbers: Numbers) -> Path:
    """The same for a wide source, packed by gzip with a number in gzip's own header."""
    columns = [spec.name for spec in feed.wide.fields]
    cells: list[str] = []
    for series in feed.wide.series:
        times = {"week": range(1301, 1303), "month": ["2013_01"], "year": ["13"]}[series.by]
        columns += [f"{series.prefix}{time}" for time in times]
        value = "0,5" if series.decimal else {3: "130", 6: "010101"}.get(series.digits, "1" * (series.digits or 1))
        cells += [value for _ in times]
    made = itertools.count()

    def good() -> list[str]:
        row = next(made)
        fixed = [good_value(feed, spec, False, row, {}) for spec in feed.wide.fields]
        return [*fixed, *cells, numbers.new() if row % 50 == 0 else ""]

    notations = (TEN, HYPHEN, NINE, KNOWN)
    lines = [";".join(good()) for _ in range(GOOD_ROWS * (len(columns) * len(notations) + 3))]
    for place, notation in itertools.product(range(len(columns)), notations):
        row = good()
        row[place] = numbers.new(notation)
        lines.append(";".join(row))
    lines += [";".join([numbers.new(), *good()[:-1]]), numbers.new(NINE), ";".join([*good(), numbers.new(HYPHEN)])]
    text = "\n".join([";".join([*columns, f"note {numbers.new(HYPHEN)}"]), *lines])
    with path.open("wb") as file, gzip.GzipFile(numbers.new(), "wb", fileobj=file) as packed:
        packed.write(text.encode("ascii"))
    return path


def spoiled(path: Path, into: Path, numbers: Numbers) -> Iterator[Path]:
    """Files that are refused, each made of the good zip `path`, with numbers in what is wrong with them."""
    with zipfile.ZipFile(path) as archive:
        members = {info.filename: archive.read(info) for info in archive.infolist()}
    first = next(iter(members))

    def packed(name: str, changed: dict[str, bytes]) -> Path:
        with zipfile.ZipFile(into / name, "w", zipfile.ZIP_DEFLATED) as archive:
            for member, data in changed.items():
                archive.writestr(member, data)
        return into / name

    stem, day = re.fullmatch(r"(.*?)(\d\d)\.zip", path.name).groups()
    names = (f"{stem}{int(day) + n:02}.zip" for n in itertools.count(1))
    header, rest = members[first].split(b"\n", 1)
    twice = header.split(b";")[0]
    number = numbers.new().encode()
    yield packed(next(names), members | {first: header.replace(twice, number) + b"\n" + rest})
    yield packed(next(names), members | {first: header + b";" + number + b";" + number + b"\n" + rest})
    yield packed(next(names), members | {f"../{numbers.new()}/x.csv": b"x"})
    yield packed(next(names), members | {first: header + b"\n" + f"{numbers.new(HYPHEN)}\n".encode() * 20 + rest})
    yield packed(next(names), members | {first: header + b"\n" + f"{numbers.new(HYPHEN)}\n".encode("utf-16")})
    torn = into / next(names)
    torn.write_bytes(path.read_bytes()[:-2000] + numbers.new(HYPHEN).encode())
    yield torn
    summed = packed(next(names), members | {"x.csv": b"x"})
    summed.with_name(f"{summed.name}.sha256").write_text(f"{numbers.new(HYPHEN)}  {numbers.new()}.zip\n")
    yield summed
