"""The council of these tests, and RED reviews for it in a hurry, as the files that qabot imports."""

import csv
import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from qabot.demo.council import CouncilData, PersonData
from qabot.framework.rhythms import Rhythm
from tests.faults.chats import chat_of
from tests.support.invented import newham_council

SIZE = 120
TODAY = date(2026, 11, 24)
BEGINNING = datetime(2026, 11, 24, 10, 0, tzinfo=ZoneInfo("Europe/London"))
"""A Tuesday. Alerts go at once, digests too."""
HEADINGS = ("case_reference", "activity", "cycle", "auditor", "team", "submitted_on", "manager-overall")
SPREAD = {"slack": 1, "teams": 6, "gateway": 23}
"""Of thirty alerts, how many are of each chat's people: about as many as it takes in the same time."""


@dataclass
class Reds:
    """RED reviews, numbered through, so that each file holds new ones."""

    council: CouncilData
    only: str = ""
    spread: Mapping[str, int] = field(default_factory=lambda: SPREAD)
    _numbers: Iterator[int] = field(default_factory=lambda: itertools.count(2_000_000))

    def write(self, path: Path, count: int) -> Path:
        """A file of so many, due to be told to two people each."""
        teams = self._teams()
        quarter = Rhythm.parse("quarter").period(TODAY)
        assert quarter is not None
        starts = quarter.starts
        with path.open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            writer.writerow(HEADINGS)
            for team, lead in itertools.islice(teams, count):
                number = next(self._numbers)
                writer.writerow((number, "practice-learning-review", starts, lead.email, team, TODAY, "red"))
        return path

    def _teams(self) -> Iterator[tuple[str, PersonData]]:
        """Teams and their leads, without end, in the chats' proportion."""
        leads = {person.team: person for person in self.council.people if "practice-lead" in person.roles}
        services = {name: chat_of(number) for number, name in enumerate(self.council.services)}
        of_chat: dict[str, list[str]] = {}
        for each in self.council.teams:
            of_chat.setdefault(self.only or services[each.service], []).append(each.name)
        spread = {self.only: 1} if self.only else self.spread
        turns = {chat: itertools.cycle(teams) for chat, teams in of_chat.items()}
        for chat in itertools.cycle([chat for chat, times in spread.items() for _ in range(times)]):
            team = next(turns[chat])
            yield team, leads[team]


def council() -> CouncilData:
    """Everybody, with nobody on leave in these days."""
    return newham_council(SIZE, today=TODAY - timedelta(days=200))
