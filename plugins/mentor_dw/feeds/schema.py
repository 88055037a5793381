"""The JSON Schema of feed files, for editors and for those who write a feed without this code."""

from __future__ import annotations

import json
from pathlib import Path

from mentor_dw.feeds import EXPECTATIONS
from mentor_dw.feeds.model import Feed

SCHEMA_FILE = EXPECTATIONS / "feed.schema.json"


def json_schema() -> str:
    """The schema as text, stable from run to run. What fields say about each other only `Feed` itself checks."""
    schema = {"$schema": "https://json-schema.org/draft/2020-12/schema", **Feed.model_json_schema()}
    return json.dumps(schema, indent=2, ensure_ascii=False, sort_keys=True) + "\n"


def write_json_schema(path: Path = SCHEMA_FILE) -> None:
    """Write the schema to where it is committed."""
    path.write_text(json_schema(), encoding="utf-8")
