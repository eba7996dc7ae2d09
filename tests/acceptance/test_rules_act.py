"""Each rule that is said to be carried out acts in its council's own months, with people who answer as people do."""

import re
from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlmodel import Session, select
from structlog.testing import capture_logs

from deploy import language
from deploy import loads as measuring
from deploy.councils import FIRST
from deploy.loads import MONTHS, Months
from qabot.cli.coverage import widest
from qabot.framework import Framework
from qabot.framework.coverage import Coverage, read_catalogue
from qabot.messaging.files import Catalogue
from qabot.models import Event, Notice, SurveySheet
from qabot.simulation.acting import idle
from qabot.simulation.lines import Line
from qabot.simulation.loads import loads
from qabot.simulation.run import Simulation
from qabot.web.log import event_rows
from qabot.web.notices import notice_rows
from qabot.web.titles import Titles
from qabot.workflows.core.sheets import Sheet, is_closed

MESSAGES = Catalogue.load([language.ROOT / "messages"])
ENTRIES = read_catalogue([language.SHIPPED])
COUNCILS = widest(language.shipped(), ENTRIES)
YEARLY = {
    ("newham-whole", "supervision-survey"): date(2026, 9, 1),
    ("newham-whole", "health-check"): date(2027, 1, 4),
    ("northamptonshire", "staff-survey"): date(2027, 2, 1),
    ("herefordshire", "health-check"): date(2026, 10, 7),
}
"""Surveys that come once a year, in other months: each is played alone, from the day on which its turn begins."""
SURVEY_DAYS = 22
"""In so many days it is said that it comes, it can be answered, and somebody has."""


def played(framework: Framework, first: date, months: Months) -> tuple[Simulation, list[Line]]:
    """The months of an invented council, in which all is done in the end, some of it late; and what was sent."""
    with capture_logs() as said:
        found = measuring.played(framework, first, months.last, measuring.FEWER, months.seed)
    assert [each for each in said if each["log_level"] in ("error", "critical")] == []
    return found


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
    months = MONTHS[framework.framework]
    run, lines = played(framework, FIRST, months)
    table = measuring.table(FIRST, months.last, measuring.FEWER, loads(lines, run.cast().members))
    page = measuring.page_of(framework.framework).read_text("utf-8")
    assert measuring.tables_on(page)[1] == table, "run: python -m deploy.loads"
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
    run, _ = played(alone(framework, name), first, Months(first + timedelta(days=SURVEY_DAYS)))
    rule = framework.duties[name].rule
    with run.service.store.transaction() as session:
        unit = run.service.desk.unit(session)
        assert idle(unit, [each for each in covered.entries if each.cited == rule]) == []
        sheets = session.exec(select(SurveySheet)).all()
        answered = {each for row in sheets for each in Sheet.opened(row, unit.tools.sealer).answers}
        closed = [each for each in framework.duties[name].ask if is_closed(framework.questions[each])]
        assert answered >= set(closed), "and somebody has answered it"
