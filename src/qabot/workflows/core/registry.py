"""What workflows register: verbs (buttons), forms and command words. Adapters need no change for a new one."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any

from qabot.adapter import CommandWord, Reply
from qabot.errors import BadRequest
from qabot.framework import pulses
from qabot.messaging.card import Button, Confirm, Style
from qabot.messaging.form import Form
from qabot.messaging.typed import COURTESY
from qabot.models import Deadline, Notice, Receipt
from qabot.models.rows import CycleRow
from qabot.planning.directory import Staff
from qabot.workflows.core.subjects import OwnSubject, Subject
from qabot.workflows.core.unit import Unit
from qabot.workflows.core.words import say_day, say_moment


@dataclass
class Pressed:
    """Somebody pressed, sent or typed something: who, in which unit of work, about what.

    `notice` is None when it came from a deadline's own token (the home tab); both are None for a command.
    `via` is the adapter that it came by. `bare`: what is said of it is shown there, and no card. `shown` is the mark of
    what a form showed as it was opened (`as_shown`).
    """

    unit: Unit
    person: Staff
    subject: OwnSubject = field(default_factory=OwnSubject)
    notice: Notice | None = None
    deadline: Deadline | None = None
    token: str = ""
    rest: str = ""
    via: str = ""
    bare: bool = False
    shown: str = ""

    def open_deadline(self) -> Deadline:
        """What it is about, while it is open. Raises `BadRequest` if it no longer waits for anybody."""
        if self.subject.deadline is None or not self.subject.open:
            raise BadRequest(f"{self.over()} Nothing was changed.")
        return self.subject.deadline

    def over(self) -> str:
        """What became of what is not open any more, in a sentence: the same form from a second tab reads it."""
        deadline, name = self.subject.deadline, self.unit.directory.name
        if deadline is None or deadline.closed_at is None or not deadline.closed_why:
            return "This is no longer waiting for anybody."
        who = f" by {name(deadline.closed_by_id)}" if deadline.closed_by_id else ""
        return (
            f"This is no longer waiting for anybody: {deadline.closed_why}{who}, on {say_moment(deadline.closed_at)}."
        )


@dataclass(frozen=True, slots=True)
class Undo:
    """How what a button did is taken back: what is said then, and who heard of it; `later` what to do instead
    (`{quality}`: who runs quality assurance).

    `take_back` gets what was pressed as it is now, and raises `BadRequest` where too much has happened meanwhile.
    """

    take_back: Callable[[Pressed, Receipt], tuple[str, set[int]]]
    later: str


@dataclass(frozen=True, slots=True)
class Verb:
    """What people do by a button. `label` says all of it; `offered` whether it makes sense now; `do` what it does.

    `for_all` lets anybody use it (nominate); else only who was told, the owner, or their deputy may. With `own`
    whoever is only told of somebody else's audit is not offered it. `stewards` keeps it to quality assurance and
    administrators, about any audit; `chairs` to them and whoever chairs or writes the gathering that it is about.
    With `asks` it does nothing before somebody has said that they mean it; with `undo` it can be taken back for five
    minutes. `redraws`: the card on which it was pressed comes with what it says.
    """

    name: str
    label: Callable[[Subject], str]
    do: Callable[[Pressed], Reply]
    offered: Callable[[Subject], bool] = lambda subject: subject.open
    style: Style = "default"
    for_all: bool = False
    own: bool = False
    stewards: bool = False
    on: str = ""
    chairs: bool = False
    asks: Callable[[Subject], Confirm] | None = None
    undo: Undo | None = None
    redraws: bool = True

    @property
    def behind(self) -> str:
        """The name of the button beside which it stands on a card, if it is drawn there by itself; else its own."""
        return self.on or self.name


@dataclass(frozen=True, slots=True)
class Link:
    """A button that only opens the web inbox: `page` is the path of a page of it, "" for the card's own.

    `offered` says whether it makes sense about a subject.
    """

    label: Callable[[Subject], str]
    page: Callable[[Subject], str]
    offered: Callable[[Subject], bool] = lambda subject: True


@dataclass(frozen=True, slots=True)
class FormSpec:
    """A form: `build` makes it for this moment, `take` does what was sent (clean values by field name).

    `also` says what is wrong with several answers together, by field: values that are well by themselves are given.
    Who may send it is told as with `Verb`. `button`: the button behind which it stands, if it has another name.
    """

    name: str
    build: Callable[[Pressed], Form]
    take: Callable[[Pressed, dict[str, Any]], Reply]
    also: Callable[[Pressed, Mapping[str, Any]], dict[str, str]] = lambda pressed, clean: {}
    for_all: bool = False
    stewards: bool = False
    button: str = ""
    chairs: bool = False

    @property
    def behind(self) -> str:
        """The name of the button behind which it stands."""
        return self.button or self.name


@dataclass(frozen=True, slots=True)
class Word:
    """A word that people can type. One that `shows` changes nothing, however often it is repeated.

    `also` are other words for the same, which are understood and not listed; nor is a word without a `help`.
    """

    word: str
    help: str
    do: Callable[[Pressed], Reply]
    shows: bool = False
    also: tuple[str, ...] = ()


@dataclass
class Registry:
    """Everything registered. Registering a name twice is a programming error and raises."""

    verbs: dict[str, Verb] = field(default_factory=dict)
    forms: dict[str, FormSpec] = field(default_factory=dict)
    words: dict[str, Word] = field(default_factory=dict)
    links: dict[str, Link] = field(default_factory=dict)

    def verb(self, verb: Verb) -> None:
        """Add a verb; one that asks whether it is meant has a form of its own name, for platforms that cannot ask."""
        _add(self.verbs, verb.name, verb)
        if verb.asks is not None:
            self.form(_asking(verb, verb.asks))

    def form(self, form: FormSpec) -> None:
        """Add a form."""
        _add(self.forms, form.name, form)

    def word(self, word: Word) -> None:
        """Add a command word."""
        _add(self.words, word.word, word)

    def find_word(self, typed: str) -> Word | None:
        """The word that was typed, by this or another name."""
        known = self.words.get(typed)
        return known or next((each for each in self.words.values() if typed in each.also), None)

    def guess_word(self, typed: str) -> str:
        """The word that was most likely meant; "" if none is near: the same letters in another order first."""
        if typed in COURTESY:
            return ""
        names = {name: each.word for each in self.words.values() if each.help for name in (each.word, *each.also)}
        same = [each for each in names if sorted(each) == sorted(typed)]
        near = same or get_close_matches(typed, list(names), 1)
        return names[near[0]] if near else ""

    def link(
        self,
        name: str,
        label: Callable[[Subject], str],
        page: Callable[[Subject], str] = lambda subject: "",
        offered: Callable[[Subject], bool] = lambda subject: True,
    ) -> None:
        """Add a button that only opens the web inbox: a page of it by its path, or ("") the card's own."""
        _add(self.links, name, Link(label, page, offered))

    def button(self, name: str, subject: Subject, token: str, url: str, inbox: str = "") -> Button | None:
        """The button as it is now; None if it is not offered. `url` is the card's page, `inbox` the web inbox."""
        link = self.links.get(name)
        if link is not None:
            page = link.page(subject)
            where = f"{inbox}{page}" if page else url
            return Button(name, link.label(subject), token, url=where) if url and link.offered(subject) else None
        verb = self.verbs.get(name)
        if verb is None or not verb.offered(subject):
            return None
        return Button(
            name, verb.label(subject), token, verb.style, confirm=verb.asks(subject) if verb.asks is not None else None
        )

    def is_own(self, name: str) -> bool:
        """Whether whoever is only told of somebody else's audit is not offered this button."""
        return name in self.verbs and self.verbs[name].own

    def labels(self, subject: Subject) -> dict[str, str]:
        """What each button says about this subject, offered or not."""
        return {name: self.label(name, subject) for name in (*self.verbs, *self.links)}

    def label(self, name: str, subject: Subject) -> str:
        """What one button says about this subject, offered or not."""
        return (self.verbs.get(name) or self.links[name]).label(subject)

    def names(self) -> frozenset[str]:
        """Every button name that a message file may use."""
        return frozenset(self.verbs) | frozenset(self.links)

    def command_words(self) -> list[CommandWord]:
        """The words that people are told of, in the order in which they were registered."""
        return [CommandWord(word.word, word.help) for word in self.words.values() if word.help]


def _add(where: dict[str, Any], name: str, thing: Any) -> None:
    if name in where:
        raise ValueError(f"{name!r} is registered twice")
    where[name] = thing


def _asking(verb: Verb, asks: Callable[[Subject], Confirm]) -> FormSpec:
    """The form that asks whether a button was meant: sent, it does what the button does."""

    def build(pressed: Pressed) -> Form:
        if not verb.offered(pressed.subject):
            raise BadRequest("This is no longer waiting for anybody. Thank you.")
        question = asks(pressed.subject)
        return Form(verb.name, question.title, (), question.text, question.yes, pressed.token, back=question.no)

    return FormSpec(
        verb.name,
        build,
        lambda pressed, _: verb.do(pressed),
        for_all=verb.for_all,
        stewards=verb.stewards,
        button=verb.on,
        chairs=verb.chairs,
    )


def _cycle(cycle: CycleRow) -> str:
    """Its name; of a survey that somebody typed, whose name is of everybody who is asked, what it is."""
    return "the survey" if pulses.is_own(cycle.activity) else cycle.name


def about(subject: Subject) -> str:
    """What a button's label names: the audit's reference, or the cycle's name; of a row its number too."""
    named = subject.audit.reference if subject.audit else _cycle(subject.cycle) if subject.cycle else ""
    named = say_day(subject.occasion.day) if subject.occasion else named
    return f"{named} ({subject.row.number})" if named and subject.row else named


def labelled(words: str) -> Callable[[Subject], str]:
    """A label that says what it is about: "Remind me later: QA-1042"; the words alone if that is many things."""
    return lambda subject: f"{words}: {named}" if (named := about(subject)) else words
