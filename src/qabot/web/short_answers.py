"""What somebody reads who was turned away before their request was read: the connection itself says it, as a page."""

from functools import lru_cache

from qabot.web.guards import BUSY, RETRY_SECONDS, plain_page
from qabot.web.headers import policy

AGAIN = "Please go back, and send it once more. Nothing was changed."
SAID = {
    400: (
        "Bad Request",
        "This cannot be done",
        f"What was sent is no request that qabot understands, or broke on its way. {AGAIN}",
    ),
    408: (
        "Request Timeout",
        "Try again in a moment",
        f"qabot is busy just now, or the way to it is slow, so what you sent did not arrive in time. {AGAIN}",
    ),
    429: (
        "Too Many Requests",
        "Try again in a moment",
        "Too many requests come from where you are just now. Please try again in a moment. Nothing was changed.",
    ),
    503: ("Service Unavailable", "Try again in a moment", BUSY),
}
"""By status: its name, a title and a sentence."""


@lru_cache(maxsize=len(SAID))
def short_answer(status: int) -> bytes:
    """The whole answer. Drawn once: a flood of connections must cost as little as it can."""
    name, title, sentence = SAID[status]
    body = bytes(plain_page(status, title, sentence).body)
    lines = (
        f"HTTP/1.1 {status} {name}",
        "Connection: close",
        "Content-Type: text/html; charset=utf-8",
        f"Content-Length: {len(body)}",
        f"Retry-After: {RETRY_SECONDS}",
        "Cache-Control: no-store",
        f"Content-Security-Policy: {policy(())}",
        "Referrer-Policy: no-referrer",
        "X-Content-Type-Options: nosniff",
    )
    return "\r\n".join((*lines, "", "")).encode() + body
