"""Parts that the messaging tests build message files and cards from."""

from collections.abc import Callable
from pathlib import Path

from qabot.messaging.card import Button, Card

FRONT = "---\nlane: due\nsummary: You have something to see.\nsample: audit\n{more}---\n"
"""Front matter of four lines and two fences: a body starts in line 6 (plus the lines in `more`)."""

Write = Callable[..., Path]
Render = Callable[..., Card]


def button(action: str, token: str) -> Button:
    return Button(action, f"{action} this", token)
