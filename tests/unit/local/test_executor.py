"""The workers are forked from a process that has imported what tasks need, and that may be forked."""

from __future__ import annotations

import os
import subprocess
import sys

from mentor_dw.local import airflow_services
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
from mentor_dw.reading.wide import kernel
assert kernel.is_loaded()
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


def test_a_change_of_code_makes_another_fingerprint(monkeypatch, tmp_path):
    package = tmp_path / "mentor_dw"
    package.mkdir()
    (package / "one.py").write_text("a = 1\n", encoding="utf-8")
    monkeypatch.setattr(airflow_services, "PLUGINS", tmp_path)
    before = airflow_services.code_fingerprint()
    assert before == airflow_services.code_fingerprint()
    (package / "one.py").write_text("a = 2\n", encoding="utf-8")
    assert airflow_services.code_fingerprint() != before
