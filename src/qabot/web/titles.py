"""What people call what the tables hold by its name in a file: roles, messages, and kinds of deadline."""

from collections.abc import Mapping

from qabot.framework.schema import Framework
from qabot.framework.spoken_reasons import spoken_reason
from qabot.framework.vocabulary import CALLED
from qabot.web.drawing import words
from qabot.workflows.core.views import title_of

MOST = 2000
"""So many reasons are kept in words at most."""


class Titles:
    """Titles by name. What has no title any more, because the file has changed, is its name as words."""

    def __init__(self, framework: Framework, messages: Mapping[str, str]) -> None:
        """`messages` are the titles of messages."""
        self.framework = framework
        self.roles = framework.titles()
        self.messages = messages
        self._reasons: dict[tuple[str, str], str] = {}

    def role(self, name: str) -> str:
        """A role's title; of a person of the deadline, such as its owner, what people call them."""
        return self.roles.get(name) or CALLED.get(name) or words(name)

    def message(self, name: str) -> str:
        """What lists call a message."""
        return self.messages.get(name) or words(name)

    def kind(self, name: str) -> str:
        """What people call a kind of deadline, or a duty that opened none."""
        return title_of(name, self.framework)

    def reason(self, text: str, rule: str) -> str:
        """Why a notice goes; its rule stands beside it."""
        key = text, rule
        if key not in self._reasons:
            # A long list has few reasons, and each takes a look through every ladder.
            if len(self._reasons) >= MOST:
                self._reasons.clear()
            self._reasons[key] = spoken_reason(self.framework, text, rule)
        return self._reasons[key]

    def ladder(self, name: str) -> str:
        """A ladder's title."""
        ladder = self.framework.every_ladder.get(name)
        return ladder.title if ladder else words(name)
