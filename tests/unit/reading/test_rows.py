"""Rows and their line numbers."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mentor_dw.errors import DeliveryRefused
from mentor_dw.reading.archive import Row, open_delivery
from mentor_dw.reading.records import records

HEADER = b"human_id;cpr;note\n"


@pytest.fixture
def people(pack, feed):
    def rows(content: bytes) -> list[tuple]:
        with open_delivery(pack(people=content), feed) as delivery:
            return [(row.line_number, row.problem or row.values) for row in delivery.rows("people.csv")]

    return rows


def test_columns_in_any_order_come_in_feed_order(people):
    assert people(b"note;human_id;cpr\nhello;1;2\n") == [(2, ("1", "2", "hello"))]


def test_bom_before_the_header(people):
    assert people(b"\xef\xbb\xbf" + HEADER + b"1;2;3\n") == [(2, ("1", "2", "3"))]


def test_bom_before_a_quoted_header(people):
    assert people(b'\xef\xbb\xbf"human_id";"cpr";"note"\n1;2;3\n') == [(2, ("1", "2", "3"))]


def test_crlf(people):
    assert people(b"human_id;cpr;note\r\n1;2;3\r\n4;5;6\r\n") == [(2, ("1", "2", "3")), (3, ("4", "5", "6"))]


def test_last_line_without_end(people):
    assert people(HEADER + b"1;2;3") == [(2, ("1", "2", "3"))]


def test_header_without_end_and_no_rows(people):
    assert people(HEADER.strip()) == []


def test_quoted_newline_counts_as_a_line(people):
    content = HEADER + b'1;2;"a\nb\nc"\n4;5;6\n'
    assert people(content) == [(2, ("1", "2", "a\nb\nc")), (5, ("4", "5", "6"))]


def test_quoted_delimiter_and_doubled_quote(people):
    assert people(HEADER + b'1;2;"a;""b"""\n') == [(2, ("1", "2", 'a;"b"'))]


def test_only_lf_ends_a_line(people):
    text = "a\x0bb\x0cc\x1cd\x85e\u2028f\u2029g\rh"
    assert people(HEADER + f"1;2;{text}\n4;5;6\n".encode()) == [(2, ("1", "2", text)), (3, ("4", "5", "6"))]


def test_empty_values_are_none_and_blanks_stay(people):
    assert people(HEADER + b' 1;2 ;\n;"";\n') == [(2, (" 1", "2 ", None)), (3, (None, None, None))]


def test_too_few_fields_with_a_cpr_shifted_carry_no_values(people):
    assert people(HEADER + b"6101011234;x\n1;2;3\n") == [(2, "too_few_fields"), (3, ("1", "2", "3"))]


def test_too_many_fields(people):
    assert people(HEADER + b"1;2;3;4\n") == [(2, "too_many_fields")]


def test_an_extra_column_counts_among_the_fields(people):
    assert people(b"human_id;cpr;note;more\n1;2;3\n1;2;3;4\n") == [(2, "too_few_fields"), (3, ("1", "2", "3"))]


def test_blank_lines_at_the_end_are_nothing(people):
    assert people(HEADER + b"1;2;3\n\n\r\n\n") == [(2, ("1", "2", "3"))]


def test_blank_line_elsewhere_has_too_few_fields(people):
    assert people(HEADER + b"\n\r\n1;2;3\n") == [
        (2, "too_few_fields"),
        (3, "too_few_fields"),
        (4, ("1", "2", "3")),
    ]


def test_broken_quote_within_a_line_costs_that_line_only(people):
    assert people(HEADER + b'1;2;"a"b\n4;5;6\n') == [(2, "bad_quoting"), (3, ("4", "5", "6"))]


def test_stray_quote_before_a_well_quoted_row_costs_that_line_only(people):
    content = HEADER + b'1;2;"a\n4;5;6\n7;8;"9"\n10;11;12\n'
    assert people(content) == [
        (2, "bad_quoting"),
        (3, ("4", "5", "6")),
        (4, ("7", "8", "9")),
        (5, ("10", "11", "12")),
    ]


def test_quote_inside_an_unquoted_field_is_broken_quoting(people):
    """It may be what is left where a delimiter before a quoted text was lost."""
    assert people(HEADER + b'1;2;Caf\xc3\xa9 "X"\n') == [(2, "bad_quoting")]
    assert people(HEADER + b'1"2;3";4;5\n') == [(2, "bad_quoting")]


def test_windows_1252_has_five_bytes_that_mean_nothing():
    found = records([b"\xe6\xf8\xe5;\x80\n"], member="m", encoding="cp1252", delimiter=";", quote='"')
    assert next(found).fields == ["æøå", "€"]
    for byte in (0x81, 0x8D, 0x8F, 0x90, 0x9D):
        with pytest.raises(DeliveryRefused, match="m line 2 is not CP1252"):
            list(records([b"a\n", bytes([byte])], member="m", encoding="cp1252", delimiter=";", quote='"'))


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_another_encoding_that_windows_1252_can_spell_is_recognised_by_its_mark_or_its_zeros(encoding):
    content = "a;b\næ;ø\n".encode(encoding)
    with pytest.raises(DeliveryRefused, match="m line 1 is not CP1252") as caught:
        list(records([content], member="m", encoding="cp1252", delimiter=";", quote='"'))
    assert caught.value.code == "wrong_encoding"


@pytest.fixture
def texts(pack, feed):
    """What becomes of the notes when they are free text."""
    human, cpr, note = feed.members["people.csv"].fields
    fields = [human, cpr, note.model_copy(update={"type": "filled", "personal": True})]
    people = feed.members["people.csv"].model_copy(update={"fields": fields})
    wordy = feed.model_copy(update={"members": feed.members | {"people.csv": people}})

    def read(content: bytes) -> list[Row]:
        with open_delivery(pack(people=content), wordy) as delivery:
            return list(delivery.rows("people.csv"))

    return read


def test_a_free_text_becomes_ja_or_nej_while_reading(texts):
    content = '1;2;Plan for N.N.\n1;2;\n1;2;""\n1;2; \t \n1;2;\xa0\n1;2;"to\nlinjer"\n1;2;nej\n'
    found = texts(HEADER + content.encode())
    assert [row.values[2] for row in found] == ["ja", "nej", "nej", "nej", "nej", "ja", "ja"]


def test_no_row_that_is_shown_by_accident_shows_a_value(texts):
    found = texts(HEADER + b'1;2;Plan\n1;2;Plan;Plan\nPlan\n1;2;"Plan"x\n')
    assert [row.problem for row in found] == [None, "too_many_fields", "too_few_fields", "bad_quoting"]
    assert [row.values for row in found[1:]] == [None] * 3
    assert "Plan" not in repr(found)


def test_two_members_at_once(pack, feed):
    with open_delivery(pack(), feed) as delivery:
        pairs = list(zip(delivery.rows("people.csv"), delivery.rows("things.csv"), strict=True))
    assert [row.values[0] for row in pairs[0]] == ["1", "1"]


_text = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=12)


@settings(max_examples=300, deadline=None)
@given(
    rows=st.lists(st.lists(_text, min_size=2, max_size=4), min_size=1, max_size=8),
    end=st.sampled_from(["\n", "\r\n"]),
    piece=st.integers(1, 30),
)
def test_what_the_csv_module_writes_is_read_back_with_its_lines(rows, end, piece):
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=";", lineterminator=end, quoting=csv.QUOTE_ALL)
    starts = []
    for row in rows:
        starts.append(out.getvalue().count("\n") + 1)
        writer.writerow(row)
    data = out.getvalue().encode()
    chunks = [data[i : i + piece] for i in range(0, len(data), piece)]
    found = list(records(chunks, member="m", encoding="utf-8", delimiter=";", quote='"'))
    assert [record.fields for record in found] == rows
    assert [record.line_number for record in found] == starts


_plain = st.text(st.characters(codec="utf-8", exclude_characters='\0\r\n;"'), max_size=8)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.lists(_plain, min_size=2, max_size=3), min_size=1, max_size=8))
def test_lines_without_quotes_are_split_as_the_csv_module_splits_them(rows):
    data = "".join(";".join(row) + "\n" for row in rows)
    found = records([data.encode()], member="m", encoding="utf-8", delimiter=";", quote='"')
    # The reader takes a mark before the first line for the encoding's own.
    expected = list(csv.reader(io.StringIO(data.removeprefix("\ufeff"), newline=""), delimiter=";", strict=True))
    assert [record.fields for record in found] == expected
