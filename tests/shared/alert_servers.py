"""A mail server and a receiver of webhooks on this machine, real ones, that keep what they are sent."""

from __future__ import annotations

import asyncio
import base64
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


@dataclass
class Post:
    """One POST as it came."""

    headers: dict[str, str]
    body: bytes


@dataclass
class HttpReceiver:
    """Answers `status` to everything and keeps it."""

    url: str
    posts: list[Post] = field(default_factory=list)
    status: int = 200


@contextmanager
def http_receiver() -> Iterator[HttpReceiver]:
    """A receiver of webhooks that listens while the block runs."""
    receiver = HttpReceiver("")

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            receiver.posts.append(Post(dict(self.headers), body))
            self.send_response(receiver.status)
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    receiver.url = f"http://127.0.0.1:{server.server_address[1]}/hooks/secret-token"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield receiver
    finally:
        server.shutdown()
        server.server_close()


@dataclass
class MailServer:
    """Speaks SMTP with STARTTLS and a login; `refuse` are recipients it does not take."""

    certificate: Path
    password: str
    port: int = 0
    mails: list[EmailMessage] = field(default_factory=list)
    recipients: list[list[str]] = field(default_factory=list)
    refuse: set[str] = field(default_factory=set)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, context: ssl.SSLContext) -> None:
        """One session."""
        encrypted = known = False
        to: list[str] = []

        def say(line: str) -> None:
            writer.write(f"{line}\r\n".encode())

        say("220 localhost")
        while line := (await reader.readline()).decode().strip():
            verb = line.upper().split(" ")[0].split(":")[0]
            if verb == "EHLO":
                say("250-localhost")
                say("250 AUTH PLAIN" if encrypted else "250 STARTTLS")
            elif verb == "STARTTLS":
                say("220 go on")
                await writer.start_tls(context)
                encrypted = True
            elif verb == "AUTH":
                known = base64.b64decode(line.split(" ")[2]).decode() == f"\0alerts\0{self.password}"
                say("235 known" if known else "535 unknown")
            elif verb == "RCPT":
                who = line.split("<")[1].split(">")[0]
                taken = encrypted and known and who not in self.refuse
                to += [who] if taken else []
                say("250 taken" if taken else f"550 {who} is nobody here")
            elif verb == "DATA" and to:
                say("354 go on")
                content = (await reader.readuntil(b"\r\n.\r\n"))[:-3].replace(b"\r\n..", b"\r\n.")
                self.mails.append(message_from_bytes(content, policy=policy.default))
                self.recipients.append(to)
                to = []
                say("250 taken")
            elif verb == "QUIT":
                say("221 bye")
                break
            else:
                say("250 well" if verb in ("MAIL", "RSET", "NOOP") else "503 not now")
        writer.close()


@contextmanager
def mail_server(folder: Path, port: int = 0) -> Iterator[MailServer]:
    """A mail server that listens while the block runs; its certificate lies in `folder`."""
    certificate, key = _certificate(folder)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate, key)
    server = MailServer(certificate, "et kodeord")
    loop = asyncio.new_event_loop()
    listening = loop.run_until_complete(
        asyncio.start_server(lambda r, w: server.serve(r, w, context), "127.0.0.1", port)
    )
    server.port = listening.sockets[0].getsockname()[1]
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        loop.call_soon_threadsafe(listening.close)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


def _certificate(folder: Path) -> tuple[Path, Path]:
    """A certificate of 127.0.0.1, signed by itself, and its key."""
    certificate, key_file = folder / "mail.pem", folder / "mail.key"
    if certificate.is_file():
        return certificate, key_file
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=2))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    certificate.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    key_file.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return certificate, key_file
