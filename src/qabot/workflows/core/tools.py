"""What is needed to draw cards: the messages, what the workflows registered, the address of the web inbox."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from qabot.adapter import CommandWord
from qabot.messaging.card import Button, Picture
from qabot.messaging.files import Catalogue
from qabot.workflows.core.sealing import Sealer
from qabot.workflows.core.subjects import Subject


class Buttons(Protocol):
    """What cards show of all that the workflows registered: `registry.Registry` is it.

    What is registered takes units of work, which need not know more of it than this.
    """

    @property
    def verbs(self) -> Mapping[str, object]:
        """The buttons that do something, by name."""

    @property
    def links(self) -> Mapping[str, object]:
        """The buttons that only open the web inbox, by name."""

    def button(self, name: str, subject: Subject, token: str, url: str, inbox: str = "") -> Button | None:
        """The button as it is now; None if it is not offered."""

    def is_own(self, name: str) -> bool:
        """Whether whoever is only told of somebody else's audit is not offered it."""

    def labels(self, subject: Subject) -> dict[str, str]:
        """What each button says about this subject, offered or not."""

    def label(self, name: str, subject: Subject) -> str:
        """What one button says about this subject, offered or not."""

    def command_words(self) -> list[CommandWord]:
        """The words that people can type."""


def no_charts(results: Any) -> Sequence[Picture]:
    """None, where nobody draws any."""
    return ()


@dataclass(frozen=True, slots=True)
class Tools:
    """What is needed to draw cards: the messages, what workflows registered, and the address of the web inbox.

    `personal_link(person's id, now)` makes a signed link to it, and says until when (UTC) it can be opened. `sealer`
    seals what is answered in surveys. `charts` draws the results of a survey (`survey_results.Results`) for a chat.
    """

    catalogue: Catalogue
    registry: Buttons
    base_url: str
    personal_link: Callable[[int, datetime], tuple[str, datetime]]
    sealer: Sealer
    charts: Callable[[Any], Sequence[Picture]] = no_charts
