"""Any valid file can be played: an invented council does its work, and answers whatever its file asks of people."""

import asyncio
from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlmodel import col, select
from structlog.testing import capture_logs

from qabot.adapter import Adapter
from qabot.framework import Framework
from qabot.models import Answer, Audit, Deadline, Event, Person, Store
from qabot.scheduler.clock import DemoClock
from qabot.settings import read_settings
from qabot.simulation.lines import Line
from qabot.simulation.live import begin, beginning, first_day
from qabot.simulation.pace import Answering
from qabot.simulation.run import Simulation
from qabot.wiring import Qabot, build
from tests.support.invented import COUNCILS, NEWHAM, framework_of

PEOPLE, MANY = 30, 5
FIRST, LAST = date(2026, 4, 1), date(2026, 6, 15)
ANY = pytest.mark.parametrize("file", [NEWHAM, *COUNCILS], ids=lambda file: file.stem)

SOME = pytest.mark.parametrize("file", [COUNCILS[1]], ids=lambda file: file.stem)


def simulation(framework: Framework, answering: Answering) -> tuple[Simulation, list[Line], list[str]]:
    """Ten weeks of an invented council; what was sent, and what was left out of its story."""

    def made(store: Store, clock: DemoClock, adapters: list[Adapter]) -> Qabot:
        return build(read_settings(), store=store, clock=clock, adapters=adapters, framework=framework)

    run = Simulation(made, FIRST, LAST)
    run.load(None, None, PEOPLE, answering)
    with capture_logs() as said:
        lines = asyncio.run(run.play())
    assert [each for each in said if each["log_level"] in ("error", "critical")] == []
    return run, lines, [each["event"] for each in said if each.get("action") == "story-skipped"]


@ANY
def test_everything_that_is_asked_can_be_answered(file: Path) -> None:
    framework = framework_of(file)
    run, lines, left_out = simulation(framework, "all")
    assert left_out == []
    assert lines
    with run.service.store.transaction() as session:
        soon = LAST - timedelta(days=30)
        overdue = [
            (each.kind, each.due_on)
            for each in session.exec(select(Deadline).where(Deadline.state == "open"))
            if (each.due_on or each.opened_at.date()) < soon and each.replied_at is None
        ]
        assert overdue == [], "who answers everything leaves nothing open"
        opened = {each.kind for each in session.exec(select(Deadline).where(Deadline.state == "met"))}
        asked = {name for kind in opened & framework.duties.keys() for name in framework.duties[kind].ask}
        answered = {each.question for each in session.exec(select(Answer))}
        assert asked - answered <= {"acknowledged", "second-grade", "told-in-person", "picked-cases"}


@SOME
def test_most_answer_some_do_not_and_people_come_and_go(file: Path) -> None:
    run, lines, _ = simulation(framework_of(file), "most")
    with run.service.store.transaction() as session:
        work = Counter(each.state for each in session.exec(select(Audit)))
        happened = set(session.exec(select(Event.what).distinct()))
        assert work["allocated"], "some work is left"
        assert not session.exec(select(Person).where(col(Person.active).is_(False))).one().active
        assert session.exec(select(Person).where(Person.email == "robin.newcombe@council.example")).one().active
    assert {"answered-not-yet", "nominated", "away"} <= happened
    assert lines


@SOME
def test_nobody_answers_unless_it_is_asked_for(file: Path) -> None:
    run, _, _ = simulation(framework_of(file), "none")
    with run.service.store.transaction() as session:
        assert [each.state for each in session.exec(select(Audit)) if each.state != "allocated"] == []


@pytest.fixture
def qabot(file: Path) -> Iterator[tuple[Qabot, DemoClock]]:
    framework = framework_of(file)
    clock = beginning(first_day(framework))
    settings = read_settings(demo=True, adapters=())
    made = build(settings, clock=clock, framework=framework, store=Store("sqlite://", inline=True))
    yield made, clock
    made.store.close()


@ANY
def test_the_demo_of_any_file_has_one_alert_that_waits(qabot: tuple[Qabot, DemoClock], file: Path) -> None:
    service, clock = qabot

    async def play() -> None:
        timeline = await begin(service, clock, PEOPLE)
        await timeline.advance(clock.now() + timedelta(weeks=14))

    with capture_logs() as said:
        asyncio.run(play())
    assert [each for each in said if each["log_level"] in ("error", "critical")] == []
    alerting = service.framework.alerting()
    with service.store.transaction() as session:
        waiting = session.exec(select(Deadline).where(col(Deadline.kind).in_(alerting))).all()
        assert len({each.subject_id for each in waiting}) == (1 if alerting else 0)
        assert {each.state for each in waiting} <= {"open"}
        submitted = session.exec(select(Event).where(Event.what == "audit-submitted")).all()
        put_off = session.exec(select(Event).where(Event.what == "answered-not-yet")).all()
        assert put_off or len(submitted) < MANY, "a new date was given"
