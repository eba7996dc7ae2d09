"""`qabot doctor teams`: the steps of docs/teams.md, each checked. Sends no message to anybody."""

import time
from collections.abc import AsyncIterator, Callable
from datetime import datetime

import aiohttp
import jwt

from qabot.adapter import Address, DirectoryUnread, Finding, Service
from qabot.adapter_kit.network import reason
from qabot_teams.directory import Graph
from qabot_teams.opened import Open
from qabot_teams.people import NAME, reference
from qabot_teams.sdk import Member
from qabot_teams.settings import Settings
from qabot_teams.tokens_out import TokenRefused, TokenUnavailable

NEAR_SECONDS = 30 * 24 * 3600.0
"""How long before its end a certificate is worth a warning."""


async def findings(
    settings: Settings, service: Service, opened: Open, *, wall: Callable[[], float] = time.time
) -> AsyncIterator[Finding]:
    """One finding for each step, in the order in which an administrator takes them."""
    if settings.anonymous:
        yield Finding("Requests are checked", False, "QABOT_TEAMS_AUTH=anonymous is for trying it out on one machine.")
        return
    yield Finding(f"Registration: app {settings.app_id} in tenant {settings.tenant_id}", True)
    token = ""
    async for finding, sound in _credential(settings, opened, wall()):
        token = sound
        yield finding
    if token:
        yield _clock(token)
    yield await _keys(settings, opened)
    yield await _endpoint(settings, opened.session)
    yield await _administrator(settings, service, opened)
    if settings.graph:
        yield await _staff_list(settings, opened)


async def _credential(settings: Settings, opened: Open, now: float) -> AsyncIterator[tuple[Finding, str]]:
    proof = opened.credential.proof
    check = f"Credential: {proof.label}"
    try:
        token = await opened.credential.token()
    except TokenRefused as refused:
        yield Finding(check, False, f"{refused} {proof.advice}"), ""
    except TokenUnavailable as unavailable:
        yield Finding(check, False, f"{unavailable} {_reach(settings)}"), ""
    else:
        yield _ending(check, proof.ends(), now), token


def _reach(settings: Settings) -> str:
    host = f"Is the identity service of this host at {settings.identity_url}?"
    if settings.managed_identity:
        return host
    tenant = f"Let this host reach {settings.login_url}."
    return f"{tenant} {host}" if settings.federated_identity else tenant


def _ending(check: str, ends: datetime | None, now: float) -> Finding:
    if ends is None:
        return Finding(check, True)
    check += f", good until {ends.day} {ends:%B %Y}"
    near = ends.timestamp() - now < NEAR_SECONDS
    return Finding(
        check, not near, "Put the new one into the same file: it is taken without a restart." if near else ""
    )


def _clock(token: str) -> Finding:
    """By a fresh token's own times: the library compares them with this machine's clock."""
    advice = "This machine's clock is wrong: tokens will be refused. Set it by the network's time."
    try:
        jwt.decode(token, options={"verify_signature": False, "verify_exp": True, "verify_nbf": True}, leeway=60)
    except (jwt.ExpiredSignatureError, jwt.ImmatureSignatureError):
        return Finding("Clock", False, advice)
    except jwt.PyJWTError:
        return Finding("Clock", True, "The token cannot be read, so the clock was not compared.")
    return Finding("Clock", True)


async def _keys(settings: Settings, opened: Open) -> Finding:
    try:
        count = await opened.keys.fetch()
    except Exception as wrong:  # whatever it is that came back
        return Finding("Bot Framework's keys", False, f"Let this host reach {settings.openid_url}: {reason(wrong)}.")
    return Finding(f"Bot Framework's keys: {count}", count > 0, "" if count else "The list of keys is empty.")


async def _endpoint(settings: Settings, session: aiohttp.ClientSession) -> Finding:
    if not settings.public_url:
        return Finding("Messaging endpoint", False, "Set QABOT_BASE_URL to this service's https address.")
    url = f"{settings.public_url}/api/messages"
    try:
        async with session.post(
            url, json={}, timeout=aiohttp.ClientTimeout(total=10), allow_redirects=False
        ) as response:
            status = response.status
    except (aiohttp.ClientError, TimeoutError) as wrong:
        return Finding("Messaging endpoint", False, f"{url} does not answer ({reason(wrong)}): open it to the web.")
    if status == 401:
        return Finding(f"Messaging endpoint: {url} refuses calls without a token", True)
    return Finding(
        "Messaging endpoint", False, f"{url} answered {status}, not 401: is `qabot serve` running behind it?"
    )


async def _staff_list(settings: Settings, opened: Open) -> Finding:
    try:
        staff = [each for each in await Graph(settings, opened.session, opened.credential).staff() if each.active]
    except DirectoryUnread as unread:
        grant = f"Grant the application permission User.Read.All, and let this host reach {settings.graph_url}."
        return Finding("Staff list", False, f"{unread} {grant}")
    return Finding(
        f"Staff list: {len(staff)} found", bool(staff), "" if staff else "Nobody of the tenant's own is in it."
    )


async def _administrator(settings: Settings, service: Service, opened: Open) -> Finding:
    check = "App installed, and the administrator in reach"
    if not settings.administrator:
        return Finding(check, False, "Set QABOT_TEAMS_ADMINISTRATOR to your own Entra object id.")
    address: Address | None = await service.conversation(NAME, settings.administrator)
    if address is None or not address.conversation:
        return Finding(check, False, "Install the app for yourself in Teams; qabot then learns where to reach you.")
    where = reference(address, settings)
    member = await opened.port.member(where, where.user)
    if isinstance(member, Member):
        return Finding(check, True)
    return Finding(check, False, getattr(member, "reason", "") + " Remove the app in Teams and install it again.")
