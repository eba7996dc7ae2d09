"""What `qabot doctor` checks here: token, scopes, clock, connection, directory, and posting to the administrator."""

import time
from collections.abc import AsyncIterator, Callable, Mapping
from email.utils import parsedate_to_datetime
from typing import Any

import aiohttp

from qabot.adapter import Address, Finding, RefusedForAll, RefusedForPerson, Sent
from qabot.adapter_kit.network import reason
from qabot.messaging.card import Card, Paragraph, text
from qabot_slack.api import Api
from qabot_slack.http import PATH
from qabot_slack.outcomes import FOR_ALL, LATER, LOST, NO_JSON, CallFailed
from qabot_slack.people import People
from qabot_slack.send import Sender
from qabot_slack.settings import Settings

SCOPES = ("chat:write", "commands", "im:history", "im:write", "users:read", "users:read.email")
FOR_PICTURES = "files:write"
# Slack refuses nothing of ours because of the clock; we refuse what is signed more than 5 minutes from our time.
MOST_SKEW_SECONDS = 60.0


class Doctor:
    """Checks the way to Slack and back."""

    def __init__(self, settings: Settings, *, wall: Callable[[], float] = time.time) -> None:
        self._settings = settings
        self._api = Api(settings)
        self._wall = wall
        self._team = ""

    async def findings(self) -> AsyncIterator[Finding]:
        """Each check in turn; the first that makes the others pointless is the last."""
        try:
            async for finding in self._findings():
                yield finding
        finally:
            await self._api.close()

    async def _findings(self) -> AsyncIterator[Finding]:
        try:
            identity, headers = await self._api.answer("auth.test")
        except CallFailed as failed:
            yield Finding("Slack takes the bot token", False, _advice(failed))
            return
        yield Finding(f"Slack takes the bot token: {identity.get('user')} in {identity.get('team')}", True)
        yield _scopes(headers)
        yield self._clock(headers)
        people = People(self._api)
        try:
            await people.identify()
        except CallFailed as failed:
            yield Finding("the app is in the workspaces of the organisation", False, _advice(failed))
            return
        ours = people.identity
        if ours.whole_organisation:
            workspaces = f"{len(ours.teams)} workspace{'s' if len(ours.teams) > 1 else ''}"
            yield Finding(f"the app is installed for the organisation and was added to {workspaces}", True)
        self._team = min(ours.teams)
        yield await self._connection()
        yield await self._directory()
        yield await self._post()

    def _clock(self, headers: Mapping[str, str]) -> Finding:
        check = "this server's clock agrees with Slack's"
        try:
            skew = abs(self._wall() - parsedate_to_datetime(headers["Date"]).timestamp())
        except (KeyError, ValueError):
            return Finding(check, False, "Slack's answer had no Date header that can be read: is a proxy in between?")
        advice = f"It is {skew:.0f} seconds off: switch on time synchronisation (NTP)."
        return Finding(check, skew <= MOST_SKEW_SECONDS, "" if skew <= MOST_SKEW_SECONDS else advice)

    async def _connection(self) -> Finding:
        if self._settings.mode == "http":
            check = f"requests are signed; set the Request URL in Slack to https://your-address{PATH}"
            return Finding(check, bool(self._settings.signing_secret))
        check = "Socket Mode connects"
        try:
            answer = await self._api.call_as_app("apps.connections.open")
            async with await self._api.connect(str(answer["url"])) as socket:
                hello = await socket.receive_json(timeout=10)
        except CallFailed as failed:
            return Finding(check, False, _advice(failed))
        except (aiohttp.ClientError, TimeoutError, TypeError) as failed:
            advice = f"The firewall must let web sockets (wss, port 443) to Slack out: {reason(failed)}."
            return Finding(check, False, advice)
        return Finding(check, hello.get("type") == "hello")

    async def _directory(self) -> Finding:
        check = "people can be linked by e-mail"
        try:
            members: list[dict[str, Any]] = (await self._api.call("users.list", limit=100, team_id=self._team))[
                "members"
            ]
        except CallFailed as failed:
            return Finding(check, False, _advice(failed))
        has_addresses = any(member.get("profile", {}).get("email") for member in members)
        return Finding(
            check,
            has_addresses,
            "" if has_addresses else "Slack shows no e-mail addresses: add the scope users:read.email.",
        )

    async def _post(self) -> Finding:
        check = "it can post to the administrator"
        if not self._settings.admin:
            return Finding(check, False, "Set QABOT_SLACK_ADMIN to your own e-mail address or member id.")
        try:
            user = await self._administrator()
        except CallFailed as failed:
            return Finding(check, False, f"QABOT_SLACK_ADMIN: {_advice(failed)}")
        result = await Sender(self._api).send(Address(0, user), _hello())
        if isinstance(result, RefusedForPerson | RefusedForAll):
            return Finding(check, False, result.reason)
        return Finding(check, isinstance(result, Sent), "" if isinstance(result, Sent) else "Try again in a minute.")

    async def _administrator(self) -> str:
        if "@" not in self._settings.admin:
            return self._settings.admin
        answer = await self._api.call("users.lookupByEmail", email=self._settings.admin)
        return str(answer["user"]["id"])


def _scopes(headers: Mapping[str, str]) -> Finding:
    check = "the app has every scope that it needs"
    # A proxy may keep the header to itself: then nothing is known of any scope, and none is said to be missing.
    if "x-oauth-scopes" not in headers:
        advice = "Slack's answer did not say which scopes the app has: is a proxy in between that takes headers out?"
        return Finding("which scopes the app has is not known", True, advice)
    given = {scope.strip() for scope in headers["x-oauth-scopes"].split(",")}
    missing = [scope for scope in SCOPES if scope not in given]
    advice = f"Missing: {', '.join(missing)}. Bring the app's manifest up to date and install it again."
    if not missing and FOR_PICTURES not in given:
        return Finding(check, True, f"Without {FOR_PICTURES} the results of surveys are sent without their charts.")
    return Finding(check, not missing, advice if missing else "")


def _advice(failed: CallFailed) -> str:
    if failed.detail or failed.error in {LOST, NO_JSON}:
        return f"{failed.sentence_end[:1].upper()}{failed.sentence_end[1:]}."
    if failed.error == "missing_scope" or failed.error not in {**FOR_ALL, **LATER}:
        return f"Slack answered {failed.error}."
    return f"{({**FOR_ALL, **LATER})[failed.error]} ({failed.error})."


def _hello() -> Card:
    words = "qabot can reach you. This message came from its check; there is nothing to do."
    return Card(title="It works", summary="qabot can reach you.", blocks=(Paragraph(text(words)),), lane="news")
