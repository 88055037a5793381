"""Ports on the loopback address: which are free, and which one this installation keeps."""

from __future__ import annotations

import ipaddress
import socket

from mentor_dw.config import Settings
from mentor_dw.errors import MentorDwError
from mentor_dw.local.folders import read_notes, write_notes

LOOPBACK = "127.0.0.1"


def is_free(port: int, host: str = LOOPBACK) -> bool:
    """Whether a server could listen on `port` now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        # As servers do: a port in TIME_WAIT counts as free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
        return True


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches a server that listens on `host`. A name other than localhost may be any."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def free_port(host: str = LOOPBACK) -> int:
    """A port that is free now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.bind((host, 0))
        return probe.getsockname()[1]


def keep_port(settings: Settings, name: str, wished: int | None, host: str = LOOPBACK) -> int:
    """The port of the server `name`, which is not running now.

    That is `wished` if the settings say so, else the one kept from before, else a free one, which is kept. A kept
    port that a stranger has taken is given up for another. Raises MentorDwError when `wished` is taken.
    """
    if wished is not None:
        if not is_free(wished, host):
            raise MentorDwError(
                f"Port {wished} for {name} is taken by another program.",
                f"Stop that program, or set MENTOR_DW_{name.upper()}_PORT to another port or to nothing.",
            )
        port = wished
    else:
        port = read_notes(settings).get(f"{name}_port")
        if port is None or not is_free(port, host):
            port = free_port(host)
    if read_notes(settings).get(f"{name}_port") != port:
        write_notes(settings, **{f"{name}_port": port})
    return port
