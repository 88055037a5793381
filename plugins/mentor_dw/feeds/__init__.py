"""The sources, each described once in `expectations/<source>/feed.yml`."""

from __future__ import annotations

import csv
from functools import cache
from pathlib import Path

import yaml
from pydantic import ValidationError

from mentor_dw.config import PROJECT_ROOT
from mentor_dw.errors import MentorDwError
from mentor_dw.feeds.model import Feed, FieldSpec, MemberSpec, Reference, SeriesSpec, WideSpec, table_name

__all__ = [
    "Feed",
    "FieldSpec",
    "MemberSpec",
    "Reference",
    "SeriesSpec",
    "WideSpec",
    "code_list",
    "load_feed",
    "sources",
    "table_name",
]

EXPECTATIONS = PROJECT_ROOT / "expectations"
CODE_LISTS = PROJECT_ROOT / "dbt_project" / "seeds" / "code_lists"


def sources() -> list[str]:
    """The sources that have a feed, in alphabetical order."""
    return sorted(path.parent.name for path in EXPECTATIONS.glob("*/feed.yml"))


def read_feed(path: Path) -> Feed:
    """The feed in `path`. Raises MentorDwError naming each fault and where it stands in the file."""
    try:
        return Feed.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    except yaml.YAMLError as error:
        raise MentorDwError(f"{path} is not YAML: {error}") from None
    except ValidationError as error:
        faults = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors())
        raise MentorDwError(f"{path} is not a feed: {faults}") from None
    except (ValueError, OverflowError, RecursionError) as error:
        # Not UTF-8, a date that does not exist, a number of thousands of digits, nested without end.
        raise MentorDwError(f"{path} is not YAML: {type(error).__name__}") from None


@cache
def load_feed(source: str) -> Feed:
    """The feed of `source`. Raises MentorDwError when there is none or it is faulty."""
    path = EXPECTATIONS / source / "feed.yml"
    if not path.is_file():
        raise MentorDwError(f"No source called {source}.", f"Sources are: {', '.join(sources())}.")
    feed = read_feed(path)
    if feed.source != source:
        raise MentorDwError(f"{path} describes {feed.source}, not {source}.")
    return feed


@cache
def code_list(name: str) -> tuple[str, ...]:
    """The codes of a list: the `kode` column of its dbt seed, which is where a code list lives."""
    path = CODE_LISTS / f"{name}.csv"
    if not path.is_file():
        raise MentorDwError(f"No code list {name}.", f"Add {path.relative_to(PROJECT_ROOT)}.")
    with path.open(encoding="utf-8", newline="") as handle:
        return tuple(row["kode"] for row in csv.DictReader(handle))
