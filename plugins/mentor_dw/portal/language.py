"""What the pages say, in Danish and English, and how they write numbers and days."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from importlib.resources import files
from typing import Any, Literal, get_args

import yaml
from babel.numbers import format_decimal

from mentor_dw.config import COPENHAGEN

Language = Literal["da", "en"]
LANGUAGES: tuple[Language, ...] = get_args(Language)
DEFAULT: Language = "da"


class Words:
    """The texts of `portal/texts.yml` in one language."""

    def __init__(self, language: Language) -> None:
        self.language = language

    def __call__(self, key: str, /, **values: object) -> str:
        """The text called `key`, as `deliveries.title`, with `values` in it. Raises KeyError for one nobody wrote."""
        text = texts()[key][self.language]
        return text.format(**values) if values else text

    def of(self, key: str, name: str) -> str:
        """The text `key.name`; `name` itself when nobody wrote one: such as a code that came with a later version."""
        return texts().get(f"{key}.{name}", {}).get(self.language, name)

    def pick(self, row: Mapping[str, Any], name: str) -> Any:
        """The column `name_da` or `name_en` of `row`."""
        return row[f"{name}_{self.language}"]

    def number(self, value: Any, decimals: int = 0) -> str:
        """A number with the marks of the language; a dash for none."""
        if value is None:
            return "–"
        pattern = "#,##0" + (f".{'0' * decimals}" if decimals else "")
        return format_decimal(Decimal(str(value)), format=pattern, locale=self.language)

    def exact(self, value: Any, decimals: int = 3) -> str:
        """A number with as many decimals as it has, `decimals` at most."""
        if value is None:
            return "–"
        return format_decimal(Decimal(str(value)), format="#,##0." + "#" * decimals, locale=self.language)

    @staticmethod
    def moment(value: datetime | str | None) -> str:
        """A moment in Copenhagen, to the minute, in a form that sorts."""
        if not value:
            return ""
        seen = datetime.fromisoformat(value) if isinstance(value, str) else value
        return f"{seen.astimezone(COPENHAGEN):%Y-%m-%d %H:%M}"

    @staticmethod
    def month(value: date) -> str:
        """The month of a day, in a form that sorts."""
        return f"{value:%Y-%m}"


@lru_cache
def texts() -> dict[str, dict[str, str]]:
    """Every text by its key (`page.name`), in each language."""
    read = yaml.safe_load(files("mentor_dw.portal").joinpath("texts.yml").read_text(encoding="utf-8"))
    return {f"{page}.{name}": said for page, names in read.items() for name, said in names.items()}


def choose(asked: str | None, kept: str | None, accepted: str | None) -> Language:
    """The language of an answer: what is asked for, what was asked for before, what the browser likes, Danish."""
    for wish in (asked, kept, *(one.split(";")[0].strip()[:2] for one in (accepted or "").split(","))):
        for language in LANGUAGES:
            if wish == language:
                return language
    return DEFAULT
