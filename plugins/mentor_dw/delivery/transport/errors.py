"""What can go wrong on the way to a receiver: what may pass by itself, and what a person must act on."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

import asyncssh

from mentor_dw.errors import MentorDwError


class TransportTrouble(MentorDwError):
    """Something that may pass by itself (no answer, a broken line, a full disk): to be tried again."""


class TransportRefused(MentorDwError):
    """Something that trying again does not mend (host key, permission, other content under our name)."""


_CHECK = "`mentor-dw receiver-check {receiver}` tries it without sending anything."


@contextmanager
def told_apart(receiver: str, where: str) -> Iterator[None]:
    """Whatever the line or the server does inside comes out as one of the two errors, in words of our own.

    A server's text is not passed on: it is written by somebody else and may quote anything. `where` is host and port.
    An OSError that names a file of ours is let through as it is.
    """
    check = _CHECK.format(receiver=receiver)
    try:
        yield
    except (asyncssh.HostKeyNotVerifiable, asyncssh.KeyExchangeFailed):
        raise TransportRefused(
            f"{where} does not show the host key that was agreed with {receiver}: nothing was sent.",
            f"Ask the receiver by telephone whether the key was changed. Only then: mentor-dw receiver-add {receiver} "
            "--replace with the new one (docs/receivers.md).",
        ) from None
    except asyncssh.PermissionDenied:
        raise TransportRefused(
            f"{where} does not let us in.",
            f"Has {receiver} entered our key for this user? `mentor-dw receivers --json` shows its public part.",
        ) from None
    except (asyncssh.SFTPPermissionDenied, asyncssh.SFTPWriteProtect):
        raise TransportRefused(f"{where} lets us in, and forbids what we must do in the folder.", check) from None
    except (asyncssh.SFTPNoSuchFile, asyncssh.SFTPNoSuchPath):
        raise TransportRefused(f"{where} has no folder, or lost a file, where we expect it.", check) from None
    except (asyncssh.SFTPNoSpaceOnFilesystem, asyncssh.SFTPQuotaExceeded):
        raise TransportTrouble(f"{where} has no room left for the file.", "Tell the receiver if it stays so.") from None
    except (asyncssh.SFTPConnectionLost, asyncssh.SFTPNoConnection):
        raise TransportTrouble(f"The line to {where} broke.", check) from None
    except asyncssh.SFTPError as error:
        raise TransportTrouble(
            f"{where} could not do what was asked (SFTP code {error.code}); its disk or our quota may be full.", check
        ) from None
    except (TimeoutError, asyncio.IncompleteReadError, asyncssh.Error) as error:
        raise TransportTrouble(f"The line to {where} broke ({type(error).__name__}).", check) from None
    except OSError as error:
        if error.filename is not None:
            raise
        raise TransportTrouble(f"{where} does not answer ({type(error).__name__}).", check) from None
