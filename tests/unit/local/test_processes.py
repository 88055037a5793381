"""Processes are recognised again, and stopped with everything they started."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from mentor_dw.local.processes import Service, stop

#: Starts a child that ignores SIGTERM and leads a process group of its own, as Airflow's tasks do; writes its number.
FAMILY = """
import os, signal, sys, time
child = os.fork()
if child == 0:
    os.setpgid(0, 0)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    open(sys.argv[1], "w").write(str(os.getpid()))
    time.sleep(60)
time.sleep(60)
"""


@pytest.fixture
def service(tmp_path):
    """A leader with a stubborn child."""
    made = Service(
        name="family",
        command=(sys.executable, "-c", FAMILY, str(tmp_path / "child")),
        environment={"PROBE": "1"},
        outer_environment=dict(os.environ),
        log=tmp_path / "family.log",
        pid_file=tmp_path / "family.json",
    )
    yield made
    stop([made], grace=0)


def child_of(service: Service) -> psutil.Process:
    path = Path(service.command[-1])
    for _ in range(100):
        if path.is_file() and path.read_text():
            return psutil.Process(int(path.read_text()))
        time.sleep(0.05)
    raise AssertionError("the child did not start")


def is_gone(process: psutil.Process) -> bool:
    return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE


def leader_of(service: Service) -> psutil.Process:
    return psutil.Process(json.loads(service.pid_file.read_text())["pid"])


def test_what_runs_is_left_alone(service):
    assert service.start() is True
    leader = leader_of(service)
    assert service.start() is False
    assert leader_of(service) == leader
    assert os.getsid(leader.pid) == leader.pid


def test_stop_ends_stubborn_children_too(service):
    service.start()
    leader, child = leader_of(service), child_of(service)
    assert stop([service], grace=5) == ["family"]
    assert is_gone(leader) and is_gone(child)
    assert stop([service]) == []
    assert not service.is_running()


def test_what_a_killed_leader_left_behind_is_ended_by_the_next_start(service):
    service.start()
    leader, child = leader_of(service), child_of(service)
    leader.send_signal(signal.SIGKILL)
    leader.wait(5)
    assert not service.is_running()
    assert not is_gone(child)
    assert service.start() is True
    assert is_gone(child)
    assert leader_of(service) != leader


def test_another_caller_is_no_reason_for_a_new_process(service):
    service.start()
    elsewhere = replace(service, outer_environment=service.outer_environment | {"TERM": "other"})
    assert elsewhere.start() is False


def test_other_settings_mean_a_new_process(service, tmp_path):
    service.start()
    leader = leader_of(service)
    changed = replace(service, environment={"PROBE": "2"})
    assert changed.is_running() and not changed.is_current()
    assert changed.start() is True
    assert is_gone(leader)
    stop([changed], grace=0)


def test_a_number_used_again_by_a_stranger_is_not_taken_for_ours(service):
    stranger = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"], start_new_session=True)
    try:
        started = psutil.Process(stranger.pid).create_time()
        service.pid_file.write_text(json.dumps({"pid": stranger.pid, "started": started - 100, "fingerprint": ""}))
        assert not service.is_running()
        assert service.members() == []
        assert stop([service]) == []
        assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()


def test_half_a_pid_file_counts_as_none(service):
    service.pid_file.write_text('{"pid": ')
    assert not service.is_running()
    assert service.start() is True


def test_one_that_takes_too_long_does_not_keep_the_others_waiting(service, tmp_path):
    deaf = (
        "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); time.sleep(60)"
    )
    slow = replace(
        service,
        name="slow",
        command=(sys.executable, "-c", deaf),
        log=tmp_path / "slow.log",
        pid_file=tmp_path / "slow.json",
        grace_seconds=0.5,
    )
    slow.start()
    while "deaf" not in slow.log_end():
        time.sleep(0.05)
    began = time.monotonic()
    assert stop([slow]) == ["slow"]
    assert 0.5 <= time.monotonic() - began < 5
    assert not slow.is_running()


def test_a_process_whose_starter_lives_and_takes_no_leave_of_it_is_stopped_too(service):
    """As the watch, which starts what was killed, lives on while somebody stops the house."""
    started = os.fork()
    if started == 0:
        service.start()
        time.sleep(60)
        os._exit(0)
    try:
        deadline = time.monotonic() + 30
        while not service.is_running():
            assert time.monotonic() < deadline
            time.sleep(0.05)
        leader = service.members()[0]
        began = time.monotonic()
        assert stop([service], grace=0.1) == ["family"]
        assert time.monotonic() - began < 8
        assert psutil.Process(leader.pid).status() == psutil.STATUS_ZOMBIE
    finally:
        os.kill(started, signal.SIGKILL)
        os.waitpid(started, 0)
