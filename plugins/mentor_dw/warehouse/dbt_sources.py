"""dbt's view of `raw`: the sources file of every feed, written from the feed itself.

A source is described once, in its feed. `models/staging/<source>/_<source>__sources.yml` follows from it and is
committed so that dbt needs nothing but files; run `python -m mentor_dw.warehouse.dbt_sources` after changing a feed.
"""

from __future__ import annotations

from pathlib import Path

import yaml

from mentor_dw.config import PROJECT_ROOT
from mentor_dw.feeds import Feed, FieldSpec, load_feed, sources, table_name

STAGING = PROJECT_ROOT / "dbt_project" / "models" / "staging"

#: Type in `raw` of each type a feed knows; `cpr` becomes the columns of PERSON_COLUMNS instead.
RAW_TYPES = {"id": "text", "code": "text", "text": "text", "date": "date", "time": "time", "integer": "integer"}

PERSON_COLUMNS = (
    ("person_key", "bigint", "The person; the key comes from the vault and says nothing about her."),
    ("person_foedselsdato", "date", "Birth date as the CPR number tells it."),
    ("person_koen", "text", "Sex as the CPR number's last digit tells it (M, K)."),
    ("person_modulus11", "boolean", "The CPR number passes modulus 11."),
    ("person_erstatning", "boolean", "The CPR number is a replacement number (day 61-91)."),
)

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
                "tables": [
                    {
                        "name": member.removesuffix(".csv"),
                        "identifier": table_name(feed.source, member),
                        "description": f"{spec.description} Key: {', '.join(spec.key)}.",
                        "columns": [_column(*facts) for facts in ROW_COLUMNS]
                        + [column for field in spec.fields for column in _columns(field)],
                    }
                    for member, spec in feed.members.items()
                ],
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


def _columns(field: FieldSpec) -> list[dict[str, str]]:
    if field.type == "cpr":
        return [_column(*facts) for facts in PERSON_COLUMNS]
    return [_column(field.name, RAW_TYPES[field.type], field.description)]


def _column(name: str, data_type: str, description: str) -> dict[str, str]:
    return {"name": name, "data_type": data_type, "description": description}


if __name__ == "__main__":
    for path in write_sources():
        print(path.relative_to(PROJECT_ROOT))
