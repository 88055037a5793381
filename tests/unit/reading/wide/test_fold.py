"""A block folded agrees with the plain reading of `wide_oracle.py`, whatever the layout, the rows and their faults."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from datetime import date
from random import Random

import numpy as np
import pytest
import wide_oracle
from hypothesis import given, settings
from hypothesis import strategies as st

from mentor_dw.errors import DeliveryRefused
from mentor_dw.feeds import Feed
from mentor_dw.reading.wide import fold, kernel
from mentor_dw.reading.wide.fold import fold_block
from mentor_dw.reading.wide.folded import NO_DATE, Folded
from mentor_dw.reading.wide.layout import EPOCH, Layout, read_layout
from mentor_dw.reading.wide.stream import blocks, read_header, scan

WEEKS = [
    f"y_{year % 100:02}{week:02}" for year in (1998, 1999, 2000) for week in range(1, 54) if week < 53 or year == 1998
]
MONTHS = [f"{year}_{month:02}" for year in (2008, 2009) for month in range(1, 13)]


def as_date(days: np.int32) -> date | None:
    return None if days == NO_DATE else date.fromordinal(EPOCH + int(days))


def plain(folded: Folded) -> wide_oracle.Expected:
    """What was folded, in the words of the oracle."""
    persons = [
        tuple(
            as_date(value) if name.endswith("dato") else value for name, value in zip(row.dtype.names, row, strict=True)
        )
        for row in folded.persons
    ]
    persons = [tuple(value.decode() if isinstance(value, bytes) else value for value in row) for row in persons]
    spells = [
        [(*(int(value) for value in list(row)[:-2]), as_date(row["fra"]), as_date(row["til"])) for row in rows]
        for rows in (folded.weeks, folded.months)
    ]
    return wide_oracle.Expected(
        persons=persons,
        weeks=spells[0],
        months=spells[1],
        findings=[tuple(finding[:3]) for finding in folded.findings],
        rows_read=folded.rows_read,
        uoplyst=folded.uoplyst,
        warnings=folded.warnings,
        codes={int(code): int(folded.codes[code]) for code in np.flatnonzero(folded.codes)},
    )


def agrees(text: str, first_line: int, layout: Layout) -> None:
    """All ways to fold say what the oracle says; the matrix reads also what the bytes can."""
    expected = wide_oracle.fold(text, first_line, list(layout.names))
    compiled = fold_block(text.encode(), first_line, layout)
    assert plain(compiled) == expected
    with not_compiled():
        by_numpy = fold_block(text.encode(), first_line, layout)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(fold, "_by_bytes", fold._by_matrix)
            patch.setattr(fold, "_MATRIX_CELLS", 3 * layout.width)
            assert plain(fold_block(text.encode(), first_line, layout)) == expected
    same(compiled, by_numpy)
    read = kernel.read_lines(text.encode() if text.endswith("\n") else f"{text}\n".encode(), layout)
    if read is not None and fold._plan(layout).side_by_side:
        aside, lines = set(read.aside[:, 2].tolist()), text.split("\n")
        # Compiled code takes every good line with a number that needs no cleaning.
        for line, number, *_ in expected.persons:
            assert line - first_line not in aside or number not in lines[line - first_line].split(";")


@contextmanager
def not_compiled() -> Iterator[None]:
    """As where the compiled way is not loaded."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(kernel, "_compiled", None)
        yield


def same(some: Folded, others: Folded) -> None:
    """Both hold the same, to the last byte."""
    for name, mine in vars(some).items():
        theirs = getattr(others, name)
        if isinstance(mine, np.ndarray):
            assert (mine.dtype, mine.tobytes()) == (theirs.dtype, theirs.tobytes()), name
        else:
            assert mine == theirs, name


@pytest.fixture(scope="module", autouse=True)
def _loaded() -> None:
    assert kernel.load()


@st.composite
def columns(draw: st.DrawFn) -> list[str]:
    """The columns of a file: groups side by side in order of time, as deliveries have them, or shuffled."""
    first = draw(st.integers(0, len(WEEKS) - 1))
    weeks = WEEKS[first : first + draw(st.sampled_from([1, 2, 3, 9, 40, 130]))]
    groups = [[name] for name in wide_oracle.FIXED] if draw(st.booleans()) else [list(wide_oracle.FIXED)]
    groups.append(weeks)
    for prefix in ("branche_", "grad_"):
        chosen = draw(st.sampled_from([[], MONTHS[:3], MONTHS[1:2], MONTHS, [*MONTHS[2:5], *MONTHS[7:9]]]))
        groups.append([prefix + name for name in chosen])
    groups.append(draw(st.sampled_from([[], ["ak99"], ["ak99", "ak00", "ak01"]])))
    groups.append(draw(st.sampled_from([[], ["a_kasse"], ["a_kasse", "y_9953"]])))
    order = draw(st.sampled_from(["usual", "groups", "groups", "any"]))
    if order != "usual":
        groups = draw(st.permutations(groups))
    names = [name for group in groups for name in group]
    return draw(st.permutations(names)) if order == "any" else names


GOOD_START = "6101011234;M;1961-01-01;101;dansk;U"
GOOD = {
    "pnr": [
        "6101011234",
        "7512991118",
        "9131129876",
        "0302034568",
        "610101-1234",
        " 6101011235",
        "201034568",
        "9102305556",
    ],
    "koen": ["M", "K"],
    "foedselsdato": ["1961-01-01", "2000-02-29", "1999-12-31", "0001-01-01", "9999-12-31", "1896-02-28"],
    "kommunekode": ["101", "", "851", "007"],
    "herkomst": ["dansk", "vestlig", "ikke-vestlig", ""],
    "civilstand": ["U", "G", "D", ""],
    "y": ["", "", "", "111", "111", "130", "110", "111", "999", "000", "011"],
    "branche": ["", "", "111111", "111111", "111112", "000000", "999999"],
    "grad": ["", "", "1", "1,0", "1,000000", "0,5", "0,50", "999,999999", "000", "037,1", "0"],
    "ak": ["", "11", "01"],
}
BAD = {
    "pnr": ["", " ", "0000000000", "61010112345", "abcdefghij", "61010112", "000000000", "000000-0000", "6101/01234"],
    "koen": ["", "X", "m", "MK", " M"],
    "foedselsdato": [
        "", "1961-02-29", "01-01-1961", "0000-01-01", "1961-1-01", "1961-01-01 ", "1961-13-01", "1961/01/01",
        "1900-02-29", "19610-1-01", "1961-00-10", "1961-04-31", "1961-04-00", "196a-04-01",
    ],
    "kommunekode": ["1", "1010", "10a", "-10", "10 "],
    "herkomst": ["Dansk", "dans", "dansk ", "ikke_vestlig", "x" * 70],
    "civilstand": ["X", "UG", " "],
    "y": ["1", "11", "1111", "11a", "a11", "1a1", " 11", "11:", "/11", "1111111", "\r"],
    "branche": ["11111", "1111111", "11111a", "a11111", " ", "111,11"],
    "grad": [",", ",5", "1,", "1,1234567", "1000", "1.5", "1,5,5", "-1", "a", "1,a", "0,5 "],
    "ak": ["1", "111", "a1", "1a"],
    "": ["", "x", "11"],
}  # fmt: skip


def kind(name: str) -> str:
    if name in wide_oracle.FIXED:
        return name
    if wide_oracle.week(name):
        return "y"
    found = [one for one in ("branche", "grad") if wide_oracle.month(name, f"{one}_")]
    return found[0] if found else "ak" if name.startswith("ak") else ""


@st.composite
def rows(draw: st.DrawFn, names: list[str]) -> str:
    """A line: runs of equal values, now and then a fault."""
    fields: list[str] = []
    kinds = [kind(name) for name in names]
    keep_on = draw(st.sampled_from([0.0, 0.5, 0.9, 1.0]))
    random = draw(st.randoms(use_true_random=False))
    for place, one in enumerate(kinds):
        repeated = place and one == kinds[place - 1] and one not in wide_oracle.FIXED and random.random() < keep_on
        fields.append(fields[-1] if repeated else random.choice(GOOD.get(one, BAD[one])))
    for _ in range(draw(st.sampled_from([0, 0, 0, 0, 1, 2, 30]))):
        place = random.randrange(len(names))
        fields[place] = random.choice(BAD[kinds[place]])
    change = draw(st.sampled_from(["none"] * 8 + ["less", "more", "empty"]))
    if change == "empty":
        return ""
    if change == "less":
        fields.pop(random.randrange(len(fields)))
    if change == "more":
        fields.insert(random.randrange(len(fields)), random.choice(["", "111", "x"]))
    return ";".join(fields)


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_any_block_is_folded_as_the_plain_reading_says(feed: Feed, data: st.DataObject) -> None:
    names = data.draw(columns())
    layout = read_layout(";".join(names).encode(), feed)
    lines = data.draw(st.lists(rows(names), max_size=8))
    ends = [data.draw(st.sampled_from(["\n", "\n", "\r\n"])) for _ in lines]
    if ends and lines[-1] and data.draw(st.booleans()):
        ends[-1] = data.draw(st.sampled_from(["", "\r"]))
    text = "".join(line + end for line, end in zip(lines, ends, strict=True))
    agrees(text, data.draw(st.sampled_from([2, 70_000])), layout)


def test_every_good_and_every_bad_value_is_told_apart_in_every_place(feed: Feed) -> None:
    names = [*wide_oracle.FIXED, *WEEKS[:3], *(f"branche_{name}" for name in MONTHS[:3])]
    names += [*(f"grad_{name}" for name in MONTHS[:3]), "ak99", "ak00", "ak01"]
    start = [GOOD[kind(name)][0] for name in names]
    lines = [
        ";".join([*start[:place], value, *start[place + 1 :]])
        for place, name in enumerate(names)
        for value in (*GOOD[kind(name)], *BAD[kind(name)])
    ]
    agrees("\n".join(lines), 2, read_layout(";".join(names).encode(), feed))


@pytest.mark.parametrize("after", [[], ["a_kasse"]])
def test_runs_of_any_length_are_read(feed: Feed, after: list[str]) -> None:
    """Longer ones than Hypothesis makes up, with and without something behind the last series."""
    names = [*wide_oracle.FIXED, *(f"{one}_{name}" for one in ("branche", "grad") for name in MONTHS), *WEEKS, *after]
    random = Random(1)
    lines = []
    for _ in range(200):
        fields: list[str] = []
        for one in ("branche", "grad", "y"):
            columns = len(WEEKS) if one == "y" else len(MONTHS)
            cells: list[str] = []
            while len(cells) < columns:
                cells += [random.choice(["", random.choice(GOOD[one])])] * random.choice([1, 2, 3, 20, 60, 200])
            fields += cells[:columns]
        lines.append(";".join([GOOD_START, *fields, *("" for _ in after)]))
    agrees("\n".join(lines), 2, read_layout(";".join(names).encode(), feed))


@settings(max_examples=60, deadline=None)
@given(st.data(), st.integers(1, 400), st.integers(1, 400))
def test_a_file_is_folded_the_same_in_blocks_and_parts_of_any_size(
    tmp_path_factory: pytest.TempPathFactory, feed: Feed, data: st.DataObject, part_bytes: int, block_bytes: int
) -> None:
    names = data.draw(columns())
    lines = data.draw(st.lists(rows(names), max_size=6))
    path = tmp_path_factory.mktemp("fold") / "dream_2016-03.csv"
    path.write_text("\n".join([";".join(names), *lines, "", ""]), "ascii")
    layout = read_layout(read_header(path), feed)
    while lines and not lines[-1]:
        lines.pop()
    expected = wide_oracle.fold("".join(f"{line}\n" for line in lines), 2, names)
    for way in (nullcontext, not_compiled):
        found = wide_oracle.Expected()
        with way():
            for part in scan(path, part_bytes).parts:
                for block in blocks(path, part, block_bytes):
                    add(found, plain(fold_block(block.content, block.first_line, layout)))
        assert found == expected


def add(whole: wide_oracle.Expected, part: wide_oracle.Expected) -> None:
    """What another block holds joins `whole`; its persons come after those before."""
    for name in ("weeks", "months"):
        getattr(whole, name).extend((row[0] + len(whole.persons), *row[1:]) for row in getattr(part, name))
    whole.persons += part.persons
    whole.findings += part.findings
    whole.rows_read += part.rows_read
    for name in ("uoplyst", "warnings", "codes"):
        for key, count in getattr(part, name).items():
            getattr(whole, name)[key] = getattr(whole, name).get(key, 0) + count


def test_runs_end_at_other_codes_and_at_empty_weeks(layout_of: Callable[[str], Layout]) -> None:
    layout = layout_of("y_1452;y_1501;y_1502;y_1503;y_1504")
    folded = fold_block(f"{GOOD_START};111;111;;111;130\n".encode(), 2, layout)
    assert plain(folded).weeks == [
        (0, 111, date(2014, 12, 22), date(2015, 1, 5)),
        (0, 111, date(2015, 1, 12), date(2015, 1, 19)),
        (0, 130, date(2015, 1, 19), date(2015, 1, 26)),
    ]
    assert folded.codes[111] == 3 and folded.codes.sum() == 4


def test_a_gap_among_the_month_columns_ends_a_run(layout_of: Callable[[str], Layout]) -> None:
    layout = layout_of("y_1401;branche_2014_11;branche_2014_12;branche_2015_02;grad_2014_12;grad_2015_02")
    folded = fold_block(f"{GOOD_START};;111111;111111;111111;0,37;0,37\n".encode(), 2, layout)
    assert plain(folded).months == [
        (0, 111111, -1, date(2014, 11, 1), date(2014, 12, 1)),
        (0, 111111, 370_000, date(2014, 12, 1), date(2015, 1, 1)),
        (0, 111111, 370_000, date(2015, 2, 1), date(2015, 3, 1)),
    ]


def test_nothing_of_a_personal_field_is_shown(layout_of: Callable[[str], Layout]) -> None:
    layout = layout_of("y_1401;y_1402")
    text = "61010112345;7101011234;1961-13-01;6101011234;x;U;1;6101011234\n"
    folded = fold_block(text.encode(), 7, layout)
    assert [tuple(finding) for finding in folded.findings] == [
        (7, "pnr", "bad_cpr", "*** (11 tegn)"),
        (7, "koen", "bad_code", "******-****"),
        (7, "foedselsdato", "bad_date", "*** (10 tegn)"),
        (7, "kommunekode", "bad_text", "******-****"),
        (7, "herkomst", "bad_code", "x"),
        (7, "y_1401", "bad_code", "1"),
        (7, "y_1402", "bad_code", "******-****"),
    ]
    assert "6101" not in repr(folded)


WAYS = pytest.mark.parametrize("way", [nullcontext, not_compiled])


@WAYS
@pytest.mark.parametrize("bad", ["6101011234;M;1961-01-01;101;dansk;U;;;ü", "a;b\0c", f"{GOOD_START};;;x\0"])
def test_what_is_not_ascii_is_refused_with_its_line(
    bad: str, way: Callable[[], AbstractContextManager[None]], layout_of: Callable[[str], Layout]
) -> None:
    text = f"{GOOD_START};;;\n{GOOD_START};;\n{bad}\n{GOOD_START};;;\n"
    with way(), pytest.raises(DeliveryRefused) as refused:
        fold_block(text.encode("cp1252"), 11, layout_of("y_1401;y_1402;a_kasse"))
    assert (refused.value.code, refused.value.where) == ("wrong_encoding", "line 13")


@WAYS
def test_a_block_of_nothing_holds_nobody(
    way: Callable[[], AbstractContextManager[None]], layout_of: Callable[[str], Layout]
) -> None:
    with way():
        assert fold_block(b"", 2, layout_of("y_1401")).rows_read == 0


@pytest.mark.parametrize("columns", ["y_1401;y_1402", "a_kasse;y_1401;y_1402;grad_2014_01", "ak99;y_1401;y_1402;x;y"])
def test_good_lines_are_read_by_compiled_code(columns: str, layout_of: Callable[[str], Layout]) -> None:
    layout = layout_of(columns)
    cells = {"a_kasse": "12 a", "grad_2014_01": "0,5", "ak99": "11", "x": "", "y": "z"}
    good = ";".join([GOOD_START, *(cells.get(name, "111") for name in columns.split(";"))])
    text = f"{good}\n{good.replace(';M;', ';m;')}\n{good}\r\n{good}\n"
    read = kernel.read_lines(text.encode(), layout)
    assert read is not None
    assert read.lines == 4
    assert read.persons["line_number"].tolist() == [0, 2, 3]
    assert read.aside.tolist() == [[len(good) + 1, 2 * len(good) + 2, 1]]


def test_columns_in_any_order_are_not_for_compiled_code(layout_of: Callable[[str], Layout]) -> None:
    layout = layout_of("y_1402;y_1401")
    folded = fold_block(f"{GOOD_START};111;130\n".encode(), 2, layout)
    assert folded.weeks["code"].tolist() == [130, 111]


def test_without_numba_numpy_reads(layout_of: Callable[[str], Layout], caplog: pytest.LogCaptureFixture) -> None:
    with not_compiled(), pytest.MonkeyPatch.context() as patch:
        patch.setitem(sys.modules, "numba", None)
        assert not kernel.load()
        assert len(fold_block(f"{GOOD_START};111\n".encode(), 2, layout_of("y_1401")).weeks) == 1
    assert "without compiled code" in caplog.text
