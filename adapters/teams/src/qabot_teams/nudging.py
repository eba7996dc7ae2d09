"""A notice in Teams' activity feed beside an alert that is sent again, if the council likes (QABOT_TEAMS_NUDGE).

It stands on locked screens, so it names no work, grade or person: it only leads to the chat. It is sent once for each
copy of the alert, after that, and nothing that becomes of it concerns the alert.
"""

import asyncio
from typing import Any
from urllib.parse import quote

import aiohttp
import structlog

from qabot.adapter_kit.network import reason
from qabot_teams.opened import Open
from qabot_teams.settings import Settings
from qabot_teams.tokens_out import TokenRefused, TokenUnavailable

ACTIVITY = "stillWaiting"
"""The kind of activity, as the app's manifest declares it."""
DESCRIPTION = "Something that you were sent at once still waits for you."
TEXT = "Something still waits for you"
"""What Teams writes beside the app's name. The manifest has it, so that nothing about the work can be in it."""
PREVIEW = "Please look at your chat with qabot."
TOPIC = "qabot"
log = structlog.get_logger(__name__)


class Nudges:
    """Sends them beside everything else, and knows those that are under way."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._under_way: set[asyncio.Task[None]] = set()

    def begin(self, opened: Open, account: str) -> None:
        """Nudge somebody, and wait for nothing."""
        task = asyncio.create_task(nudge(self._settings, opened, account))
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)

    async def finish(self) -> None:
        """Until those that were begun have come to their end."""
        await asyncio.gather(*self._under_way, return_exceptions=True)


async def nudge(settings: Settings, opened: Open, account: str) -> None:
    """Ask Graph for one notice to an account, once. Raises nothing, and logs what went wrong.

    It needs TeamsActivity.Send.User, for which the app's manifest asks, or the application's TeamsActivity.Send.
    """
    scope = f"{settings.graph_url}/.default"
    url = f"{settings.graph_url}/v1.0/users/{quote(account, safe='')}/teamwork/sendActivityNotification"
    try:
        headers = {"Authorization": f"Bearer {await opened.credential.token(scope)}"}
        async with opened.session.post(url, json=_asked(settings), headers=headers, allow_redirects=False) as response:
            if response.status == 401:
                opened.credential.forget(scope)
            if response.status in (200, 202, 204):
                log.info("somebody was nudged in the activity feed", action="teams-nudge-given")
                return
            wrong = f"Microsoft Graph answered {response.status}"
    except (TokenRefused, TokenUnavailable, aiohttp.ClientError, TimeoutError, OSError) as failed:
        wrong = reason(failed)
    log.warning("a nudge in the activity feed was not taken", action="teams-nudge-refused", reason=wrong)


def _asked(settings: Settings) -> dict[str, Any]:
    chat = f"{settings.cloud.web_url}/l/chat/0/0?users=28:{settings.app_id}"
    return {
        "topic": {"source": "text", "value": TOPIC, "webUrl": chat},
        "activityType": ACTIVITY,
        "previewText": {"content": PREVIEW},
    }
