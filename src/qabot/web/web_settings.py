"""Which of the settings the pages read."""

from collections.abc import Mapping
from pathlib import Path
from typing import Protocol


class WebSettings(Protocol):
    """The settings that the pages read. `base_url` is where people reach the service, without a slash at its end."""

    @property
    def base_url(self) -> str:
        """Such as https://qabot.council.example."""

    @property
    def secret_keys(self) -> tuple[str, ...]:
        """The first signs sessions and personal links; what the others signed still counts."""

    @property
    def demo(self) -> bool:
        """Whether this is the demo: invented people, anybody may be anybody, loopback only."""

    @property
    def session_hours(self) -> int:
        """How long a session lasts from its sign-in."""

    @property
    def session_idle_minutes(self) -> int:
        """How long a session lasts from its last page; 0 is no such limit."""

    @property
    def colour(self) -> str:
        """The council's own, such as #0d3b44; "" is ours."""

    @property
    def logo(self) -> Path | None:
        """The file of the council's logo."""

    @property
    def personal_links(self) -> str:
        """everybody, or unbound: only those who have not signed in with an account of theirs yet."""

    @property
    def retention(self) -> Mapping[str, int] | None:
        """How many days kinds of data are kept, where the council set it."""
