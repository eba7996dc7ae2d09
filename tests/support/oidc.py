"""An OpenID Connect provider on loopback, over HTTP: strict with whoever asks, and able to answer in odd ways."""

import asyncio
import hmac
import json
import threading
from base64 import b64decode, urlsafe_b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from hashlib import sha256
from html import escape
from secrets import token_urlsafe
from typing import Any
from urllib.parse import unquote, urlencode

from aiohttp import web
from joserfc import jwt
from joserfc.jwk import RSAKey

CLIENT, SECRET = "qabot-at-the-provider", "a secret~of.the-client_1"


@cache
def key(name: str) -> RSAKey:
    """A key by its id; made once, because that takes a while."""
    return RSAKey.generate_key(2048, {"kid": name, "use": "sig", "alg": "RS256"}, auto_kid=False)


@dataclass
class Asked:
    """What an authorisation code stands for, until it is used once."""

    redirect_uri: str
    nonce: str
    challenge: str
    claims: dict[str, Any]


@dataclass
class Oidc:
    """The provider. `account` are the claims of whoever is signed in there; `odd` is what it does otherwise.

    odd: nonce, issuer, audience, expired, alg-none, alg-hs256, foreign-key, foreign-kid, no-id-token, other-iss, html,
    document-issuer, http-endpoint. `path`: of its issuer, such as a tenant's. `asks`: a page with a link stands
    before the way back.
    """

    now: Callable[[], datetime]
    path: str = ""
    account: dict[str, Any] = field(default_factory=dict)
    odd: set[str] = field(default_factory=set)
    asks: bool = False
    denies: bool = False
    kid: str = "first"
    secret: str = SECRET
    ways: tuple[str, ...] = ("client_secret_post", "client_secret_basic")
    port: int = 0
    asked_for: list[str] = field(default_factory=list)
    codes: dict[str, Asked] = field(default_factory=dict)
    loop: asyncio.AbstractEventLoop = field(default_factory=asyncio.new_event_loop)
    _runner: web.AppRunner | None = None

    @property
    def base(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def issuer(self) -> str:
        """What it calls itself."""
        return f"{self.base}{self.path}"

    async def start(self) -> None:
        """Listen, at the port of before if there was one."""
        app = web.Application()
        app.router.add_get(f"{self.path}/.well-known/openid-configuration", self._document)
        app.router.add_get("/keys", self._keys)
        app.router.add_get("/authorise", self._authorise)
        app.router.add_post("/token", self._token)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self.port)
        await site.start()
        self.port = self.port or self._runner.addresses[0][1]

    async def stop(self) -> None:
        """Be away."""
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    def token(self, claims: dict[str, Any], kid: str = "") -> str:
        """A token that it signs."""
        signing = key(kid or self.kid)
        return jwt.encode({"alg": "RS256", "kid": signing.kid}, claims, signing)

    async def _document(self, request: web.Request) -> web.Response:
        self.asked_for.append("document")
        if "html" in self.odd:
            return web.Response(text="<h1>Maintenance</h1>", content_type="text/html")
        base = "http://provider.example" if "http-endpoint" in self.odd else self.base
        return web.json_response(
            {
                "issuer": f"{self.issuer}/other" if "document-issuer" in self.odd else self.issuer,
                "authorization_endpoint": f"{base}/authorise",
                "token_endpoint": f"{base}/token",
                "jwks_uri": f"{self.base}/keys",
                "response_types_supported": ["code"],
                "subject_types_supported": ["public"],
                "id_token_signing_alg_values_supported": ["RS256"],
                "token_endpoint_auth_methods_supported": list(self.ways),
                "code_challenge_methods_supported": ["S256"],
            }
        )

    async def _keys(self, request: web.Request) -> web.Response:
        self.asked_for.append("keys")
        return web.json_response({"keys": [key(self.kid).as_dict(private=False)]})

    async def _authorise(self, request: web.Request) -> web.Response:
        given = request.query
        wrong = [
            name
            for name, value in {"response_type": "code", "client_id": CLIENT, "code_challenge_method": "S256"}.items()
            if given.get(name) != value
        ]
        wrong += [each for each in ("state", "nonce", "redirect_uri") if not given.get(each)]
        wrong += ["code_challenge"] if len(given.get("code_challenge", "")) != 43 else []
        wrong += ["scope"] if "openid" not in given.get("scope", "").split() else []
        if wrong:
            return web.Response(status=400, text=f"wrong: {wrong}")
        back = {"state": given["state"]}
        if self.denies:
            back["error"] = "access_denied"
        else:
            back["code"] = token_urlsafe(1600)  # Entra ID's are as long
            self.codes[back["code"]] = Asked(
                given["redirect_uri"], given["nonce"], given["code_challenge"], dict(self.account)
            )
        back |= {"iss": f"{self.issuer}/other" if "other-iss" in self.odd else self.issuer}
        way = f"{given['redirect_uri']}?{urlencode(back)}"
        if self.asks:
            page = f'<!doctype html><title>Provider</title><a href="{escape(way)}">Continue</a>'
            return web.Response(text=page, content_type="text/html")
        raise web.HTTPFound(way)

    async def _token(self, request: web.Request) -> web.Response:
        given = dict(await request.post())
        self.asked_for.append("token")
        if self._client(request, given) != (CLIENT, self.secret):
            return web.json_response({"error": "invalid_client"}, status=401)
        asked = self.codes.pop(str(given.get("code", "")), None)
        verifier = str(given.get("code_verifier", ""))
        challenge = _packed(sha256(verifier.encode()).digest())
        fits = asked is not None and asked.redirect_uri == given.get("redirect_uri") and asked.challenge == challenge
        if asked is None or not fits or given.get("grant_type") != "authorization_code" or len(verifier) < 43:
            return web.json_response({"error": "invalid_grant"}, status=400)
        answer = {"access_token": token_urlsafe(20), "token_type": "Bearer", "expires_in": 300}
        if "no-id-token" not in self.odd:
            answer["id_token"] = self._id_token(asked)
        return web.json_response(answer)

    def _client(self, request: web.Request, given: dict[str, Any]) -> tuple[str, str]:
        scheme, _, pair = request.headers.get("Authorization", "").partition(" ")
        if scheme == "Basic" and "client_secret_basic" in self.ways:
            name, _, secret = b64decode(pair).decode().partition(":")
            return unquote(name), unquote(secret)
        if "client_secret_post" in self.ways:
            return str(given.get("client_id", "")), str(given.get("client_secret", ""))
        return "", ""

    def _id_token(self, asked: Asked) -> str:
        now = int(self.now().timestamp())
        claims = {
            "iss": f"{self.issuer}/other" if "issuer" in self.odd else self.issuer,
            "aud": "somebody-else" if "audience" in self.odd else CLIENT,
            "iat": now - 7200 if "expired" in self.odd else now,
            "exp": now - 3600 if "expired" in self.odd else now + 3600,
            "nonce": "another" if "nonce" in self.odd else asked.nonce,
            **asked.claims,
        }
        if "alg-none" in self.odd:
            parts = (b'{"alg":"none"}', json.dumps(claims).encode(), b"")
            return ".".join(map(_packed, parts))
        if "alg-hs256" in self.odd:
            # The old trick: the public key, which everybody has, as a shared secret.
            head = _packed(json.dumps({"alg": "HS256", "kid": self.kid}).encode())
            signed = f"{head}.{_packed(json.dumps(claims).encode())}"
            return f"{signed}.{_packed(hmac.digest(key(self.kid).as_pem(private=False), signed.encode(), 'sha256'))}"
        if "foreign-kid" in self.odd:
            return self.token(claims, "foreign")
        if "foreign-key" in self.odd:
            return jwt.encode({"alg": "RS256", "kid": self.kid}, claims, key("foreign"))
        return self.token(claims)

    def come(self) -> None:
        """Start, from any thread."""
        asyncio.run_coroutine_threadsafe(self.start(), self.loop).result(10)

    def go(self) -> None:
        """Stop, from any thread."""
        asyncio.run_coroutine_threadsafe(self.stop(), self.loop).result(10)


def _packed(value: bytes) -> str:
    return urlsafe_b64encode(value).decode().rstrip("=")


@contextmanager
def provider(now: Callable[[], datetime], **values: Any) -> Iterator[Oidc]:
    """One in a thread of its own."""
    made = Oidc(now, **values)
    thread = threading.Thread(target=made.loop.run_forever, daemon=True)
    thread.start()
    made.come()
    try:
        yield made
    finally:
        made.go()
        made.loop.call_soon_threadsafe(made.loop.stop)
        thread.join(10)
        made.loop.close()
