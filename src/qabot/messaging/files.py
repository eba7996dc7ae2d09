"""The catalogue of messages, and how a message file becomes a card.

Jinja2 puts a placeholder where each value goes and keeps the value aside; what Markdown parses is the author's text
alone, so its plan is kept (`skeleton.parse`) and the values are put in afterwards as plain text. Rendering a message
again costs a few tens of microseconds.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import islice
from pathlib import Path
from types import TracebackType
from typing import Any

from jinja2 import Template
from jinja2.exceptions import TemplateError
from jinja2.runtime import Context

from qabot.errors import BadFile, NotFound, Problem
from qabot.messaging.card import Block, Button, Card, Facts, Heading, Note, Row, Text, plain, text
from qabot.messaging.house import House, read_house
from qabot.messaging.plans import ROWS_HERE
from qabot.messaging.skeleton import Skeleton, parse, parse_line
from qabot.messaging.source import ROWS_MARK, VALUES, MessageFile, read
from qabot.messaging.views import Council, Item, Links, PersonView

FEW = 20
"""Rows that a chat shows of a list; of a longer one the rest stands on a page, or in a table where the chat has one."""
YOU = text("You")
MakeButton = Callable[[str, str], Button | None]
"""(action, token) -> the button with its label, or None if it is not offered now."""


def message_context(
    recipient: PersonView, council: Council, links: Links, today: date, items: Sequence[Item], *, greet: bool = True
) -> dict[str, Any]:
    """What every message file sees. The parts are those of the first item; None where it has none.

    `greet` is False for a section of a digest: the digest has said hello already, so `hello` is empty.
    """
    first = items[0] if items else Item(token="")
    return {
        "recipient": recipient,
        "hello": f"Hello {recipient.first_name}." if greet else "",
        "council": council,
        "links": links,
        "today": today,
        "items": items,
        "audit": first.audit,
        "deadline": first.deadline,
        "alert": first.alert,
        "moderation": first.moderation,
        "nomination": first.nomination,
        "cycle": first.cycle,
        "row": first.row,
        "help": first.help,
        "occasion": first.occasion,
        "survey": first.survey,
        "library": first.library,
        "params": first.params,
    }


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Every message by name: the name of its file without `.md`. `house` are the words that the check knows.

    `shared` are those that ship for every council: they were written without a word of any council's scale. `gone` are
    those that no file holds any more and that something open still sends, each with the one that is said in its place.
    """

    files: Mapping[str, MessageFile]
    house: House = field(default_factory=House)
    shared: frozenset[str] = frozenset()
    gone: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def load(cls, folders: Sequence[Path], *, buttons: Collection[str] | None = None) -> "Catalogue":
        """Read every `*.md` of the folders; a file of a later folder replaces the one of the same name.

        Folders in the first one, the one that ships, hold what one council alone says: they are read too, and a name
        stands in one place there. Those in a later one are a council's own affair.

        The `house.yaml` of a later folder adds to that of an earlier one.

        `buttons` are the names that buttons may have; without it they are not checked. Raises `BadFile` with every
        problem of every file.
        """
        files: dict[str, MessageFile] = {}
        problems: list[Problem] = []
        for name, path in sorted(_paths(folders).items()):
            try:
                files[name] = read(path, buttons=buttons)
            except BadFile as wrong:
                problems += wrong.problems
        house = House()
        try:
            house = read_house(folders)
        except BadFile as wrong:
            problems += wrong.problems
        if problems:
            raise BadFile(problems)
        return cls(files, house, frozenset(name for name, each in files.items() if each.path.parent == folders[0]))

    def names(self) -> tuple[str, ...]:
        """The names of all messages, in order."""
        return tuple(self.files)

    def get(self, name: str) -> MessageFile:
        """The message file of that name. Raises `NotFound`."""
        try:
            return self.files[name]
        except KeyError:
            raise NotFound(f"There is no message called {name}.") from None

    def titles(self) -> dict[str, str]:
        """What lists call each message, by its name."""
        return {name: file.title for name, file in self.files.items()}

    def gives_away(self, name: str, grades: Collection[str] = ()) -> str:
        """By what a message gives a grade away, in words: a value that it reads, or a grade's own word; else empty.

        `grades` are words for grades besides those of the house. A scale may call a grade "One" or "Met", which are
        ordinary words in what ships for every council, and never grades there.
        """
        file = self.get(name)
        grades = () if name in self.shared else grades
        written = [
            *((f"a grade, in line {line}", text) for line, text in file.text),
            *((f"a grade, in '{text.strip()}'", text) for text in sorted(file.constants)),
            ("a grade, in its summary", file.summary),
            ("a grade, in its title", file.title),
        ]
        places = (where for where, text in written if self.house.grade_in(text, grades))
        return next(iter([*file.secrets, *places]), "")

    def render(self, name: str, context: Mapping[str, Any], button: MakeButton, most: int | None = None) -> Card:
        """The card of a message, with `most` rows at most. `context` as `message_context` makes it.

        Raises `BadFile` with the line.
        """
        file = self.get(name)
        values: list[str] = []
        plan = parse(_run(file, file.body, context, values))
        if plan.faults:
            raise BadFile([Problem(str(file.path), 0, 0, "", fault.what) for fault in plan.faults])
        items: Sequence[Item] = context.get("items") or ()
        shown = islice(items, most)
        rows = list(_rows(file, context, shown, button, cells=most is None and len(items) > FEW)) if file.rows else []
        blocks = _blocks(plan, values, rows)
        return Card(
            title=plain(plan.title.fill(values)).strip() or file.summary,
            summary=file.summary,
            lane=file.lane,
            blocks=tuple([_to_reader(each, context.get("recipient")) for each in blocks]),
            buttons=_buttons(file.buttons, items[0].token if items else "", button),
            more_url=_inbox(context),
            message=name,
        )


def _paths(folders: Sequence[Path]) -> dict[str, Path]:
    paths: dict[str, Path] = {}
    for folder in folders:
        if not folder.is_dir():
            raise BadFile([Problem(str(folder), 0, 0, "", "there is no such folder of messages")])
        inside: dict[str, Path] = {}
        of_councils = folder.glob("*/*.md") if folder == folders[0] else ()
        for path in sorted([*folder.glob("*.md"), *of_councils]):
            if (other := inside.setdefault(path.stem, path)) != path:
                raise BadFile([Problem(str(path), 0, 0, "", f"a message of this name stands in {other} too")])
        paths |= inside
    return paths


def _rows(
    file: MessageFile, context: Mapping[str, Any], items: Iterable[Item], button: MakeButton, *, cells: bool
) -> Iterator[Block]:
    """A row for each item; where they are put together by something, each group under its heading."""
    before = None
    for item in items:
        group = group_of(item) if file.by else ""
        if group and group != before:
            yield Heading(group)
        before = group
        yield _row(file, context, item, button, cells=cells)


def group_of(item: Item) -> str:
    """The service whose work an item is about."""
    return (item.audit.service if item.audit else "") or "Elsewhere"


def _blocks(plan: Skeleton, values: Sequence[str], rows: Sequence[Block]) -> tuple[Block, ...]:
    """The plan's blocks with their values, and the rows in their place: where the file says, or before the notes."""
    blocks: list[Block] = []
    placed = False
    for each in plan.blocks:
        if each is ROWS_HERE:
            blocks += rows
            placed = True
        elif (block := each.fill(values)) is not None:
            blocks.append(block)
    if rows and not placed:
        notes = next((at for at, block in enumerate(blocks) if isinstance(block, Note)), len(blocks))
        blocks[notes:notes] = rows
    return tuple(blocks)


def _to_reader(block: Block, reader: PersonView | None) -> Block:
    """A fact that is nobody but whoever reads it is "You": "Done by: You"."""
    if reader is None or not isinstance(block, Facts):
        return block
    return Facts(tuple([(label, YOU if plain(said) == reader.name else said) for label, said in block.pairs]))


def _buttons(names: tuple[str, ...], token: str, button: MakeButton) -> tuple[Button, ...]:
    return tuple([made for name in names if (made := button(name, token)) is not None])


def _row(file: MessageFile, context: Mapping[str, Any], item: Item, button: MakeButton, *, cells: bool = False) -> Row:
    assert file.rows is not None  # noqa: S101 - the caller asked; mypy cannot see it
    said = _line(file, file.rows, context, item)
    drawn = [(label, _line(file, each, context, item)) for label, each in file.columns] if cells else []
    return Row(said, _buttons(file.row_buttons, item.token, button), tuple(drawn))


def _line(file: MessageFile, template: Template, context: Mapping[str, Any], item: Item) -> Text:
    values: list[str] = []
    plan, faults = parse_line(_run(file, template, context, values, item))
    if faults:
        raise BadFile([Problem(str(file.path), 0, 0, "rows", fault.what) for fault in faults])
    return plan.fill(values)


def _inbox(context: Mapping[str, Any]) -> str | None:
    links = context.get("links")
    inbox = links.inbox if isinstance(links, Links) else ""
    return inbox if inbox.startswith(("http://", "https://")) else None


def _run(
    file: MessageFile, template: Template, context: Mapping[str, Any], values: list[str], item: Item | None = None
) -> str:
    variables = {**context, "rows": ROWS_MARK, VALUES: values}
    if item is not None:
        variables["item"] = item
    try:
        return "".join(
            template.root_render_func(Context(template.environment, variables, template.name, template.blocks))
        )
    except (TemplateError, TypeError, ValueError, AttributeError, KeyError) as wrong:
        line = max((number for number in _lines(template, wrong.__traceback__)), default=0)
        raise BadFile([Problem(str(file.path), line, 1 if line else 0, "", str(wrong))]) from wrong


def _lines(template: Template, traceback: TracebackType | None) -> Iterator[int]:
    """The lines of the message file that an error went through."""
    while traceback is not None:
        if traceback.tb_frame.f_globals.get("__jinja_template__") is template:
            yield template.get_corresponding_lineno(traceback.tb_lineno)
        traceback = traceback.tb_next
