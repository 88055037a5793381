"""Which rows of a delivery stay and which are set aside, in plain Python as source-files.md says.

Written from the contract with the source alone. It judges lines as they were planted, not the written file, so that
reading is part of what is tried.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from population import COLUMNS, Data

#: What each field must be. A star: may be empty. A name after @: the member whose key it refers to.
FIELDS = {
    "jobcentre.csv": "id text digits3 code:jobcenter,anden_aktoer number:0-100000",
    "mentorer.csv": "id id@jobcentre.csv code*:ja,nej date date*",
    "borgere.csv": "id cpr code*:M,K number*:0-120 code*:UDD1-7",
    "stoetteforloeb.csv": (
        "id id@borgere.csv id@mentorer.csv date date* code*:FOR1-9 code*:offentlig,dagpenge,loen,fleksjob,familie "
        "code*:BAG1-4 code*:bedring,viderevisiteret,udeblevet,fastholdt_job,nyt_job,uddannelse,andet"
    ),
    "parallelle_indsatser.csv": "id@stoetteforloeb.csv code:PAR1-9",
    "tidsforbrug.csv": (
        "id id@stoetteforloeb.csv id@mentorer.csv date time number:5-1440 number*:0-1440 "
        "code:HJEM,ARBEJDE,KONTAKT,ANDET"
    ),
    "opgaver.csv": "id id@stoetteforloeb.csv id@mentorer.csv date code:OPG01-10",
    "virksomheder.csv": "id text code*:offentlig,privat,forening text* code*:ja,nej",
    "begivenheder.csv": "id id@stoetteforloeb.csv date date* code:BEG01-18 id*@virksomheder.csv",
    "tilknytninger.csv": "id@stoetteforloeb.csv id@virksomheder.csv date date* code:fastholdelse,indslusning",
}
KEYS = {
    "parallelle_indsatser.csv": ["forloeb_id", "indsats"],
    "tilknytninger.csv": ["forloeb_id", "virksomhed_id", "start_dato"],
}
UNSPLIT = {
    "few": "too_few_fields",
    "blank": "too_few_fields",
    "many": "too_many_fields",
    "quoting": "bad_quoting",
}

Faults = dict[tuple[str, int], set[tuple[str | None, str]]]


@dataclass
class Line:
    """A row as it will be written. `form`: plain, or one of UNSPLIT: then it cannot be taken apart."""

    values: dict[str, str]
    form: str = "plain"
    #: the physical line it starts on, known when written
    number: int = 0


def key_of(member: str) -> list[str]:
    """The key's fields."""
    return KEYS.get(member, COLUMNS[member][:1])


def kinds(member: str) -> dict[str, str]:
    """Field to what it must be."""
    return dict(zip(COLUMNS[member], FIELDS[member].split(), strict=True))


def codes(kind: str) -> list[str]:
    """The codes of `code:A,B` or `code:UDD1-7` or `code:BEG01-18`."""
    listed = kind.partition(":")[2]
    run = re.fullmatch(r"([A-Z]+)0?1-(\d+)", listed)
    if not run:
        return listed.split(",")
    width = 2 if int(run[2]) >= 10 else 1
    return [f"{run[1]}{number:0{width}d}" for number in range(1, int(run[2]) + 1)]


def field_fault(field: str, kind: str, value: str, key: list[str]) -> str | None:
    """The rule that a single value breaks, apart from what other rows say."""
    shape = re.match(r"[a-z]+3?", kind)[0]
    if shape == "cpr":
        plain = "".join(value.split())
        plain = plain[:-5] + plain[-4:] if plain[-5:-4] == "-" else plain
        if not re.fullmatch("[0-9]{9,10}", plain):
            return "bad_cpr"
        return "unknown_person" if plain.zfill(10) == "0" * 10 else None
    if not value:
        return None if "*" in kind else "key_empty" if field in key else "empty_required"
    if shape == "id":
        return None if re.fullmatch("[0-9]+", value) else "bad_id"
    if shape == "digits3":
        return None if re.fullmatch("[0-9]{3}", value) else "bad_text"
    if shape == "code":
        return None if value in codes(kind) else "bad_code"
    if shape == "date":
        return None if day_of(value) else "bad_date"
    if shape == "time":
        return None if re.fullmatch("([01][0-9]|2[0-3]):[0-5][0-9]", value) else "bad_time"
    if shape == "number":
        if not re.fullmatch("-?[0-9]{1,9}", value):
            return "bad_number"
        low, high = map(int, kind.partition(":")[2].split("-"))
        return "below_min" if int(value) < low else "above_max" if int(value) > high else None
    return None


def day_of(value: str) -> date | None:
    """The day of an ISO date; None when it is none."""
    try:
        return date.fromisoformat(value) if re.fullmatch("[0-9]{4}-[0-9]{2}-[0-9]{2}", value) else None
    except ValueError:
        return None


def judge(members: dict[str, list[Line]]) -> Faults:
    """Every fault of every line, by member and physical line. A line without one is not there."""
    faults: Faults = {}
    staying: dict[str, set[str]] = {}
    for member in FIELDS:
        seen: set[tuple[str, ...]] = set()
        good: set[str] = set()
        for line in members[member]:
            found = _faults(member, line, seen, staying)
            if found:
                faults[member, line.number] = found
            else:
                good.add(line.values[COLUMNS[member][0]])
        staying[member] = good
    return faults


def _faults(
    member: str, line: Line, seen: set[tuple[str, ...]], staying: dict[str, set[str]]
) -> set[tuple[str | None, str]]:
    if line.form in UNSPLIT:
        return {(None, UNSPLIT[line.form])}
    found: set[tuple[str | None, str]] = set()
    key = key_of(member)
    for field, kind in kinds(member).items():
        value = line.values[field]
        fault = field_fault(field, kind, value, key)
        if fault:
            found.add((field, fault))
        target = kind.partition("@")[2]
        if target and value and value not in staying[target]:
            found.add((field, "reference"))
    if "slut_dato" in line.values:
        start, end = day_of(line.values["start_dato"]), day_of(line.values["slut_dato"])
        if start and end and end < start:
            found.add(("slut_dato", "end_before_start"))
    whole = tuple(line.values[field] for field in key)
    if all(whole):
        # The first of equal keys stays; later ones do not, also when the first is set aside for something else.
        if whole in seen:
            found.add((",".join(key), "key_twice"))
        seen.add(whole)
    return found


def kept(members: dict[str, list[Line]], faults: Faults) -> Data:
    """The rows that stay."""
    return {
        member: [line.values for line in lines if (member, line.number) not in faults]
        for member, lines in members.items()
    }


def too_many(members: dict[str, list[Line]], faults: Faults, limit: float) -> bool:
    """Whether more than `limit` pct of a member's rows are set aside."""
    return any(
        100 * sum((member, line.number) in faults for line in lines) > limit * len(lines)
        for member, lines in members.items()
    )


#: What is uoplyst when it is empty.
UOPLYST = {
    "mentorer.csv": ["fuldtid"],
    "borgere.csv": ["koen"],
    "stoetteforloeb.csv": ["forsoergelse", "baggrund"],
    "virksomheder.csv": ["type", "branche", "erfaring"],
}


def empty_values(data: Data) -> dict[str, dict[str, int]]:
    """Rows that stay and say nothing where that means uoplyst, counted by member and field."""
    counted = {
        member: {field: sum(not row[field] for row in data[member]) for field in fields}
        for member, fields in UOPLYST.items()
    }
    found = {member: {field: n for field, n in fields.items() if n} for member, fields in counted.items()}
    return {member: fields for member, fields in found.items() if fields}


def doubts(data: Data) -> dict[str, int]:
    """Citizens who stay and whose number fails modulus 11, or says another sex than is registered."""
    people = [("".join(row["cpr"].split()).replace("-", "").zfill(10), row["koen"]) for row in data["borgere.csv"]]
    weights = (4, 3, 2, 7, 6, 5, 4, 3, 2, 1)
    return {
        "cpr_fails_mod11": sum(
            sum(weight * int(digit) for weight, digit in zip(weights, number, strict=True)) % 11 > 0
            for number, _ in people
        ),
        "koen_differs_from_cpr": sum(bool(sex) and sex != "KM"[int(number[9]) % 2] for number, sex in people),
    }
