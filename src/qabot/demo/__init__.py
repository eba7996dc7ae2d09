"""The invented council: nobody in it exists."""

from qabot.demo.council import CaseData, CouncilData, PersonData, TeamData, invented_council

__all__ = ["CaseData", "CouncilData", "PersonData", "TeamData", "invented_council"]
