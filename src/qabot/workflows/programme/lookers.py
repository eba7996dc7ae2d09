"""Who looks again at work that a sample has drawn: by lot or in turn, and never whoever must not."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from sqlmodel import col, func, select

from qabot.framework.samples import Sample
from qabot.models import Audit, Case, CaseInvolvement, Moderation
from qabot.planning.choosing import Candidate, Rules
from qabot.planning.recipients import Parties, holders
from qabot.planning.sampling import draw_order
from qabot.workflows.core import looks
from qabot.workflows.core.unit import Unit
from qabot.workflows.programme import choosing


class Lookers:
    """Whose the next draw of a sample is.

    1. Of the roles that look again, whoever holds one for the work's team: the first role that somebody holds who may;
       with `shared-by` all who hold one in whatever team or service, together.
    2. Nobody who audited it, whose work it is, or who stands to its case as `never` says, nor whoever has one of them
       stand in today. If nobody is left, the roles above are asked, each by itself.
    3. Of several one by lot; with `shared-by` whoever waited longest for one of this sample, ties by lot.
    """

    def __init__(self, unit: Unit, name: str, rules: Sample, seed: str) -> None:
        self.unit = unit
        self.rules = rules
        self.seed = seed
        self.never = Rules(frozenset(rules.never))
        query = select(Moderation.moderator_id, func.max(Moderation.id)).where(Moderation.layer == name)
        rows = unit.session.exec(query.group_by(col(Moderation.moderator_id))).all()
        self.waiting = {person: last for person, last in rows if person is not None}

    def next(self, audit: Audit) -> int | None:
        """Who looks again at this; None if nobody may, not even above."""
        for people in self._levels(audit):
            able = [each for each in looks.able(self.unit, audit, people) if self._may(audit, each)]
            if able:
                return self._turn(audit, able) if self.rules.shared_by else looks.by_lot(audit, able, self.seed)
        return None

    def _levels(self, audit: Audit) -> Iterator[list[int]]:
        """Those who could look again, those who should first."""
        parties = Parties(team_id=audit.team_id, auditor_id=audit.auditor_id, practitioner_id=audit.practitioner_id)

        def holding(role: str, of_work: Parties = parties) -> list[int]:
            return holders(role, of_work, self.unit.directory, self.unit.framework, self.unit.today)

        if self.rules.shared_by:
            # Of the work's own service whoever oversees it may not look again: the turns are those of the others.
            anywhere = replace(parties, everywhere=True)
            turns = (each for role in self.rules.shared_by for each in holding(role, anywhere))
            yield list(dict.fromkeys(turns))
        yield from (holding(role) for role in self.rules.owes)
        yield from (holding(role) for role in _above(self.unit, self.rules.roles))

    def _may(self, audit: Audit, person: int) -> bool:
        return not self.never.why_not(choosing.as_auditor(self.unit, person), _case_of(self.unit, audit))

    def _turn(self, audit: Audit, people: list[int]) -> int:
        lots = draw_order(f"{self.seed}:{audit.reference}", [str(each) for each in people])
        chosen = min(people, key=lambda each: (self.waiting.get(each, 0), lots.index(str(each))))
        self.waiting[chosen] = max(self.waiting.values(), default=0) + 1
        return chosen


def _above(unit: Unit, roles: Sequence[str]) -> list[str]:
    """The roles above these, from below upwards, each once."""
    above: dict[str, None] = {}
    for role in roles:
        following = unit.framework.roles[role].above
        while following and following not in above:
            above[following] = None
            following = unit.framework.roles[following].above
    return list(above)


def _case_of(unit: Unit, audit: Audit) -> Candidate:
    """The case that work is about, with all who were involved in it; of work about something else its team."""
    case = unit.session.exec(select(Case).where(Case.reference == audit.case_reference)).first()
    query = select(CaseInvolvement.person_id).where(CaseInvolvement.case_id == (case.id if case else 0))
    involved = {*unit.session.exec(query), *({case.practitioner_id} if case and case.practitioner_id else ())}
    return Candidate(audit.reference, audit.team_id, audit.practitioner_id, frozenset(involved))
