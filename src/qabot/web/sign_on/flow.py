"""One sign-in: what the browser takes along to the issuer and back, and what the issuer gives for its code."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from secrets import compare_digest
from typing import Any

from authlib.oauth2.auth import ClientAuth
from authlib.oauth2.rfc6749.parameters import prepare_grant_uri, prepare_token_request
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from itsdangerous import BadSignature, URLSafeSerializer

from qabot.models.columns import new_token
from qabot.web.sessions import signing
from qabot.web.sign_on.metadata import Issuer, Published
from qabot.web.sign_on.providers import Known, Provider
from qabot.web.sign_on.refusals import Refusal
from qabot.web.sign_on.tokens import checked

WITHIN = timedelta(minutes=15)
"""Somebody may have to find their phone meanwhile."""
SCOPE = "openid profile email"
OURS = frozenset({"invalid_client", "unauthorized_client", "invalid_request", "unsupported_grant_type"})
"""Errors of an issuer that are about how qabot is set up there."""


@dataclass(frozen=True, slots=True)
class Flow:
    """What was asked of which issuer. Its cookie alone has it, signed; nothing is kept here meanwhile."""

    provider: int
    path: str
    state: str
    nonce: str
    verifier: str
    expires: datetime


class Flows:
    """Writes and reads the cookie of a sign-in that is under way."""

    def __init__(self, secret_keys: tuple[str, ...]) -> None:
        self._serializer = URLSafeSerializer(signing(secret_keys), salt="qabot.sign-on")

    def begin(self, provider: int, path: str, now: datetime) -> Flow:
        """A new one, each of its three secrets by chance."""
        return Flow(provider, path, new_token(), new_token(), new_token() + new_token(), now + WITHIN)

    def write(self, flow: Flow) -> str:
        """As the cookie has it."""
        text = self._serializer.dumps(
            [flow.provider, flow.path, flow.state, flow.nonce, flow.verifier, flow.expires.timestamp()]
        )
        return text if isinstance(text, str) else text.decode()

    def read(self, cookie: str | None, state: str, now: datetime) -> Flow:
        """The one that this browser began. Raises `Refusal` if it began none with this state, or too long ago."""
        try:
            provider, path, own, nonce, verifier, expires = self._serializer.loads(cookie or "")
        except (BadSignature, ValueError):
            raise Refusal("late", "this browser began no sign-in") from None
        flow = Flow(provider, path, own, nonce, verifier, datetime.fromtimestamp(expires, UTC))
        if not compare_digest(flow.state.encode(), state.encode(errors="replace")):
            raise Refusal("late", "it is the answer to another sign-in (state)")
        if flow.expires <= now:
            raise Refusal("late", "it took too long")
        return flow


async def address(provider: Provider, issuer: Issuer, flow: Flow, back: str) -> str:
    """Where the browser goes to sign in. Raises `Refusal`."""
    published = await issuer.published()
    challenge = create_s256_code_challenge(flow.verifier)
    return str(
        prepare_grant_uri(
            published.address("authorization_endpoint"),
            provider.client_id,
            "code",
            redirect_uri=back,
            scope=SCOPE,
            state=flow.state,
            nonce=flow.nonce,
            code_challenge=challenge,
            code_challenge_method="S256",
        )
    )


async def known(
    provider: Provider, issuer: Issuer, flow: Flow, given: Mapping[str, str], back: str, now: datetime
) -> Known:
    """Whom the issuer says this is, after the browser came back with what it was `given`. Raises `Refusal`."""
    if error := given.get("error", ""):
        cancelled = error in ("access_denied", "login_required", "interaction_required")
        raise Refusal("cancelled" if cancelled else "there", _plain(error))
    if given.get("iss", provider.issuer).rstrip("/") != provider.issuer.rstrip("/"):
        raise Refusal("odd", "the answer names another issuer (iss)")
    if not given.get("code"):
        raise Refusal("late", "there is no code")
    published = await issuer.published()
    answer = await _exchange(provider, issuer, published, flow, given["code"], back)
    claims = await checked(
        answer.get("id_token"),
        issuer,
        issuers=(*provider.issuers, str(published.document["issuer"])),
        audiences=(provider.client_id,),
        now=now,
        nonce=flow.nonce,
        access_token=str(answer.get("access_token") or ""),
    )
    return provider.known(claims)


async def _exchange(
    provider: Provider, issuer: Issuer, published: Published, flow: Flow, code: str, back: str
) -> dict[str, Any]:
    """The tokens for a code. Raises `Refusal`."""
    supported = published.document.get("token_endpoint_auth_methods_supported") or ["client_secret_basic"]
    way = "none" if not provider.secret else "client_secret_basic"
    if provider.secret and "client_secret_post" in supported:
        # In the header, what a secret may not hold differs from one issuer to the next.
        way = "client_secret_post"
    body = prepare_token_request("authorization_code", redirect_uri=back, code=code, code_verifier=flow.verifier)
    endpoint, headers, body = ClientAuth(provider.client_id, provider.secret, way).prepare(
        "POST", published.address("token_endpoint"), {}, body
    )
    status, answer = await issuer.post(endpoint, body, headers)
    if status >= 500:
        raise Refusal("away", f"its token endpoint answered {status}")
    if not isinstance(answer, dict) or status != 200:
        error = _plain(str(answer.get("error", "")) if isinstance(answer, dict) else "")
        # A code that is none, or was used before, may be anybody's doing.
        raise Refusal("set-up" if error in OURS else "odd", f"its token endpoint answered {status} {error}".strip())
    return answer


def _plain(error: str) -> str:
    """An error's name; it comes from outside."""
    return "".join(letter for letter in error[:60] if letter.isascii() and (letter.isalnum() or letter in "_-."))
