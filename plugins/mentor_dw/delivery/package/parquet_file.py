"""Tables as Parquet, every choice of the writer named, so that the same tables make the same bytes."""

from __future__ import annotations

from itertools import islice
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from mentor_dw.delivery.package.tables_ready import decimals_of
from mentor_dw.delivery.tables import Column, Table

_ROWS = 20_000
#: What decimal128 holds.
_DIGITS = 38


def write_parquet(path: Path, table: Table) -> None:
    """Write a table: texts and codes as string, dates as date32, whole numbers as int64, others as decimal128.

    The titles of the columns stand in the metadata of the fields. What a file says of the program that wrote it names
    the version of the library, so the same bytes need the same version (uv.lock).
    """
    schema = pa.schema([_field(table, column) for column in table.columns], {"title": table.title})
    with pq.ParquetWriter(
        path,
        schema,
        version="2.6",
        compression="zstd",
        compression_level=3,
        use_dictionary=True,
        data_page_version="1.0",
        write_statistics=True,
        store_schema=True,
    ) as writer:
        rows = iter(table.rows)
        while part := list(islice(rows, _ROWS)):
            columns = zip(*part, strict=True)
            arrays = [pa.array(values, field.type) for values, field in zip(columns, schema, strict=True)]
            writer.write_table(pa.Table.from_arrays(arrays, schema=schema), row_group_size=_ROWS)


def _field(table: Table, column: Column) -> pa.Field:
    return pa.field(column.name, _type(table, column), not column.required, {"title": column.title})


def _type(table: Table, column: Column) -> pa.DataType:
    match column.type:
        case "text":
            return pa.string()
        case "integer":
            return pa.int64()
        case "date":
            return pa.date32()
        case "decimal":
            return pa.decimal128(_DIGITS, decimals_of(table, column))
