"""A session with a receiver's SFTP server, whose host key must be the agreed one."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager, suppress
from typing import TypeVar

import asyncssh

from mentor_dw.delivery.transport.connection import HOST_KEY_ALGORITHMS, ReceiverConnection
from mentor_dw.delivery.transport.errors import told_apart

#: Seconds until the server has answered, let us in and opened the session.
CONNECT_SECONDS = 30
#: Seconds that one step may take: a name looked up, a block of a file written or read.
STEP_SECONDS = 60
#: A line that is silent so long is asked whether it is alive, and given up after three questions.
KEEPALIVE_SECONDS = 15
_GOODBYE_SECONDS = 5

T = TypeVar("T")

# Which host was spoken to stands in the ledger; asyncssh would tell every step of it.
logging.getLogger("asyncssh").setLevel(logging.WARNING)


@asynccontextmanager
async def open_session(connection: ReceiverConnection) -> AsyncIterator[asyncssh.SFTPClient]:
    """A session with the receiver's server, ended in any case when the block is left.

    Nothing but `connection` counts: no configuration, agent or known hosts of the user who runs this. Raises
    TransportTrouble or TransportRefused, also for what happens inside the block.
    """
    key = connection.own_key()
    agreed = asyncssh.import_public_key(connection.host_key)
    with told_apart(connection.receiver, connection.where):
        line = await asyncssh.connect(
            connection.host,
            connection.port,
            username=connection.user,
            client_keys=[key],
            known_hosts=([agreed], [], []),
            server_host_key_algs=_agreed_first(agreed),
            config=None,
            agent_path=None,
            preferred_auth="publickey",
            compression_algs=None,
            connect_timeout=CONNECT_SECONDS,
            login_timeout=CONNECT_SECONDS,
            keepalive_interval=KEEPALIVE_SECONDS,
            keepalive_count_max=3,
        )
        try:
            # Version 3 of the protocol: what servers speak, and its rename never replaces a file.
            yield await soon(line.start_sftp_client(sftp_version=3))
            line.close()
            # Everything was done and compared; how the server takes leave changes nothing.
            with suppress(TimeoutError, OSError, asyncssh.Error):
                await asyncio.wait_for(line.wait_closed(), _GOODBYE_SECONDS)
        finally:
            line.abort()


def _agreed_first(agreed: asyncssh.SSHKey) -> list[str]:
    """The algorithms of host keys in the order asked for: a server with several keys shows the agreed one.

    Were only the agreed one asked for, a server that has another kind now would hang up, and a changed key would look
    like a broken line.
    """
    return sorted(HOST_KEY_ALGORITHMS, key=lambda name: name.encode() not in agreed.sig_algorithms)


async def soon(step: Awaitable[T]) -> T:
    """What `step` gives; TimeoutError when it takes too long."""
    return await asyncio.wait_for(step, STEP_SECONDS)
