"""The bot's certificate: one PEM file with the private key, its certificate, and those that signed it, in any order."""

from base64 import b64encode
from dataclasses import dataclass, field
from datetime import datetime

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key

from qabot.adapter_kit.secret_files import plain
from qabot.errors import SetupError

CERTIFICATE = "QABOT_TEAMS_CERTIFICATE_FILE"
PASSPHRASE = "QABOT_TEAMS_CERTIFICATE_PASSPHRASE"  # noqa: S105 - the name of a setting


@dataclass(frozen=True, slots=True)
class Certificate:
    """A key and what proves it. `thumbprint` is SHA-256 in hexadecimal; `chain` is DER in base64, its own first."""

    key: RSAPrivateKey = field(repr=False, compare=False)
    thumbprint: str
    chain: tuple[str, ...] = field(repr=False)
    ends: datetime
    """Its notAfter (UTC)."""


def load_certificate(path: str, passphrase: str) -> Certificate:
    """Read the file. Raises `SetupError` that says what of it is missing or wrong."""
    try:
        data = plain(path).read_bytes()
    except OSError as wrong:
        raise SetupError(f"{CERTIFICATE} cannot be read: {wrong.strerror}.") from None
    key, all_of_them = _key(data, passphrase), _certificates(data)
    own = next((each for each in all_of_them if each.public_key() == key.public_key()), None)
    if own is None:
        raise SetupError(f"{CERTIFICATE}: the private key is not that of any certificate in the file.")
    ordered = [own, *(each for each in all_of_them if each is not own)]
    chain = tuple(b64encode(each.public_bytes(Encoding.DER)).decode() for each in ordered)
    return Certificate(key, own.fingerprint(hashes.SHA256()).hex().upper(), chain, own.not_valid_after_utc)


def _key(data: bytes, passphrase: str) -> RSAPrivateKey:
    try:
        key = load_pem_private_key(data, passphrase.encode() or None)
    except TypeError:
        # The library says so of a key with a passphrase and none given, and of the opposite.
        advice = "is not encrypted: take the passphrase away" if passphrase else f"is encrypted: set {PASSPHRASE}_FILE"
        raise SetupError(f"{CERTIFICATE}: its private key {advice}.") from None
    except ValueError:
        advice = " or the passphrase is wrong" if passphrase else ""
        raise SetupError(
            f"{CERTIFICATE} holds no private key that can be read{advice}. It must be PEM: text with "
            "-----BEGIN PRIVATE KEY----- and -----BEGIN CERTIFICATE-----, in one file."
        ) from None
    if not isinstance(key, RSAPrivateKey):
        raise SetupError(f"{CERTIFICATE}: its private key is not RSA, which is what Microsoft takes.")
    return key


def _certificates(data: bytes) -> list[x509.Certificate]:
    try:
        return x509.load_pem_x509_certificates(data)
    except ValueError:
        raise SetupError(f"{CERTIFICATE} holds a private key, but no certificate to it.") from None
