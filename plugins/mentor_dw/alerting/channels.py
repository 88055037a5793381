"""How alerts reach somebody: a line in a log, a mail, a POST to an address. Each says why it could not, and no secret.

A channel is used when the house was told about it; the log always is. All of them raise ChannelDown and nothing else.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import smtplib
import ssl
from collections.abc import Callable
from contextlib import contextmanager
from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from pathlib import Path
from urllib.parse import urlsplit

from mentor_dw.alerting.message import Message
from mentor_dw.config import Settings
from mentor_dw.errors import MentorDwError
from mentor_dw.local.ports import is_loopback
from mentor_dw.secret_files import read_secret

#: Whoever waits for a channel waits so long, in seconds.
PATIENCE = 10.0
LOG = "alerts.log"
#: Holds the HMAC-SHA256 of the body by the secret, as hexadecimal digits.
SIGNATURE = "X-Mentor-DW-Signature"

Tell = Callable[[Settings, Message], None]


class ChannelDown(MentorDwError):
    """A channel did not take a message; the reason names no secret and nobody."""


def channels(settings: Settings) -> dict[str, Tell]:
    """The channels that this house has, by name."""
    found: dict[str, Tell] = {"log": to_log}
    if settings.alert_mail_to:
        found["mail"] = to_mail
    if settings.alert_webhook_url_file:
        found["webhook"] = to_webhook
    return found


def to_log(settings: Settings, message: Message) -> None:
    """One JSON object in one line at the end of `logs/alerts.log`."""
    line = json.dumps(message.as_json(), ensure_ascii=False) + "\n"
    try:
        path = settings.logs / LOG
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "a", encoding="utf-8") as log:
            log.write(line)
    except OSError as error:
        raise ChannelDown(f"logs/{LOG} cannot be written ({error.strerror}).") from None


def to_mail(settings: Settings, message: Message) -> None:
    """A mail to every recipient. Accepted by none or by some only is no success: it is tried again."""
    recipients = [one.strip() for one in (settings.alert_mail_to or "").split(",") if one.strip()]
    mail = EmailMessage()
    mail["Subject"] = message.head
    mail["From"] = settings.alert_mail_from or recipients[0]
    mail["To"] = ", ".join(recipients)
    mail["Date"] = formatdate(localtime=True)
    mail["Message-ID"] = make_msgid(domain="mentor-dw.invalid")
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(message.text)
    with _trouble("the mail server"), _mail_server(settings) as server:
        if settings.alert_smtp_user:
            server.login(settings.alert_smtp_user, _secret(settings.alert_smtp_password_file, "SMTP_PASSWORD_FILE"))
        if refused := server.send_message(mail):
            raise ChannelDown(f"The mail server refused {len(refused)} of {len(recipients)} recipients.")


def to_webhook(settings: Settings, message: Message) -> None:
    """The message as JSON, signed when there is a secret. Any answer but 2xx, a redirect too, is a failure."""
    # Costs a tenth of a second that a house without a webhook need not spend.
    import httpx

    url = _secret(settings.alert_webhook_url_file, "WEBHOOK_URL_FILE")
    parts = urlsplit(url)
    if parts.scheme != "https" and not (parts.scheme == "http" and is_loopback(parts.hostname or "")):
        raise ChannelDown("The address of the webhook must begin with https://.")
    body = json.dumps(message.as_json(), ensure_ascii=False).encode()
    headers = {"Content-Type": "application/json"}
    if settings.alert_webhook_secret_file:
        secret = _secret(settings.alert_webhook_secret_file, "WEBHOOK_SECRET_FILE")
        headers[SIGNATURE] = f"sha256={hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()}"
    try:
        answer = httpx.post(url, content=body, headers=headers, timeout=PATIENCE, trust_env=False)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        # Its message may repeat the address, which may hold a token.
        raise ChannelDown(f"The webhook does not answer ({type(error).__name__}).") from None
    if not answer.is_success:
        raise ChannelDown(f"The webhook answered {answer.status_code}.")


def _mail_server(settings: Settings) -> smtplib.SMTP:
    """A connection, encrypted unless the server is on this machine."""
    host, port, security = settings.alert_smtp_host, settings.alert_smtp_port, settings.alert_smtp_security
    if security == "none" and not is_loopback(host):
        raise ChannelDown("MENTOR_DW_ALERT_SMTP_SECURITY=none is for a mail server on this machine only.")
    trusted = ssl.create_default_context()
    if settings.alert_smtp_ca_file:
        trusted.load_verify_locations(settings.alert_smtp_ca_file)
    if security == "tls":
        return smtplib.SMTP_SSL(host, port, timeout=PATIENCE, context=trusted)
    server = smtplib.SMTP(host, port, timeout=PATIENCE)
    if security == "starttls":
        try:
            server.starttls(context=trusted)
        except BaseException:
            server.close()
            raise
    return server


@contextmanager
def _trouble(who: str):
    """Any failure of the block as ChannelDown; answers of a server are not repeated, for they quote what was sent."""
    try:
        yield
    except ssl.SSLCertVerificationError:
        raise ChannelDown(f"The certificate of {who} is not one that is trusted.") from None
    except smtplib.SMTPResponseException as error:
        raise ChannelDown(f"{who} answered {error.smtp_code} ({type(error).__name__}).".capitalize()) from None
    except smtplib.SMTPRecipientsRefused as error:
        raise ChannelDown(f"{who} refused all {len(error.recipients)} recipients.".capitalize()) from None
    except (OSError, smtplib.SMTPException) as error:
        why = getattr(error, "strerror", None) or type(error).__name__
        raise ChannelDown(f"{who} does not answer ({why}).".capitalize()) from None


def _secret(path: Path | None, setting: str) -> str:
    try:
        return read_secret(path).strip() if path else ""
    except FileNotFoundError:
        raise ChannelDown(f"The file that MENTOR_DW_ALERT_{setting} names is not there.") from None
    except MentorDwError as error:
        raise ChannelDown(error.message) from None
