"""Cards: what a notice looks like, free of any platform.

A card is a title, blocks and buttons. Text inside it is a tuple of runs, never a string of markup, so a value that came
from a person cannot become a link, a mention or a heading on any platform: each adapter escapes `Run.text` once. Each
part cleans its texts when it is made (`letters.clean`), so nothing invisible reaches any platform, however old it is.
"""

from dataclasses import dataclass, field, replace
from typing import Literal

from qabot.messaging.letters import clean

Lane = Literal["alert", "due", "news"]
Style = Literal["default", "primary", "danger"]


@dataclass(slots=True, unsafe_hash=True)
class Run:
    """A stretch of text in one style. `href` (http or https) makes it a link."""

    text: str
    bold: bool = False
    italic: bool = False
    href: str | None = None

    def __post_init__(self) -> None:
        self.text = clean(self.text, lines=True)


Text = tuple[Run, ...]


def plain(text: Text) -> str:
    """The text without any style, for previews, screen readers and places that take no markup."""
    return text[0].text if len(text) == 1 else "".join([run.text for run in text])


def text(value: str, *, bold: bool = False) -> Text:
    """One unstyled run."""
    return (Run(value, bold=bold),)


@dataclass(slots=True, unsafe_hash=True)
class Confirm:
    """What is asked before a button counts: `yes` does it, `no` leaves all as it is.

    Short enough for every platform: a title of 100 characters, a text of 300, two answers of 24.
    """

    title: str
    text: str
    yes: str
    no: str = "No, go back"

    def __post_init__(self) -> None:
        self.title, self.text, self.yes, self.no = map(clean, (self.title, self.text, self.yes, self.no))


YES, NO = "yes", "no"
"""What stands behind the colon of an action that was asked about, once it is answered ("know-case:yes")."""


@dataclass(slots=True, unsafe_hash=True)
class Button:
    """Something to press. `label` says all of it ("Acknowledge alert QA-1042"), for screen readers too.

    `token` is the opaque token of a notice or deadline; a press carries it and `action` back, nothing else.
    With `url` it is a link and sends no press. A platform that can ask by itself asks `confirm`, and sends the action
    with `:yes` behind it; where it does not, the service asks.
    """

    action: str
    label: str
    token: str = ""
    style: Style = "default"
    url: str | None = None
    confirm: Confirm | None = None

    def __post_init__(self) -> None:
        self.label = clean(self.label)


@dataclass(slots=True, unsafe_hash=True)
class Heading:
    """A heading inside the card."""

    text: str

    def __post_init__(self) -> None:
        self.text = clean(self.text)


@dataclass(slots=True, unsafe_hash=True)
class Paragraph:
    """A paragraph."""

    text: Text


@dataclass(slots=True, unsafe_hash=True)
class Facts:
    """Label and value pairs, in order."""

    pairs: tuple[tuple[str, Text], ...]

    def __post_init__(self) -> None:
        self.pairs = tuple([(clean(label), value) for label, value in self.pairs])


@dataclass(slots=True, unsafe_hash=True)
class Bullets:
    """An unordered list."""

    items: tuple[Text, ...]


@dataclass(slots=True, unsafe_hash=True)
class Row:
    """One line of a list of things, each with its own buttons (a digest, "what I owe").

    `cells` says the same as columns of a table, label and value, where the list is long and its message has columns.
    """

    text: Text
    buttons: tuple[Button, ...] = ()
    cells: tuple[tuple[str, Text], ...] = ()


@dataclass(slots=True, unsafe_hash=True)
class Note:
    """Small print at the end: why you get this, whom to phone."""

    text: Text


@dataclass(slots=True, unsafe_hash=True)
class Picture:
    """A chart beside the words. `alt` says its figures in words, for whoever does not see it.

    `svg` is the drawing; `png` the same as a picture, once it was made (`messaging.pictures`). Where there is none, a
    platform leaves it out: the card's button leads to the page that has the same figures.
    """

    title: str
    alt: str
    svg: str
    png: bytes = b""

    def __post_init__(self) -> None:
        self.title, self.alt = clean(self.title), clean(self.alt)


Block = Heading | Paragraph | Facts | Bullets | Row | Note | Picture


@dataclass(slots=True, unsafe_hash=True)
class Table:
    """A long list as a whole, for a platform that has tables: where it is drawn, it stands for the blocks `instead`.

    These are blocks of the card itself (the very same objects), which every other platform shows. Each of `rows` has a
    value for each of `columns`.
    """

    caption: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Text, ...], ...]
    instead: tuple[Block, ...]

    def __post_init__(self) -> None:
        self.caption, self.columns = clean(self.caption), tuple([clean(each) for each in self.columns])


@dataclass(slots=True, unsafe_hash=True)
class Card:
    """A whole message. `summary` is the notification's preview: a full sentence that gives nothing away.

    `more_url` is the page of the web inbox that shows the whole card: where an adapter must cut, it links there.
    `done` means that nothing is left to press. `part`: of a list that does not begin with its first row, from which row
    on, as it is typed behind "mine": whoever answers something there goes on there.
    """

    title: str
    summary: str
    lane: Lane = "due"
    blocks: tuple[Block, ...] = ()
    buttons: tuple[Button, ...] = ()
    more_url: str | None = None
    message: str = ""
    done: bool = False
    tables: tuple[Table, ...] = ()
    part: str = ""

    def __post_init__(self) -> None:
        self.title, self.summary = clean(self.title), clean(self.summary)

    def all_buttons(self) -> tuple[Button, ...]:
        """Every button, those of the rows first."""
        rows = tuple(button for block in self.blocks if isinstance(block, Row) for button in block.buttons)
        return rows + self.buttons

    def without_buttons(self) -> "Card":
        """The same card with nothing to press."""
        blocks = tuple(replace(block, buttons=()) if isinstance(block, Row) else block for block in self.blocks)
        return replace(self, blocks=blocks, buttons=(), done=True, tables=())


def plain_card(card: Card) -> str:
    """The card as lines of plain text: for the command line, screen readers and fallback texts."""
    lines = [card.title]
    for block in card.blocks:
        match block:
            case Paragraph(value) | Note(value):
                lines += ["", plain(value)]
            case Facts(pairs):
                lines += ["", *[f"{label}: {plain(value)}" for label, value in pairs]]
            case Heading(heading):
                lines += ["", heading]
            case Bullets(items):
                lines += ["", *[f"- {plain(item)}" for item in items]]
            case Row(value, buttons):
                lines.append(f"- {plain(value)}" + "".join([f" [{button.label}]" for button in buttons]))
            case Picture(title, alt):
                lines += ["", title, alt]
    if card.buttons:
        lines += ["", " ".join([f"[{button.label}]" for button in card.buttons])]
    return "\n".join(lines)


@dataclass(frozen=True, slots=True)
class Limits:
    """What a platform can show; the start-up check holds every message file against every adapter's limits.

    `pictures`: whether it shows any. `live`: whether it shows a card as it is whenever somebody looks, so that no copy
    of it there is ever drawn anew.
    """

    title: int = 150
    text: int = 3000
    label: int = 75
    buttons: int = 25
    blocks: int = 50
    extra: tuple[str, ...] = field(default=())
    pictures: bool = False
    live: bool = False
