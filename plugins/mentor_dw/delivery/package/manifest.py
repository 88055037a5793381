"""The manifest: what is in a package, signed. Canonical JSON (RFC 8785): one form for one content.

`_format` comes first in that form, so nothing else that the house signs can be read as a manifest.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC
from importlib.metadata import version
from pathlib import Path
from typing import Any

from mentor_dw.delivery.package.facts import PackageFacts, TableSuppression
from mentor_dw.delivery.package.listing import PlainFile

MANIFEST = "manifest.json"
MANIFEST_SIGNATURE = f"{MANIFEST}.sig"
FORMAT = "mentor-dw-manifest-1"
#: Libraries that the bytes of a file depend on.
_LIBRARIES = {"parquet": "pyarrow", "xlsx": "xlsxwriter"}


def write_manifest(path: Path, facts: PackageFacts, files: Sequence[PlainFile]) -> None:
    """Write the manifest of `files`, which are all of the package but the manifest and its signature."""
    period = facts.period
    told: dict[str, Any] = {
        "_format": FORMAT,
        "package": facts.stem,
        "extract": facts.spec.name,
        "title": facts.spec.title,
        "receiver": facts.receiver.name,
        "legal_basis": facts.spec.legal_basis.paragraph,
        "kind": facts.kind,
        "period": {"name": period.text, "first": period.first.isoformat(), "last": period.last.isoformat()},
        "sequence": facts.sequence,
        "replaces": facts.replaced_stem,
        "why": facts.why,
        "run_date": facts.run_date.isoformat(),
        "as_known_at": facts.as_known_at.astimezone(UTC).isoformat(),
        "code_version": facts.code_version,
        "libraries": {name: version(name) for kind, name in _LIBRARIES.items() if kind in facts.spec.formats},
        "definitions": facts.definitions,
        "pseudonym_key_id": facts.pseudonym_key_id,
        "rows": facts.rows,
        "is_empty": facts.is_empty,
        "missing_areas": list(facts.missing_areas),
        "suppression": {
            "method": facts.spec.disclosure.method,
            "threshold": facts.spec.disclosure.threshold,
            "tables": [_suppression(table) for table in facts.suppression],
        },
        "files": [{"name": file.name, "rows": file.rows, "bytes": file.bytes, "sha256": file.sha256} for file in files],
    }
    path.write_bytes(canonical(told))


def read_manifest(path: Path) -> dict[str, Any]:
    """The manifest. Raises ValueError when it is none."""
    told = json.loads(path.read_bytes())
    if not isinstance(told, dict) or told.get("_format") != FORMAT:
        raise ValueError("no manifest")
    return told


def canonical(told: dict[str, Any]) -> bytes:
    """JSON with sorted keys and no blanks, UTF-8. Holds texts, whole numbers, true, false and null only."""
    return json.dumps(told, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode()


def _suppression(table: TableSuppression) -> dict[str, Any]:
    return {
        "table": table.table,
        "cells": table.cells,
        "hidden": table.hidden,
        "reasons": dict(table.reasons),
        "promise": table.promise or None,
        "k": table.k,
        "withheld_rows": table.withheld_rows,
    }
