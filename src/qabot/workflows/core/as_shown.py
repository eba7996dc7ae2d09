"""What a form shows of how something stands goes with it and comes back: nobody changes what they have not seen.

A form can stay open for hours, in a tab, a modal or a chat, while a colleague puts right what it is about. What was
sent in ignorance of that would take the place of theirs without a word. So its token carries a mark of what it showed.
"""

import hashlib
from typing import Any

import orjson

MARK = "~"
"""Behind it stands the mark; no token and no reference has one."""
LENGTH = 12


def marked(token: str, stands: Any) -> str:
    """The token of a form that shows that it stands so: anything that can be written as JSON."""
    return f"{token}{MARK}{_mark(stands)}"


def parted(token: str) -> tuple[str, str]:
    """What a token names, and the mark of what its form showed; "" without one, as from a program."""
    name, _, mark = token.partition(MARK)
    return name, mark


def is_overtaken(mark: str, stands: Any) -> bool:
    """Whether somebody has changed it since the form with this mark was drawn."""
    return bool(mark) and mark != _mark(stands)


def _mark(stands: Any) -> str:
    written = orjson.dumps(stands, option=orjson.OPT_SORT_KEYS, default=str)
    return hashlib.sha256(written).hexdigest()[:LENGTH]
