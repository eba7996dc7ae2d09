"""A post: a job in an invented council."""

from dataclasses import dataclass
from typing import Literal

Of = Literal["team", "service", "council"]


@dataclass(frozen=True, slots=True)
class Post:
    """A job of which there is one in each team or service, or `number` in the whole council.

    `under` is the name of the post that manages it; of several in the whole council the first manages the others.
    `covered`: whether colleagues stand in for each other. `administrator`: whether the first looks after qabot.
    """

    name: str
    roles: tuple[str, ...]
    of: Of = "council"
    number: int = 1
    under: str = ""
    covered: bool = False
    administrator: bool = False

    def seats(self, services: int, teams: int) -> int:
        """How many people have it."""
        return {"team": teams, "service": services, "council": self.number}[self.of]
