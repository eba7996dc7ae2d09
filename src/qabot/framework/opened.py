"""What is open as it opened, where the file says something else by now."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from qabot.framework.activities import Activity
from qabot.framework.duties import Duty


@dataclass(frozen=True, slots=True)
class Opened:
    """`gone` are duties that the file no longer has and that somebody still owes, by name.

    `by_ladder` are the duties of deadlines that opened by another file, also of those that are done, where they are not
    this one's: by the number of the snapshot that such a deadline keeps.
    `activities` are those that the file no longer has and of which there is work, by name.
    """

    gone: Mapping[str, Duty] = field(default_factory=dict)
    by_ladder: Mapping[int, Duty] = field(default_factory=dict)
    activities: Mapping[str, Activity] = field(default_factory=dict)

    def and_also(self, ladder: int, duty: Duty) -> "Opened":
        """The same with one more, as a copy: another thread may be looking at this one."""
        return replace(self, by_ladder={**self.by_ladder, ladder: duty})


class Which(NamedTuple):
    """Which deadlines some duties have opened: those of these `kinds`, less `others` by what they keep, and `also`."""

    kinds: tuple[str, ...]
    also: tuple[int, ...] = ()
    others: tuple[int, ...] = ()

    def __bool__(self) -> bool:
        """Whether there can be any."""
        return bool(self.kinds or self.also)
