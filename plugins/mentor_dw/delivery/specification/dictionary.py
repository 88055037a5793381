"""The data dictionary of an extract, for its receiver: what the specification promises, as Markdown in Danish."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from mentor_dw.delivery.specification.columns import code_list_of, columns, primary_key
from mentor_dw.delivery.specification.model import Deadline, Disclosure, Receiver, Specification, TableSpec
from mentor_dw.delivery.specification.models import MODELS, read_model
from mentor_dw.delivery.tables import TOTAL, Column

_CADENCE = {"month": "hver måned", "quarter": "hvert kvartal", "year": "hvert år"}
_PERIOD = {"month": "måneden", "quarter": "kvartalet", "year": "året"}
_TYPE = {"text": "tekst", "integer": "helt tal", "decimal": "decimaltal", "date": "dato"}
_LEVEL = {"counts": "samlede tal", "persons": "en række pr. borger eller forløb, med pseudonym"}


def dictionary(
    spec: Specification, receiver: Receiver, codes: Mapping[str, Mapping[str, str]], models: Path = MODELS
) -> str:
    """The dictionary of one extract: what it is, its tables and columns, and its code lists.

    `codes` are the code lists by name (code -> Danish label); of one that is not given it says that it follows with
    the delivery. Ends with one line break.
    """
    lines = [f"# {spec.title} (`{spec.name}`)", "", spec.purpose, ""]
    lines += _table(("", ""), _facts(spec, receiver))
    if spec.known_gaps:
        lines += ["## Kendte mangler", "", *(f"- {_line(gap)}" for gap in spec.known_gaps), ""]
    for table in spec.tables:
        lines += _of_table(table, models)
    lines += _code_lists(spec, codes)
    return "\n".join(lines).rstrip() + "\n"


def in_words(deadline: Deadline, cadence: str) -> str:
    """A deadline in Danish words: senest den 10. arbejdsdag i måneden efter kvartalet."""
    if deadline.months_after > 1:
        month = f"den {deadline.months_after}. måned efter {_PERIOD[cadence]}"
    else:
        month = "den følgende måned" if cadence == "month" else f"måneden efter {_PERIOD[cadence]}"
    return f"senest den {deadline.working_day}. arbejdsdag i {month}"


def protection_in_words(disclosure: Disclosure, level: str) -> str:
    """How the numbers are protected, in Danish words."""
    if level == "persons":
        return (
            f"Rækker er holdt tilbage, når færre end {disclosure.k} borgere har de samme værdier i de kolonner, der "
            f"tilsammen kan fortælle, hvem nogen er (k-anonymitet, k = {disclosure.k})."
        )
    basis = f" Grænsen følger af {disclosure.threshold_basis}." if disclosure.threshold_basis else ""
    if disclosure.threshold == 0:
        return "Små tal er ikke skjult." + basis
    if disclosure.method == "round":
        words = f"Antal er afrundet til nærmeste {disclosure.base}; kun 0 fortælles som 0."
    else:
        words = (
            f"Tal om færre end {disclosure.threshold} borgere, mentorer eller virksomheder er skjult, og så mange "
            "andre, at de ikke kan regnes ud; 0 fortælles som 0."
        )
    return words + " En andel eller et gennemsnit er skjult sammen med sine tal." + basis


def _facts(spec: Specification, receiver: Receiver) -> list[tuple[str, str]]:
    contact = ", ".join(part for part in (spec.contact.name, spec.contact.mail, spec.contact.phone) if part)
    return [
        ("Modtager", receiver.title),
        ("Modtagerens formål", receiver.purpose_of_receiver),
        ("Hjemmel", f"{spec.legal_basis.paragraph}. {spec.legal_basis.text}"),
        ("Kontakt", contact),
        ("Leveres", f"{_CADENCE[spec.cadence]}, {in_words(spec.deadline, spec.cadence)}"),
        ("Kvittering", f"inden {spec.deadline.receipt_days} arbejdsdage efter leveringen"),
        ("Niveau", _LEVEL[spec.level]),
        ("Beskyttelse", protection_in_words(spec.disclosure, spec.level)),
        ("Definitioner", spec.definitions),
        ("Formater", ", ".join(name.upper() for name in spec.formats) + f"; tegnsæt {spec.encoding.upper()}"),
        ("Opbevares hos afsenderen", f"{spec.retention_days} dage, krypteret"),
    ]


def _of_table(table: TableSpec, models: Path) -> list[str]:
    model = read_model(table.model, models)
    lines = [f"## {table.name}: {table.title}", "", _line(table.description), ""]
    for column, code in table.where.items():
        told = model.columns[column].description if model and column in model.columns else ""
        lines += [_line(f"Udvalg: `{column}` = `{code}`. {told}"), ""]
    lists = code_list_of(table)
    keys = ", ".join(f"`{name}`" for name in primary_key(table))
    lines += [f"Nøgle: {keys}. Kilde: `{table.model}`.", ""]
    lines += _table(
        ("kolonne", "navn", "type", "kodeliste", "beskrivelse"),
        [
            (f"`{one.name}`", one.title, _type(one), f"[{lists[one.name]}](#{lists[one.name]})", one.description)
            if one.name in lists
            else (f"`{one.name}`", one.title, _type(one), "", one.description)
            for one in columns(table)
        ],
    )
    if table.dimensions:
        lines += [f"`{TOTAL}` i en kolonne betyder alle: summen over kolonnens koder.", ""]
    if table.adds_up_over_time:
        lines += ["Tallene kan lægges sammen over perioder.", ""]
    if quasi := [f"`{field.name}`" for field in table.fields if field.quasi]:
        lines += [f"k-anonymiteten gælder kolonnerne {', '.join(quasi)} tilsammen.", ""]
    return lines


def _type(column: Column) -> str:
    places = column.decimals
    decimals = "" if places is None else ", 1 decimal" if places == 1 else f", {places} decimaler"
    unit = f", {column.unit}" if column.unit else ""
    empty = "" if column.required else "; kan være tom"
    return f"{_TYPE[column.type]}{decimals}{unit}{empty}"


def _code_lists(spec: Specification, codes: Mapping[str, Mapping[str, str]]) -> list[str]:
    names = dict.fromkeys(name for table in spec.tables for name in code_list_of(table).values())
    if not names:
        return []
    lines = ["## Kodelister", ""]
    for name in sorted(names):
        lines += [f"### {name}", ""]
        if name in codes:
            lines += _table(("kode", "betydning"), [(f"`{code}`", label) for code, label in codes[name].items()])
        else:
            lines += ["Listen følger leverancen.", ""]
    return lines


def _table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> list[str]:
    return [_row(head), "|" + "---|" * len(head), *(_row(row) for row in rows), ""]


def _row(cells: tuple[str, ...]) -> str:
    return "| " + " | ".join(_line(cell).replace("|", "\\|") for cell in cells) + " |"


def _line(text: str) -> str:
    return " ".join(text.split())
