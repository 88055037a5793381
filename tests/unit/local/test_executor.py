"""The workers are forked from a process that has imported what tasks need, and that may be forked."""

from __future__ import annotations

import os
import subprocess
import sys

from mentor_dw.local.airflow_services import EXECUTOR, FIXED_SETTINGS

TRY = """
import os, sys
from airflow.executors.executor_loader import ExecutorLoader
executor = ExecutorLoader.import_executor_cls(ExecutorLoader.get_default_executor_name())[0](parallelism=1)
assert "great_expectations" not in sys.modules, "whoever only looks at the executor imports nothing"
executor.start()
executor.end()
needed = {"great_expectations", "dbt.cli.main", "dbt.adapters.postgres", "mentor_dw.warehouse.publish"}
assert needed <= set(sys.modules)
print("threads", len(os.listdir("/proc/self/task")))
"""


def test_the_executor_imports_what_tasks_need_without_starting_a_thread(tmp_path):
    told = {"AIRFLOW_HOME": str(tmp_path), "AIRFLOW__CORE__EXECUTOR": EXECUTOR}
    done = subprocess.run(
        [sys.executable, "-c", TRY], env=os.environ | FIXED_SETTINGS | told, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert "threads 1" in done.stdout
    # Great Expectations would tell about itself in hundreds of lines.
    assert "Skipping registering" not in done.stdout + done.stderr
