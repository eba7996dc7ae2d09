"""What somebody sees of themselves: what they owe, what waits for others, help, settings, being reminded later."""

from collections.abc import Collection
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

from qabot.adapter import OpenForm, Reply, Say, ShowCard
from qabot.errors import BadRequest
from qabot.framework.calendar import local_day
from qabot.framework.duties import Duty
from qabot.messaging.card import Block, Bullets, Button, Card, Heading, Paragraph, Row, Run
from qabot.messaging.form import Field, Form, Option
from qabot.messaging.typed import folded, has, meant
from qabot.messaging.values import capital, inline, time_of_day
from qabot.models import Deadline, DeadlineState, HelpRequest
from qabot.models.look_up import by_id
from qabot.models.rows import AuditRow
from qabot.planning.directory import Staff, next_digest
from qabot.workflows.access import owing
from qabot.workflows.cards import draw
from qabot.workflows.cards.asking import buttons_of
from qabot.workflows.cards.loading import helped
from qabot.workflows.cards.states import closed
from qabot.workflows.core import as_opened, looks, occasions
from qabot.workflows.core.registry import FormSpec, Pressed, Registry, Verb, Word, labelled
from qabot.workflows.core.subjects import OwnSubject, Subject, load
from qabot.workflows.core.unit import Unit
from qabot.workflows.core.views import about_what, handed_to, row_text, title_of
from qabot.workflows.core.words import by_when, say_day, say_due, say_moment
from qabot.workflows.people import absences
from qabot.workflows.verbs import helping, requests
from qabot.workflows.verbs.own_settings import open_settings, settings_form, take_settings

MOST_SNOOZES = 2
MOST_SHOWN = 15
MOST_SAID = 6
"""Rows of an answer in a chat. A row has four buttons, one of which asks once more, and Slack takes about 12,500
characters of a message: of fifteen it showed nine, and no word of how to see the others."""
MOST_PARTS = 100
"""Parts of a long list to choose from: a platform's list of choices has no more."""
MOST_DIGITS = 5
"""Of the number of a row; a longer one is a reference."""
LOOK, HELP = "look", "help"
ANSWERING = frozenset({"answer", "survey-form"})
"""What would be refused before the day from which something takes an answer."""


def register(registry: Registry) -> None:
    """Words and buttons for oneself."""
    for word in (
        Word("mine", "What is waiting for you", _mine, shows=True, also=("my", "tasks", "todo", "list")),
        Word("snooze", "Be reminded later; the date stays the same", _snooze_word, shows=True, also=("later",)),
        Word("settings", "When your daily message comes, and news on or off", open_settings, shows=True),
        Word("stop", "What can be stopped, and what cannot", _stop, shows=True, also=("unsubscribe", "mute", "quiet")),
        Word("link", "A personal link to your web inbox", _link),
        Word("help", "How to use qabot", _help, shows=True, also=("hello", "hi", "start")),
    ):
        registry.word(word)
    registry.verb(Verb(LOOK, lambda subject: "Find in the list", _look, lambda subject: True, for_all=True))
    registry.form(FormSpec(LOOK, _look_form, _take_look, for_all=True))
    registry.verb(Verb("snooze", labelled("Remind me later"), _snooze, _can_snooze, own=True))
    registry.verb(Verb("settings", lambda subject: "Settings", open_settings, lambda subject: True, for_all=True))
    registry.form(FormSpec("snooze", _snooze_form, _take_snooze))
    registry.form(FormSpec("settings", settings_form, take_settings, for_all=True))


def _mine(pressed: Pressed) -> Reply:
    """All of it; or from where on a number says, or only what has the words that follow."""
    first, _, words = pressed.rest.partition(" ")
    if not first.isdecimal() or len(first) > MOST_DIGITS:
        first, words = "1", pressed.rest
    return ShowCard(card(pressed.unit, pressed.person, most=MOST_SAID, first=max(1, int(first)), words=words))


def _look(pressed: Pressed) -> Reply:
    return OpenForm(_look_form(pressed))


def _look_form(pressed: Pressed) -> Form:
    """Which part of a long list to see: each row is reached in the chat itself."""
    person = pressed.person.id
    count = max(len(owing.owed(pressed.unit, person)), len(owing.for_others(pressed.unit, person)))
    starts = range(1, max(count, 1) + 1, MOST_SAID)
    parts = tuple(Option(str(each), f"{each} to {min(each + MOST_SAID - 1, count)}") for each in starts)
    return Form(
        name=LOOK,
        title="Find in your list",
        intro="Your list has more than fits one message. The soonest come first.",
        fields=(
            Field("words", "Words that it has", "text", required=False, hint="A reference, a case, a kind of task"),
            Field("first", "Which of them", "choice", options=parts[:MOST_PARTS]),
        ),
        submit="Show",
        values={"first": "1"},
        token=pressed.token,
    )


def _take_look(pressed: Pressed, clean: dict[str, Any]) -> Reply:
    shown = card(pressed.unit, pressed.person, most=MOST_SAID, first=int(clean["first"]), words=clean["words"] or "")
    return ShowCard(shown)


def _stop(pressed: Pressed) -> Reply:
    return ShowCard(draw.Drawing(pressed.unit).system("stop", pressed.person.id))


def _help(pressed: Pressed) -> Reply:
    return ShowCard(help_card(pressed.unit, pressed.person))


def card(unit: Unit, person: Staff, *, most: int | None = MOST_SHOWN, first: int = 1, words: str = "") -> Card:
    """That this person is away, if they are; what they owe, by date, with buttons; and what waits for others.

    Of a list `most` rows are shown, from its row number `first` on, and how to see the others; None leaves nothing out.
    With `words` only rows are shown that have them all.
    """
    mine, others = owing.owed(unit, person.id), owing.for_others(unit, person.id)
    asked_here = helping.asked_of(unit, person)
    cover = draw.Drawing(unit).system("home", person.id, params={} if mine or asked_here else None)
    if words:
        mine, others = having(unit, mine, words), having(unit, others, words)
    away = absences.away_now(unit, person)
    blocks: list[Block] = [*cover.blocks, *([away] if away else ())]
    if words:
        only = "Only what has" if mine or others else "Nothing here has"
        blocks.append(Paragraph((Run(f"{only} “{words}” in it; write “mine” for all of it."),)))
    if mine:
        blocks += [Heading("Waiting for you"), *_rows(unit, mine, most, first, buttons=True)]
    if asked_here:
        blocks += [Heading("Colleagues asked for help"), *_requests(unit, asked_here, person)]
    if own := helping.asked_by(unit, person.id):
        blocks += [Heading("You asked for help"), *_requests(unit, own, person)]
    if others:
        blocks += [Heading("Waiting for others"), *_rows(unit, others, most, first, buttons=False)]
    when = f"Your daily message comes at {time_of_day(person.digest_at)}. News is {'on' if person.news else 'off'}."
    blocks += [Heading("Your settings"), Paragraph((Run(when),))]
    long = most is not None and max(len(mine), len(others)) > most
    asking = (requests.FORM,) if requests.to_ask_for(unit, person.id) else ()
    names = (*((LOOK,) if long else ()), "nominate", *asking, "away", "settings")
    buttons = [unit.tools.registry.button(name, Subject(), "", "") for name in names]
    part = f"{first} {words}".strip() if first > 1 else ""
    return replace(cover, blocks=tuple(blocks), buttons=tuple(each for each in buttons if each), part=part)


def having(unit: Unit, deadlines: list[Deadline], words: str, besides: Collection[str] = ()) -> list[Deadline]:
    """Those whose row, or team, has each of these words, but those `besides`; of a reference, only those about it."""
    meaning = meant(words, besides)
    rows = [
        (each, folded(subject.audit.reference) if subject.audit else "")
        for each, subject in zip(deadlines, load(unit.session, deadlines, unit.framework), strict=True)
        if has(f"{say_deadline(unit, each, subject)} {_team(unit, subject)}", meaning)
    ]
    named = {reference for _, reference in rows} & {*map(folded, meaning), folded("".join(meaning))}
    return [each for each, reference in rows if not named or reference in named]


def which(unit: Unit, person: Staff, deadlines: list[Deadline]) -> Card:
    """Some of what waits for a person, each with its buttons."""
    cover = draw.Drawing(unit).system("home", person.id, params={})
    return replace(cover, blocks=tuple(_rows(unit, deadlines, MOST_SAID, 1, buttons=True)), buttons=())


def _team(unit: Unit, subject: OwnSubject) -> str:
    team = by_id(unit.directory.teams, subject.audit.team_id) if subject.audit else None
    return team.name if team else ""


def _rows(unit: Unit, deadlines: list[Deadline], most: int | None, first: int, *, buttons: bool) -> list[Block]:
    start = first - 1 if most is not None else 0
    shown = deadlines[start:][:most]
    rows: list[Block] = [
        Row((Run(say_deadline(unit, deadline, subject, own=buttons)),), _buttons(unit, subject) if buttons else ())
        for deadline, subject in zip(shown, load(unit.session, shown, unit.framework), strict=True)
    ]
    if len(deadlines) > len(shown):
        link = Run(f"See all {len(deadlines)}", href=f"{unit.tools.base_url}/owe")
        rows.append(Paragraph((Run(_where(len(deadlines), start, len(shown))), link)))
    return rows


def _where(count: int, start: int, shown: int) -> str:
    """Which part of a long list this is, and the word for the next one."""
    end = start + shown
    said = f"And {count - shown} more. " if start == 0 else f"{start + 1} to {end} of {count}. " if shown else ""
    return said + (f"Write “mine {end + 1}” for the next. " if end < count else "Write “mine” for the first. ")


def _requests(unit: Unit, requests: list[HelpRequest], person: Staff) -> list[Block]:
    """A line for each request for help: whoever may answer has a button; whoever asked is not named to themselves."""
    deadlines = [unit.session.get_one(Deadline, each.deadline_id) for each in requests]
    rows: list[Block] = []
    for request, deadline, subject in zip(
        requests, deadlines, load(unit.session, deadlines, unit.framework), strict=True
    ):
        subject.help, own = request, request.asked_by_id == person.id
        button = None if own else unit.tools.registry.button(helping.FORM, subject, request.token, "")
        day = say_day(local_day(request.asked_at))
        since = f"Since {day}: " if own else f"{unit.directory.name(request.asked_by_id)}, since {day}: "
        said = say_deadline(unit, deadline, subject, own=own, since_too=False)
        rows.append(Row((Run(since + said),), (button,) if button else ()))
    return rows


def say_deadline(unit: Unit, deadline: Deadline, subject: Subject, *, own: bool = True, since_too: bool = True) -> str:
    """One line for one deadline: what, about which audit, by when, with whom if it is not the reader's `own`.

    `since_too`: and since when help is asked for.
    """
    parts = [capital(title_of(deadline.kind, unit.framework, subject.audit.activity if subject.audit else ""))]
    if subject.audit:
        parts.append(f"{subject.audit.reference}{_about(unit, subject.audit)}")
    elif subject.cycle:
        parts.append(subject.cycle.name)
    elif subject.occasion:
        title, name = subject.occasion.title, occasions.name(subject.occasion)
        # Of a report, or of how a meeting went, the title names it already.
        parts.append(name.removeprefix(title).strip().removeprefix("on ") if title in parts[0] else name)
    if subject.row:
        parts.append(inline(row_text(subject.row)))
    line = ": ".join(parts)
    line += by_when(deadline, unit.now) if subject.open else f". {closed(deadline, unit.directory)}"
    owner = "" if own or not subject.open else unit.directory.name(deadline.owner_id)
    if owner:
        line += f", with {owner}"
    if subject.open and _is_to_come(unit, deadline):
        line += f", can be answered from {say_day(deadline.opens_on)} on"
    if subject.duty is not None and subject.duty.is_alert and subject.open:
        line += f", waiting since {say_moment(deadline.opened_at)}"
    if looks.only_the_talk_is_left(subject):
        line += ", the talk with the practitioner is still to come"
    if subject.made is not None:
        line += f", handed to {handed_to(subject.made, unit.directory)}"
    if deadline.expected_on:
        who = "you" if own else owner or "somebody"
        expects = "expected" if deadline.expected_on < unit.today else "expect" if own else "expects"
        line += f", {who} {expects} it on {say_day(deadline.expected_on)}"
    if since_too and (since := helped(unit, [deadline.id]).get(deadline.id)):
        line += f", asked for help on {say_day(since)}"
    if deadline.snoozed_until and deadline.snoozed_until > unit.now:
        line += f", next reminder {say_moment(deadline.snoozed_until)}"
    return line


def _about(unit: Unit, audit: AuditRow) -> str:
    """What work is about, in brackets: " (case 2204042)", " (about Dana Whitlock)"; "" of work about nothing."""
    if audit.case_reference:
        return f" (case {audit.case_reference})"
    if audit.about == "case":
        return " (no case yet)"
    return f" (about {about})" if (about := about_what(audit, unit.directory)) else ""


def _buttons(unit: Unit, subject: OwnSubject) -> tuple[Button, ...]:
    deadline = subject.deadline
    if deadline is None:
        return ()
    waits = _is_to_come(unit, deadline)
    names = [each for each in buttons_of(subject) if not (waits and each in ANSWERING)]
    made = [unit.tools.registry.button(name, subject, deadline.token, "") for name in names]
    return tuple(each for each in made if each is not None)


def _is_to_come(unit: Unit, deadline: Deadline) -> bool:
    """Whether it takes no answer yet."""
    return deadline.opens_on is not None and unit.today < deadline.opens_on


def help_card(unit: Unit, person: Staff, *, guess: str = "") -> Card:
    """How to use qabot, with every word that a workflow registered. `guess`: what somebody most likely meant."""
    shown = draw.Drawing(unit).system("help", person.id)
    words = Bullets(
        tuple((Run(word.word, bold=True), Run(f": {word.help}")) for word in unit.tools.registry.command_words())
    )
    meant = [Paragraph((Run("Did you mean "), Run(guess, bold=True), Run("? Write it to me.")))] if guess else []
    first, *rest = shown.blocks
    return replace(shown, blocks=(*meant, first, words, *rest))


def _link(pressed: Pressed) -> Reply:
    unit, person = pressed.unit, pressed.person
    url, expires = unit.tools.personal_link(person.id, unit.now)
    unit.event("link-made", actor=person.id, subject=("person", person.id))
    params = {"url": url, "expires": expires.isoformat()}
    return ShowCard(draw.Drawing(unit).system("sign-in", person.id, params=params))


def _can_snooze(subject: Subject) -> bool:
    deadline = subject.deadline
    return bool(subject.open and deadline and not _is_alert(subject.duty) and deadline.snoozes < MOST_SNOOZES)


def _is_alert(duty: Duty | None) -> bool:
    return duty is not None and duty.is_alert


def _snooze_word(pressed: Pressed) -> Reply:
    unit = pressed.unit
    waiting = [each for each in owing.owed(unit, pressed.person.id) if not as_opened.is_alert(unit.framework, each)]
    if not waiting:
        return Say("Nothing is waiting for you that could be put off. Thank you.")
    return ShowCard(card(pressed.unit, pressed.person))


def _snooze(pressed: Pressed) -> Reply:
    return OpenForm(_snooze_form(pressed))


def snooze_choices(unit: Unit, person: Staff, deadline: Deadline) -> dict[str, datetime]:
    """Until when this reminder may be put off: never past the deadline, and always with a daily message."""
    calendar = unit.situation.calendar
    choices = {
        "next working day": next_digest(person, unit.today + timedelta(days=1), unit.now, calendar),
        "in a week": next_digest(person, unit.today + timedelta(days=7), unit.now, calendar),
    }
    return {name: at for name, at in choices.items() if not _is_after(deadline, at)}


def _is_after(deadline: Deadline, at: datetime) -> bool:
    """Whether a moment comes after this is due."""
    if deadline.due_at is not None:
        return at >= deadline.due_at
    return deadline.due_on is not None and local_day(at) > deadline.due_on


def _snooze_form(pressed: Pressed) -> Form:
    deadlines = _put_off(pressed, owing.listed(pressed))
    choices = _choices(pressed, deadlines)
    if not choices:
        raise BadRequest("This is due too soon to be put off. If you need more time, press “I need help or more time”.")
    days = sorted({(each.due_on, say_due(each)) for each in deadlines if each.due_on})
    count = len(deadlines)
    these, they = (f" about these {count} tasks", "They stay") if count > 1 else ("", "It stays")
    due = f" {they} due on {days[0][1]}." if len(days) == 1 else " The dates stay as they are." if days else ""
    return Form(
        name="snooze",
        title="Remind me later",
        intro=f"Choose when to hear from us again{these}.{due}",
        fields=(
            Field(
                "until",
                "Remind me",
                "choice",
                options=tuple(Option(name, f"{name.capitalize()}, {say_moment(at)}") for name, at in choices.items()),
            ),
        ),
        submit="Remind me then",
        token=pressed.token,
    )


def _put_off(pressed: Pressed, listed: list[OwnSubject]) -> list[Deadline]:
    """What is put off together of all that the card lists, or the one thing of the home tab."""
    unit, person_id = pressed.unit, pressed.person.id
    deadlines = [each.deadline for each in listed if each.deadline and not _is_alert(each.duty)]
    mine = [each for each in deadlines if not owing.is_somebody_elses(unit.directory, unit.today, each, person_id)]
    if not mine:
        raise BadRequest("This is no longer waiting for you. Thank you.")
    return mine


def _choices(pressed: Pressed, deadlines: list[Deadline]) -> dict[str, datetime]:
    """The choices that fit the one of them that is due first."""
    first = min(deadlines, key=lambda each: (each.due_on or date.max, each.due_at is None))
    return snooze_choices(pressed.unit, pressed.person, first)


def _take_snooze(pressed: Pressed, clean: dict[str, Any]) -> Reply:
    deadlines = _put_off(pressed, owing.take_listed(pressed))
    until = _choices(pressed, deadlines)[clean["until"]]
    done = [snooze(pressed.unit, each, pressed.person.id, until) for each in deadlines]
    if not any(done):
        return Say("This was put off twice already, so it stays as it is. If you need more time, please tell us.")
    return Say(f"We will remind you on {say_moment(until)}.")


def snooze(unit: Unit, deadline: Deadline, person_id: int, until: datetime) -> bool:
    """Put off the next reminder, at most twice. The deadline itself never moves, and no alert can be put off.

    The same once more is no second time.
    """
    if deadline.state != DeadlineState.open or as_opened.is_alert(unit.framework, deadline):
        return False
    if (deadline.snoozed_until, deadline.snoozed_by_id) == (until, person_id):
        return True
    if deadline.snoozes >= MOST_SNOOZES:
        return False
    if deadline.snoozed_until is not None and deadline.snoozed_until > unit.now and deadline.snoozed_by_id != person_id:
        # There is one such moment for each deadline: taking it over would leave the other without their reminder.
        name = unit.directory.name(deadline.snoozed_by_id)
        raise BadRequest(f"{name} has put this off until {say_moment(deadline.snoozed_until)}, so it stays as it is.")
    if _is_after(deadline, until):
        raise BadRequest(f"This is due on {say_due(deadline)}: choose a day before.")
    deadline.snoozed_until, deadline.snoozed_by_id = until, person_id
    deadline.snoozes += 1
    unit.poke([deadline])
    unit.redraw_deadlines([deadline.id])
    unit.event_of(deadline, "snoozed", actor=person_id, until=until.isoformat())
    return True
