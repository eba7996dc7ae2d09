"""Sealed texts: what somebody has answered is kept so that only the running service reads it.

The key comes from the service's secret key, which is in no database. What is sealed tells nothing by its length, nor
when it was written. With other secret keys nothing that was sealed before can be read any more.
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

    def __init__(self, secret_key: str, *older: str) -> None:
        """`older`: secret keys that seal nothing any more, and still open what they have sealed."""
        self._ciphers = [
            AESGCM(hashlib.blake2b(each.encode(), digest_size=32, person=b"qabot sheets").digest())
            for each in (secret_key, *older)
        ]

    def seal(self, value: dict[str, Any], name: str) -> bytes:
        """The value, sealed for the row of this name alone: moved to another one it cannot be opened."""
        text = orjson.dumps(value)
        nonce = os.urandom(NONCE)
        return nonce + self._ciphers[0].encrypt(nonce, text.ljust(-(-len(text) // STEP) * STEP), name.encode())

    def open(self, sealed: bytes, name: str) -> dict[str, Any] | None:
        """What was sealed; None if it was with a secret key that is none of these."""
        content = next((text for each in self._ciphers if (text := _opened(each, sealed, name)) is not None), None)
        value: dict[str, Any] | None = orjson.loads(content) if content is not None else None
        return value

    def is_new(self, sealed: bytes, name: str) -> bool:
        """Whether it was sealed with the first key."""
        return _opened(self._ciphers[0], sealed, name) is not None


def _opened(cipher: AESGCM, sealed: bytes, name: str) -> bytes | None:
    try:
        return cipher.decrypt(sealed[:NONCE], sealed[NONCE:], name.encode())
    except InvalidTag:
        return None
