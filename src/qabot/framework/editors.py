"""The JSON Schema of framework files, for editors: generated, never written by hand."""

from copy import deepcopy
from typing import Any

from qabot.framework.schema import Framework

_PART = "Part"
"""What the names of the definitions end with in which nothing is required."""


def json_schema() -> dict[str, Any]:
    """The schema (draft 2020-12). A file that `extends` another needs to say only what differs."""
    whole = _closed(Framework.model_json_schema())
    definitions = whole.pop("$defs")
    parts = {f"{name}{_PART}": _part(each) for name, each in definitions.items()}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A framework of qabot",
        "type": "object",
        "if": {"required": ["extends"]},
        "then": _part(whole),
        "else": whole,
        "$defs": {**definitions, **parts},
    }


def _closed(schema: Any) -> Any:
    """A copy in which a name that is not of the form that is asked for is refused, as the loader does."""
    if isinstance(schema, list):
        return [_closed(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    closed = {key: _closed(each) for key, each in schema.items()}
    return {"additionalProperties": False, **closed} if "patternProperties" in closed else closed


def _part(schema: Any) -> Any:
    """A copy in which no key is required, and an empty value takes a key away."""
    if isinstance(schema, list):
        return [_part(each) for each in schema]
    if not isinstance(schema, dict):
        return deepcopy(schema)
    part = {key: _part(each) for key, each in schema.items() if key != "required"}
    for key in {"properties", "patternProperties"} & schema.keys():
        part[key] = {name: _or_nothing(_part(each)) for name, each in schema[key].items()}
    if isinstance(schema.get("additionalProperties"), dict):
        part["additionalProperties"] = _or_nothing(part["additionalProperties"])
    if isinstance(part.get("$ref"), str):
        part["$ref"] += _PART
    return part


def _or_nothing(schema: dict[str, Any]) -> dict[str, Any]:
    return {"anyOf": [schema, {"type": "null"}]}
