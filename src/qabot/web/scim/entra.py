"""What Entra ID sends otherwise than RFC 7644 says, put right before it is read: a manager as a bare text."""

from typing import Any

import orjson

from qabot.web.scim.shapes import ENTERPRISE

MANAGER = "manager"
PATHS = frozenset({MANAGER, f"{ENTERPRISE}:{MANAGER}".casefold()})


def put_right(body: bytes) -> bytes:
    """The body with each manager as an object; as it was where it is no JSON object: whoever reads it says so."""
    try:
        given = orjson.loads(body)
    except orjson.JSONDecodeError:
        return body
    if not isinstance(given, dict):
        return body
    for name, value in list(given.items()):
        if name.casefold() == "operations" and isinstance(value, list):
            given[name] = [_operation(each) for each in value]
    return orjson.dumps(_user(given))


def _operation(given: Any) -> Any:
    if not isinstance(given, dict):
        return given
    op, path, value = ((name, given.get(name)) for name in ("op", "path", "value"))
    if isinstance(path[1], str) and path[1].casefold() in PATHS:
        if isinstance(op[1], str) and op[1].casefold() == "remove":
            return {"op": op[1], "path": path[1]}
        whose = _manager(value[1])
        return {**given, "value": whose} if whose is not None else {"op": "remove", "path": path[1]}
    return {**given, "value": _user(value[1])} if path[1] is None and isinstance(value[1], dict) else given


def _user(given: dict[str, Any]) -> dict[str, Any]:
    """Attributes of a user, in which a manager can stand in two ways."""
    made = {}
    for name, value in given.items():
        if name.casefold() == ENTERPRISE.casefold() and isinstance(value, dict):
            inside = {key: _manager(each) if key.casefold() == MANAGER else each for key, each in value.items()}
            made[name] = inside
        else:
            made[name] = _manager(value) if name.casefold() in PATHS else value
    return made


def _manager(value: Any) -> Any:
    """A manager as an object; None for nobody, whom Entra ID writes as an empty text."""
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    if isinstance(value, dict):
        return value if value.get("value") else None
    return {"value": value} if isinstance(value, str) and value else None
