"""What a rule of a council's document says, and how it is read."""

from pydantic import Field

from qabot.framework.base import Strict


class Rule(Strict):
    """A rule in plain English: its words, where they stand in the source, its flag, and the reading taken.

    `flag`: E explicit, A ambiguous, G gap, M misprint. `reading` is what qabot does; `confirm` says that the council
    must confirm it before go-live (always so for A and G).
    """

    text: str = Field(description="The rule in our own words.")
    source: str = Field(description="Where it stands in the document: section and line.")
    flag: str = Field(
        default="E",
        pattern=r"^[EAGM](, ?[EAGM])*$",
        description="E explicit, A ambiguous, G gap, M misprint; several with commas.",
    )
    reading: str = Field(
        default="",
        description=("What qabot does. Every rule with A or G needs one, and the council confirms it before go-live."),
    )
    reference: str = Field(default="", description="The reading under `confirm` that it follows; several with commas.")

    @property
    def confirm(self) -> bool:
        """Whether the council must confirm the reading before go-live."""
        return "A" in self.flag or "G" in self.flag
