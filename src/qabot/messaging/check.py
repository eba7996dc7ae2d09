"""Is every message fit to be sent: what people read, and what each platform can show.

Every file is rendered with its sample in every variant, held against every platform's limits and against the house
style (domain notes, public sector 2.1 and 2.7, fatigue 3.2). Problems name file and line, and say what to do.
"""

import re
from collections.abc import Collection, Iterator, Mapping

from qabot.errors import BadFile, Problem
from qabot.messaging.card import Bullets, Button, Card, Facts, Heading, Limits, Note, Paragraph, Picture, Row, plain
from qabot.messaging.files import Catalogue
from qabot.messaging.house import House
from qabot.messaging.identifiers import find
from qabot.messaging.samples import SAMPLES, VARIANTS, sample_buttons, sample_context
from qabot.messaging.source import MessageFile
from qabot.messaging.values import join_and

_BLAME = re.compile(r"\b(overdue|failed|failure|must|late|neglected|ASAP|midnight|urgently)\b", re.IGNORECASE)
_PASSING = re.compile(
    r"\b(tomorrow|yesterday|(next|last|this) (week|month|morning|afternoon)|in (a|two|three) (days|weeks?))\b",
    re.IGNORECASE,
)
"""What is true on the day on which it is sent, and is read again on others."""
_CAPITALS = re.compile(r"\b[A-Z]{2,}\b")
_HELP = re.compile(r"\bhelp(ed|s)?\b|\bmore time\b", re.IGNORECASE)
_GAP = re.compile(r"  |^\s|\s$|\s[,.;:?]|\(\)|,,|:,|\bNone\b")


def check_catalogue(
    catalogue: Catalogue, buttons: Mapping[str, str], limits: Mapping[str, Limits], links: Collection[str] = ()
) -> list[Problem]:
    """Every problem of every message, by file and line.

    `buttons` gives an example label for each action that a workflow offers; `limits` each platform's, by its name.
    `links` are those of the buttons that open the page of one thing.
    """
    problems = []
    for name in catalogue.names():
        file = catalogue.get(name)
        problems += sorted(set(_of_file(file, catalogue.house, buttons, links)), key=lambda problem: problem.line)
        problems += _of_cards(catalogue, file, buttons, limits)
    return problems


def _of_file(file: MessageFile, house: House, buttons: Mapping[str, str], links: Collection[str]) -> Iterator[Problem]:
    def wrong(key_or_line: str | int, what: str) -> Problem:
        where = key_or_line if isinstance(key_or_line, str) else ""
        line = file.key_lines.get(where, 1) if isinstance(key_or_line, str) else key_or_line
        return Problem(str(file.path), line, 1, where, what)

    if file.sample not in SAMPLES:
        yield wrong("sample", f"there is no such sample; there are {', '.join(SAMPLES)}")
    for key, names in (("buttons", file.buttons), ("row_buttons", file.row_buttons)):
        yield from (wrong(key, f"no workflow offers {name}") for name in names if name not in buttons)
    for action in file.buttons if file.rows else ():
        if action in links:
            yield wrong("buttons", f"{action} would open the first line of the list only: put it under row_buttons")
    yield from (wrong(line, what) for line, text in file.text for what in style(text, house))
    yield from (wrong("title", what) for what in style(file.title, house))
    yield from (wrong("summary", what) for what in (*style(file.summary, house), *_telling(file.summary, house)))
    yield from (wrong(1, what) for what in _lacking(file))


def style(text: str, house: House) -> Iterator[str]:
    """What of a text is against the house style, or carries an identifier."""
    if "!" in text:
        yield "no exclamation marks"
    for match in _BLAME.finditer(text):
        yield f'"{match[0]}" puts pressure or blame on people: say it another way'
    for match in _PASSING.finditer(text):
        yield f'"{match[0]}" is wrong when it is read again another day: say the date'
    for match in _CAPITALS.finditer(text):
        if match[0] not in house.abbreviations | house.colours.keys():
            yield f'"{match[0]}" in capitals reads as shouting: use lower case, or write it out'
    yield from (f"a colour is never alone: {colour}" for colour in house.alone(text))
    for hit in find(text):
        yield f"this looks like: {hit.kind}"


def _telling(summary: str, house: House) -> Iterator[str]:
    if word := house.telling(summary):
        yield f'"{word}" may be seen by others in a preview: say only that there is something to see'
    if not re.match(r"[A-Z].* .*[.?]$", summary):
        yield "is a full sentence, because screen readers read it out"


def _lacking(file: MessageFile) -> Iterator[str]:
    text = " ".join(text for _, text in file.text)
    if file.lane == "alert" and "duty_line" not in file.shows:
        yield "an alert says whom to phone: {{ council.duty_line }}"
    if file.lane != "news" and not _HELP.search(text):
        yield "there is no way to ask for help or more time: add a sentence"
    if file.for_practitioners and file.secrets:
        yield f"a practitioner never learns of a grade from qabot: take {join_and(file.secrets)} out"


def _of_cards(
    catalogue: Catalogue, file: MessageFile, buttons: Mapping[str, str], limits: Mapping[str, Limits]
) -> list[Problem]:
    problems: dict[str, Problem] = {}
    for variant in VARIANTS if file.sample in SAMPLES else ():
        where = f"with sample {file.sample}, {variant}"
        try:
            card = catalogue.render(file.name, sample_context(file.sample, variant), sample_buttons(buttons))
        except BadFile as wrong:
            for problem in wrong.problems:
                problems.setdefault(
                    problem.what, Problem(problem.file, problem.line, problem.column, where, problem.what)
                )
            continue
        for what in (*_reads_badly(file, catalogue.house, card, variant), *_too_much(card, limits)):
            problems.setdefault(re.sub("[0-9]+", "", what), Problem(str(file.path), 0, 0, where, what))
    return list(problems.values())


def _reads_badly(file: MessageFile, house: House, card: Card, variant: str) -> Iterator[str]:
    for text in (card.title, *texts(card)):
        if variant in {"usual", "forty", "sparse"} and _GAP.search(text):
            yield f'a value is missing in "{text}": put its words into an {{% if %}}'
        if file.for_practitioners and house.grade_in(text):
            yield "shows a grade, and may go to a practitioner"


def texts(card: Card) -> Iterator[str]:
    """Every text inside a card, as plain text."""
    for block in card.blocks:
        match block:
            case Heading(heading):
                yield heading
            case Paragraph(text) | Note(text) | Row(text):
                yield plain(text)
            case Facts(pairs):
                yield from (part for label, value in pairs for part in (label, plain(value)))
            case Bullets(items):
                yield from (plain(item) for item in items)
            case Picture(title, alt):
                yield from (title, alt)


def _too_much(card: Card, limits: Mapping[str, Limits]) -> Iterator[str]:
    for platform, limit in limits.items():
        for what, size, most in (
            ("the title", len(card.title), limit.title),
            ("a text", max((len(text) for text in texts(card)), default=0), limit.text),
            ("the label of a button", _longest_label(card.all_buttons()), limit.label),
            ("the number of buttons", len(card.buttons), limit.buttons),
            ("the number of blocks", len(card.blocks), limit.blocks),
        ):
            if size > most:
                yield f"{platform} shows {most} at most, and {what} is {size}"


def _longest_label(buttons: tuple[Button, ...]) -> int:
    return max((len(button.label) for button in buttons), default=0)
