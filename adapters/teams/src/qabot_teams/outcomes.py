"""What an answer of the connector comes to: the one table.

A send (POST of an activity) may have been taken although its answer was lost, so 5xx and 408 are ambiguous and never
repeated here. An update, a new conversation or a question may be repeated without harm, so for those the answers that
Microsoft lists as passing (412, 502, 503, 504) mean: again later. 500 is not on that list.
"""

from dataclasses import dataclass, field
from typing import Any, Literal

from qabot.adapter import Ambiguous, Outcome, RefusedForAll, RefusedForPerson, RetryAfter

Fault = Literal["", "unreachable", "lost", "no-token", "token-refused", "stale-token", "elsewhere", "between"]
Kind = Literal["again", "perhaps", "person", "card", "all"]

TABLE: dict[int | Fault, tuple[Kind, Kind, str]] = {
    # what happened   (a send, anything repeatable, reason)
    "unreachable": ("again", "again", "Teams could not be reached"),
    "lost": ("perhaps", "again", "Teams' answer was lost"),
    "no-token": ("again", "again", "no token could be fetched"),
    "token-refused": ("all", "all", "the bot's credential was refused"),
    "stale-token": ("again", "again", "the token had been withdrawn; a new one is fetched"),
    "elsewhere": (
        "person",
        "person",
        "the chat is kept at an address that is not Teams' in this cloud: they have to "
        "write to qabot once, or the address's host stands in QABOT_TEAMS_SERVICE_HOSTS",
    ),
    "between": ("all", "all", "something between qabot and Teams answered in its place"),
    400: ("card", "card", "Teams does not take the message"),
    401: ("all", "all", "Teams does not accept the bot's token: check the app id, its secret and its tenant"),
    403: ("person", "person", "Teams does not let the bot write to this person"),
    404: ("person", "person", "the chat or message is not there any more"),
    408: ("perhaps", "again", "Teams timed out"),
    412: ("again", "again", "Teams was busy with the same chat"),
    413: ("card", "card", "the message is too large for Teams"),
    429: ("again", "again", "Teams asks for fewer messages"),
    500: ("perhaps", "perhaps", "Teams failed"),
    502: ("perhaps", "again", "Teams failed on the way"),
    503: ("perhaps", "again", "Teams was not available"),
    504: ("perhaps", "again", "Teams did not answer in time"),
}

FORBIDDEN = {
    "BotNotInConversationRoster": "the app is not installed for this person, or not any more",
    "ConversationBlockedByUser": "this person has blocked the app, and can unblock it in their chat with qabot",
    "BotDisabledByAdmin": "the app is blocked for this person in the Teams admin centre",
    "ForbiddenOperationException": "the app is not installed for this person",
    "MessageWritesBlocked": "this person has removed or blocked the app",
    "ConversationNotFound": "the chat is not there any more",
}
WAIT = {"unreachable": 10.0, "no-token": 30.0, "stale-token": 1.0}


@dataclass(frozen=True, slots=True)
class Answer:
    """What the connector said, or how it failed to. `data` is the JSON object of its body, None if it had none."""

    status: int = 0
    data: dict[str, Any] | None = None
    retry_after: float | None = None
    fault: Fault = ""
    detail: str = field(default="")

    @property
    def taken(self) -> bool:
        """Whether the connector took what we sent."""
        return not self.fault and 200 <= self.status < 300


def refusal(answer: Answer, *, repeatable: bool) -> Outcome:
    """The outcome of an answer that is not a success. `repeatable`: doing it twice does no harm."""
    once, again, reason = TABLE.get(answer.fault or answer.status, _other(answer.status))
    said = f"{answer.detail or FORBIDDEN.get(_code(answer), reason)}".rstrip(".")
    sentence = f"{said[:1].upper()}{said[1:]} ({answer.fault or answer.status}{_coded(answer)})."
    match again if repeatable else once:
        case "again":
            return RetryAfter(_wait(answer), sentence)
        case "perhaps":
            return Ambiguous(sentence)
        case "person":
            return RefusedForPerson(sentence)
        case "card":
            return RefusedForPerson(sentence, of_card=True)
        case "all":
            return RefusedForAll(sentence)


def _other(status: int) -> tuple[Kind, Kind, str]:
    if status >= 500:
        return "perhaps", "perhaps", "Teams failed"
    if 200 <= status < 300:
        return "perhaps", "perhaps", "Teams' answer could not be read"
    return "person", "person", "Teams does not take the message"


def _wait(answer: Answer) -> float:
    return max(answer.retry_after if answer.retry_after is not None else WAIT.get(answer.fault, 5.0), 1.0)


def _code(answer: Answer) -> str:
    error = (answer.data or {}).get("error")
    return str(error.get("code", "")) if isinstance(error, dict) else ""


def _coded(answer: Answer) -> str:
    return f" {_code(answer)[:60]}" if _code(answer) else ""
