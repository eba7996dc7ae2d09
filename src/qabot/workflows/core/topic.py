"""What a moment is about: a piece of work, a row of an answer, a cycle, a nomination; and whose it is."""

from dataclasses import dataclass, field, replace
from datetime import date

from qabot.framework.gatherings import DAY
from qabot.framework.offsets import Moment as When
from qabot.framework.secret_lint import is_secret
from qabot.framework.vocabulary import NOMINATION, OCCASION
from qabot.models import (
    AnswerRow,
    Audit,
    Cycle,
    Deadline,
    Moderation,
    Nomination,
    Occasion,
)
from qabot.planning.recipients import Parties
from qabot.workflows.core import rows
from qabot.workflows.core.parties import parties_of
from qabot.workflows.core.unit import Unit


@dataclass(frozen=True)
class About:
    """What a moment is about: the piece of work, cycle or nomination, and what was said with it; or a row of an answer.

    `dates` are names from which offsets may count besides the moments (`cycle-start`, `new-date`). `owner` is whose a
    duty that opens is, where the moment says so. `row` is the row of an answer that it is about, if it is about one.
    `occasion` is the day of a gathering or an imported event, `practitioner_id` whom that is about.
    """

    subject: tuple[str, int]
    audit: Audit | None = None
    team_id: int | None = None
    concern: bool = False
    owner: int | None = None
    dates: dict[str, When] = field(default_factory=dict)
    row: AnswerRow | None = None
    occasion: Occasion | None = None
    practitioner_id: int | None = None

    @property
    def root(self) -> tuple[str, int]:
        """The work, cycle or nomination itself, also where this is about a row."""
        return (self.row.subject_type, self.row.subject_id) if self.row is not None else self.subject

    @property
    def is_outside(self) -> bool:
        """Whether it is about the good practice of somebody who is not in the list of people."""
        return self.subject[0] == NOMINATION and self.practitioner_id is None

    @property
    def people(self) -> dict[str, int]:
        """Whom the row names, by its columns."""
        return rows.held(self.row, "person") if self.row is not None else {}

    def with_row(self, row: AnswerRow) -> "About":
        """A row that was answered about this: what its columns of dates hold are days to count from."""
        dates = {name: date.fromisoformat(day) for name, day in rows.held(row, "date").items()}
        return replace(self, subject=(rows.ROW, row.id), row=row, owner=None, dates={**self.dates, **dates})

    @classmethod
    def work(cls, audit: Audit, *, concern: bool = False) -> "About":
        """A piece of work."""
        return cls(("audit", audit.id), audit, audit.team_id, concern)

    @classmethod
    def cycle(cls, cycle: Cycle) -> "About":
        """A cycle that is planned."""
        return cls(("cycle", cycle.id), dates={"cycle-start": cycle.starts_on, "cycle-end": cycle.due_on})

    @classmethod
    def day(cls, occasion: Occasion) -> "About":
        """The day of a gathering, or an imported event."""
        dates = {DAY: occasion.day, f"{occasion.thing}.{DAY}": occasion.day}
        return cls(
            (OCCASION, occasion.id),
            team_id=occasion.team_id,
            dates=dict(dates),
            occasion=occasion,
            practitioner_id=occasion.person_id,
        )

    @classmethod
    def nomination(cls, nomination: Nomination, team_id: int | None) -> "About":
        """A record of good practice; its practitioner is the colleague whom it is about."""
        return cls(("nomination", nomination.id), team_id=team_id, practitioner_id=nomination.nominee_id)


def with_owner(about: About, owner: int, **dates: When) -> About:
    """The same, where the moment says whose it is and gives dates."""
    return replace(about, owner=owner, dates={**about.dates, **dates})


def about_deadline(unit: Unit, deadline: Deadline) -> About:
    """What a deadline is about: of a second look, the piece of work that is looked at."""
    kind, number = deadline.subject_type, deadline.subject_id
    if kind == rows.ROW:
        row = unit.session.get_one(AnswerRow, number)
        return _about(unit, row.subject_type, row.subject_id, deadline.team_id).with_row(row)
    return _about(unit, kind, number, deadline.team_id)


def _about(unit: Unit, kind: str, number: int, team_id: int | None) -> About:
    if kind == "moderation":
        kind, number = "audit", unit.session.get_one(Moderation, number).audit_id
    audit = unit.session.get(Audit, number) if kind == "audit" else None
    if audit is not None:
        return About.work(audit)
    if kind == "cycle":
        return About.cycle(unit.session.get_one(Cycle, number))
    if kind == OCCASION:
        return About.day(unit.session.get_one(Occasion, number))
    if kind == NOMINATION:
        return About.nomination(unit.session.get_one(Nomination, number), team_id)
    return About((kind, number), team_id=team_id)


def parties_about(unit: Unit, name: str, about: About) -> Parties:
    """The people of what a duty opens for, for looking up roles."""
    audit = about.audit
    if audit is None:
        everywhere = about.team_id is None and (about.occasion is not None or about.subject[0] == "cycle")
        is_praise = about.subject[0] == NOMINATION
        return Parties(
            about.team_id,
            practitioner_id=about.practitioner_id,
            apart=about.practitioner_id if is_praise else None,
            named=about.people,
            everywhere=everywhere,
            last_resort=is_praise,
        )
    apart = audit.practitioner_id if is_secret(unit.framework, name) else None
    return Parties(audit.team_id, None, audit.auditor_id, audit.practitioner_id, apart=apart, named=about.people)


def parties_to(unit: Unit, deadline: Deadline) -> Parties:
    """The people of a deadline, for looking up roles, and those whom the row names that it is about."""
    return replace(parties_of(deadline, unit.framework), named=about_deadline(unit, deadline).people)
