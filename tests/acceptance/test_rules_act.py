"""Each rule that is said to be carried out acts in its council's own months, with people who answer as people do."""

import asyncio
import re
from dataclasses import replace
from datetime import date

import pytest
from sqlmodel import Session, select
from structlog.testing import capture_logs

from deploy import language
from qabot.adapter import Adapter
from qabot.cli.coverage import widest
from qabot.framework import Framework
from qabot.framework.coverage import Coverage, read_catalogue
from qabot.messaging.files import Catalogue
from qabot.models import Event, Notice, Store
from qabot.scheduler.clock import DemoClock
from qabot.settings import read_settings
from qabot.simulation.acting import idle
from qabot.simulation.run import Simulation
from qabot.web.log import event_rows
from qabot.web.reading import notice_rows
from qabot.web.titles import Titles
from qabot.wiring import Qabot, build

MESSAGES = Catalogue.load([language.ROOT / "messages"])
ENTRIES = read_catalogue([language.SHIPPED])
COUNCILS = widest(language.shipped(), ENTRIES)
PEOPLE = 30
FIRST, LAST = date(2026, 4, 1), date(2026, 7, 31)
LONGER = {"newham-whole": date(2026, 9, 10)}
"""A council's year begins in April, when what comes once in it is given out: in four months some of it is done.

Where a survey of each September is to be asked, they are five."""

UNSEEN = {
    "NEW-ACT-29": "its survey is asked each January",
    "NCT-FBK-2": "its survey is asked each February",
    "HER-FBK-3": "its survey is asked each October",
    "NEW-FRM-2": "what a confidential form asks stands on sealed sheets, in no row and no line of the log",
    "HER-FBK-2": "what confidential feedback asks stands on sealed sheets, in no row and no line of the log",
}
"""What these months cannot show, and why. One that does act fails the test as well."""


def played(framework: Framework) -> Simulation:
    """The months of an invented council, in which all is done in the end, and some of it late."""

    def made(store: Store, clock: DemoClock, adapters: list[Adapter]) -> Qabot:
        return build(read_settings(), store=store, clock=clock, adapters=adapters, framework=framework)

    run = Simulation(made, FIRST, LONGER.get(framework.framework, LAST))
    run.load(None, None, PEOPLE, "late")
    with capture_logs() as said:
        asyncio.run(run.play())
    assert [each for each in said if each["log_level"] in ("error", "critical")] == []
    return run


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
    run = played(framework)
    with run.service.store.transaction() as session:
        found = idle(session, framework, MESSAGES, covered.entries)
        assert [(each.id, each.how, each.what) for each in found if each.id not in UNSEEN] == []
        assert unspoken(session, framework) == []
        excused = {each.id for each in covered.entries if each.id in UNSEEN and each.by_us}
        assert excused <= {each.id for each in found}, "what acts here needs no excuse"
        silent = replace(covered.entries[0], id="ABC-ALT-1", how="duty", cited_as="")
        assert idle(session, framework, MESSAGES, [silent]) == [silent], "a rule that no notice cites is found"
