"""What planted.json says is true, and what was planted changes no figure."""

from __future__ import annotations

import hashlib
import re
import zipfile
from collections import Counter

import pytest

from mentor_dw.errors import REFUSAL_CODES, MentorDwError
from mentor_dw.feeds import load_feed
from mentor_dw.sample import generate

LAST = "webreg_2011-02-28.zip"
ROW_RULES = {
    *("too_few_fields", "too_many_fields", "bad_quoting", "key_empty", "empty_required", "bad_id", "bad_cpr"),
    *("unknown_person", "bad_code", "bad_date", "bad_time", "bad_number", "below_min", "above_max"),
    *("end_before_start", "key_twice", "reference"),
}


def of(planted: dict, kind: str, source: str) -> list[dict]:
    """What was planted in one source."""
    return [one for one in planted[kind] if one["file"].startswith(source)]


def refused(planted: dict, source: str) -> set[str]:
    """Why the files of a source must be refused."""
    return {file["code"] for file in of(planted, "files", source) if file["outcome"] == "refused"}


def test_exactly_the_listed_rows_are_bad(accidents, planted, judge):
    feed = load_feed("webreg")
    problems, counts = judge.judge(accidents / "webreg" / LAST, feed)
    assert problems == {
        (row["member"], row["line_number"], row["field"], row["rule"]) for row in of(planted, "rows", "webreg")
    }
    assert {rule for *_, rule in problems} == ROW_RULES
    bad = Counter(member for member, *_ in problems)
    assert all(100 * count / counts[member] <= feed.limits.refuse_above_bad_pct for member, count in bad.items())


def test_bad_rows_move_no_figure(accidents, planted, by_hand, plain):
    bad: dict[str, set[int]] = {}
    for row in of(planted, "rows", "webreg"):
        bad.setdefault(row["member"], set()).add(row["line_number"])

    def figures(data):
        return {(measure, tuple(keys.items()), value) for measure, keys, value in by_hand.figures(data)}

    assert figures(by_hand.read(accidents / "webreg" / LAST, bad)) == figures(by_hand.read(plain(1) / "webreg" / LAST))


def test_the_other_deliveries_are_the_plain_ones(accidents, planted, plain):
    hurt = {row["file"] for row in planted["rows"]}
    others = [
        path for path in plain(1).glob("**/*") if path.is_file() and path.name.removesuffix(".sha256") not in hurt
    ]
    assert len([path for path in others if path.suffix != ".sha256"]) == 10
    for path in others:
        assert (accidents / path.relative_to(plain(1))).read_bytes() == path.read_bytes()


def test_hidden_numbers_stand_where_the_list_says(accidents, planted):
    with zipfile.ZipFile(accidents / "webreg" / LAST) as archive:
        for number in of(planted, "numbers", "webreg"):
            line = archive.read(number["member"]).decode().split("\n")[number["line_number"] - 1]
            assert number["text"] in line
            assert re.sub(r"\D", "", number["text"]) == number["cpr"]
            assert 61 <= int(number["cpr"][:2]) <= 91
    assert any("-" in number["text"] for number in of(planted, "numbers", "webreg"))
    assert len({number["where"] for number in of(planted, "numbers", "webreg")}) >= 7


def test_bad_files_are_what_they_are_called(accidents, planted):
    folder = accidents / "webreg"
    by_what = {file["what"]: folder / file["file"] for file in of(planted, "files", "webreg")}
    assert refused(planted, "webreg") == REFUSAL_CODES - {"withdrawn_before", "week_gap"}
    assert not zipfile.is_zipfile(by_what["truncated zip"])
    assert not zipfile.is_zipfile(by_what["not a zip"])
    assert by_what["a file without a byte"].stat().st_size == 0

    def members(what: str) -> dict[str, zipfile.ZipInfo]:
        with zipfile.ZipFile(by_what[what]) as archive:
            return {info.filename: info for info in archive.infolist()}

    def content(what: str, member: str) -> bytes:
        with zipfile.ZipFile(by_what[what]) as archive:
            return archive.read(member)

    assert "../jobcentre.csv" in members("a member with a path")
    assert members("a member that is a link")["jobcentre.csv"].external_attr >> 16 & 0o170000 == 0o120000
    bomb = members("a member with an absurd compression ratio")["virksomheder.csv"]
    assert bomb.file_size > 500 * bomb.compress_size
    assert "tilknytninger.csv" not in members("a member is missing")
    assert b"minutter" not in content("a column is missing", "tidsforbrug.csv")
    assert content("a column is there twice", "borgere.csv").startswith(b"borger_id;cpr;koen;koen;")
    with pytest.raises(UnicodeDecodeError):
        content("a member in Windows-1252", "virksomheder.csv").decode()
    assert content("a member without a byte", "opgaver.csv") == b""


def test_files_refused_for_their_rows(accidents, planted, judge):
    folder = accidents / "webreg"
    by_code = {file["code"]: folder / file["file"] for file in of(planted, "files", "webreg")}
    feed = load_feed("webreg")
    problems, counts = judge.judge(by_code["too_few_rows"], feed)
    _, before = judge.judge(folder / "webreg_2010-03-31.zip", feed)
    assert problems == set()
    assert sum(counts.values()) < sum(before.values()) / 2
    problems, counts = judge.judge(by_code["too_many_bad_rows"], feed)
    assert {(member, rule) for member, _, _, rule in problems} == {("tidsforbrug.csv", "bad_code")}
    assert len(problems) > 0.02 * counts["tidsforbrug.csv"]


def test_checksums_match_but_for_the_planted_one(accidents, planted):
    (wrong,) = (file["file"] for file in of(planted, "files", "webreg") if file["code"] == "sha_mismatch")
    found = list((accidents / "webreg").glob("*.sha256"))
    assert len(found) > 2
    for beside in found:
        file = beside.with_suffix("")
        matches = beside.read_text().split()[0] == hashlib.sha256(file.read_bytes()).hexdigest()
        assert matches == (file.name != wrong)


def test_a_duplicate_and_an_upload_in_progress(accidents, planted):
    outcomes = {file["outcome"]: accidents / "webreg" / file["file"] for file in of(planted, "files", "webreg")}
    good = (accidents / "webreg" / "webreg_2010-03-31.zip").read_bytes()
    assert outcomes["duplicate"].read_bytes() == good
    assert outcomes["waiting"].name.endswith(".zip.part")


def test_accidents_need_rows_to_hide_among(tmp_path):
    with pytest.raises(MentorDwError, match="scale 1"):
        generate(tmp_path, scale=0.5, accidents=True)
