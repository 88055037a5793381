"""What docker-compose.yml starts does its work: a delivery is uploaded by SFTP, taken by workers, and published.

Every service runs its command of the file, as its user, with its rights, its secrets and its read-only file system,
but without Docker (containers_without_docker.py). What only Docker does is not tried: pulling and building images,
networks, resource limits, restarts.
"""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psutil
import pytest
from containers_without_docker import COMPOSE, Machine, can_be_made, machine
from redis_server import program
from waiting import wait_for

from mentor_dw.local.container import PREPARE, PROCESSES

pytestmark = [pytest.mark.long, pytest.mark.house, pytest.mark.timeout(1800)]

DELIVERY = Path(__file__).resolve().parents[1] / "fixtures" / "waves" / "wave1" / "step1" / "webreg_2008-09-30.zip"
#: What the image of PostgreSQL does before it starts the server for the first time.
FIRST_START = (
    "sh -c 'initdb --pgdata=$PGDATA --username=postgres --pwfile=$POSTGRES_PASSWORD_FILE $POSTGRES_INITDB_ARGS"
    ' >/dev/null && echo host all all all scram-sha-256 >> $PGDATA/pg_hba.conf && exec "$@"\' -- {command}'
    " -c listen_addresses='*' -c unix_socket_directories=/var/run/postgresql"
)


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    """All services, and a second worker, healthy in the order of the file."""
    pytest.importorskip("celery", reason="uv sync --frozen --extra celery")
    program("redis-server", "redis-server")
    program("sshd", "openssh-server")
    if not can_be_made():
        pytest.skip("namespaces cannot be made here")
    with machine(tmp_path_factory.mktemp("machine"), {"MENTOR_DW_SETTLE_SECONDS": "1"}) as made:
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(made.folder / "uploader")], check=True)
        keys = made.folder / "secrets" / "sftp_keys_webreg"
        keys.write_text((made.folder / "uploader.pub").read_text())
        made.environment["PGDATA"] = "/var/lib/postgresql/18/docker"
        (made.folder / "volumes" / "postgres" / "18").mkdir()
        os.chown(made.folder / "volumes" / "postgres" / "18", 999, 999)
        import shlex

        command = shlex.join(map(str, COMPOSE["services"]["postgres"]["command"]))
        started(made, "postgres", command=FIRST_START.format(command=command))
        started(made, "redis")
        prepare = made.run(PREPARE)
        assert prepare.process.wait(300) == 0, prepare.log.read_text()
        started(made, "sftp")
        others = [made.run(name) for name in PROCESSES if name != "worker"]
        for container in others:
            healthy(container)
        for container in [made.run("worker", name=name) for name in ("worker-1", "worker-2")]:
            healthy(container)
        yield made


def healthy(container) -> None:
    try:
        wait_for(lambda: container.process.poll() is not None or container.is_healthy(), 600, 1)
        assert container.process.poll() is None
    except AssertionError:
        raise AssertionError(f"{container.name} is not healthy:\n{container.log.read_text()[-3000:]}") from None


def started(made: Machine, service: str, command: str | None = None) -> None:
    healthy(made.run(service, command=command))


def upload(made: Machine, user: str, *lines: str) -> subprocess.CompletedProcess[str]:
    """What the owner of a register does."""
    options = ["-P", "2222", "-i", str(made.folder / "uploader"), "-o", "UserKnownHostsFile=/dev/null"]
    options += ["-o", "StrictHostKeyChecking=no", "-o", "IdentitiesOnly=yes", "-o", "BatchMode=yes", "-b", "-"]
    command = [*made.enter(), "sftp", *options, f"{user}@127.0.0.1"]
    return subprocess.run(command, input="\n".join(lines), capture_output=True, text=True, timeout=60)


def test_a_delivery_is_uploaded_taken_and_published(running: Machine) -> None:
    part = f"{DELIVERY.name}.part"
    done = upload(running, "webreg", f"put {DELIVERY} {part}", f"rename {part} {DELIVERY.name}")
    assert done.returncode == 0, done.stderr
    worker = running.containers["worker-1"]
    done = worker.execute(["mentor-dw", "load", "--wait"], timeout=500)
    assert done.returncode == 0, done.stdout + done.stderr
    status = json.loads(worker.execute(["mentor-dw", "status", "--json"]).stdout)
    assert [(row["file_name"], row["status"]) for row in status["deliveries"]] == [(DELIVERY.name, "accepted")]
    assert status["builds"][-1]["status"] == "published"


def test_whoever_uploads_sees_the_inbox_of_one_source_and_makes_no_links(running: Machine) -> None:
    listed = upload(running, "webreg", "ls -a /", "ls -a ..", "ls -a /inbox/../../..")
    assert listed.returncode == 0, listed.stderr
    names = {
        word.rpartition("/")[2] for line in listed.stdout.splitlines() if "sftp>" not in line for word in line.split()
    }
    assert names <= {"inbox", ".", "..", ""}
    for forbidden in ("symlink /etc/passwd link", "mkdir folder", f"put {DELIVERY} /here"):
        assert upload(running, "webreg", forbidden).returncode != 0, forbidden
    # The key of one is none of the other's, and root is nobody.
    for stranger in ("dream", "biflis", "root", "mentor-dw"):
        assert upload(running, stranger, "ls").returncode != 0, stranger


def test_no_process_has_rights_and_no_secret_is_in_its_command_or_given_environment(running: Machine) -> None:
    secrets = {
        (running.folder / "secrets" / name).read_text().strip() for name in ("postgres_password", "redis_password")
    }
    for container in running.containers.values():
        if container.service in (PREPARE, "sftp"):
            continue
        status = Path(f"/proc/{container.first().pid}/status").read_text()
        facts = dict(line.split(":\t", 1) for line in status.splitlines() if ":\t" in line)
        assert int(facts["CapEff"], 16) == int(facts["CapBnd"], 16) == 0 and facts["NoNewPrivs"].strip() == "1"
        assert facts["Uid"].split()[0] == str(container.facts["user"]).split(":")[0]
        for process in (container.first(), *container.first().children(recursive=True)):
            with suppress(psutil.Error):  # it ended meanwhile
                assert not any(secret in " ".join(process.cmdline()) for secret in secrets), container.name
        assert not any(secret in container.log.read_text() for secret in secrets), container.name


def test_a_worker_that_stands_still_is_not_healthy_and_the_other_one_is(running: Machine) -> None:
    first, second = running.containers["worker-1"], running.containers["worker-2"]
    second.first().suspend()
    try:
        assert not second.is_healthy()
        assert first.is_healthy()
    finally:
        second.first().resume()
    healthy(second)
