"""The desk: what people press, send and type, from any platform, done once and by whoever may.

It implements `qabot.adapter.Service`. Each call is one transaction; what goes wrong becomes a sentence.
"""

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from time import monotonic
from typing import Any, TypeVar

import structlog
from sqlmodel import Session, col

from qabot.adapter import (
    Address,
    Command,
    CommandWord,
    DirectoryEntry,
    OpenForm,
    PersonOption,
    Press,
    Reply,
    Say,
    ShowCard,
    Submission,
    Who,
)
from qabot.errors import (
    BadRequest,
    Busy,
    DatabaseAway,
    IdentifierFound,
    NotAllowed,
    NotFound,
    SignInNeeded,
    Unfinished,
)
from qabot.measures import Measures
from qabot.messaging.card import NO, YES, Card, Row
from qabot.messaging.form import check
from qabot.messaging.typed import read_words
from qabot.models import Notice, Store
from qabot.models.turns import GUEST
from qabot.workflows import taking
from qabot.workflows.access import owing, presses
from qabot.workflows.access.acting import act
from qabot.workflows.access.inbox import InboxEntry, sent_to
from qabot.workflows.cards import draw
from qabot.workflows.cards import pressed as pressed_cards
from qabot.workflows.core import messages_before, open_forms, texts
from qabot.workflows.core.patience import MAYBE_SAVED, NOT_SAVED, when_there
from qabot.workflows.core.rates import Rates
from qabot.workflows.core.registry import Pressed, Registry, Verb
from qabot.workflows.core.situation import Situations, telling
from qabot.workflows.core.subjects import load_one
from qabot.workflows.core.tools import Tools
from qabot.workflows.core.unit import Unit
from qabot.workflows.people import absences, accounts, pickers, welcomes
from qabot.workflows.taking import Sure, taken_as_said
from qabot.workflows.verbs import home, named_work, undoing

log = structlog.get_logger()
T = TypeVar("T")
LONGEST_REST = 500
"""Characters of what follows a word: the names and dates that words take are shorter."""
SORRY = "Sorry, that did not work, and nothing was changed. Please try again, or tell {quality}."


class Desk:
    """Takes presses, forms and words from every adapter."""

    def __init__(
        self, store: Store, situations: Situations, tools: Tools, registry: Registry, now: Callable[[], datetime]
    ) -> None:
        self.store = store
        self.situations = situations
        self.tools = tools
        self._messages = messages_before.MessagesBefore()
        situations.tells = telling(tools.catalogue, registry.verbs)
        self.registry = registry
        self.now = now
        self.rates = Rates(lambda: self.now())
        self.measures = Measures()
        self.woken: Callable[[], None] = lambda: None
        """Called after each change, so that what follows from it goes out at once."""

    def unit(self, session: Session) -> Unit:
        """A unit of work in this transaction, now."""
        return Unit(session, self.now(), self.situations.read(session), self._messages.complete(self.tools, session))

    async def run(self, work: Callable[[Unit], T]) -> T:
        """Work in one transaction; afterwards the planner and the delivery are woken."""
        result = await self.store.run(lambda session: work(self.unit(session)))
        self.woken()
        return result

    async def _read(self, work: Callable[[Unit], T]) -> T:
        """The same where nothing follows from it; tried while the database is away."""
        return await when_there(self.store.once(lambda session: work(self.unit(session))))

    async def _do(self, work: Callable[[Unit], T], token: str = "") -> T:
        """What somebody does, once and before the service's own work, as `act` says."""
        result = await act(self.store, lambda session: work(self.unit(session)), token)
        self.woken()
        return result

    # -- what adapters call -------------------------------------------------------------------------------------------

    async def press(self, press: Press, *, sure: Sure = taken_as_said) -> Reply:
        """Do what a button says. `sure` is asked first, in the same transaction: it raises what forbids it."""
        answer = self._answer(lambda unit: self._press(unit, press), press.action, press.token, sure)
        return await self._timed(press.who, "press", answer)

    async def submit(self, submission: Submission, *, sure: Sure = taken_as_said) -> Reply:
        """Take a form; the same form again with errors if something is missing. `sure` as for `press`."""
        answer = self._answer(lambda unit: self._submit(unit, submission), submission.form, submission.token, sure)
        return await self._timed(submission.who, "form", answer)

    async def command(self, command: Command, *, sure: Sure = taken_as_said) -> Reply:
        """Do what a typed word says; anything else gets help. `sure` as for `press`."""
        answer = self._answer(lambda unit: self._command(unit, command), command.word, sure=sure)
        return await self._timed(command.who, "word", answer)

    async def home(self, who: Who, *, whole: bool = False) -> Card:
        """What this person owes and what waits for others; `whole` however much it is."""

        def work(unit: Unit) -> Card:
            person = accounts.identify(unit, who)
            if person is None:
                return accounts.welcome(unit, who)
            return home.card(unit, person, most=None if whole else home.MOST_SHOWN)

        return await self._read(work)

    async def form(self, who: Who, name: str, values: Mapping[str, Any] | None = None, *, token: str = "") -> Reply:
        """Open a form by its name, with first values; `token` says what it is about, as a button's does."""

        def work(unit: Unit) -> Reply:
            person = accounts.identify(unit, who)
            if person is None:
                return accounts.offer(unit, who, Press(who, name))
            spec, pressed = self.registry.forms.get(name), presses.find(unit, person, token)
            if spec is None or not (token or spec.for_all):
                raise NotFound(presses.NO_FORM)
            if not presses.is_on_card(pressed, spec):
                raise NotFound(presses.OLD_BUTTON)
            if not presses.may_use(pressed, spec):
                raise NotFound(presses.refusal(pressed))
            built = spec.build(pressed)
            first = {**built.values, **(values or {})}
            # What cannot be sent, such as oneself as the author of a message, is not offered as an answer.
            wrong = spec.also(pressed, check(built, first)[0]) if values else {}
            return OpenForm(replace(built, values={name: each for name, each in first.items() if name not in wrong}))

        return await self._answer(work, name)

    def words(self) -> Sequence[CommandWord]:
        """The words that workflows registered."""
        return self.registry.command_words()

    def find_word(self, typed: str) -> str | None:
        """The word that somebody means by this one; None if there is none."""
        word = self.registry.find_word(typed)
        return word.word if word else None

    def guess_word(self, typed: str) -> str:
        """The word that was most likely meant; "" if none is near."""
        return self.registry.guess_word(typed)

    def showing(self) -> Collection[str]:
        """The words that only show something: to repeat one does nothing."""
        return [word.word for word in self.registry.words.values() if word.shows]

    async def people(self, query: str = "", *, limit: int = 100) -> Sequence[PersonOption]:
        """Colleagues by name."""
        return await self._read(lambda unit: pickers.options(unit, query, limit))

    async def person_by_account(self, adapter: str, external_id: str) -> int | None:
        """The person linked to an account."""
        return await when_there(self.store.once(lambda session: accounts.person_of(session, adapter, external_id)))

    async def meet(self, entry_of: str, entries: Sequence[DirectoryEntry], *, whole: bool = False) -> int:
        """Link people by verified e-mail to accounts; keep conversations; count the new links.

        `whole`: the entries are all that the directory has.
        """
        return await self._do(lambda unit: accounts.meet(unit, entry_of, entries, whole=whole))

    async def leave(self, adapter: str, external_id: str, reason: str) -> None:
        """An account can no longer be reached."""
        await self._do(lambda unit: accounts.leave(unit, adapter, external_id, reason, gone=True))

    async def conversation(self, adapter: str, external_id: str) -> Address | None:
        """What is kept of an account."""
        return await when_there(self.store.once(lambda session: accounts.address(session, adapter, external_id)))

    # -- what the web inbox calls -------------------------------------------------------------------------------------

    async def arrived(self, person_id: int) -> None:
        """Somebody has signed in to the web inbox, where they can be reached: they are welcomed if nobody did."""

        def work(unit: Unit) -> None:
            if (staff := unit.directory.person(person_id)) is not None:
                welcomes.plan(unit, staff)

        await self._do(work)

    async def inbox(self, person_id: int, limit: int = 50, skip: int = 0) -> Sequence[InboxEntry]:
        """The newest cards sent to a person on any platform, oldest first, each as it now is; `skip` leaves newer ones.

        Of an alert that was sent again there is the newest copy alone.
        """
        return await self._entries(lambda unit: sent_to(person_id).offset(skip).limit(limit))

    async def alerts(self, person_id: int) -> Sequence[InboxEntry]:
        """The newest card of each open alert that waits for a person, oldest first."""

        def query(unit: Unit) -> Any:
            waiting = owing.alerts_waiting(unit.session, unit.framework, person_id)
            stands = col(Notice.taken_back_at).is_(None)
            return sent_to(person_id).where(col(Notice.deadline_id).in_(waiting), Notice.lane == "alert", stands)

        return await self._entries(query)

    async def _entries(self, query: Callable[[Unit], Any]) -> Sequence[InboxEntry]:
        def work(unit: Unit) -> Sequence[InboxEntry]:
            notices = list(unit.session.exec(query(unit)))[::-1]
            cards = draw.cards(unit, notices)
            return [
                InboxEntry(each.token, each.sent_at or each.created_at, each.lane, card)
                for each, card in zip(notices, cards, strict=True)
            ]

        return await self.store.run(lambda session: work(self.unit(session)))

    async def above(self, person_id: int) -> Sequence[Row]:
        """What stands above a person's cards: that they are away today, and what they can still take back."""

        def work(unit: Unit) -> Sequence[Row]:
            person = unit.directory.person(person_id)
            away = absences.away_now(unit, person) if person is not None else None
            return [*undoing.undoable(unit, person_id), *((away,) if away is not None else ())]

        return await self.store.run(lambda session: work(self.unit(session)))

    async def card(self, token: str, person_id: int) -> Card:
        """One whole card. Raises `NotFound`, or `NotAllowed` if it is somebody else's."""

        def work(unit: Unit) -> Card:
            notice = presses.message_named(unit.session, token)
            if notice is None:
                raise NotFound("There is no such message. Open your inbox to see what is there.")
            person = unit.directory.person(person_id)
            if person is None or not presses.is_theirs(unit, person, notice, None):
                raise NotAllowed("This message is for somebody else.")
            return draw.cards(unit, [notice], whole=True)[0]

        return await self.store.run(lambda session: work(self.unit(session)))

    # -- one transaction each -----------------------------------------------------------------------------------------

    async def _answer(
        self, work: Callable[[Unit], Reply], name: str, token: str = "", sure: Sure = taken_as_said
    ) -> Reply:
        def whole(unit: Unit) -> Reply:
            sure(unit.session)
            return texts.with_references(unit, work(unit))

        try:
            return await self._do(whole, token)
        except (BadRequest, IdentifierFound) as wrong:
            return Say(str(wrong))
        except DatabaseAway:
            log.error("what somebody did was not saved", action="answer-failed", name=self._known(name))  # noqa: TRY400 - the database says why
            return Say(NOT_SAVED, failed=True)
        except Unfinished:
            if GUEST.get() is not None:
                raise
            log.error("what somebody did may not have been saved", action="answer-failed", name=self._known(name))  # noqa: TRY400
            return Say(MAYBE_SAVED, failed=True)
        except (Busy, SignInNeeded):
            raise
        except Exception:
            # A person must never see a traceback, and a platform must get an answer: the log has the whole of it.
            notice = await presses.notice_of(self.store, token)
            log.exception("an answer failed", action="answer-failed", name=self._known(name), notice=notice)
            return Say(SORRY.format(quality=self.situations.framework.quality), failed=True)

    async def _timed(self, who: Who, kind: str, answer: Awaitable[Reply]) -> Reply:
        """What somebody did is counted by the way that it came, and not by who did what."""
        began, failed = monotonic(), True
        try:
            reply = await answer
            failed = isinstance(reply, Say) and reply.failed
        except SignInNeeded:
            failed = False
            raise
        finally:
            self.measures.pressed(who.adapter, kind, monotonic() - began, failed=failed)
        return reply

    def _known(self, name: str) -> str:
        """A name as the log may hold it: anything else can be text that somebody typed."""
        registry, name = self.registry, name.strip().lower()
        return name if name in {*registry.verbs, *registry.forms, *registry.words} else "unknown"

    def _press(self, unit: Unit, press: Press) -> Reply:
        if press.action == accounts.LINK:
            return self._link(unit, press)
        person = accounts.identify(unit, press.who)
        if person is None:
            # What is kept until they have linked their account says no answer of theirs.
            return accounts.offer(unit, press.who, replace(press, action=press.action.partition(":")[0]))
        self.rates.take("act", person.id)
        # What stands behind the colon is which of many like it was pressed: the answer to a survey's question.
        action, _, which = press.action.partition(":")
        verb = self.registry.verbs.get(action)
        pressed = presses.take_up(unit, person, press.token)
        pressed.rest, pressed.via, pressed.bare = which, press.who.adapter, press.bare
        if verb is None or not presses.is_on_card(pressed, verb):
            unit.event("press-unknown", actor=person.id, why=self._known(action))
            own = pressed.notice is not None and pressed.notice.recipient_id == person.id
            # An older version drew the card: it is drawn again, with the buttons that there are now.
            return pressed_cards.with_card(pressed, Say(presses.OLD_BUTTON)) if own else Say(presses.OLD_BUTTON)
        if not presses.may_use(pressed, verb):
            unit.event(
                "press-refused",
                actor=person.id,
                why=action,
                notice=pressed.notice.id if pressed.notice else None,
                deadline=pressed.deadline.id if pressed.deadline else None,
            )
            return Say(presses.refusal(pressed))
        reply = self._use(pressed, verb, which)
        open_forms.note(unit, press, pressed.notice, reply)
        return reply

    def _use(self, pressed: Pressed, verb: Verb, which: str) -> Reply:
        """Do what a button says that stands there, by somebody who may."""
        unit, person = pressed.unit, pressed.person
        if which == NO:
            if pressed.notice is None:
                return ShowCard(home.card(unit, person, most=home.MOST_SAID), aside="Nothing was changed.")
            return pressed_cards.answered(pressed, "", aside="Nothing was changed.")
        if not verb.offered(pressed.subject):
            return pressed_cards.settled(pressed)
        if verb.asks is not None and which != YES and not presses.is_somebody_elses(pressed, verb):
            return OpenForm(self.registry.forms[verb.name].build(pressed))
        reply = verb.do(pressed)
        return pressed_cards.with_card(pressed, reply) if verb.redraws else reply

    def _link(self, unit: Unit, press: Press) -> Reply:
        """Link an account, then do what was pressed before it was linked."""
        before = accounts.link(unit, press.who, press.token)
        if before is None:
            return Say("This offer to link is no longer open. Press the button that you meant once more.")
        done = self._press(unit, before) if before.action else None
        return done or Say("Your account is linked. Write “mine” to see what is waiting for you.")

    def _submit(self, unit: Unit, submission: Submission) -> Reply:
        person = accounts.identify(unit, submission.who)
        spec = self.registry.forms.get(submission.form)
        if person is None:
            return accounts.offer(unit, submission.who, Press(submission.who, submission.form, submission.token))
        pressed = presses.take_up(unit, person, submission.token)
        pressed.via, pressed.bare = submission.who.adapter, submission.bare
        if spec is None or not presses.is_on_card(pressed, spec):
            unit.event("press-unknown", actor=person.id, why=self._known(submission.form))
            return Say(presses.OLD_BUTTON)
        if not presses.may_use(pressed, spec):
            unit.event("press-refused", actor=person.id, why=submission.form)
            return Say(presses.refusal(pressed))
        reply = taking.take(pressed, spec, submission.values, self.rates)
        if isinstance(reply, OpenForm):
            return reply
        pressed.subject = load_one(unit.session, pressed.notice, unit.framework) if pressed.notice else pressed.subject
        return pressed_cards.with_card(pressed, reply)

    def take_from(self, unit: Unit, person_id: int, form: str, token: str, values: Mapping[str, Any]) -> Reply:
        """Take a form from a person whom a program's token stands for. Raises `NotFound` or `NotAllowed`."""
        return taking.take_from(unit, self.registry, self.rates, person_id, form, token, values)

    def _command(self, unit: Unit, command: Command) -> Reply:
        person = accounts.identify(unit, command.who)
        typed, rest = read_words(f"{command.word} {command.rest[:LONGEST_REST]}")
        word = self.registry.find_word(typed)
        if person is None:
            return accounts.offer(unit, command.who, Press(command.who, ""))
        if refused := texts.refuse_typed(unit, f"{typed} {rest}"):
            return refused
        if (word is None or word.word == home.HELP) and (shown := named_work.about(unit, person, f"{typed} {rest}")):
            return ShowCard(shown)
        if word is None:
            return ShowCard(home.help_card(unit, person, guess=self.registry.guess_word(typed)))
        if word.word == accounts.LINK and command.who.adapter == accounts.WEB:
            # Or whoever holds a session for a minute could make themselves as many as they like.
            return Say("You are signed in already. Write “link” to qabot in your chat when you need a new one.")
        self.rates.take("link" if word.word == accounts.LINK else "act", person.id)
        return word.do(Pressed(unit, person, rest=rest))
