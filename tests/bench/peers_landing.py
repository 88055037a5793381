"""Other tools landing the same rows: `peers_landing.py WAY FILE URL` prints rows and the seconds they took, reading the
file left out. Runs in an environment of its own, which wide.py makes."""

from __future__ import annotations

import json
import sys
import tempfile
import time


def dlt_arrow(path: str, url: str) -> tuple[int, float]:
    """dlt with an Arrow table, into a schema of its own."""
    import dlt
    from pyarrow import csv

    table = csv.read_csv(path)
    with tempfile.TemporaryDirectory() as folder:
        pipeline = dlt.pipeline(
            "bench", destination=dlt.destinations.postgres(url), dataset_name="landing", pipelines_dir=folder
        )
        began = time.perf_counter()
        pipeline.run([table], table_name="by_dlt")
        return table.num_rows, time.perf_counter() - began


def pandas_to_sql(path: str, url: str) -> tuple[int, float]:
    """pandas with SQLAlchemy, many rows a statement."""
    import pandas as pd
    from sqlalchemy import create_engine

    frame = pd.read_csv(path, parse_dates=["fra_dato", "til_dato"])
    engine = create_engine(url.replace("postgresql://", "postgresql+psycopg2://"))
    began = time.perf_counter()
    frame.to_sql("by_pandas", engine, schema="landing", index=False, method="multi", chunksize=10_000)
    return len(frame), time.perf_counter() - began


if __name__ == "__main__":
    ways = {way.__name__: way for way in (dlt_arrow, pandas_to_sql)}
    print(json.dumps(ways[sys.argv[1]](sys.argv[2], sys.argv[3])))
