"""The files of BIFLIS and DREAM: well formed, different from delivery to delivery, and hurt where the list says."""

from __future__ import annotations

import gzip
import hashlib
import re
import zipfile
from collections import Counter
from datetime import date, timedelta

import pytest
from backports import zstd

from mentor_dw.errors import REFUSAL_CODES
from mentor_dw.feeds import load_feed

ZIP_ONLY = {"zip_path", "zip_link", "zip_ratio", "member_missing"}
NEVER = {"withdrawn_before"}


def of(planted: dict, kind: str, source: str) -> list[dict]:
    """What was planted in one source."""
    return [one for one in planted[kind] if one["file"].startswith(source)]


def test_plain_deliveries_hold_no_bad_row(small, judge, judge_dream, registers):
    feed = load_feed("biflis")
    biflis = sorted(small.glob("**/biflis_*.zip"))
    assert [path.name for path in biflis].count("biflis_2015-12.zip") == 2
    assert {path: judge.judge(path, feed)[0] for path in biflis} == {path: set() for path in biflis}
    feed = load_feed("dream")
    dream = [path for path in small.glob("dream/*") if path.suffix != ".sha256"]
    assert {path.name.partition(".")[2] for path in dream} == {"csv", "csv.gz", "csv.zst"}
    for path in dream:
        problems, unknown, _ = judge_dream.judge(registers.unpacked(path).decode("ascii"), feed)
        assert (problems, unknown) == (set(), [])


def test_dream_has_other_columns_in_every_delivery(small, registers):
    headers = {}
    for path in small.glob("dream/*.csv*"):
        if path.suffix != ".sha256":
            names = registers.unpacked(path).split(b"\n", 1)[0].decode().strip().split(";")
            headers[path.name[6:13]] = names
            weeks = [name for name in names if name.startswith("y_")]
            assert (weeks == sorted(weeks, reverse=True)) == (path.suffix == ".csv")
            weeks.sort()
            first = date.fromisocalendar(2000 + int(weeks[0][2:4]), int(weeks[0][4:]), 1)
            whole = [registers.week(first + timedelta(weeks=number)) for number in range(len(weeks))]
            assert weeks == whole and "y_1553" in weeks
    assert {covers: max(n for n in names if n.startswith("y_1")) for covers, names in headers.items()} == {
        "2016-03": "y_1613",
        "2016-05": "y_1621",
        "2016-06": "y_1626",
    }
    assert len({tuple(name for name in names if len(name) > 4)[:1] for names in headers.values()}) == 3
    assert len({len(names) for names in headers.values()}) == 3
    assert not any(name.startswith("ak") for name in headers["2016-03"])


def test_biflis_is_written_as_the_contract_says(small):
    with zipfile.ZipFile(small / "biflis" / "biflis_2016-05.zip") as archive:
        assert set(archive.namelist()) == set(load_feed("biflis").members)
        text = archive.read("leverandoer.csv")
        assert "Ålykke" in text.decode("cp1252") and b"\xc5lykke" in text and text.count(b"\r\n") > 20
        places = archive.read("tilbud.csv").decode("cp1252")
        assert '"Værkstedet ""Åen"""' in places and "Vesterbro\nbaggården" in places
        assert re.search(r";-?\d+,\d{2}\r\n", archive.read("omkostning.csv").decode())
        assert not archive.read("referencegruppe.csv").endswith(b"\n")
    with zipfile.ZipFile(small / "biflis" / "biflis_2016-04.zip") as archive:
        assert archive.read("mentorkontakt.csv").startswith(b"minutter;dato;mentorforloeb_id;kontakt_id\n")


def test_agreements_lack_fields(small):
    with zipfile.ZipFile(small / "biflis" / "biflis_2015-12.zip") as archive:
        rows = archive.read("mentoraftale.csv").decode("cp1252")
        assert archive.read("mentorforloeb.csv").count(b"\n") > rows.count("\r\n")
    assert ";;" in rows and "tlf. " in rows


def test_history_moves_between_deliveries(plain, registers):
    def citizens(name: str) -> dict[str, dict[str, str]]:
        return {registers.plain(row["cpr"]): row for row in registers.members(plain(1) / name)["borger"]}

    december, may = citizens("biflis/biflis_2015-12.zip"), citizens("biflis/biflis_2016-05.zip")
    assert set(december) - set(may), "somebody vanished"
    assert set(may) - set(december), "somebody was registered late"
    moved = [cpr for cpr in set(december) & set(may) if december[cpr]["bopaelskommune"] != may[cpr]["bopaelskommune"]]
    assert 30 < len(moved) < 150


def test_exactly_the_listed_rows_of_biflis_are_bad(accidents, planted, judge):
    feed = load_feed("biflis")
    (name,) = {row["file"] for row in of(planted, "rows", "biflis")}
    problems, counts = judge.judge(accidents / "biflis" / name, feed)
    listed = of(planted, "rows", "biflis")
    assert problems == {(row["member"], row["line_number"], row["field"], row["rule"]) for row in listed}
    assert {rule for *_, rule in problems} == {
        *("bad_cpr", "unknown_person", "key_empty", "empty_required", "bad_date", "bad_code", "bad_number", "bad_text"),
        *("bad_id", "key_twice", "reference", "end_before_start", "too_few_fields", "too_many_fields", "bad_quoting"),
        *("below_min", "above_max"),
    }
    bad = Counter(member for member, *_ in problems)
    assert all(100 * count / counts[member] <= feed.limits.refuse_above_bad_pct for member, count in bad.items())


def test_exactly_the_listed_lines_of_dream_are_bad(accidents, planted, judge_dream, registers):
    (name,) = {row["file"] for row in of(planted, "rows", "dream")}
    text = registers.unpacked(accidents / "dream" / name).decode("ascii")
    problems, unknown, codes = judge_dream.judge(text, load_feed("dream"))
    listed = of(planted, "rows", "dream")
    assert problems == {(row["line_number"], row["field"], row["rule"]) for row in listed}
    assert {(drift["member"], drift["column"]) for drift in of(planted, "drift", "dream")} == {("", unknown[0])}
    (code,) = of(planted, "codes", "dream")
    assert codes[code["code"]] == 2
    lines = text.splitlines()
    assert code["code"] in lines[code["line_number"] - 1].split(";")
    for number in of(planted, "numbers", "dream"):
        assert number["text"] in lines[number["line_number"] - 1].split(";")


def test_numbers_hidden_in_biflis_stand_where_the_list_says(accidents, planted):
    found = of(planted, "numbers", "biflis")
    with zipfile.ZipFile(accidents / "biflis" / found[0]["file"]) as archive:
        for number in found:
            line = archive.read(number["member"]).decode("cp1252").split("\n")[number["line_number"] - 1]
            assert number["text"] in line and 61 <= int(number["cpr"][:2]) <= 91
    assert len({number["where"] for number in found}) >= 6


@pytest.mark.parametrize(("source", "never"), [("biflis", NEVER | {"week_gap"}), ("dream", NEVER | ZIP_ONLY)])
def test_files_are_refused_for_every_reason(accidents, planted, source, never):
    files = of(planted, "files", source)
    assert {file["code"] for file in files if file["outcome"] == "refused"} == REFUSAL_CODES - never
    assert {file["outcome"] for file in files} == {"refused", "duplicate", "waiting"}
    for beside in (accidents / source).glob("*.sha256"):
        good = beside.with_suffix("")
        wrong = any(file["file"] == good.name and file["code"] == "sha_mismatch" for file in files)
        assert (beside.read_text().split()[0] != hashlib.sha256(good.read_bytes()).hexdigest()) == wrong


def test_bad_files_of_biflis_are_what_they_are_called(accidents, planted, judge):
    by_what = {file["what"]: accidents / "biflis" / file["file"] for file in of(planted, "files", "biflis")}
    with zipfile.ZipFile(by_what["a member whose checksum fails"]) as archive:
        assert archive.testzip() == "borger.csv"
    for what, member in (
        ("a member in UTF-16", "borger.csv"),
        ("a member in UTF-8, with a byte that Windows-1252 does not have", "leverandoer.csv"),
    ):
        with zipfile.ZipFile(by_what[what]) as archive:
            content = archive.read(member)
        assert content.startswith(b"\xff\xfe") or b"\x81" in content
    feed = load_feed("biflis")
    problems, counts = judge.judge(by_what["less than half of the rows of the delivery before it"], feed)
    assert problems == set() and sum(counts.values()) < 20000
    with zipfile.ZipFile(by_what["more than 2 pct of a member's rows are bad"]) as archive:
        rows = archive.read("kontaktforloeb.csv").splitlines()
    assert sum(row.startswith(b"mange") or row.endswith(b";mange") for row in rows) > 0.04 * len(rows)


def test_bad_files_of_dream_are_what_they_are_called(accidents, planted, judge_dream, registers):
    by_what = {file["what"]: accidents / "dream" / file["file"] for file in of(planted, "files", "dream")}
    with pytest.raises(EOFError):
        gzip.decompress(by_what["truncated gzip"].read_bytes())
    with pytest.raises(zstd.ZstdError):
        zstd.decompress(by_what["truncated zstd"].read_bytes())
    for what, gone in (("two weeks are missing", {"y_1410", "y_1411"}), ("week 53 of 2015 is missing", {"y_1553"})):
        names = set(registers.Dream(by_what[what]).weeks)
        assert not names & gone and {"y_1409", "y_1412", "y_1552", "y_1601"} <= names
    assert gzip.decompress(by_what["nothing inside the gzip"].read_bytes()) == b""
    text = registers.unpacked(by_what["more than 2 pct of the rows are bad"]).decode()
    problems, _, _ = judge_dream.judge(text, load_feed("dream"))
    assert {rule for *_, rule in problems} == {"bad_code"} and len(problems) > 0.04 * text.count("\n")
