"""An explanation of a figure as a page of plain text, in English or Danish."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

#: Languages an explanation is written in.
LANGUAGES = ("en", "da")
_WIDTH, _MARGIN = 110, 16
#: Longer values are shown with so many decimals; the JSON has all.
_DECIMALS = 6
#: The layers of the warehouse from a figure back to what was delivered.
_LAYERS = ("figures", "compliance", "stars", "intermediate", "staging", "seeds", "sources")

_WORDS: dict[str, dict[str, str]] = {
    "en": {
        "value": "Value",
        "none": "none: there is nothing to divide by",
        "why_not": "not computed: {}",
        "no_target": "the printed number is no target",
        "not_loaded": "the deliveries that it takes are not there",
        "not_computed": "the warehouse does not compute it yet",
        "numerator": "Numerator",
        "denominator": "Denominator",
        "stated": "The number is stated by its document; nobody counted it.",
        "printed": "As printed",
        "printed_as": "{id}: {value} {unit} ({document}, {place})",
        "agrees": "agrees",
        "differs": "does not agree",
        "compared_not": "not compared",
        "rule": "Rule",
        "caveats": "Caveats",
        "definition": "Definition",
        "defined": "asked for by {}; last changed {}",
        "reforms": "Reforms",
        "reforms_within": "in the figure's period, {} to {}:",
        "facts": "Facts",
        "rows": "{table}: {rows} rows",
        "rows_that_count": "{table}: {rows} rows, of which {counting} count",
        "rows_in_both": "{table}: {rows} rows, {counting} in the numerator and {dividing} in the denominator",
        "citizens": "Citizens",
        "citizens_in_both": "{counting} in the numerator and {dividing} in the denominator",
        "model": "Model",
        "made_from": "Made from",
        "deliveries": "Deliveries",
        "delivery": (
            "{source}: {file_name}, covers {covers}, version {version}, {rows} rows, sha256 {sha256}, accepted"
            " {accepted_at}"
        ),
        "history": "{source}: {count} more, from {first} on, for the history",
        "build": "Build",
        "published": "{build_id}, published {published_at}",
        "known_at": "none: computed again as known at {}",
        "changed": "Last changed",
        "changed_from": "build {build_id}, {published_at}; before it {value}",
        "first_shown": "not since it was first shown: build {build_id}, {published_at}",
        "nothing": "none",
    },
    "da": {
        "value": "Værdi",
        "none": "ingen: der er intet at dividere med",
        "why_not": "ikke beregnet: {}",
        "no_target": "det trykte tal er ikke et mål",
        "not_loaded": "de leverancer, som det kræver, er her ikke",
        "not_computed": "varehuset beregner det endnu ikke",
        "numerator": "Tæller",
        "denominator": "Nævner",
        "stated": "Tallet er oplyst i dokumentet; ingen har talt det op.",
        "printed": "Som trykt",
        "printed_as": "{id}: {value} {unit} ({document}, {place})",
        "agrees": "stemmer",
        "differs": "stemmer ikke",
        "compared_not": "ikke sammenlignet",
        "rule": "Regel",
        "caveats": "Forbehold",
        "definition": "Definition",
        "defined": "efterspurgt af {}; senest ændret {}",
        "reforms": "Reformer",
        "reforms_within": "i tallets periode, {} til {}:",
        "facts": "Fakta",
        "rows": "{table}: {rows} rækker",
        "rows_that_count": "{table}: {rows} rækker, hvoraf {counting} tæller med",
        "rows_in_both": "{table}: {rows} rækker, {counting} i tælleren og {dividing} i nævneren",
        "citizens": "Borgere",
        "citizens_in_both": "{counting} i tælleren og {dividing} i nævneren",
        "model": "Model",
        "made_from": "Lavet af",
        "deliveries": "Leverancer",
        "delivery": (
            "{source}: {file_name}, dækker {covers}, version {version}, {rows} rækker, sha256 {sha256}, modtaget"
            " {accepted_at}"
        ),
        "history": "{source}: {count} mere, fra {first} og frem, til historikken",
        "build": "Bygning",
        "published": "{build_id}, offentliggjort {published_at}",
        "known_at": "ingen: beregnet igen efter det, der var kendt {}",
        "changed": "Senest ændret",
        "changed_from": "bygning {build_id}, {published_at}; før den {value}",
        "first_shown": "ikke siden det blev vist første gang: bygning {build_id}, {published_at}",
        "nothing": "ingen",
    },
}


def page(explanation: Mapping[str, Any], language: str) -> str:
    """`explanation`, as `explain` gives it, as text in `language` ("en" or "da")."""
    lines = [title(explanation, language), ""]
    for label, texts in sections(explanation, language):
        lines += _section(label, texts)
    return "\n".join(lines) + "\n"


def sections(explanation: Mapping[str, Any], language: str) -> list[tuple[str, list[str]]]:
    """The page's sections: each label with its paragraphs; those without a text are left out."""
    return [(_WORDS[language][label], texts) for label, texts in _sections(explanation, language) if texts]


def amount(value: float | None, language: str) -> str:
    """A number as readers of `language` write it: 12,303.5 or 12.303,5; at most six decimals, rounded half up."""
    if value is None:
        return _WORDS[language]["none"]
    rounded = Decimal(str(value)).quantize(Decimal(1).scaleb(-_DECIMALS), ROUND_HALF_UP)
    text = f"{rounded:,f}".rstrip("0").rstrip(".")
    return text.translate(str.maketrans(",.", ".,")) if language == "da" else text


def title(explanation: Mapping[str, Any], language: str) -> str:
    """What the figure is called: its measure and its dimensions."""
    figure, definition = explanation["figure"], explanation["definition"]
    name = f"{definition[f'navn_{language}']} ({figure['measure']})" if definition else figure["measure"]
    dimensions = ", ".join(f"{key}={value}" for key, value in figure["dimensions"].items())
    return f"{name}: {dimensions}" if dimensions else name


def _sections(explanation: Mapping[str, Any], language: str) -> Iterator[tuple[str, list[str]]]:
    """The sections of the page by the word for their label."""
    words = _WORDS[language]
    yield from _value(explanation, language)
    yield "printed", [_printed(row, words) for row in explanation["published"]]
    definition = explanation["definition"]
    if definition:
        rule, caveats = ("regel", "forbehold") if language == "da" else ("regel_en", "forbehold_en")
        yield "rule", [f"{definition['regelkilde']}: {definition[rule]}"]
        yield "caveats", [definition[caveats]]
        yield "definition", [words["defined"].format(definition["kildedokument"], definition["aendret"])]
    if explanation["reforms"]:
        names = [f"{reform['dato']} {reform[f'navn_{language}']}" for reform in explanation["reforms"]]
        yield "reforms", [words["reforms_within"].format(*explanation["period"]), *names]
    if explanation["model"]:
        yield "facts", [_fact(one, language) for one in explanation["facts"]] or [words["nothing"]]
        yield "citizens", _citizens(explanation["citizens"], language)
        yield "model", [explanation["model"]]
        yield "made_from", _layers(explanation)
        yield "deliveries", _deliveries(explanation["deliveries"], language) or [words["nothing"]]
    yield from _times(explanation, language)


def _value(explanation: Mapping[str, Any], language: str) -> Iterator[tuple[str, list[str]]]:
    words, figure, basis = _WORDS[language], explanation["figure"], explanation["basis"]
    if explanation["why_not"]:
        yield "value", [words["why_not"].format(words[explanation["why_not"]])]
        return
    unit = "" if figure["value"] is None else f" {figure['unit']}"
    stated = [words["stated"]] if basis["kind"] == "stated" and unit else []
    yield "value", [f"{amount(figure['value'], language)}{unit}", *stated]
    if basis["kind"] == "ratio":
        yield "numerator", [amount(basis["numerator"], language)]
        yield "denominator", [amount(basis["denominator"], language)]


def _printed(row: Mapping[str, Any], words: Mapping[str, str]) -> str:
    text = words["printed_as"].format(
        id=row["id"],
        value=row["published_value"],
        unit=row["unit"],
        document=row["kildedokument"],
        place=row["place"],
    )
    verdict = {True: "agrees", False: "differs", None: "compared_not"}[row["agrees"]]
    # What there is to know about the printed number is Danish, like the documents.
    return ". ".join(
        [f"{text}: {words[verdict]}", *(row[name].rstrip(".") for name in ("reason", "note") if row[name])]
    )


def _fact(fact: Mapping[str, Any], language: str) -> str:
    counting, dividing = fact["rows_that_count"], fact["rows_divided_by"]
    word = "rows" if counting is None else "rows_that_count" if dividing is None else "rows_in_both"
    return _WORDS[language][word].format(
        table=fact["table"],
        rows=amount(fact["rows"], language),
        counting=amount(counting or 0, language),
        dividing=amount(dividing or 0, language),
    )


def _citizens(citizens: Mapping[str, Any] | None, language: str) -> list[str]:
    """How many persons stand behind the figure; nothing where the model does not say."""
    if citizens is None:
        return []
    counting = amount(citizens["that_count"], language)
    if citizens["divided_by"] is None:
        return [counting]
    dividing = amount(citizens["divided_by"], language)
    return [_WORDS[language]["citizens_in_both"].format(counting=counting, dividing=dividing)]


def _layers(explanation: Mapping[str, Any]) -> list[str]:
    """One line per layer with the models the figure's own is made from."""
    others = [node for node in explanation["made_from"] if node["name"] != explanation["model"]]
    by_layer = {layer: sorted(node["name"] for node in others if node["layer"] == layer) for layer in _LAYERS}
    return [f"{layer}: {', '.join(names)}" for layer, names in by_layer.items() if names]


def _deliveries(deliveries: Sequence[Mapping[str, Any]], language: str) -> list[str]:
    """Per source the delivery whose rows are today's, and how many others its history is made of."""
    words, texts = _WORDS[language], []
    for one in (delivery for delivery in deliveries if delivery["effective"]):
        texts.append(words["delivery"].format(**one, rows=amount(one["rows_accepted"], language)))
        others = [other for other in deliveries if other["source"] == one["source"] and not other["effective"]]
        if others:
            first = others[0]["covers"]
            texts.append(words["history"].format(source=one["source"], count=len(others), first=first))
    return texts


def _times(explanation: Mapping[str, Any], language: str) -> Iterator[tuple[str, list[str]]]:
    words, changed = _WORDS[language], explanation["last_changed"]
    if explanation["build"] is None:
        yield "build", [words["known_at"].format(explanation["known_at"])]
        return
    yield "build", [words["published"].format(**explanation["build"])]
    if changed:
        text = words["first_shown" if changed["is_first"] else "changed_from"]
        yield "changed", [text.format(**changed, value=amount(changed["value_before"], language))]


def _section(label: str, texts: Sequence[str]) -> list[str]:
    """`texts` wrapped beside `label`, one paragraph each; a long name is never cut."""
    lines: list[str] = []
    for text in texts:
        lines += textwrap.wrap(
            text, _WIDTH - _MARGIN, subsequent_indent="  ", break_long_words=False, break_on_hyphens=False
        )
    return [f"{label if number == 0 else '':<{_MARGIN}}{line}" for number, line in enumerate(lines)]
