"""Signing what we post by the Standard Webhooks scheme, so that a receiver knows that it is ours and is fresh."""

import base64
import binascii
import hashlib
import hmac
import secrets
from datetime import datetime

PREFIX = "whsec_"
VERSION = "v1"
LEAST_BYTES, MOST_BYTES = 24, 64


class SecretError(ValueError):
    """A secret is not of the scheme; the message says what was expected."""


def new_secret() -> str:
    """A secret nobody can guess: `whsec_` and 32 random bytes in base64."""
    return PREFIX + base64.b64encode(secrets.token_bytes(32)).decode()


def key_of(secret: str) -> bytes:
    """The bytes to sign with. Raises SecretError, which does not repeat the secret."""
    try:
        key = base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    except binascii.Error:
        key = b""
    if not secret.startswith(PREFIX) or not LEAST_BYTES <= len(key) <= MOST_BYTES:
        raise SecretError(f"secret: expected {PREFIX} and {LEAST_BYTES} to {MOST_BYTES} bytes in base64; found another")
    return key


def headers(secret: str, message_id: str, at: datetime, body: bytes) -> dict[str, str]:
    """The three headers of the scheme: HMAC-SHA256 over `id.timestamp.body`, the timestamp in Unix seconds."""
    timestamp = str(int(at.timestamp()))
    signed = f"{message_id}.{timestamp}.".encode() + body
    digest = hmac.new(key_of(secret), signed, hashlib.sha256).digest()
    signature = f"{VERSION},{base64.b64encode(digest).decode()}"
    return {"Webhook-Id": message_id, "Webhook-Timestamp": timestamp, "Webhook-Signature": signature}
