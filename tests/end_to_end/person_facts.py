"""What the warehouse holds about single persons, and how it differs from what another program found.

A person is named by the ids of her forløb in their sources; no CPR number is read or shown.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

EXPECTED = Path(__file__).resolve().parents[1] / "fixtures" / "waves" / "expected_facts.jsonl"
_SOURCES = ("biflis", "webreg")

# Each gives person_key and an object of facts, by the role that may read the tables.
_QUERIES = {
    "bi_reader": (
        """
        select person_key, jsonb_build_object(
            'biflis', jsonb_agg(kilde_forloeb_id order by start_dato, cast(kilde_forloeb_id as numeric)),
            'n_mentorforloeb', count(*),
            'n_helhedsorienteret', count(*) filter (where mentortype_code = 'helhedsorienteret')
        )
        from bi.fct_mentorforloeb where kilde = 'biflis' group by person_key
        """,
        # A period counts with every scheme that one of its forløb belongs to.
        """
        select person_key, jsonb_build_object(
            'n_stoetteperioder', count(distinct stoetteperiode_key),
            'n_stoetteperioder_helhedsorienteret',
            count(distinct stoetteperiode_key) filter (where forloeb.mentortype_code = 'helhedsorienteret')
        )
        from bi.fct_stoetteperiode as periode
        inner join bi.fct_mentorforloeb as forloeb using (stoetteperiode_key, person_key)
        where periode.kilde = 'biflis' group by person_key
        """,
        """
        select person_key, jsonb_build_object(
            'cost_kr', cast(sum(coalesce(beloeb_dkk, 0)) as text),
            'refusion_kr', cast(sum(coalesce(refusion_foer_ramme_dkk, 0)) as text),
            'cost_without_a_rule_kr',
            cast(coalesce(sum(beloeb_dkk) filter (where refusionsregel_key is null), 0) as text)
        )
        from bi.fct_mentorforloeb as forloeb left join bi.fct_refusion using (forloeb_key, person_key)
        where forloeb.kilde = 'biflis' group by person_key
        """,
        # With the ends that are known now; Figur 6 takes them as they were on its last day (rules.md R13).
        """
        select person_key, jsonb_build_object(
            'total_duration_days', sum(coalesce(slut_dato - start_dato, 182)),
            'total_duration_days_both_ends', sum(coalesce(slut_dato - start_dato + 1, 182))
        )
        from bi.fct_mentorforloeb
        where kilde = 'biflis' and mentortype_code = 'helhedsorienteret' and start_dato <= '2015-09-30'
        group by person_key
        """,
        """
        select udfald.person_key, jsonb_build_object(
            'first_start', min(udfald.start_dato),
            'age_at_first_start', min(udfald.alder_ved_start),
            'age_group', min(udfald.aldersgruppe_30),
            'status', jsonb_object_agg(horisont_maaneder, jsonb_build_array(
                laese_dato,
                iso_uge_navn,
                case when er_offentliggjort then status.label_da else lower(status.label_da) end,
                lower(coalesce(nullif(understatus.label_da, 'Efter registrets sidste uge'), ydelse_code))
            ))
        )
        from bi.fct_udfald as udfald
        inner join bi.dim_status as status using (status_code)
        inner join bi.dim_iso_uge on udfald.laese_uge = iso_uge_key
        left join bi.dim_understatus as understatus using (understatus_code)
        where udfald.er_studiets_foerste group by udfald.person_key
        """,
        """
        select forloeb.person_key, jsonb_build_object(
            'webreg', jsonb_agg(kilde_forloeb_id order by start_dato, cast(kilde_forloeb_id as numeric)),
            'web', jsonb_build_object(
                'first_start', min(start_dato),
                'n_forloeb', count(*),
                'ends', jsonb_agg(slut_dato order by start_dato, cast(kilde_forloeb_id as numeric)),
                'alder', min(alder_ved_start) filter (where er_foerste_forloeb),
                'minutes', (
                    select coalesce(jsonb_object_agg(label_da, minutter), '{}') from (
                        select label_da, sum(minutter) as minutter
                        from bi.fct_tidsforbrug as tid inner join bi.dim_opgavetype on opgavetype_code = kode
                        where tid.person_key = forloeb.person_key group by label_da
                        union all
                        select 'heraf transport', coalesce(sum(transport_minutter), 0)
                        from bi.fct_tidsforbrug as tid where tid.person_key = forloeb.person_key
                    ) as slags
                )
            )
        )
        from bi.fct_mentorforloeb as forloeb where kilde = 'webreg' group by forloeb.person_key
        """,
    ),
    "transformer": (
        """
        select person_key, jsonb_build_object('webreg_borger', string_agg(kilde_borger_id, ' '))
        from work.stg_webreg__borgere group by person_key
        """,
        """
        select person_key, jsonb_build_object('prior_months', coalesce(
            12 * extract(year from age(start_dato, ydelse_fra_dato))
            + extract(month from age(start_dato, ydelse_fra_dato)), 0
        ))
        from work.int_studie__forudgaaende where er_studiets_foerste
        """,
    ),
}


def expected(wave: int) -> list[dict[str, Any]]:
    """The persons of the answers after `wave`, without a CPR number."""
    lines = EXPECTED.read_text(encoding="utf-8").splitlines()
    return [one for one in map(json.loads, lines) if wave in one.pop("waves")]


def held(house: Any) -> list[dict[str, Any]]:
    """Every person with a forløb in the warehouse of `house`, in the shape of `expected`."""
    persons: dict[int, dict[str, Any]] = {}
    for role, queries in _QUERIES.items():
        with house.connect(role) as connection:
            for query in queries:
                for person, facts in connection.execute(query).fetchall():
                    persons.setdefault(person, {}).update(facts)
    return list(persons.values())


def differences(got: Sequence[Mapping[str, Any]], want: Sequence[Mapping[str, Any]]) -> list[str]:
    """Every fact of `want` that `got` has otherwise, by forløb and field; no person of both may be two in `got`."""
    by_forloeb = {number: person for person in got for number in _numbers(person)}
    wrong = []
    for person in want:
        numbers = _numbers(person)
        name = " ".join(numbers[0])
        found = [by_forloeb.get(number) for number in numbers]
        if any(one is None or one is not found[0] for one in found):
            wrong.append(f"{name}: its forløb are missing or belong to several persons")
            continue
        have = dict(_fields(found[0]))
        wrong += [
            f"{name} {field}: {value!r} expected, {have.get(field)!r}"
            for field, value in _fields(person)
            if have.get(field) != value
        ]
    return wrong


def _numbers(person: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The sources and ids of the person's forløb."""
    return [(source, number) for source in _SOURCES for number in person.get(source, ())]


def _fields(facts: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, Any]]:
    """The facts one by one: the name of a nested one begins with those it stands in, amounts are numbers."""
    for name, value in facts.items():
        if isinstance(value, Mapping):
            yield from _fields(value, f"{above}{name} ")
        else:
            yield f"{above}{name}", Decimal(value) if name.endswith("_kr") else value
