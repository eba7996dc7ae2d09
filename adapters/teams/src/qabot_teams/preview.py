"""What a card says in Teams, element by element: for whoever looks at it before it is sent."""

import re
from collections.abc import Iterator, Sequence

from qabot.adapter import Part
from qabot.messaging.card import Card
from qabot_teams.cards import Element, draw

_ESCAPED = re.compile(r"\\([^\w\s])")


def parts(card: Card) -> Iterator[Part]:
    """The parts of its Adaptive Card, from top to bottom, as they are sent."""
    yield from _parts(draw(card)["body"])


def _parts(elements: Sequence[Element]) -> Iterator[Part]:
    for element in elements:
        match element["type"]:
            case "Container":
                yield from _parts(element["items"])
            case "ActionSet":
                yield from (Part("button", str(action["title"])) for action in element["actions"])
            case "TextBlock":
                yield Part("heading", _ESCAPED.sub(r"\1", str(element["text"])))
            case "RichTextBlock":
                runs = element["inlines"]
                small = any(run.get("size") == "Small" for run in runs)
                yield Part("note" if small else "text", "".join(str(run["text"]) for run in runs))
