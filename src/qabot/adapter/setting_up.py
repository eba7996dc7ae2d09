"""What `qabot setup` asks for a chat, as its adapter says it: the adapter's class may have it as `setting_up`."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from qabot.adapter.exchange import CommandWord


@dataclass(frozen=True, slots=True)
class ChatQuestion:
    """One thing that is asked: the setting that it becomes, in words, and how an answer is checked.

    `key` is its name in a file of answers. `check` says what is wrong with an answer, "" if nothing is. A `secret` is
    kept in a file of its own. What is `optional` may be left empty, and then stands in no setting.
    """

    key: str
    setting: str
    words: str
    check: Callable[[str], str]
    secret: bool = False
    optional: bool = False


@dataclass(frozen=True, slots=True)
class ChatSetup:
    """The questions of one chat, what has to be there before they can be answered, and what is done afterwards.

    `also` are settings besides. In them and in `after`, `{administrator}` is the administrator's e-mail address,
    `{address}` where people reach qabot, and `{folder}` where its settings are. `shows` is a text that is needed for
    `before`, such as a manifest, and is also kept as the file `shows_as`. `pack` writes a file `packed_as` that is
    needed afterwards, from the settings, the council's name and the words that people can type; where people reach
    qabot on this machine alone, it is left out.
    """

    before: str
    questions: tuple[ChatQuestion, ...]
    after: tuple[str, ...]
    also: Mapping[str, str] = field(default_factory=dict)
    shows: Callable[[], str] | None = None
    shows_as: str = ""
    pack: Callable[[Path, Mapping[str, str], str, Sequence[CommandWord]], object] | None = None
    packed_as: str = ""
