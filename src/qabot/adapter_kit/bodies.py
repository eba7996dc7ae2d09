"""Bodies as platforms send them: JSON, also where a client has cut a text in the middle of an emoji.

Half an emoji (a lone surrogate) is no Unicode, and a strict reader refuses the whole body for it: what somebody typed
would be answered with nothing but "please try again". It cannot be shown either, so it is left out.
"""

import json
from typing import Any

import orjson


def read_json(body: str | bytes) -> Any:
    """What a body says, without halves of emoji. Raises `ValueError` for what is no JSON, or is nested too deep."""
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        if not _may_hold_a_half(body):
            raise
    try:
        whole = json.dumps(json.loads(body), ensure_ascii=False, allow_nan=False)
    except RecursionError:
        raise ValueError("it is nested too deep") from None
    return orjson.loads(whole.encode("utf-8", "ignore"))


def _may_hold_a_half(body: str | bytes) -> bool:
    """Whether a surrogate is written as an escape, which is the one way in which a body can hold half a pair."""
    return "\\ud" in body.lower() if isinstance(body, str) else b"\\ud" in body.lower()
