"""One body from Slack, checked and given to Bolt: the same over HTTP and over Socket Mode.

Bolt parses before it checks who sent a body, and fails in a dozen ways on one that it does not expect. So it is given
neither bytes nor headers: the sender is known by then, and the body is one of Slack's.
"""

import structlog
from slack_bolt.async_app import AsyncApp
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse

from qabot_slack.shapes import Unreadable, checked

log = structlog.get_logger()


async def dispatch(app: AsyncApp, body: object) -> BoltResponse:
    """Bolt's answer. Raises `Unreadable` for a body that is none of Slack's."""
    payload = checked(body)
    try:
        request = AsyncBoltRequest(body=payload, mode="socket_mode")
    except Exception as wrong:  # of a part that only Bolt reads
        raise Unreadable(f"Bolt cannot read it: {type(wrong).__name__}") from None
    return await app.async_dispatch(request)
