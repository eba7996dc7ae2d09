"""A sixth council, written in one file by the documents alone: it checks, a year runs, and each of its rules acts."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlmodel import col, select
from structlog.testing import capture_logs

from deploy import language
from qabot.adapter import Adapter
from qabot.framework import lint
from qabot.framework.calendar import local_day
from qabot.messaging.files import Catalogue
from qabot.models import Audit, Deadline, Event, Person, Store
from qabot.scheduler.clock import DemoClock
from qabot.settings import read_settings
from qabot.simulation.lines import Line
from qabot.simulation.run import Simulation
from qabot.simulation.scenario import load_scenario
from qabot.wiring import Qabot, build
from tests.support.invented import framework_of

HERE = Path(__file__).parent
FIRST, LAST = date(2026, 4, 6), date(2027, 4, 4)
MARSH_END = framework_of(HERE / "marsh-end.yaml")


@dataclass(frozen=True)
class Year:
    """What was sent in a year, and the service as it stands at its end."""

    lines: list[Line]
    service: Qabot

    def events(self, what: str) -> list[Event]:
        with self.service.store.transaction() as session:
            return list(session.exec(select(Event).where(Event.what == what)))

    def audits(self, activity: str) -> list[Audit]:
        with self.service.store.transaction() as session:
            return list(session.exec(select(Audit).where(Audit.activity == activity).order_by(col(Audit.id))))


@pytest.fixture(scope="module")
def year() -> Iterator[Year]:
    """Seven people: most of what is owed is done in time, some of it late, some never."""

    def made(store: Store, clock: DemoClock, adapters: list[Adapter]) -> Qabot:
        return build(read_settings(), store=store, clock=clock, adapters=adapters, framework=MARSH_END)

    run = Simulation(made, FIRST, LAST)
    run.load(None, load_scenario(HERE / "marsh-end-year.yaml", MARSH_END), answering="most")
    with capture_logs() as said:
        lines = asyncio.run(run.play())
    assert [each for each in said if each["log_level"] in ("error", "critical")] == []
    assert isinstance(run.service, Qabot)
    yield Year(lines, run.service)
    run.service.store.close()


def test_its_file_has_no_problem_and_asks_only_what_is_meant() -> None:
    assert lint(MARSH_END, Catalogue.load([Path("messages")])) == []


def test_it_is_unlike_the_councils_that_ship() -> None:
    assert not MARSH_END.roles.keys() & {role for each in language.shipped() for role in each.roles}
    assert len(MARSH_END.scales["three"].labels) == 3
    assert str(MARSH_END.activities["walk-through"].every) == "week from 2026-04-06"


def acted(year: Year) -> set[str]:
    with year.service.store.transaction() as session:
        logged = set(session.exec(select(Event.rule).distinct()))
    return {each.rule for each in year.lines} | logged


def test_each_of_its_rules_acts_in_a_year(year: Year) -> None:
    assert set(MARSH_END.rules) - acted(year) == set()


def test_work_comes_each_week_but_in_the_week_of_learning(year: Year) -> None:
    weeks = {each.due_on for each in year.audits("walk-through") if each.cycle_id is not None}
    assert {day.weekday() for day in weeks} <= {3, 4}, "on Friday, or the working day before a holiday"
    assert not [day for day in weeks if date(2026, 6, 8) <= day <= date(2026, 6, 14)]
    assert len(weeks) >= 48


def test_a_poor_result_is_looked_at_again_in_two_to_four_weeks(year: Year) -> None:
    with year.service.store.transaction() as session:
        again = list(session.exec(select(Deadline).where(Deadline.kind == "again")))
    audits = {each.id: each for each in year.audits("walk-through")}
    assert again
    for each in again:
        before = audits[each.subject_id]
        assert before.submitted_at is not None
        assert each.opens_on is not None
        assert each.due_on is not None
        day = before.submitted_at.date()
        assert timedelta(weeks=2) <= each.opens_on - day <= timedelta(weeks=2, days=3)
        assert timedelta(weeks=4, days=-3) <= each.due_on - day <= timedelta(weeks=4)
    made = [each for each in audits.values() if each.cycle_id is None]
    assert {each.case_reference for each in made} <= {audits[each.subject_id].case_reference for each in again}
    assert made, "somebody was named, and looks again"


def test_an_immediate_concern_raises_an_alert_whatever_the_grade(year: Year) -> None:
    with year.service.store.transaction() as session:
        alerts = list(session.exec(select(Deadline).where(Deadline.kind == "alert")))
    audits = {each.id: each for each in year.audits("walk-through")}
    grades = [audits[each.subject_id].grade for each in alerts]
    assert "needs-help" in grades
    assert set(grades) - {"needs-help"}, "one has a concern, and no low grade"


def test_schools_send_their_return_between_september_and_october(year: Year) -> None:
    returns = year.audits("school-return")
    assert {(local_day(each.allocated_at), each.due_on) for each in returns} == {(date(2026, 9, 1), date(2026, 10, 16))}
    assert {each.about for each in returns} == {"place"}


def test_no_grade_reaches_whoever_does_the_casework(year: Year) -> None:
    with year.service.store.transaction() as session:
        workers = {
            each.email for each in session.exec(select(Person).where(col(Person.name).in_(["Wes Ford", "Wren Hale"])))
        }
    assert {each.kind for each in year.lines if each.email in workers} <= {
        "A walk-through is done",
        "Decision of the huddle",
        "Next step",
        "",
    }
