"""Sealed texts: what somebody has answered is kept so that only the running service reads it.

The key comes from the service's secret key, which is in no database. What is sealed tells nothing by its length, nor
when it was written. With another secret key nothing that was sealed before can be read any more.
"""

import hashlib
import os
from typing import Any

import orjson
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

NONCE = 12
"""Bytes of chance before each text."""
STEP = 4096
"""Sealed texts are a multiple of so many bytes long."""


class Sealer:
    """Seals and opens."""

    def __init__(self, secret_key: str) -> None:
        self._cipher = AESGCM(hashlib.blake2b(secret_key.encode(), digest_size=32, person=b"qabot sheets").digest())

    def seal(self, value: dict[str, Any], name: str) -> bytes:
        """The value, sealed for the row of this name alone: moved to another one it cannot be opened."""
        text = orjson.dumps(value)
        nonce = os.urandom(NONCE)
        return nonce + self._cipher.encrypt(nonce, text.ljust(-(-len(text) // STEP) * STEP), name.encode())

    def open(self, sealed: bytes, name: str) -> dict[str, Any] | None:
        """What was sealed; None if it was with another secret key."""
        try:
            text = self._cipher.decrypt(sealed[:NONCE], sealed[NONCE:], name.encode())
        except InvalidTag:
            return None
        value: dict[str, Any] = orjson.loads(text)
        return value
