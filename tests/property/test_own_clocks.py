"""No subject is forgotten by its own clock: ten years with joiners, leavers, imports, outages, corrections."""

from datetime import date, datetime, time, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest
from sqlmodel import col, select

from qabot.framework.calendar import LONDON, add_months, at_local, local_day
from qabot.models import Audit, AuditState, OwnClock, RoleHolding
from qabot.workflows.core.situation import people_changed
from qabot.workflows.core.unit import Unit
from qabot.workflows.programme import cycles, withdrawing
from qabot.workflows.programme.allocation import new_reference
from qabot.workflows.verbs import audits
from tests.support.world import World
from tests.unit.workflows.test_own_clocks import BY_RESULT, framework_with

FIRST, YEARS = date(2026, 1, 5), 10
SUBJECTS = {"sofia": "stratford", "ben": "beckton", "ewan": "east", "wanda": "west", "della": "west", "sian": "east"}
NOTICE = timedelta(days=28)
ROLLED = timedelta(days=5)
"""The most days by which a day is rolled over a weekend and holidays."""


class Council:
    """What happens to a council, as a die says; what its people hold is kept beside, to be held against."""

    def __init__(self, world: World, seed: int, *, by_result: bool) -> None:
        self.world, self.die, self.by_result = world, Random(seed), by_result
        self.today = FIRST
        self.held: set[str] = set()

    async def live(self) -> None:
        """Live ten years, a few days at a time, and sometimes through a longer outage."""
        while self.today < FIRST.replace(year=FIRST.year + YEARS):
            self.today += timedelta(days=self.die.choice((1, 2, 5, 9, 14, 21, self.die.choice((30, 90)))))
            self.world.clock.set(datetime.combine(self.today, time(6), LONDON))
            self.move_people()
            await self.world.run(cycles.run)
            self.check()
            await self.world.run(self.happen)

    def move_people(self) -> None:
        """Somebody may join, leave, or come back."""
        if self.held and self.die.random() > 0.2:
            return
        person = self.die.choice(list(SUBJECTS))
        with self.world.nodes[0].store.transaction() as session:
            whose = RoleHolding.person_id == self.world.ids[person]
            row = session.exec(select(RoleHolding).where(whose, RoleHolding.role == "social-worker")).first()
            row = row or RoleHolding(
                person_id=self.world.ids[person], role="social-worker", team_id=self.world.ids[SUBJECTS[person]]
            )
            row.to_on = self.today - timedelta(days=1) if person in self.held else None
            session.add(row)
            people_changed(session)
        self.held ^= {person}

    def happen(self, unit: Unit) -> None:
        """Pieces are submitted, brought by an import, corrected or withdrawn."""
        grades = ("blue", "green", "amber", "red")
        waiting = unit.session.exec(select(Audit).where(Audit.state == AuditState.allocated)).all()
        for piece in waiting:
            if self.die.random() < 0.1:
                audits.submit(unit, piece, {"overall": self.die.choice(grades)}, by=None)
        if self.die.random() < 0.08:
            self.bring(unit, self.world.ids[self.die.choice(list(SUBJECTS))], self.die.choice(grades))
        done = unit.session.exec(select(Audit).where(col(Audit.submitted_at).is_not(None))).all()
        done = [each for each in done if each.state != AuditState.withdrawn]
        if done and self.die.random() < 0.1:
            piece = self.die.choice(done)
            piece.grade = self.die.choice(grades)
            unit.session.add(piece)
        if done and self.die.random() < 0.05:
            withdrawing.withdraw(unit, self.die.choice(done), "mistake", by=None)

    def bring(self, unit: Unit, person: int, grade: str) -> None:
        """A piece that was done elsewhere some days ago."""
        on = self.today - timedelta(days=self.die.randrange(200))
        row = Audit(
            reference=new_reference(unit),
            activity="observation",
            about="person",
            auditor_id=self.world.ids["quinn"],
            practitioner_id=person,
            due_on=on,
            allocated_at=unit.now,
        )
        unit.session.add(row)
        unit.session.flush()
        audits.submit(unit, row, {"overall": grade}, by=None, at=at_local(on, time(12)))

    def check(self) -> None:
        """Hold what the clocks have done against what the rule says, counted here anew."""
        there = self.world.all(Audit)
        clocks = {each.person_id: each for each in self.world.all(OwnClock)}
        for name in SUBJECTS:
            person = self.world.ids[name]
            waiting = [each for each in there if each.practitioner_id == person and each.state == AuditState.allocated]
            if name not in self.held:
                assert waiting == [], f"{self.today}: {name} has left and is looked at all the same"
                continue
            last = self.last(there, person)
            assert len(waiting) <= 1, f"{self.today}: {name} is looked at twice"
            if waiting:
                self.check_dates(waiting[0], clocks[person], last)
            else:
                assert self.today < self.opens(clocks[person], last) + ROLLED, f"{self.today}: {name} is forgotten"

    def last(self, there: list[Audit], person: int) -> Audit | None:
        theirs = [each for each in there if each.practitioner_id == person and each.state != AuditState.withdrawn]
        done = [each for each in theirs if each.submitted_at is not None]
        return max(done, key=lambda each: (each.submitted_at or each.allocated_at, each.id), default=None)

    def due(self, clock: OwnClock, last: Audit | None) -> date:
        months = 3 if self.by_result and last is not None and last.grade == "red" else 12
        return add_months(self.base(clock, last), months)

    def opens(self, clock: OwnClock, last: Audit | None) -> date:
        return min(add_months(self.base(clock, last), 6), self.due(clock, last) - NOTICE)

    def base(self, clock: OwnClock, last: Audit | None) -> date:
        return local_day(last.submitted_at) if last is not None and last.submitted_at else clock.counts_from

    def check_dates(self, piece: Audit, clock: OwnClock, last: Audit | None) -> None:
        """It is never due before it can be told of, and no later than the rule says, or as soon as can be."""
        assert piece.due_on > local_day(piece.allocated_at), f"{self.today}: {piece.reference} was told of too late"
        latest = max(self.due(clock, last), clock.since + NOTICE + ROLLED)
        soonest = self.today + timedelta(days=1) + ROLLED
        given = local_day(piece.allocated_at) + timedelta(days=1) + ROLLED
        assert piece.due_on <= max(latest, soonest, given), f"{self.today}: {piece.reference} may be done too late"


@pytest.mark.parametrize(("keys", "seed"), [(BY_RESULT, 2)])
async def test_nobody_is_forgotten_in_ten_years(tmp_path: Path, keys: str, seed: int) -> None:
    world = await World.start(None, FIRST.isoformat() + " 06:00", framework=framework_with(tmp_path, keys))
    await Council(world, seed, by_result=keys == BY_RESULT).live()
    pieces: list[Any] = world.all(Audit, col(Audit.clock_id).is_not(None))
    assert len([each for each in pieces if each.submitted_at]) > 20, "and something has happened at all"
    world.close()
