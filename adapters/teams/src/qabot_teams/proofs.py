"""How the bot proves who it is when it asks for a token: exactly one of five ways is configured.

secret                a client secret, its value or its file
certificate           an assertion that we sign with the certificate's key (made by msal, Microsoft's own library)
federated token       an assertion of the platform's (Kubernetes, GitHub, any OpenID provider) from a file
federated identity    a token of the host's managed identity stands in for the assertion
managed identity      no proof: the host itself gives tokens for the bot (`tokens_out.py` asks it)

Files are read for each token, about once an hour, so what was renewed is taken without a restart. What cannot be read
at that moment, because somebody is just writing it, leaves the last good one in use.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar

import structlog
from msal.oauth2cli.assertion import JwtAssertionCreator

from qabot.adapter_kit.secret_files import secret_text
from qabot.errors import SetupError
from qabot_teams.certificates import PASSPHRASE, Certificate, load_certificate
from qabot_teams.settings import Settings, end_of

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
Form = dict[str, str]
"""Fields of a request for a token."""
T = TypeVar("T")
log = structlog.get_logger(__name__)


@dataclass
class FileProof(Generic[T]):
    """A proof that a file holds. `label` and `advice` are for people; `form_of` turns what it holds into fields."""

    label: str
    advice: str
    read: Callable[[], T]
    form_of: Callable[[T, str], Form]
    ends_of: Callable[[T], datetime | None] = lambda _: None
    held: T | None = None

    def latest(self) -> T:
        """What the file holds now; what it held, if it cannot be read. Raises `SetupError` if it never could."""
        try:
            self.held = self.read()
        except SetupError as wrong:
            if self.held is None:
                raise
            log.warning("the last credential stays in use", action="teams-credential-unread", reason=str(wrong))
        return self.held

    def renewed(self) -> bool:
        """Whether the file holds another proof than the one that was last used."""
        try:
            return self.held is not None and self.read() != self.held
        except SetupError:
            return False

    def ends(self) -> datetime | None:
        """When it ends (UTC), if that is known."""
        return None if self.held is None else self.ends_of(self.held)

    async def form(self, token_url: str) -> Form:
        """The fields that prove who we are to the service at `token_url`. Raises `SetupError`."""
        return await asyncio.to_thread(lambda: self.form_of(self.latest(), token_url))


@dataclass
class HostProof:
    """A proof that the host gives when it is asked: nothing is kept, and it never ends."""

    label: str
    advice: str
    ask: Callable[[], Awaitable[str]]

    def latest(self) -> None:
        """Nothing to read."""

    def renewed(self) -> bool:
        """Never: there is nothing to renew."""
        return False

    def ends(self) -> None:
        """Never."""

    async def form(self, token_url: str) -> Form:
        """The fields that prove who we are. Raises what asking the host raises."""
        return _asserted(await self.ask())


Proof = FileProof[str] | FileProof[Certificate] | HostProof


def proof(settings: Settings, ask_host: Callable[[], Awaitable[str]]) -> Proof:
    """The way that is configured; `ask_host` gives the token of the host's identity that stands in for an assertion."""
    if settings.managed_identity:
        return HostProof("managed identity", "Give the host the bot's managed identity.", ask_host)
    if settings.federated_identity:
        advice = "The registration needs a federated credential for this identity, and the host the identity."
        return HostProof("federated managed identity", advice, ask_host)
    if settings.federated_token_file:
        advice = "Its issuer, subject and audience must be those of the federated credential in the registration."
        name, path = "QABOT_TEAMS_FEDERATED_TOKEN_FILE", settings.federated_token_file
        return FileProof("federated token", advice, lambda: text_of(name, path), lambda token, _: _asserted(token))
    if settings.certificate_file:
        advice = "Upload the certificate, without its key, to the registration, or check the tenant id."
        return FileProof(
            "certificate",
            advice,
            lambda: _certificate(settings),
            lambda each, url: _signed(settings, each, url),
            lambda each: each.ends,
        )
    advice = "Make a new secret in the registration, or check the tenant id."
    return FileProof(
        "client secret",
        advice,
        lambda: _secret(settings),
        lambda secret, _: {"client_secret": secret},
        lambda _: end_of(settings.secret_ends),
    )


def check(settings: Settings) -> None:
    """Read the configured files before anything begins. Raises `SetupError`."""

    async def nobody() -> str:
        return ""

    if settings.anonymous:
        return
    try:
        proof(settings, nobody).latest()
    except SetupError as wrong:
        raise SetupError(f"Teams: {wrong} See docs/teams.md.") from None


def _secret(settings: Settings) -> str:
    return text_of("QABOT_TEAMS_SECRET_FILE", settings.secret_file) if settings.secret_file else settings.secret


def _certificate(settings: Settings) -> Certificate:
    path = settings.certificate_passphrase_file
    passphrase = text_of(f"{PASSPHRASE}_FILE", path) if path else settings.certificate_passphrase
    return load_certificate(settings.certificate_file, passphrase)


def _signed(settings: Settings, certificate: Certificate, token_url: str) -> Form:
    """An assertion by PS256, named by SHA-256, for ten minutes. With the chain, an authority can be trusted for it."""
    headers = {"x5c": list(certificate.chain)} if settings.certificate_chain else {}
    signer = JwtAssertionCreator(certificate.key, "PS256", headers=headers, sha256_thumbprint=certificate.thumbprint)
    signed: bytes = signer.create_normal_assertion(token_url, settings.app_id, settings.app_id)
    return _asserted(signed.decode())


def text_of(name: str, path: str) -> str:
    """What a file holds, which the setting `name` names. Raises `SetupError`, also if it is empty."""
    try:
        text = secret_text(path)
    except OSError as wrong:
        raise SetupError(f"{name} cannot be read: {wrong.strerror}.") from None
    except UnicodeDecodeError:
        raise SetupError(f"{name} names a file that is no text.") from None
    if not text:
        raise SetupError(f"{name} names a file that is empty.")
    return text


def _asserted(assertion: str) -> Form:
    return {"client_assertion_type": ASSERTION_TYPE, "client_assertion": assertion}
