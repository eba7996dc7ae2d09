"""Signs what the Bot Framework would sign, with real RSA keys that can be rotated."""

import time
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm

ISSUER = "https://api.botframework.com"


def new_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@cache
def first_key() -> rsa.RSAPrivateKey:
    """What every issuer begins with: made once in a process, because that takes a while."""
    return new_key()


@dataclass
class Issuer:
    """Keys by id. `published` are those that the list of keys shows."""

    audience: str
    endorsements: tuple[str, ...] = ("msteams",)
    keys: dict[str, rsa.RSAPrivateKey] = field(default_factory=lambda: {"key-1": first_key()})
    current: str = "key-1"
    name: str = ISSUER

    def rotate(self) -> str:
        """Replace the key by a new one under a new id."""
        name = f"key-{len(self.keys) + 1}"
        self.keys[name] = new_key()
        self.current = name
        return name

    def jwks(self) -> dict[str, Any]:
        key = RSAAlgorithm.to_jwk(self.keys[self.current].public_key(), as_dict=True)
        return {"keys": [key | {"kid": self.current, "use": "sig", "endorsements": list(self.endorsements)}]}

    def claims(self, service_url: str, **changes: Any) -> dict[str, Any]:
        """What a good token says. A change to None leaves the claim out."""
        now = int(time.time())  # real time: signed
        good = {"iss": self.name, "aud": self.audience, "nbf": now - 10, "exp": now + 3600, "serviceurl": service_url}
        return {name: value for name, value in (good | changes).items() if value is not None}

    def token(self, service_url: str, **changes: Any) -> str:
        return jwt.encode(
            self.claims(service_url, **changes), self.keys[self.current], "RS256", headers={"kid": self.current}
        )
