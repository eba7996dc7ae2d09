"""Who may read a record of good practice: what whoever it is about decided, as far as somebody has looked it over."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import reduce

from sqlmodel import col, select

from qabot.framework.schema import Framework
from qabot.framework.vocabulary import NOMINATION, asked, deciding
from qabot.models import Answer, Nomination
from qabot.models.look_up import by_id
from qabot.models.rows import NominationRow
from qabot.planning.directory import Directory, TeamPlace
from qabot.workflows.core.unit import Unit

PRIVATE, SERVICE, EVERYONE, WITHDRAWN = "private", "service", "everyone", "withdrawn"
WIDTH = {PRIVATE: 0, SERVICE: 1, EVERYONE: 2}
"""How widely each answer shares a record."""
OWN_NAME = "share"
"""Under what name an answer is kept where the framework asks no such question."""
Answers = Mapping[int, list[Answer]]


def who_may_read(framework: Framework) -> str:
    """The question by which whoever it is about decides who may read it."""
    return deciding(framework, "who-may-read") or OWN_NAME


def look_over(framework: Framework) -> str:
    """The question by which somebody looks a record over before others read it; "" where nobody does."""
    name = deciding(framework, "may-be-shared")
    return name if name in asked(framework) else ""


def answers_of(unit: Unit, ids: Iterable[int] | None = None) -> Answers:
    """What was decided about each record, or about these, by the record's id: the oldest first."""
    names = {who_may_read(unit.framework), OWN_NAME, look_over(unit.framework)}
    query = select(Answer).where(Answer.subject_type == NOMINATION, col(Answer.question).in_(names))
    if ids is not None:
        query = query.where(col(Answer.subject_id).in_(list(ids)))
    answers: dict[int, list[Answer]] = {}
    for each in unit.session.exec(query.order_by(col(Answer.id))):
        answers.setdefault(each.subject_id, []).append(each)
    return answers


@dataclass(frozen=True, slots=True)
class Sharing:
    """Who may read a record: as it was decided, and as it was looked over, which is never more.

    `since` (UTC) is when it last came to be read by more people. Without anybody who looks it over, at once.
    """

    decided: str = PRIVATE
    readable: str = PRIVATE
    since: datetime | None = None

    def after(self, answer: Answer, check: str) -> "Sharing":
        """The same after one more answer; `check` is the question of whoever looks it over, if there is one."""
        said = str(answer.value)
        if answer.question == check:
            return self._now(self.decided, self.decided if said == "yes" else PRIVATE, answer.at)
        decided = said if said in WIDTH else PRIVATE
        return self._now(decided, min(self.readable, decided, key=WIDTH.__getitem__) if check else decided, answer.at)

    def _now(self, decided: str, readable: str, at: datetime) -> "Sharing":
        return Sharing(decided, readable, at if WIDTH[readable] > WIDTH[self.readable] else self.since)


def sharing(framework: Framework, row: NominationRow, answers: Answers) -> Sharing:
    """Who may read a record now; nobody else, once it is withdrawn."""
    if row.state == WITHDRAWN:
        return Sharing(WITHDRAWN)
    check = look_over(framework)
    return reduce(lambda now, answer: now.after(answer, check), answers.get(row.id, ()), Sharing())


def may_read(unit: Unit, row: NominationRow, readable: str, person_id: int) -> bool:
    """Whether somebody who still works here shares it with this person."""
    if unit.directory.person(row.nominee_id) is None or readable == PRIVATE:
        return False
    services = (unit.directory.services(each, unit.today) for each in (row.nominee_id, person_id))
    return readable == EVERYONE or (readable == SERVICE and bool(set.intersection(*services)))


def place(directory: Directory, person_id: int | None) -> TeamPlace | None:
    """Where somebody works, while they do."""
    staff = directory.person(person_id)
    return by_id(directory.teams, staff.team_id) if staff is not None else None


def records(unit: Unit) -> list[Nomination]:
    """Every record, what was seen last first."""
    query = select(Nomination).order_by(col(Nomination.seen_on).desc(), col(Nomination.id).desc())
    return list(unit.session.exec(query))
