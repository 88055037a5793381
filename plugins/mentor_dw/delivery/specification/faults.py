"""What pydantic finds wrong, in words for whoever writes the file."""

from __future__ import annotations

from typing import Any

from pydantic import ValidationError

#: By pydantic's kind of fault; what is not here is told in its own words.
_WORDS = {
    "missing": "is missing; say it",
    "extra_forbidden": "is not known here; mend the name or take it out",
    "string_type": "is not a text; put it in quotation marks",
    "int_parsing": "is not a whole number",
    "int_type": "is not a whole number",
    "bool_parsing": "is not true or false",
    "tuple_type": "is not a list",
    "model_type": "is not a list of keys and values",
    "string_too_short": "is empty or too short; say it in words",
}
#: What must not be left out, with what to do: without it nothing goes to anybody.
_MISSING = {
    "legal_basis": "is missing: no legal basis, no extract; name the paragraph and what it says",
    "purpose": "is missing: say what the receiver uses it for",
    "receiver": "is missing: name a receiver of extracts/receivers",
}


def in_words(error: ValidationError, content: dict[str, Any]) -> list[str]:
    """Each fault of `content` with its place, such as `tables.0 (forloeb).measures.1: …`."""
    faults = error.errors()
    places = [fault["loc"] for fault in faults]
    return [
        f"{_place(fault['loc'], content)}: {_what(fault)}".removeprefix(": ")
        for fault in faults
        # A list that is too short only because its entries are faulty.
        if not (fault["type"] == "too_short" and any(_below(place, fault["loc"]) for place in places))
    ]


def _below(place: tuple[int | str, ...], above: tuple[int | str, ...]) -> bool:
    return len(place) > len(above) and place[: len(above)] == above


def _what(fault: Any) -> str:
    kind, last = fault["type"], str(fault["loc"][-1]) if fault["loc"] else ""
    if kind == "missing" and last in _MISSING:
        return _MISSING[last]
    if kind in _WORDS:
        return _WORDS[kind]
    return fault["msg"].removeprefix("Value error, ")


def _place(location: tuple[int | str, ...], content: Any) -> str:
    """The path to the fault; an entry of a list is named beside its number where it has a name."""
    steps: list[str] = []
    for step in location:
        told = str(step)
        content = content[step] if _holds(content, step) else None
        if isinstance(step, int) and isinstance(content, dict) and isinstance(content.get("name"), str):
            told += f" ({content['name']})"
        steps.append(told)
    return ".".join(steps)


def _holds(content: Any, step: int | str) -> bool:
    if isinstance(step, int):
        return isinstance(content, list) and step < len(content)
    return isinstance(content, dict) and step in content
