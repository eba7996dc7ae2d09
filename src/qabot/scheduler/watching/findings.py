"""What the watcher can find: a kind, a sentence, what to do, and since when. Never a name, nor what a person wrote."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

KINDS = {
    "deadlines-overdue": "`qabot serve` plans them. If it runs, tell the maintainers, with its log.",
    "deadlines-forgotten": "Nothing: they are looked at now. If it comes again, tell the maintainers.",
    "planning-failed": "See what ends in -failed in the service's log, and tell the maintainers.",
    "notices-overdue": "Look at the service's log and its chats: qabot doctor.",
    "notices-orphaned": "Nothing: they go on. Find out why the process that had them ended.",
    "notices-ambiguous": "Ask those whom they were for, if it matters: /programme/notices shows them.",
    "notices-failed": "See who is out of reach: /programme/notices shows them, with the reason.",
    "card-undrawable": "Correct the message file: qabot messages check.",
    "redraws-lost": "Nothing: they are tried again. If it comes again, see the log for redraw-failed.",
    "chat-away": "See the platform's status page, and the way out to the network: qabot doctor.",
    "chat-refused": "Renew the chat's secret: qabot doctor names what is wrong.",
    "chat-impaired": "The programme's pages and qabot doctor say which part.",
    "secret-ending": "Make a new secret, and put it where the old one stands.",
    "process-dead": "Start the process again, and find out why it ended.",
    "workers-missing": "Start qabot worker, or take QABOT_ENGINE out of the settings.",
    "service-silent": "Start qabot serve, or see in its log why its rounds do not end.",
    "clock-stopped": "See to the machine's clock (NTP), and start qabot serve if it does not run.",
    "clocks-apart": "See to the clocks of all machines that run qabot (NTP).",
    "clock-jumped": "See to the machine's clock (NTP).",
    "database-away": "See to the database, its disk and the way to it.",
    "look-failed": "Give qabot doctor. If the database is whole, tell the maintainers, with watch-failed of the log.",
    "disk-short": "Make room on the disk of the database.",
    "holidays-ending": "Update qabot: a newer one brings the next years' bank holidays.",
    "calendar-ending": "Add the next days to the framework's calendar, or to the gathering.",
    "framework-changed": (
        "Nothing, if it is meant. Else put it back, withdraw the work, give people the new role, or ask for work that "
        "would come too late."
    ),
    "surveys-sealed": "Put their key behind the first of QABOT_SECRET_KEY, and start again: qabot doctor.",
    "copy-waiting": "Say until when the old database was at work: qabot release.",
    "mail-failed": "See to the mail relay: the QABOT_SMTP settings.",
    "heartbeat-failed": "See to the heartbeat's address and the way out to the network.",
}
"""Each kind -> what to do about it."""
HARMLESS = frozenset(
    {"secret-ending", "holidays-ending", "calendar-ending", "framework-changed", "heartbeat-failed", "workers-missing"}
)
"""Kinds that want something done in days: the service works, so its heartbeat goes on."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is not as it should be. `about` tells two of a kind apart; `since` and `told_at` are UTC."""

    kind: str
    sentence: str
    since: datetime
    about: str = ""
    repaired: bool = False
    told_at: datetime | None = None

    @property
    def key(self) -> str:
        """What makes it the same finding in the next look."""
        return f"{self.kind} {self.about}".strip()

    @property
    def advice(self) -> str:
        """What to do."""
        return KINDS[self.kind]


def to_json(findings: Iterable[Finding]) -> list[dict[str, Any]]:
    """For keeping."""
    return [
        asdict(each) | {"since": each.since.isoformat(), "told_at": each.told_at and each.told_at.isoformat()}
        for each in findings
    ]


def from_json(kept: Iterable[dict[str, Any]]) -> list[Finding]:
    """As they were kept; those of a kind that this version does not know are left out."""
    return [
        Finding(
            **each
            | {
                "since": datetime.fromisoformat(each["since"]),
                "told_at": datetime.fromisoformat(each["told_at"]) if each["told_at"] else None,
            }
        )
        for each in kept
        if each["kind"] in KINDS
    ]
