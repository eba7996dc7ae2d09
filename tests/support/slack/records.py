"""What the fake keeps: messages, calls of its Web API, deliveries to the app, and faults to come."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]


class SlackError(Exception):
    """An answer with `ok: false`, in Slack's own string."""

    def __init__(self, error: str, *, status: int = 200, headers: dict[str, str] | None = None, **extra: Any) -> None:
        super().__init__(error)
        self.error = error
        self.status = status
        self.headers = headers or {}
        self.extra = extra


@dataclass
class Fault:
    """Something to go wrong at the next `times` calls of `method`.

    `kind`: 429, 500, 503, slow, reset_before, reset_after (accepted, but the answer is lost), error, html, text,
    as_is (`status`, `headers` and `body` as they stand here).
    """

    method: str
    kind: str
    times: int = 1
    retry_after: int = 1
    delay: float = 0.0
    error: str = "internal_error"
    when: Callable[[Json], bool] = lambda _: True
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""


@dataclass
class ApiCall:
    """One call of the Web API, and how it was answered."""

    method: str
    args: Json = field(default_factory=dict)
    at: float = 0.0
    status: int = 0
    ok: bool = False
    error: str = ""
    fault: str = ""
    connection: tuple[str, int] | None = None


@dataclass(eq=False)
class Message:
    """A message in a conversation. `history` holds its earlier versions."""

    channel: str
    ts: str
    user: str
    text: str
    blocks: list[Json]
    bot_id: str = ""
    ephemeral_to: str = ""
    edited: bool = False
    deleted: bool = False
    unfurl_links: bool = True
    thread_ts: str = ""
    broadcast: bool = False
    history: list[Json] = field(default_factory=list)

    def payload(self) -> Json:
        """As Slack sends it to an app."""
        shown: Json = {"type": "message", "user": self.user, "ts": self.ts, "text": self.text, "blocks": self.blocks}
        if self.thread_ts:
            shown |= {"thread_ts": self.thread_ts} | ({"subtype": "thread_broadcast"} if self.broadcast else {})
        return {**shown, "bot_id": self.bot_id} if self.bot_id else shown

    def change(self, text: str, blocks: list[Json]) -> None:
        """Put another version in its place."""
        self.history.append({"text": self.text, "blocks": self.blocks})
        self.text, self.blocks, self.edited = text, blocks, True

    def words(self) -> str:
        """Everything that a person can read in it."""
        return "\n".join(texts(self.blocks)) if self.blocks else self.text


@dataclass
class Delivery:
    """Something sent to the app, and what came back. `user_sees_error`: Slack shows the person that it failed."""

    kind: str
    payload: Json
    attempt: int = 0
    status: int = 0
    body: Any = None
    acked: bool = False
    user_sees_error: bool = False
    errors: dict[str, str] = field(default_factory=dict)
    invalid_response: str = ""
    no_retry: bool = False


def texts(part: Any) -> list[str]:
    """Every text in a payload, at any depth, in order."""
    found: list[str] = []
    if isinstance(part, dict):
        for name, value in part.items():
            if name in ("text", "alt_text") and isinstance(value, str):
                found.append(value)
            else:
                found += texts(value)
    elif isinstance(part, list):
        for value in part:
            found += texts(value)
    return found


def mrkdwn_texts(part: Any) -> list[str]:
    """Every text in a payload that Slack reads as markup, at any depth."""
    if isinstance(part, dict):
        if part.get("type") == "mrkdwn":
            return [str(part["text"])]
        return [text for value in part.values() for text in mrkdwn_texts(value)]
    if isinstance(part, list):
        return [text for value in part for text in mrkdwn_texts(value)]
    return []
