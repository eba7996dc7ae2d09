"""Each rule that is said to be carried out acts in its council's own months, with people who answer as people do."""

import asyncio
import re
from dataclasses import dataclass, replace
from datetime import date, timedelta

import pytest
from sqlmodel import Session, select
from structlog.testing import capture_logs

from deploy import language
from qabot.adapter import Adapter
from qabot.cli.coverage import widest
from qabot.framework import Framework
from qabot.framework.coverage import Coverage, read_catalogue
from qabot.messaging.files import Catalogue
from qabot.models import Event, Notice, Store, SurveySheet
from qabot.scheduler.clock import DemoClock
from qabot.settings import read_settings
from qabot.simulation.acting import idle
from qabot.simulation.run import Simulation
from qabot.web.log import event_rows
from qabot.web.reading import notice_rows
from qabot.web.titles import Titles
from qabot.wiring import Qabot, build
from qabot.workflows.core.sheets import Sheet, is_closed

MESSAGES = Catalogue.load([language.ROOT / "messages"])
ENTRIES = read_catalogue([language.SHIPPED])
COUNCILS = widest(language.shipped(), ENTRIES)
PEOPLE = 30
FIRST = date(2026, 4, 1)
"""A council's year begins in April, when what comes once in it is given out."""


@dataclass(frozen=True)
class Months:
    """What is played of a council's year: to which day, until everything has acted, and which invented council."""

    last: date
    seed: int = 1


MONTHS = {
    "newham-whole": Months(date(2026, 8, 7), seed=2),
    "herefordshire": Months(date(2026, 5, 31)),
    "northamptonshire": Months(date(2026, 5, 31)),
    "qpi-board": Months(date(2026, 6, 30)),
    "northumberland": Months(date(2026, 5, 31)),
}
YEARLY = {
    ("newham-whole", "supervision-survey"): date(2026, 9, 1),
    ("newham-whole", "health-check"): date(2027, 1, 4),
    ("northamptonshire", "staff-survey"): date(2027, 2, 1),
    ("herefordshire", "health-check"): date(2026, 10, 7),
}
"""Surveys that come once a year, in other months: each is played alone, from the day on which its turn begins."""
SURVEY_DAYS = 22
"""In so many days it is said that it comes, it can be answered, and somebody has."""


def played(framework: Framework, first: date, months: Months) -> Simulation:
    """The months of an invented council, in which all is done in the end, and some of it late."""

    def made(store: Store, clock: DemoClock, adapters: list[Adapter]) -> Qabot:
        return build(read_settings(), store=store, clock=clock, adapters=adapters, framework=framework)

    run = Simulation(made, first, months.last)
    run.load(None, None, PEOPLE, "late", seed=months.seed)
    with capture_logs() as said:
        asyncio.run(run.play())
    assert [each for each in said if each["log_level"] in ("error", "critical")] == []
    return run


def alone(framework: Framework, name: str) -> Framework:
    """A council whose file has one duty."""
    nothing: dict[str, dict[str, object]] = {"activities": {}, "gatherings": {}, "samples": {}, "events": {}}
    return framework.model_copy(update={**nothing, "duties": {name: framework.duties[name]}})


def unspoken(session: Session, framework: Framework) -> list[str]:
    """What lists and files of the log and of the notices say with a name of the file or the code, and not in words."""
    titles = Titles(framework, MESSAGES.titles())
    named = {*framework.roles, *framework.duties, *framework.activities, *framework.samples, *framework.questions}
    named |= {*framework.gatherings, *framework.every_ladder, *MESSAGES.names()}
    titled = " ".join(each.title for each in framework.duties.values())
    named = {each for each in named if each not in titled}
    events, notices = session.exec(select(Event)).all(), session.exec(select(Notice)).all()
    said = {text for each in event_rows(session, events, titles) for text in (each.what, each.why, each.detail)}
    said |= {each.reason for each in notice_rows(session, notices, titles)}
    return sorted(
        text
        for text in said
        if not text.startswith("Drawn with the seed ")
        and any(name in named for name in re.findall(r"[a-z0-9]+(?:-[a-z0-9]+)+", text))
    )


@pytest.mark.parametrize(("framework", "covered"), COUNCILS, ids=[each.framework for each, _ in COUNCILS])
def test_whatever_is_said_to_be_carried_out_does_act(framework: Framework, covered: Coverage) -> None:
    run = played(framework, FIRST, MONTHS[framework.framework])
    later = {framework.duties[name].rule for council, name in YEARLY if council == framework.framework}
    with run.service.store.transaction() as session:
        unit = run.service.desk.unit(session)
        found = idle(unit, covered.entries)
        assert [(each.id, each.how, each.what) for each in found if each.cited not in later] == []
        assert later == {each.cited for each in found}, "what acts in these months need not be played alone"
        assert unspoken(session, framework) == []
        silent = replace(covered.entries[0], id="ABC-ALT-1", how="duty", cited_as="")
        assert idle(unit, [silent]) == [silent], "a rule that no notice cites is found"


@pytest.mark.parametrize(("council", "name"), YEARLY, ids=[" ".join(each) for each in YEARLY])
def test_a_survey_of_another_month_acts_in_it(council: str, name: str) -> None:
    [(framework, covered)] = [each for each in COUNCILS if each[0].framework == council]
    first = YEARLY[council, name]
    run = played(alone(framework, name), first, Months(first + timedelta(days=SURVEY_DAYS)))
    rule = framework.duties[name].rule
    with run.service.store.transaction() as session:
        unit = run.service.desk.unit(session)
        assert idle(unit, [each for each in covered.entries if each.cited == rule]) == []
        sheets = session.exec(select(SurveySheet)).all()
        answered = {each for row in sheets for each in Sheet.opened(row, unit.tools.sealer).answers}
        closed = [each for each in framework.duties[name].ask if is_closed(framework.questions[each])]
        assert answered >= set(closed), "and somebody has answered it"
