"""What the files are, for machines: a Frictionless Data Package, `datapackage.json`.

CSV files and code lists are tables there, which `frictionless validate` checks row by row. Parquet and SUP carry the
same schema and are checked as files (bytes and SHA-256), the workbook as a file too.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mentor_dw.delivery.package.codes import file_of, list_of
from mentor_dw.delivery.package.facts import PackageFacts
from mentor_dw.delivery.package.listing import PlainFile
from mentor_dw.delivery.specification.model import Specification
from mentor_dw.delivery.tables import Column, Table

SCHEMA_FILE = "datapackage.json"
_DIALECT = {
    "delimiter": ";",
    "lineTerminator": "\r\n",
    "quoteChar": '"',
    "doubleQuote": True,
    "skipInitialSpace": False,
    "header": True,
    "caseSensitiveHeader": True,
}
_MEDIA = {
    "csv": "text/csv",
    "parquet": "application/vnd.apache.parquet",
    "zip": "application/zip",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


def write_schema(path: Path, facts: PackageFacts, files: Mapping[PlainFile, Table | None]) -> None:
    """Write `datapackage.json` of the files, in their order. None: a code list, or a file that holds several tables."""
    spec, period = facts.spec, facts.period
    described = {
        "profile": "data-package",
        "name": facts.stem.lower(),
        "title": spec.title,
        "description": spec.purpose,
        "version": str(facts.sequence),
        "created": f"{facts.run_date.isoformat()}T00:00:00Z",
        "period": {"name": period.text, "first": period.first.isoformat(), "last": period.last.isoformat()},
        "definitions": facts.definitions,
        "resources": [_resource(spec, file, table) for file, table in files.items()],
    }
    path.write_text(json.dumps(described, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def _resource(spec: Specification, file: PlainFile, table: Table | None) -> dict[str, Any]:
    stem, _, ending = file.name.rpartition(".")
    facts: dict[str, Any] = {
        "name": stem if ending == "csv" else file.name.replace(".", "_").lower(),
        "type": "table" if ending == "csv" else "file",
        "path": file.name,
        "format": ending,
        "mediatype": _MEDIA[ending],
        "bytes": file.bytes,
        "hash": f"sha256:{file.sha256}",
    }
    if table:
        facts |= {"title": table.title, "description": table.description, "schema": _schema(spec, table)}
    if ending == "csv":
        facts |= {"profile": "tabular-data-resource", "encoding": spec.encoding, "dialect": _DIALECT}
        if table is None:
            facts["schema"] = _CODES
    return facts


def _schema(spec: Specification, table: Table) -> dict[str, Any]:
    schema: dict[str, Any] = {
        "fields": [_field(spec, table, column) for column in table.columns],
        "missingValues": [""],
    }
    if table.primary_key:
        schema["primaryKey"] = list(table.primary_key)
    return schema


def _field(spec: Specification, table: Table, column: Column) -> dict[str, Any]:
    kind = {"text": "string", "integer": "integer", "decimal": "number", "date": "date"}[column.type]
    field: dict[str, Any] = {
        "name": column.name,
        "type": kind,
        "title": column.title,
        "description": column.description,
    }
    if column.unit:
        field["unit"] = column.unit
    if kind == "number":
        field |= {"decimalChar": ",", "bareNumber": True}
    constraints: dict[str, Any] = {"required": True} if column.required else {}
    if column.codes:
        constraints["enum"] = list(column.codes)
        field["codeList"] = file_of(list_of(spec, table, column))
    if constraints:
        field["constraints"] = constraints
    return field


_CODES = {
    "fields": [
        {"name": "kode", "type": "string", "title": "Kode", "constraints": {"required": True, "unique": True}},
        {"name": "label", "type": "string", "title": "Betydning", "constraints": {"required": True}},
    ],
    "missingValues": [""],
    "primaryKey": ["kode"],
}
