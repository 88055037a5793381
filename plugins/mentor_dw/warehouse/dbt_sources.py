"""dbt's view of `raw`: the sources file of every feed, written from the feed itself.

A source is described once, in its feed. `models/staging/<source>/_<source>__sources.yml` follows from it and is
committed so that dbt needs nothing but files; run `python -m mentor_dw.warehouse.dbt_sources` after changing a feed.
"""

from __future__ import annotations

from pathlib import Path

import yaml

from mentor_dw.config import PROJECT_ROOT
from mentor_dw.feeds import Feed, MemberSpec, load_feed, sources, table_name
from mentor_dw.landing.tables import RAW_PERSON, raw_columns
from mentor_dw.landing.wide_tables import WIDE_TABLES

STAGING = PROJECT_ROOT / "dbt_project" / "models" / "staging"

ROW_COLUMNS = (
    ("delivery_id", "bigint", "The accepted delivery the row came with."),
    ("line_number", "bigint", "Physical line of the member; the header is line 1."),
)


def sources_file(source: str) -> Path:
    """Where the sources file of `source` stands in the dbt project."""
    return STAGING / source / f"_{source}__sources.yml"


def render_sources(feed: Feed) -> str:
    """The text of the sources file that follows from `feed`."""
    document = {
        "version": 2,
        "sources": [
            {
                "name": feed.source,
                "description": f"{feed.title}. Accepted rows of every delivery.",
                "schema": "raw",
                "tables": _wide_tables(feed) if feed.wide else _member_tables(feed),
            }
        ],
    }
    head = f"# Written by mentor_dw.warehouse.dbt_sources from expectations/{feed.source}/feed.yml.\n"
    return head + yaml.safe_dump(document, sort_keys=False, allow_unicode=True, width=110)


def write_sources() -> list[Path]:
    """Write the sources file of every feed; returns the files."""
    written = []
    for source in sources():
        path = sources_file(source)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(render_sources(load_feed(source)), encoding="utf-8")
        written.append(path)
    return written


def _member_tables(feed: Feed) -> list[dict]:
    return [
        {
            "name": member.removesuffix(".csv"),
            "identifier": table_name(feed.source, member),
            "description": f"{spec.description} Key: {', '.join(spec.key)}.",
            "columns": [_column(*facts) for facts in ROW_COLUMNS] + _columns(spec),
        }
        for member, spec in feed.members.items()
    ]


def _wide_tables(feed: Feed) -> list[dict]:
    return [
        {
            "name": table,
            "identifier": f"{feed.source}__{table}",
            "description": comment,
            "columns": [_column(name, kind.split()[0], said) for name, (kind, said) in columns.items()],
        }
        for table, (comment, columns) in WIDE_TABLES.items()
    ]


def _columns(member: MemberSpec) -> list[dict[str, str]]:
    said = {field.name: field.description for field in member.fields}
    said |= {name: description for name, (_, description) in RAW_PERSON.items()}
    return [_column(name, data_type, said[name]) for name, data_type in raw_columns(member).items()]


def _column(name: str, data_type: str, description: str) -> dict[str, str]:
    return {"name": name, "data_type": data_type, "description": description}


if __name__ == "__main__":
    for path in write_sources():
        print(path.relative_to(PROJECT_ROOT))
