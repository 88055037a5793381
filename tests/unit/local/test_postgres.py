"""The embedded server through what happens to servers."""

from __future__ import annotations

import os
import pwd
import signal
import socket
import stat
import subprocess
import time
from pathlib import Path

import psutil
import psycopg
import pytest

from mentor_dw.config import Settings
from mentor_dw.errors import MentorDwError
from mentor_dw.local import postgres as module
from mentor_dw.local.folders import ensure_folders, read_notes, write_notes
from mentor_dw.local.postgres import LOG_LIMIT_BYTES, EmbeddedPostgres

pytestmark = pytest.mark.postgres

QUICK = {"fsync": "off"}


@pytest.fixture
def new_server(tmp_path_factory):
    """A function that makes a server in a fresh home; all are removed at the end."""
    made: list[EmbeddedPostgres] = []

    def make(**settings) -> EmbeddedPostgres:
        home = Path(f"/tmp/mentor_dw_pg_{os.getpid()}_{len(made)}_{time.time_ns()}")
        chosen = Settings(home=settings.pop("home", home), dsn=None, **settings)
        ensure_folders(chosen)
        made.append(EmbeddedPostgres(chosen, extra=QUICK))
        return made[-1]

    yield make
    for server in made:
        server.remove()
        subprocess.run(["rm", "-rf", str(server.settings.home)], check=True)


def answer(server: EmbeddedPostgres, query: str = "select 1"):
    with psycopg.connect(server.url()) as connection:
        return connection.execute(query).fetchone()[0]


def postmaster(server: EmbeddedPostgres) -> psutil.Process:
    return psutil.Process(int((server.data / "postmaster.pid").read_text().splitlines()[0]))


def test_start_and_stop_can_be_repeated(new_server):
    server = new_server()
    assert server.running_port() is None
    port = server.start()
    leader = postmaster(server)
    assert server.start() == port
    assert postmaster(server) == leader
    assert server.stop() is True
    assert server.stop() is False
    assert not leader.is_running() or leader.status() == psutil.STATUS_ZOMBIE
    os.truncate(server.log, LOG_LIMIT_BYTES + 1)
    assert server.start() == port, "the port is kept"
    (aside,) = server.folder.glob("postgres.log.*")
    assert aside.stat().st_size > LOG_LIMIT_BYTES > server.log.stat().st_size


def test_it_is_utf8_copenhagen_and_knows_danish_letters(new_server):
    server = new_server()
    server.start()
    assert answer(
        server, "select lower('ÆØÅ') || current_setting('timezone') || current_setting('server_encoding')"
    ) == ("æøåEurope/CopenhagenUTF8")


def test_it_listens_on_the_loopback_address_only_and_wants_a_password(new_server):
    server = new_server()
    port = server.start()
    listening = {
        (c.laddr.ip, c.laddr.port) for c in postmaster(server).net_connections() if c.status == psutil.CONN_LISTEN
    }
    assert listening == {("127.0.0.1", port)}
    assert answer(server, "select current_setting('unix_socket_directories')") == ""
    with pytest.raises(psycopg.OperationalError, match="password"):
        psycopg.connect(f"postgresql://postgres:wrong@127.0.0.1:{port}/postgres").close()


def test_errors_leave_no_value_in_the_log(new_server):
    server = new_server()
    server.start()
    with psycopg.connect(server.url()) as connection:
        connection.execute("create table probe (a text primary key, b integer)")
        connection.execute("insert into probe values ('planted-value', 1)")
        for statement, values in (
            ("insert into probe values (%s, 1)", ["planted-value"]),
            ("select %s::integer", ["planted-value"]),
            ("select 'planted-value'::date", []),
        ):
            with pytest.raises(psycopg.Error), connection.transaction():
                connection.execute(statement, values)
    server.stop()
    assert "planted-value" not in server.log.read_text()


def test_a_killed_postmaster_is_followed_by_a_new_one(new_server):
    server = new_server()
    port = server.start()
    answer(server, "select pg_advisory_lock(1)")
    killed = postmaster(server)
    killed.send_signal(signal.SIGKILL)
    psutil.wait_procs([killed], timeout=5)
    assert server.running_port() is None
    assert server.start() == port
    assert answer(server) == 1


def test_a_pid_file_that_names_another_program_is_no_obstacle(new_server):
    server = new_server()
    server.start()
    killed = postmaster(server)
    killed.send_signal(signal.SIGKILL)
    psutil.wait_procs([killed], timeout=5)
    time.sleep(1)  # its children notice and leave
    stranger = subprocess.Popen(["sleep", "60"], **as_service_user())
    try:
        pid_file = server.data / "postmaster.pid"
        lines = pid_file.read_text().splitlines()
        pid_file.write_text("\n".join([str(stranger.pid), *lines[1:], ""]))
        assert server.running_port() is None
        assert server.stop() is False
        server.start()
        assert answer(server) == 1
        assert stranger.poll() is None, "a stranger is left alone"
    finally:
        stranger.kill()
        stranger.wait()


def as_service_user() -> dict:
    user = module.service_user()
    return {} if user is None else {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": [], "cwd": "/"}


def test_a_kept_port_taken_by_a_stranger_is_given_up(new_server):
    server = new_server()
    with socket.socket() as stranger:
        stranger.bind(("127.0.0.1", 0))
        stranger.listen()
        taken = stranger.getsockname()[1]
        write_notes(server.settings, postgres_port=taken)
        port = server.start()
    assert port != taken
    assert read_notes(server.settings)["postgres_port"] == port
    assert answer(server) == 1


def test_a_wished_port_taken_by_a_stranger_is_an_error(new_server):
    with socket.socket() as stranger:
        stranger.bind(("127.0.0.1", 0))
        stranger.listen()
        server = new_server(postgres_port=stranger.getsockname()[1])
        with pytest.raises(MentorDwError, match="taken by another program"):
            server.start()


def test_half_a_data_folder_from_a_crash_is_made_anew(new_server):
    server = new_server()
    server.folder.mkdir(exist_ok=True)
    (server.folder / "data.part").mkdir()
    (server.folder / "data.part" / "PG_VERSION").write_text("18")
    server.start()
    assert answer(server) == 1


def test_two_homes_live_side_by_side(new_server):
    first, second = new_server(), new_server()
    assert first.start() != second.start()
    assert answer(first) == answer(second) == 1
    first.stop()
    assert answer(second) == 1


def test_a_server_that_cannot_start_says_why(new_server):
    server = new_server()
    server.extra = {"shared_buffers": "not-a-size"}
    with pytest.raises(MentorDwError, match="shared_buffers"):
        server.start()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has to run PostgreSQL as somebody else")
def test_below_a_closed_folder_the_data_goes_elsewhere_and_no_mode_is_widened(new_server, monkeypatch):
    closed = Path(f"/tmp/mentor_dw_closed_{os.getpid()}")
    closed.mkdir(mode=0o700)
    try:
        server = new_server(home=closed / "home")
        server.start()
        assert answer(server) == 1
        assert server.folder.is_relative_to(module.ELSEWHERE)
        assert server.folder.stat().st_uid == pwd.getpwnam("mentor-dw").pw_uid
        assert stat.S_IMODE(server.folder.stat().st_mode) == 0o700
        assert stat.S_IMODE(closed.stat().st_mode) == 0o700
        again = EmbeddedPostgres(server.settings)
        assert again.running_port() == server.running_port(), "the note in the home leads there"
    finally:
        server.remove()
        subprocess.run(["rm", "-rf", str(closed)], check=True)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has to run PostgreSQL as somebody else")
def test_binaries_below_a_closed_folder_are_copied(monkeypatch, tmp_path):
    monkeypatch.setattr(module, "can_enter", lambda folder: False)
    monkeypatch.setattr(module, "ELSEWHERE", tmp_path)
    binaries = module.ensure_binaries()
    assert binaries.is_relative_to(tmp_path)
    done = subprocess.run([binaries / "bin" / "psql", "--version"], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert module.ensure_binaries() == binaries
