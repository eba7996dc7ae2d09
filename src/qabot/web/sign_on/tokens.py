"""Whether a token is what it says it is: signature, issuer, audience, time and nonce."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from authlib.oidc.core import CodeIDToken
from joserfc import jws, jwt
from joserfc.errors import JoseError

from qabot.web.sign_on.metadata import Issuer
from qabot.web.sign_on.refusals import Refusal

SIGNED = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "Ed25519", "EdDSA")
"""Public keys alone: with a shared secret, or none, whoever reads a token could make one."""
LEEWAY = 120
"""Seconds by which two machines' clocks may differ."""
LONGEST = 16_384
"""Characters of a token."""


async def checked(
    token: object,
    issuer: Issuer,
    *,
    issuers: Collection[str],
    audiences: Collection[str],
    now: datetime,
    nonce: str = "",
    access_token: str = "",
) -> Mapping[str, Any]:
    """The claims of a token that this issuer has signed for one of `audiences`. Raises `Refusal`; `now` is UTC.

    `nonce` is what was asked with; "" where nothing was (the tab in Teams).
    """
    if not isinstance(token, str) or not 0 < len(token) <= LONGEST:
        raise Refusal("token", "there is none")
    try:
        header = jws.extract_compact(token.encode()).headers()
        if header.get("alg") not in SIGNED:
            raise Refusal("token", f"it is signed with {str(header.get('alg'))[:20]}")
        key = await issuer.key(str(header.get("kid", "")))
        payload = jwt.decode(token, key, algorithms=list(SIGNED))
        of_one = {"client_id": next(iter(audiences))} if len(audiences) == 1 else {}
        claims = CodeIDToken(
            payload.claims,
            payload.header,
            options={
                "iss": {"essential": True, "values": list(issuers)},
                "aud": {"essential": True, "values": list(audiences)},
                "exp": {"essential": True},
            },
            params={"nonce": nonce, "access_token": access_token, **of_one},
        )
        claims.validate(now=int(now.timestamp()), leeway=LEEWAY)
    except (JoseError, ValueError, TypeError, KeyError, AttributeError) as wrong:
        # What a token says is not repeated: it holds names and addresses.
        claim = getattr(wrong, "claim", "")
        raise Refusal("token", f"{getattr(wrong, 'error', type(wrong).__name__)} {claim}".strip()) from None
    return dict(claims)
