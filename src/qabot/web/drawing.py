"""Pages from templates: autoescaped, with every variable required to exist."""

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from qabot.framework.calendar import local_day
from qabot.messaging import values
from qabot.messaging.card import Block, Bullets, Card, Facts, Heading, Note, Paragraph, Picture, Row
from qabot.messaging.form import Field
from qabot.messaging.letters import clean
from qabot.messaging.offers import asks_for_something
from qabot.messaging.two_ways import set_apart
from qabot.web import charts
from qabot.web.figure_words import against_target, compared_number, plain_number, target_words
from qabot.web.ports import InboxEntry

HERE = Path(__file__).parent
STATIC = HERE / "static"

LANES = {"alert": "Alert", "due": "Daily message", "news": "News"}
STATES = {
    "planned": "Planned",
    "held": "Held back",
    "claimed": "About to be sent",
    "begun": "Being sent",
    "sent": "Sent",
    "ambiguous": "Perhaps sent: the answer was lost",
    "failed": "Failed",
    "superseded": "Not sent: no longer needed",
    "open": "Open",
    "met": "Met",
    "withdrawn": "Withdrawn",
}
BLOCKS = {
    Heading: "heading",
    Paragraph: "paragraph",
    Facts: "facts",
    Bullets: "bullets",
    Row: "row",
    Note: "note",
}
FRIDAY = 4
FEW = 7
"""Up to so many options are shown as buttons to choose from, more as a list that opens."""


@cache
def environment() -> Environment:
    """The templates, with the filters that they use."""
    env = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        finalize=_seen,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    env.filters.update(values.FILTERS)
    env.filters.update(charts.FILTERS)
    env.filters.update(
        lane=lambda lane: LANES.get(lane, lane),
        state=lambda state: STATES.get(state, state),
        words=words,
        behind=behind,
        place=place,
        grouped=grouped,
        by_day=by_day,
        in_short=in_short,
        local_day=local_day,
        iso=lambda moment: moment.isoformat(),
        moment=moment,
        date_parts=date_parts,
        error_for=error_for,
        hint_for=hint_for,
        asks=asks,
        plain_number=plain_number,
        against_target=against_target,
        compared_number=compared_number,
        target_words=target_words,
        # A row of which something is hidden has no bar: its table says what there is.
        whole_row=lambda parts: None if parts is None or None in parts else parts,
        turned=lambda parts: parts and tuple(parts)[::-1],
        headline=lambda figure: figure.headline_with_unit,
    )
    env.globals.update(style=address_of("style.css"), script=address_of("pages.js"), FEW=FEW)
    return env


def _seen(value: Any) -> Any:
    """Whatever a page shows, without what nobody can see: names that are older than the rule too."""
    return clean(value, lines=True) if value.__class__ is str else value


def draw(template: str, **context: Any) -> str:
    """The text of a page."""
    return set_apart(environment().get_template(template).render(**context))


def address_of(name: str) -> str:
    """The address of one of our files; it changes with its content, so that browsers may keep it."""
    digest = hashlib.sha256((STATIC / name).read_bytes()).hexdigest()[:12]
    return f"/static/{name}?v={digest}"


def words(name: str) -> str:
    """A name from the framework or the code as words: "data-sent" is "Data sent"."""
    text = name.replace("_", " ").replace("-", " ")
    return text[:1].upper() + text[1:]


def behind(subject: str, kind: str) -> str:
    """What stands behind a kind of thing in one reading: "about QA-1042"; its name is not said twice.

    A row "Summary" is followed by "on 1 October", not by "about Summary on 1 October".
    """
    twice = kind and subject.casefold().startswith(f"{kind.casefold()} ")
    return subject[len(kind) + 1 :] if twice else f"about {subject}"


def place(adapter: str | None) -> str:
    """Where something comes or goes: "in Slack"."""
    return f"in {'the web inbox' if adapter == 'web' else adapter.capitalize()}" if adapter else ""


def moment(value: datetime | None) -> str:
    """ "21 November 2026, 9:30am" in England."""
    return f"{values.day(value)}, {values.time_of_day(value)}" if value else ""


def date_parts(value: Any) -> tuple[str, str, str]:
    """Day, month and year as they go into the three fields; what is no date is shown as it was written."""
    parts = str(value or "").split("-")
    if len(parts) != 3:
        return str(value or ""), "", ""
    year, month, day = parts
    return day.lstrip("0"), month.lstrip("0"), year


def error_for(error: str, item: Field, value: Any, today: date) -> str:
    """The sentence beside a field. A date is written here in three parts, so its advice is about those."""
    if item.kind == "date" and value and "such as" in error:
        return f"Give a real date, such as {example_of(item, today)}."
    return error


def hint_for(item: Field, today: date) -> str:
    """The hint of a field: of a date, how to write its three parts; of a long text, how long it may be."""
    match item.kind:
        case "date":
            return f"For example, {example_of(item, today)}"
        case "long-text":
            return (
                f"{item.hint.rstrip('.')}. Up to {item.max_length} characters"
                if item.hint
                else (f"Up to {item.max_length} characters")
            )
    return item.hint


def example_of(item: Field, today: date) -> str:
    """A date that this field takes, in three parts: in about a week if it takes that, and no Saturday or Sunday."""
    first, last = item.earliest, item.latest
    day = max(today, first or today) + timedelta(days=7)
    day = min(day, last) if last else day
    weekend = day.weekday() - FRIDAY
    if weekend > 0:
        before, after = day - timedelta(days=weekend), day + timedelta(days=3 - weekend)
        day = before if first is None or before >= first else after if last is None or after <= last else day
    return f"{day.day} {day.month} {day.year}"


def grouped(blocks: Sequence[Block]) -> list[tuple[str, list[Block]]]:
    """Blocks by kind; rows that follow one another are one list, and a row without text is its buttons alone.

    Without pictures: the page of the results, to which a card of theirs leads, has its own.
    """
    groups: list[tuple[str, list[Block]]] = []
    for block in blocks:
        if isinstance(block, Picture):
            continue
        kind = "buttons" if isinstance(block, Row) and not block.text else BLOCKS[type(block)]
        if kind == "row" and groups and groups[-1][0] == "row":
            groups[-1][1].append(block)
        else:
            groups.append((kind, [block]))
    return groups


def asks(card: Card) -> bool:
    """Whether a card asks for something: it has a button that does more than lead to a page, or offer something."""
    return asks_for_something(each.action for each in card.all_buttons() if each.url is None)


def in_short(card: Card) -> Card:
    """A card with nothing left to do, in the inbox: only what became of each thing in it, by its title."""
    if not card.done:
        return card
    said = tuple(each for each in card.blocks if isinstance(each, Heading | Row) or _is_state(each))
    return replace(card, blocks=said or card.blocks[:1], buttons=())


def _is_state(block: Block) -> bool:
    """Whether this is the line that says who did what when: it alone is bold from end to end."""
    return isinstance(block, Paragraph) and all(each.bold for each in block.text)


def by_day(entries: Sequence[InboxEntry]) -> list[tuple[date, list[InboxEntry]]]:
    """Entries by the day in England on which they were sent."""
    return [(day, list(group)) for day, group in groupby(entries, lambda entry: local_day(entry.sent_at))]
