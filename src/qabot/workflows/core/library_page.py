"""What the web shows of the library of good practice."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Example:
    """One record as it may be read. `shared` says who may read it, where it is the reader's own; `token` its card."""

    colleague: str
    service: str
    seen_on: date
    what: str
    difference: str
    tags: tuple[str, ...]
    shared: str = ""
    token: str = ""


@dataclass(frozen=True, slots=True)
class LibraryPage:
    """What one person may read: their own records, and what others share that matches; `tags` are all there are."""

    own: Sequence[Example]
    examples: Sequence[Example]
    tags: tuple[str, ...]
