"""Whether a card is one that Teams would take: by the packaged schema of Adaptive Cards 1.5, and by our rules."""

import functools
import json
from importlib.resources import files
from typing import Any, cast

import jsonschema
import jsonschema_rs

from qabot_teams.lint import lint


@functools.cache
def _schema() -> dict[str, Any]:
    text = files("adaptive_cards").joinpath("schemas/schema-1.5.json").read_text(encoding="utf-8")
    return cast(dict[str, Any], json.loads(text))


@functools.cache
def _quick() -> jsonschema_rs.Draft7Validator:
    return jsonschema_rs.Draft7Validator(_schema())


def problems(card: dict[str, Any]) -> list[str]:
    """What the schema and the rules find.

    Whether there is anything says a validator in Rust, which takes next to no time; what, the one that says it best.
    """
    return ([] if _quick().is_valid(card) else _found(card)) + lint(card)


def _found(card: dict[str, Any]) -> list[str]:
    return [
        f"{'/'.join(map(str, error.absolute_path))}: {best.message}"
        for error in jsonschema.Draft7Validator(_schema()).iter_errors(card)
        for best in [jsonschema.exceptions.best_match([error])]
    ] or ["the card is not one of Adaptive Cards 1.5"]


def parts(card: object) -> list[dict[str, Any]]:
    """Every element, action and run of a card, in reading order; what a fallback holds is left out."""
    if isinstance(card, list):
        return [found for each in card for found in parts(each)]
    if not isinstance(card, dict):
        return []
    below = ("body", "items", "columns", "inlines", "actions", "selectAction")
    return [card] + [found for name in below for found in parts(card.get(name))]


def shown(card: dict[str, Any]) -> str:
    """What a person reads on a card, a line for each block."""
    lines = []
    for each in parts(card):
        if each.get("type") == "RichTextBlock":
            lines.append("".join(run["text"] for run in each["inlines"]))
        elif each.get("type") == "TextBlock":
            lines.append(each["text"].replace("\\", "").replace("\u2060", ""))
        elif each.get("type") == "Image":
            lines.append(str(each["altText"]))
        elif str(each.get("type", "")).startswith("Input."):
            lines.append(str(each.get("label", "")))
    return "\n".join(lines)


def buttons(card: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The card's buttons by what stands on them."""
    kinds = ("Action.Execute", "Action.Submit", "Action.OpenUrl")
    return {each["title"]: each for each in parts(card) if each.get("type") in kinds and "title" in each}
