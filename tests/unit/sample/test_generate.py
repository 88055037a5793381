"""The sample as files: the same for the same seed, well formed, larger on demand."""

from __future__ import annotations

import csv
import os
import random
import re
import subprocess
import sys
import zipfile
from datetime import date
from pathlib import Path

import pytest

from mentor_dw.errors import MentorDwError
from mentor_dw.feeds import code_list, load_feed
from mentor_dw.sample import generate
from mentor_dw.sample.population import Population

LAST = "webreg/webreg_2011-02-28.zip"


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.glob("**/*") if path.is_file()}


def test_same_seed_same_bytes(small, tmp_path):
    """In another process too, where sets have another order."""
    program = (
        "import sys, pathlib, mentor_dw.sample as s; print(*s.generate(pathlib.Path(sys.argv[1]), 4, 0.1), sep='\\n')"
    )
    other = {"PYTHONHASHSEED": "1" if os.environ.get("PYTHONHASHSEED") != "1" else "2"}
    command = [sys.executable, "-c", program, str(tmp_path)]
    told = subprocess.run(command, env=os.environ | other, check=True, capture_output=True, text=True).stdout
    assert contents(small) == contents(tmp_path)
    assert {str(Path(line).relative_to(tmp_path)) for line in told.splitlines()} == set(contents(small))


def test_another_seed_has_other_persons(plain, by_hand):
    persons = [{row["cpr"] for row in by_hand.read(plain(seed) / LAST)["borgere"]} for seed in (2, 3)]
    assert len(persons[0] & persons[1]) < 5


def test_plain_deliveries_hold_no_bad_row(sample, judge):
    feed = load_feed("webreg")
    assert {path.name: judge.judge(path, feed)[0] for path in sample.glob("**/webreg_*.zip")} == {
        path.name: set() for path in sample.glob("**/webreg_*.zip")
    }


def test_every_code_occurs(sample, by_hand, judge):
    data = by_hand.read(sample / LAST)
    missing = {
        (member, field.name): set(code_list(field.code_list)) - {row[field.name] for row in data[member[:-4]]}
        for member, spec in load_feed("webreg").members.items()
        for field in spec.fields
        if field.code_list
    }
    assert {place: codes for place, codes in missing.items() if codes} == {}


def test_optional_fields_are_sometimes_empty(sample, by_hand, judge):
    data = by_hand.read(sample / LAST)
    always_filled = [
        (member, field.name)
        for member, spec in load_feed("webreg").members.items()
        for field in spec.fields
        if field.may_be_empty and all(row[field.name] for row in data[member[:-4]])
    ]
    assert always_filled == []


def test_persons_have_replacement_numbers(sample, by_hand):
    rows = by_hand.read(sample / LAST)["borgere"]
    numbers = [re.sub("[ -]", "", row["cpr"]) for row in rows]
    assert len(set(numbers)) == len(numbers)
    assert all(re.fullmatch(r"(6[1-9]|[78]\d|9[01])(0[1-9]|1[0-2])\d{6}", number) for number in numbers)
    weights = (4, 3, 2, 7, 6, 5, 4, 3, 2, 1)
    failing = [n for n in numbers if sum(w * int(d) for w, d in zip(weights, n, strict=True)) % 11]
    other_sex = [n for n, row in zip(numbers, rows, strict=True) if row["koen"] and int(n) % 2 != (row["koen"] == "M")]
    assert 3 <= len(failing) <= 12
    assert len(other_sex) == 2
    assert sum("-" in row["cpr"] for row in rows) > 5


def test_entries_keep_to_rules(sample, by_hand):
    data = by_hand.read(sample / LAST)
    ends = by_hand.ends(data)
    courses = {course["forloeb_id"]: course for course in data["stoetteforloeb"]}
    mentors = {mentor["mentor_id"]: mentor for mentor in data["mentorer"]}
    for row in data["tidsforbrug"]:
        course, mentor, day = courses[row["forloeb_id"]], mentors[row["mentor_id"]], row["dato"]
        assert course["start_dato"] <= day <= ends.get(row["forloeb_id"], "9999")
        assert mentor["start_dato"] <= day <= (mentor["slut_dato"] or "9999")
        assert int(row["minutter"]) % 5 == 0
        assert int(row["heraf_transport"] or 0) <= int(row["minutter"])
        assert not row["heraf_transport"] or row["opgavetype"] == "ANDET"
        if day < "2009" and by_hand.clock(row["start_tid"]) not in ("09-12", "12-17"):
            assert row["opgavetype"] == "HJEM"


def test_history_moves_between_deliveries(sample, by_hand):
    def citizens(name: str) -> dict[str, dict[str, str]]:
        return {row["borger_id"]: row for row in by_hand.read(sample / name)["borgere"]}

    first, last = citizens("webreg/webreg_2008-09-30.zip"), citizens(LAST)
    assert set(first) - set(last), "somebody vanished"
    assert any(first[number]["uddannelse"] != last[number]["uddannelse"] for number in set(first) & set(last))
    early = citizens("webreg/webreg_2009-06-30.zip")
    corrected = citizens("corrections/webreg/webreg_2009-06-30.zip")
    assert set(early) < set(corrected), "late registrations reach the corrected delivery"


def test_form_of_the_files(sample):
    with zipfile.ZipFile(sample / "webreg" / "webreg_2008-12-31.zip") as archive:
        text = archive.read("virksomheder.csv")
    assert text.startswith(b"\xef\xbb\xbf") and b"\r\n" in text
    with zipfile.ZipFile(sample / "webreg" / "webreg_2009-06-30.zip") as archive:
        assert archive.read("borgere.csv").startswith(b"uddannelse;alder;")
    with zipfile.ZipFile(sample / "webreg" / "webreg_2010-03-31.zip") as archive:
        assert not archive.read("jobcentre.csv").endswith(b"\n")
        names = [
            row[1] for row in csv.reader(archive.read("virksomheder.csv").decode().splitlines(True), delimiter=";")
        ]
    for sign in ";", '"', "\n", "Æ":
        assert any(sign in name for name in names)


def counts(folder: Path, by_hand, registers) -> tuple[int, int, int]:
    """Persons of the three sources, who must all be different ones."""
    web = [row["cpr"] for row in by_hand.read(folder / LAST)["borgere"]]
    biflis = [row["cpr"] for row in registers.members(folder / "biflis" / "biflis_2016-04.zip")["borger"]]
    dream = registers.unpacked(folder / "dream" / "dream_2016-03.csv.gz").count(b"\n") - 1
    assert len(set(web)) == len(web) and len(set(biflis)) == len(biflis)
    assert len(registers.Dream(folder / "dream" / "dream_2016-03.csv.gz").persons) == dream
    return len(web), len(biflis), dream


def test_a_smaller_scale_has_fewer_persons(small, by_hand, registers, plain):
    whole, part = (counts(folder, by_hand, registers) for folder in (plain(1), small))
    assert part == pytest.approx([count / 10 for count in whole], rel=0.1)


@pytest.mark.long
def test_a_larger_scale_has_more_persons_and_needs_no_more_memory(tmp_path, by_hand, registers, plain):
    program = (
        "import sys, pathlib, resource, mentor_dw.sample as s;"
        "s.generate(pathlib.Path(sys.argv[1]), seed=1, scale=float(sys.argv[2]));"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)"
    )
    memory = {}
    for scale in (1, 4.5):
        command = [sys.executable, "-c", program, str(tmp_path / str(scale)), str(scale)]
        memory[scale] = int(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    assert memory[4.5] < 1.2 * memory[1]
    whole = counts(plain(1), by_hand, registers)
    assert counts(tmp_path / "4.5", by_hand, registers) == pytest.approx([4.5 * n for n in whole], rel=0.05)
    with zipfile.ZipFile(tmp_path / "4.5" / LAST) as archive:
        assert b"Herlev;163;jobcenter;45" in archive.read("jobcentre.csv")


def test_cohorts_never_share_a_number():
    population, rng, seen = Population(5), random.Random(1), set()
    birth = date(1950, 4, 1)
    for cohort in range(5):
        population.begin(cohort)
        people = [population.draw(rng, birth, "M").cpr for _ in range(8)]
        people += [population.draw_resident(rng, lambda: birth, sex).cpr for sex in "MK" * 10]
        assert not seen & set(people) and len(set(people)) == len(people)
        seen |= set(people)


@pytest.mark.parametrize("scale", [0, -1, float("nan"), float("inf")])
def test_a_scale_that_is_none(tmp_path, scale):
    with pytest.raises(MentorDwError, match="above zero"):
        generate(tmp_path, scale=scale)
