"""A card as plain text and as HTML: the same words in both, and links in place of buttons.

No link does anything by itself: it opens a page of the inbox where the person signs in and presses. A scanner that
follows every link in the mail changes nothing.
"""

from collections.abc import Iterator
from hashlib import sha256
from html import escape

from qabot.adapter import Part
from qabot.messaging.card import (
    Block,
    Bullets,
    Button,
    Card,
    Facts,
    Heading,
    Note,
    Paragraph,
    Picture,
    Row,
    Text,
    plain,
)
from qabot.messaging.letters import cut
from qabot.messaging.two_ways import set_apart

LONGEST_TEXT = 20_000
LONGEST_TITLE = 200
MOST_BLOCKS = 200
MOST_BUTTONS = 40
CUT = "…"
OPENED = "Links open qabot, where you sign in and confirm. Please do not answer this e-mail: nobody reads it."


def page(card: Card, base_url: str) -> str:
    """The page of the inbox on which the whole card stands, with its buttons."""
    return card.more_url or f"{base_url}/inbox"


def target(button: Button, card: Card, base_url: str) -> str:
    """Where a button's link leads: its own address, or the card's page."""
    url = button.url or page(card, base_url)
    return url if url.startswith(("https://", "http://")) else page(card, base_url)


def parts(card: Card) -> Iterator[Part]:
    """The parts of the mail from top to bottom."""
    yield Part("heading", cut(card.title, LONGEST_TITLE))
    for block in card.blocks[:MOST_BLOCKS]:
        for words in lines(block):
            kind = "heading" if isinstance(block, Heading) else "note" if isinstance(block, Note) else "text"
            yield Part(kind, words)
        if isinstance(block, Row):
            yield from (Part("button", cut(each.label, LONGEST_TITLE)) for each in block.buttons)
    if len(card.blocks) > MOST_BLOCKS:
        yield Part("text", CUT)
    yield from (Part("button", cut(each.label, LONGEST_TITLE)) for each in card.buttons[:MOST_BUTTONS])
    yield Part("note", OPENED)


def lines(block: Block) -> list[str]:
    """A block's words, one line a thing."""
    match block:
        case Heading(words):
            return [cut(words, LONGEST_TEXT)]
        case Paragraph(value) | Note(value) | Row(value):
            return [cut(plain(value), LONGEST_TEXT)]
        case Facts(pairs):
            return [cut(f"{label}: {plain(value)}", LONGEST_TEXT) for label, value in pairs]
        case Bullets(items):
            return [cut(f"- {plain(item)}", LONGEST_TEXT) for item in items]
        case Picture(title, alt):
            return [cut(f"{title}. {alt}", LONGEST_TEXT)]


def as_text(card: Card, base_url: str) -> str:
    """The card as plain text, each button as its label and its address."""
    written = [cut(card.title, LONGEST_TITLE), ""]
    for block in card.blocks[:MOST_BLOCKS]:
        written += lines(block)
        if isinstance(block, Row):
            written += [f"  {_label(each)}: {target(each, card, base_url)}" for each in block.buttons]
        written.append("")
    if len(card.blocks) > MOST_BLOCKS:
        written += [CUT, ""]
    written += [f"{_label(each)}:\n{target(each, card, base_url)}\n" for each in card.buttons[:MOST_BUTTONS]]
    return "\n".join([*written, f"See all of it: {page(card, base_url)}", "", OPENED, ""])


def as_html(card: Card, base_url: str) -> str:
    """The card as a whole HTML page without scripts or anything that is fetched: pictures are parts of the mail."""
    title = escape(cut(card.title, LONGEST_TITLE))
    body = [f"<h1>{title}</h1>"]
    for block in card.blocks[:MOST_BLOCKS]:
        body.append(_html(block))
        if isinstance(block, Row):
            body += [f"<p>{_anchor(each, card, base_url)}</p>" for each in block.buttons]
    if len(card.blocks) > MOST_BLOCKS:
        body.append(f"<p>{CUT}</p>")
    body += [f"<p>{_anchor(each, card, base_url)}</p>" for each in card.buttons[:MOST_BUTTONS]]
    body.append(f'<p><a href="{escape(page(card, base_url))}">See all of it</a></p><p><small>{OPENED}</small></p>')
    return set_apart(
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title></head>'
        f"<body>{''.join(body)}</body></html>"
    )


def pictures(card: Card) -> list[Picture]:
    """Those that the HTML shows."""
    return [block for block in card.blocks[:MOST_BLOCKS] if isinstance(block, Picture) and block.png]


def cid(picture: Picture) -> str:
    """What a picture is called inside its mail."""
    return f"{sha256(picture.png).hexdigest()[:24]}@qabot"


def _label(button: Button) -> str:
    return cut(button.label, LONGEST_TITLE)


def _anchor(button: Button, card: Card, base_url: str) -> str:
    return f'<a href="{escape(target(button, card, base_url))}">{escape(_label(button))}</a>'


def _html(block: Block) -> str:
    match block:
        case Heading(words):
            return f"<h2>{escape(cut(words, LONGEST_TEXT))}</h2>"
        case Paragraph(value) | Row(value):
            return f"<p>{_styled(value)}</p>"
        case Note(value):
            return f"<p><small>{_styled(value)}</small></p>"
        case Facts(pairs):
            rows = "".join(f"<dt>{escape(label)}</dt><dd>{_styled(value)}</dd>" for label, value in pairs)
            return f"<dl>{rows}</dl>"
        case Bullets(items):
            return f"<ul>{''.join(f'<li>{_styled(item)}</li>' for item in items)}</ul>"
        case Picture(title, alt, _, png):
            said = escape(cut(alt, LONGEST_TEXT))
            shown = f'<img src="cid:{cid(block)}" alt="{said}" style="max-width: 100%">' if png else said
            return f"<h2>{escape(cut(title, LONGEST_TITLE))}</h2><p>{shown}</p>"


def _styled(value: Text) -> str:
    if len(plain(value)) > LONGEST_TEXT:
        return escape(cut(plain(value), LONGEST_TEXT))
    written = ""
    for run in value:
        words = escape(run.text).replace("\n", "<br>")
        words = f"<em>{words}</em>" if run.italic else words
        words = f"<strong>{words}</strong>" if run.bold else words
        linked = run.href is not None and run.href.startswith(("https://", "http://"))
        written += f'<a href="{escape(run.href or "")}">{words}</a>' if linked else words
    return written
