"""Sessions, the token against cross-site requests, and what a page is to say once: all in signed cookies.

A cookie says since when its session is open and when it last showed a page. What ends one before its time is in the
database (`qabot.workflows.people.sign_outs`), so that copies of a cookie end too.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from itsdangerous import BadSignature, Signer, URLSafeSerializer

from qabot.messaging.letters import fit
from qabot.messaging.values import plural
from qabot.models.columns import new_token

LONGEST, IDLE = timedelta(hours=12), timedelta(hours=4)
"""How long a session lasts from its sign-in, and from its last page, unless the settings say otherwise."""
RENEWED = timedelta(minutes=1)
"""A cookie whose last page is younger says enough."""
NEWEST = "newest"
"""Said at the newest card of the inbox, where whoever comes there without a card of their own begins."""
LONGEST_SAID = 400
"""Characters: a browser drops a cookie of more than 4,096 bytes, and each may take eight."""


@dataclass(frozen=True, slots=True)
class Session:
    """A browser. `person_id` is None until somebody has signed in; `fresh` means that its cookie is still to be set.

    `begun`: when it was opened; `seen`: when its cookie was last written (UTC). `ended`: this one stands for another
    that has lasted too long. `framed`: it is the one of the tab in Teams, whose cookie no other page gets.
    """

    id: str
    person_id: int | None = None
    fresh: bool = False
    begun: datetime | None = None
    seen: datetime | None = None
    ended: bool = False
    framed: bool = False


@dataclass(frozen=True, slots=True)
class Said:
    """A sentence to show once. `card` is the token of the card it belongs to, or `NEWEST` ("" for the whole page).

    `undo` is the button under it, as its action, label and token; empty without one.
    """

    text: str
    card: str = ""
    undo: tuple[str, ...] = ()


def signing(secret_keys: tuple[str, ...]) -> list[str]:
    """Our keys as itsdangerous takes them: the last one signs."""
    return list(reversed(secret_keys))


def of_tab(session: Session, person_id: int) -> Session:
    """The same browser as somebody else in one of its tabs: with tokens and sentences of its own."""
    return replace(session, id=f"{session.id}.{person_id}", person_id=person_id)


class Sessions:
    """Reads and writes the cookies. Time is an argument; in the demo, whose clock leaps, a session does not run out."""

    def __init__(
        self,
        secret_keys: tuple[str, ...],
        *,
        secure: bool,
        demo: bool,
        framed: bool,
        path: str = "",
        longest: timedelta = LONGEST,
        idle: timedelta = IDLE,
    ) -> None:
        self._demo, self.longest, self.idle = demo, longest, idle
        # A cookie of the demo must not be worth anything to a service that was given the same key.
        realm = "demo" if demo else "serve"
        keys = signing(secret_keys)
        self._sessions = URLSafeSerializer(keys, salt=f"qabot.session.{realm}")
        self._said = URLSafeSerializer(keys, salt=f"qabot.said.{realm}")
        self._csrf = Signer(keys, salt=f"qabot.csrf.{realm}")
        # Below a path, what else is on the host gets no cookie of ours; a name for the whole host would ask for "/".
        prefix = "" if not secure else "__Secure-" if path else "__Host-"
        self.name, self._prefix = f"{prefix}qabot", prefix
        # Lax, because a link in a chat must find the session; inside Teams' frame only None travels at all.
        site = "; SameSite=None; Secure; Partitioned" if framed and secure else "; SameSite=Lax"
        self._attributes = f"; Path={path or '/'}; HttpOnly{site}{'; Secure' if secure and not framed else ''}"
        self._framed = f"; Path={path or '/'}; HttpOnly; SameSite=None; Secure; Partitioned"

    def read(self, cookies: Mapping[str, str], now: datetime, *, framed: bool = False) -> Session:
        """The browser's session; a fresh one without a person if there is none, or none that still counts.

        `framed`: of the tab in Teams, whose pages know no other.
        """
        loaded = _load(self._sessions, cookies.get(self._named("qabot", framed)))
        if not (isinstance(loaded, list) and len(loaded) == 4):
            return Session(new_token(), fresh=True, framed=framed)
        session_id, person_id, *times = loaded
        begun, seen = (datetime.fromtimestamp(each, UTC) for each in times)
        if not self._demo and (begun + self.longest <= now or (self.idle and seen + self.idle <= now)):
            return Session(new_token(), fresh=True, ended=person_id is not None, framed=framed)
        return Session(session_id, person_id, begun=begun, seen=seen, framed=framed)

    def begin(self, person_id: int | None, *, framed: bool = False) -> Session:
        """A new session. Its id is new too, so that nobody can plant one."""
        return Session(new_token(), person_id, fresh=True, framed=framed)

    def is_due(self, session: Session, now: datetime) -> bool:
        """Whether its cookie must be written: it is new, or says of no page that was shown since."""
        renewed = bool(self.idle) and session.seen is not None and session.seen + RENEWED <= now
        return session.fresh or (renewed and not self._demo)

    def cookie(self, session: Session, now: datetime) -> str:
        """The Set-Cookie header of a session which shows a page now."""
        begun = session.begun or now
        # Of a tab the browser's own, which has no dot.
        said = [session.id.partition(".")[0], session.person_id, begun.timestamp(), now.timestamp()]
        left = self.longest if self._demo else begun + self.longest - now
        kept = int(left.total_seconds())
        name, attributes = self._named("qabot", session.framed), self._of(session)
        return f"{name}={_text(self._sessions.dumps(said))}{attributes}; Max-Age={kept}"

    def _named(self, name: str, framed: bool) -> str:
        return f"{self._prefix}{name}{'-tab' if framed else ''}"

    def _of(self, session: Session) -> str:
        return self._framed if session.framed else self._attributes

    def prefixed(self, name: str) -> str:
        """A cookie's name, with what browsers hold it to."""
        return f"{self._prefix}{name}"

    def small(self, name: str, value: str, time: timedelta) -> str:
        """The Set-Cookie header of another cookie of ours, such as of a sign-in that is under way."""
        return f"{name}={value}{self._attributes}; Max-Age={int(time.total_seconds())}"

    def csrf(self, session: Session) -> str:
        """What every form of this session carries."""
        return self._csrf.get_signature(session.id).decode()

    def is_csrf(self, session: Session, given: str) -> bool:
        """Whether a form was drawn for this session."""
        return self._csrf.verify_signature(session.id, given)

    def say(self, session: Session, said: Said) -> str:
        """The Set-Cookie header that makes the next page say something."""
        value = self._said.dumps([session.id, fit(said.text, LONGEST_SAID), said.card, *said.undo])
        return f"{self.said_name(session)}={_text(value)}{self._of(session)}; Max-Age=60"

    def said_name(self, session: Session) -> str:
        """The name of the cookie with what is to be said."""
        return self._named("qabot-said", session.framed)

    def said(self, session: Session, cookies: Mapping[str, str]) -> Said | None:
        """What is to be said to this session."""
        loaded = _load(self._said, cookies.get(self.said_name(session)))
        if not (isinstance(loaded, list) and len(loaded) in (3, 6)) or loaded[0] != session.id:
            return None
        return Said(loaded[1], loaded[2], tuple(loaded[3:]))

    def unsay(self, session: Session) -> str:
        """The Set-Cookie header once it was said."""
        return f"{self.said_name(session)}={self._of(session)}; Max-Age=0"


def spell(time: timedelta) -> str:
    """A length of time in whole hours or minutes, in words; "" for none."""
    minutes = int(time.total_seconds()) // 60
    if not minutes:
        return ""
    return plural(minutes, "minute", "minutes") if minutes % 60 else plural(minutes // 60, "hour", "hours")


def _load(serializer: URLSafeSerializer, value: str | None) -> Any:
    if not value:
        return None
    try:
        return serializer.loads(value)
    except BadSignature:
        return None


def _text(value: str | bytes) -> str:
    return value.decode() if isinstance(value, bytes) else value
