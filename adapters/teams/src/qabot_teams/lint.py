"""Our own rules for Adaptive Cards, beyond what the schema of 1.5 holds (docs/teams.md lists them)."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

from qabot_teams.cards import ACTIONS_IN_A_ROW, MAX_BYTES, MAX_PICTURED, size

_CONTAINERS = ("body", "items", "columns", "inlines", "actions", "fallback", "selectAction", "rows", "cells")


def lint(card: dict[str, Any]) -> list[str]:
    """What is wrong with a drawn card, as sentences; empty if nothing is."""
    problems = list(_whole(card))
    elements = list(_walk(card))
    inputs = Counter(each["id"] for each in elements if _kind(each).startswith("Input.") and "id" in each)
    problems += [f"The input id {name!r} is used {times} times." for name, times in inputs.items() if times > 1]
    for element in elements:
        problems += _element(element)
    return problems


def _whole(card: dict[str, Any]) -> Iterator[str]:
    if card.get("version") != "1.5":
        yield "The version must be 1.5."
    if card.get("lang") != "en-GB":
        yield "The language must be en-GB."
    for name in ("speak", "fallbackText"):
        if not card.get(name):
            yield f"The card has no {name}."
    most = MAX_PICTURED if any(_kind(each) == "Image" for each in card.get("body", ())) else MAX_BYTES
    if size(card) > most:
        yield f"The card takes {size(card)} bytes; at most {most} are safe."


def _element(element: dict[str, Any]) -> Iterator[str]:
    kind = _kind(element)
    if kind == "TextBlock" and element.get("wrap") is not True:
        yield f"The text {element.get('text', '')[:30]!r} does not wrap."
    if kind in {"TextBlock", "TextRun"} and not element.get("text"):
        yield f"A {kind} has no text."
    if kind == "Image" and not element.get("altText"):
        yield "An image has no alternative text."
    if kind.startswith("Input."):
        yield from _input(element)
    if kind.startswith("Action.") and not element.get("title"):
        yield f"An {kind} has no title."
    if kind == "Action.Execute" and _kind(element.get("fallback", {})) != "Action.Submit":
        yield f"The button {element.get('title')!r} has no Action.Submit to fall back to."
    if kind == "ActionSet" and len(element.get("actions", ())) > ACTIONS_IN_A_ROW:
        yield f"A row of buttons has more than {ACTIONS_IN_A_ROW}: Teams hides the rest."


def _input(element: dict[str, Any]) -> Iterator[str]:
    name = element.get("id")
    if not name:
        yield f"An {_kind(element)} has no id."
    if not element.get("label"):
        yield f"The input {name!r} has no label."
    if element.get("isRequired") and not element.get("errorMessage"):
        yield f"The input {name!r} is required and has no error message."


def _kind(element: object) -> str:
    return str(element.get("type", "")) if isinstance(element, dict) else ""


def _walk(element: object) -> Iterator[dict[str, Any]]:
    if isinstance(element, list):
        for each in element:
            yield from _walk(each)
    elif isinstance(element, dict):
        yield element
        for name in _CONTAINERS:
            yield from _walk(element.get(name))
