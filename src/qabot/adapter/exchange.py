"""What an adapter and the service hand to each other: who pressed or wrote what, the reply, and who is reached."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from qabot.adapter.outcomes import kept, storable
from qabot.errors import QabotError
from qabot.messaging.card import Button, Card
from qabot.messaging.form import Form, clean_answer
from qabot.messaging.letters import clean


@dataclass(frozen=True, slots=True)
class Who:
    """Whom the platform signed for. `email` only if the platform's own directory has verified it.

    `aliases` are the account's further verified addresses: they are tried where `email` is nobody's.
    `trusted` is False for guests, other workspaces and other tenants: they are refused.
    """

    adapter: str
    external_id: str
    email: str | None = None
    name: str = ""
    trusted: bool = True
    conversation: str | None = None
    details: Mapping[str, str] = field(default_factory=dict)
    aliases: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        _hold_account(self)


@dataclass(frozen=True, slots=True)
class Press:
    """A person used a button. `token` names the notice or deadline, `action` what to do; `values` come with a form.

    `in_place`: a form that answers it stands where the pressed card is, so that drawing the card again would take it,
    with what is written on it, from the person. `bare`: what is said of it is shown, and no card.
    """

    who: Who
    action: str
    token: str = ""
    in_place: bool = False
    bare: bool = False


@dataclass(frozen=True, slots=True)
class Submission:
    """A person sent a form. `values` by field name: text, ISO date, list of text, or bool. `bare` as in `Press`."""

    who: Who
    form: str
    token: str
    values: Mapping[str, Any]
    bare: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "values", {name: clean_answer(value) for name, value in self.values.items()})


@dataclass(frozen=True, slots=True)
class Command:
    """A person typed a word ("mine", "nominate"); `rest` is what followed it."""

    who: Who
    word: str
    rest: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "word", clean(self.word))
        object.__setattr__(self, "rest", clean(self.rest))


@dataclass(frozen=True, slots=True)
class ShowCard:
    """Show this card. If the press came from a card, it replaces that card.

    `buttons` belong to what is said, not to the card: the way back from what was just done. `aside` is what a page says
    on which the card stands among others; where it takes the place of the pressed one, the card itself says it.
    """

    card: Card
    say: str = ""
    buttons: tuple[Button, ...] = ()
    aside: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "say", clean(self.say, lines=True))
        object.__setattr__(self, "aside", clean(self.aside, lines=True))


@dataclass(frozen=True, slots=True)
class OpenForm:
    """Open this form (again, if it carries errors: what the person wrote is in `form.values`)."""

    form: Form


@dataclass(frozen=True, slots=True)
class Say:
    """Show one sentence to this person only. `card`, if given, is an offer that goes with it (linking).

    With `failed` nothing was saved, through no fault of the person: what they wrote should stay before them. `buttons`
    stand under the sentence.
    """

    text: str
    card: Card | None = None
    failed: bool = False
    buttons: tuple[Button, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "text", clean(self.text, lines=True))


Reply = ShowCard | OpenForm | Say


@dataclass(frozen=True, slots=True)
class CommandWord:
    """A word that people can type, as workflows registered it."""

    word: str
    help: str


@dataclass(frozen=True, slots=True)
class DirectoryEntry:
    """One person in the platform's own directory. `active` is False once deactivated there, or made a guest.

    `aliases` are the account's further verified addresses: they are tried where `email` is nobody's.
    """

    external_id: str
    email: str | None
    name: str = ""
    active: bool = True
    conversation: str | None = None
    details: Mapping[str, str] = field(default_factory=dict)
    aliases: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        _hold_account(self)


def _hold_account(account: "Who | DirectoryEntry") -> None:
    """Hold what a platform says of an account to what every database takes: one odd account must fail no other."""
    object.__setattr__(account, "name", clean(account.name))
    object.__setattr__(account, "external_id", storable(account.external_id))
    object.__setattr__(account, "email", None if account.email is None else storable(account.email))
    object.__setattr__(account, "aliases", tuple(storable(each) for each in account.aliases))
    object.__setattr__(account, "conversation", kept(account.conversation))


class DirectoryUnread(QabotError):
    """A directory was not read, or not to its end. `entries` are what was read of it.

    `seconds`: how long the platform asks to be left alone, if it says so.
    """

    def __init__(self, why: str, entries: Sequence[DirectoryEntry] = (), seconds: float | None = None) -> None:
        super().__init__(why)
        self.entries = entries
        self.seconds = seconds


@dataclass(frozen=True, slots=True)
class StaffMember:
    """A colleague as a directory knows them, for a list of people: no guest, and no bot.

    `manager` is an e-mail address, `employee_id` the council's number, `team` what the directory calls a department,
    `sign_in` the name to sign in with, `id` the directory's own; each "" if it is not known.
    """

    name: str
    email: str
    active: bool = True
    manager: str = ""
    employee_id: str = ""
    team: str = ""
    sign_in: str = ""
    id: str = ""

    def __post_init__(self) -> None:
        for name in ("name", "email", "manager", "employee_id", "team", "sign_in", "id"):
            object.__setattr__(self, name, clean(storable(getattr(self, name))).strip())


@dataclass(frozen=True, slots=True)
class OutOfOffice:
    """From when to when (UTC) a mailbox sends automatic replies. What these say is never asked for."""

    starts: datetime
    ends: datetime


@dataclass(frozen=True, slots=True)
class OutOfReach:
    """What an administrator is told of people whom a platform does not reach, in the platform's own words.

    `no_account` is said of somebody who has no account there, `no_chat` of somebody whose account is known and with
    whom no chat has begun; it is "" where an account is enough to be reached. Both are sentences. `advice` is what to
    do, thing by thing.
    """

    no_account: str
    advice: tuple[str, ...]
    no_chat: str = ""


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of `qabot doctor`: what was checked, whether it holds, and what to do if not.

    With `advice` although it holds, it is a note: nothing is wrong, and there is something to know.
    """

    check: str
    ok: bool
    advice: str = ""


@dataclass(frozen=True, slots=True)
class PersonOption:
    """A colleague to choose."""

    person_id: int
    label: str

    def __post_init__(self) -> None:
        object.__setattr__(self, "label", clean(self.label))
