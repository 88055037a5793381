"""Every accident that refuses a whole delivery at the door, one test each."""

from __future__ import annotations

import hashlib
import stat
import struct
import tracemalloc
import warnings
import zipfile
from pathlib import Path

import pytest

from mentor_dw.errors import DeliveryRefused
from mentor_dw.reading.archive import check_sha256, open_delivery, sha256_of

CPR = "6101011234"


def read_all(path: Path, feed) -> dict[str, int]:
    with open_delivery(path, feed) as delivery:
        return {member: sum(1 for _ in delivery.rows(member)) for member in feed.members}


def refusal(path: Path, feed) -> DeliveryRefused:
    with pytest.raises(DeliveryRefused) as caught:
        read_all(path, feed)
    assert CPR not in f"{caught.value} {caught.value.where}"
    return caught.value


def test_a_sound_delivery_is_read(pack, feed):
    assert read_all(pack(), feed) == {"things.csv": 1, "people.csv": 1}


def test_empty_file(tmp_path, feed):
    path = tmp_path / "people_2020-01-31.zip"
    path.touch()
    assert refusal(path, feed).code == "empty_file"


def test_not_a_zip(tmp_path, feed):
    path = tmp_path / "people_2020-01-31.zip"
    path.write_bytes(b"human_id;cpr;note\n")
    assert refusal(path, feed).code == "unreadable"


@pytest.mark.parametrize("share", [0.2, 0.5, 0.9, 0.99])
def test_truncated_at_any_place(pack, feed, share):
    path = pack()
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * share)])
    assert refusal(path, feed).code == "unreadable"


def test_bad_checksum_is_found_while_reading(pack, feed):
    path = pack(extra=[])
    content = bytearray(path.read_bytes())
    with zipfile.ZipFile(path) as archive:
        crc = struct.pack("<I", archive.getinfo("things.csv").CRC)
    place = content.rindex(crc)
    content[place] ^= 0xFF
    path.write_bytes(content)
    problem = refusal(path, feed)
    assert (problem.code, problem.where) == ("unreadable", "things.csv")


def test_damaged_data_do_not_unpack(pack, feed):
    path = pack(people=b"human_id;cpr;note\n" + b"".join(b"%d;6101011234;x\n" % i for i in range(2000)))
    content = bytearray(path.read_bytes())
    for place in range(400, 500):
        content[place] ^= 0xA5
    path.write_bytes(content)
    assert refusal(path, feed).code == "unreadable"


@pytest.mark.parametrize(
    "name", ["../evil.csv", "sub/people.csv", "/etc/evil", "sub\\evil.csv", "C:evil.csv", "folder/", "..", "a\0b.csv"]
)
def test_member_with_a_path(pack, feed, name):
    info = zipfile.ZipInfo("x")
    info.filename = name
    assert refusal(pack(extra=[(info, b"x")]), feed).code == "zip_path"


@pytest.mark.parametrize("kind", [stat.S_IFLNK, stat.S_IFCHR, stat.S_IFBLK, stat.S_IFIFO, stat.S_IFSOCK])
def test_link_or_device_member(pack, feed, kind):
    info = zipfile.ZipInfo("extra.csv")
    info.external_attr = (kind | 0o777) << 16
    assert refusal(pack(extra=[(info, b"/etc/passwd")]), feed).code == "zip_link"


def test_required_member_as_link(pack, feed):
    info = zipfile.ZipInfo("people.csv")
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    assert refusal(pack(people=None, extra=[(info, b"/etc/passwd")]), feed).code == "zip_link"


def test_encrypted_member(pack, feed):
    path = pack()
    content = bytearray(path.read_bytes())
    content[content.index(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(content)
    assert refusal(path, feed).code == "unreadable"


def test_member_twice(pack, feed):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        path = pack(extra=[("people.csv", b"human_id;cpr;note\n")])
    assert refusal(path, feed).where == "people.csv"


def test_bomb_by_its_own_account(pack, feed):
    problem = refusal(pack(extra=[("extra.csv", b"0" * 11_000_000)]), feed)
    assert (problem.code, problem.where) == ("zip_ratio", "extra.csv")


def test_bomb_that_lies_about_its_size_is_stopped_while_reading(pack, feed):
    path = pack(people=b"human_id;cpr;note\n" + b"1;6101011234;\n" * 1_500_000)
    content = bytearray(path.read_bytes())
    place = content.index(b"PK\x01\x02")
    content[place + 24 : place + 28] = struct.pack("<I", 1000)
    path.write_bytes(content)
    tracemalloc.start()
    problem = refusal(path, feed)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert problem.code == "zip_ratio"
    assert peak < 10_000_000


def test_many_members_that_share_their_bytes_are_a_bomb_together(pack, feed):
    path = pack(extra=[(f"extra{i}.csv", b"0" * 9_000_000) for i in range(3)])
    assert refusal(path, feed).code == "zip_ratio"


def test_a_large_member_that_packs_as_text_does_is_no_bomb(pack, feed):
    note = b"".join(b"%d," % (i * 7919) for i in range(12_000))
    path = pack(people=b"human_id;cpr;note\n" + b"1;6101011234;%b\n" % note * 110)
    with zipfile.ZipFile(path) as archive:
        assert archive.getinfo("people.csv").file_size > 10_000_000
    assert read_all(path, feed)["people.csv"] == 110


def test_member_missing(pack, feed):
    problem = refusal(pack(things=None), feed)
    assert (problem.code, problem.where) == ("member_missing", "things.csv")


@pytest.mark.parametrize("content", [b"", b"\xef\xbb\xbf"])
def test_empty_member(pack, feed, content):
    problem = refusal(pack(things=content), feed)
    assert (problem.code, problem.where) == ("empty_file", "things.csv")


def test_column_missing(pack, feed):
    problem = refusal(pack(people=b"human_id;cpr\n1;6101011234\n"), feed)
    assert (problem.code, problem.where) == ("column_missing", "people.csv: note")


def test_header_line_missing_shows_no_value(pack, feed):
    assert refusal(pack(people=b"1;6101011234;Hans\n"), feed).code == "column_missing"


@pytest.mark.parametrize("header", [b"human_id;cpr;note;cpr", b"human_id;cpr;note;x;x"])
def test_duplicate_column_known_or_unknown(pack, feed, header):
    assert refusal(pack(people=header + b"\n1;2;3;4;5\n"), feed).code == "duplicate_column"


@pytest.mark.parametrize("value", [b"6101011234", b"depression"])
def test_what_stands_twice_in_the_first_row_of_a_file_without_a_header_is_not_shown(pack, feed, value):
    problem = refusal(pack(people=value + b";" + value + b";note\n"), feed)
    assert (problem.code, problem.where) == ("duplicate_column", "columns 1 and 2 of people.csv")
    assert value.decode() not in str(problem)


@pytest.mark.parametrize(
    ("content", "line"),
    [
        ("human_id;cpr;note\n1;6101011234;ø\n".encode("cp1252"), 2),
        (b'human_id;cpr;note\n1;6101011234;"a\nb"\n2;6101011235;\xe6\n', 4),
        ("human_id;cpr;note\n1;6101011234;\n".encode("utf-16"), 1),
        ("human_id;cpr;note\n1;6101011234;\n".encode("utf-16-le"), 1),
        (b"human_id;cpr;note\n1;6101011234;a\0b\n", 2),
    ],
    ids=["cp1252 byte", "after a quoted newline", "utf-16", "utf-16 without mark", "zero byte"],
)
def test_wrong_encoding_names_member_and_line(pack, feed, content, line):
    problem = refusal(pack(people=content), feed)
    assert (problem.code, problem.where) == ("wrong_encoding", f"people.csv line {line}")


def test_quote_that_never_closes_names_the_line_it_opened(pack, feed):
    problem = refusal(pack(people=b'human_id;cpr;note\n1;6101011234;x\n2;6101011234;"x\n3;6101011234;x\n'), feed)
    assert (problem.code, problem.where) == ("unreadable", "people.csv line 3")


def test_field_over_one_megabyte(pack, feed):
    problem = refusal(pack(people=b"human_id;cpr;note\n1;6101011234;" + bytes(range(97, 123)) * 40_000), feed)
    assert (problem.code, problem.where) == ("unreadable", "people.csv line 2")


def test_quoted_field_over_one_megabyte(pack, feed):
    content = b'human_id;cpr;note\n1;6101011234;"' + b"abc\n" * 300_000 + b'"\n'
    problem = refusal(pack(people=content), feed)
    assert (problem.code, problem.where) == ("unreadable", "people.csv line 2")


def test_a_line_just_over_one_megabyte_with_quotes(pack, feed):
    letters = bytes(range(97, 123)) * 39_000
    problem = refusal(pack(people=b'human_id;cpr;note\n1;6101011234;"' + letters + b'"\n'), feed)
    assert (problem.code, problem.where) == ("unreadable", "people.csv line 2")


def test_memory_does_not_grow_with_the_file(pack, feed):
    people = b"human_id;cpr;note\n" + b"".join(b"%d;61010%05d;%d\n" % (i, i % 99999, i * 7919) for i in range(60_000))
    path = pack(people=people)
    del people
    tracemalloc.start()
    read_all(path, feed)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 1_000_000


def test_a_row_shown_by_accident_shows_nobody(pack, feed):
    with open_delivery(pack(), feed) as delivery:
        row = next(delivery.rows("people.csv"))
    assert CPR in row.values
    assert CPR not in repr(row)


def test_unknown_member_and_columns_are_drift_with_cpr_masked(pack, feed):
    path = pack(people=b"note;6101011234;cpr;human_id\n;x;6101011234;1\n", extra=[("log 6101011234.csv", b"\xff")])
    with open_delivery(path, feed) as delivery:
        assert delivery.drift == [
            {"member": "log ******-****.csv", "column": None},
            {"member": "people.csv", "column": "******-****"},
        ]
        assert [row.values for row in delivery.rows("people.csv")] == [("1", "6101011234", None)]


class TestChecksumFile:
    @pytest.fixture
    def path(self, tmp_path):
        path = tmp_path / "people_2020-01-31.zip"
        path.write_bytes(b"content")
        return path

    def check(self, path: Path, text: str) -> None:
        sidecar = path.with_name(path.name + ".sha256")
        sidecar.write_text(text)
        check_sha256(path, sha256_of(path), sidecar)

    def test_none_is_fine(self, path):
        check_sha256(path, sha256_of(path), path.with_name("nothing.sha256"))

    @pytest.mark.parametrize("form", ["{}", "{}\n", "{}  people_2020-01-31.zip\n", "{} *other name.zip\r\n"])
    def test_forms_that_match(self, path, form):
        self.check(path, form.format(hashlib.sha256(b"content").hexdigest()))
        self.check(path, form.format(hashlib.sha256(b"content").hexdigest().upper()))

    @pytest.mark.parametrize("form", ["", "\n", "{}0", "sha256: {}", "{}\n{}\n"])
    def test_malformed_is_a_mismatch(self, path, form):
        digest = hashlib.sha256(b"content").hexdigest()
        with pytest.raises(DeliveryRefused) as caught:
            self.check(path, form.format(digest, digest))
        assert caught.value.code == "sha_mismatch"

    def test_a_folder_or_a_binary_file_is_a_mismatch(self, path):
        sidecar = path.with_name(path.name + ".sha256")
        sidecar.mkdir()
        with pytest.raises(DeliveryRefused):
            check_sha256(path, sha256_of(path), sidecar)
        sidecar.rmdir()
        sidecar.write_bytes(bytes(range(256)) * 100)
        with pytest.raises(DeliveryRefused):
            check_sha256(path, sha256_of(path), sidecar)

    def test_another_sum(self, path):
        with pytest.raises(DeliveryRefused) as caught:
            self.check(path, "0" * 64)
        assert caught.value.code == "sha_mismatch"
