"""What is foreseen of a deadline: the same while nothing of it has come to be planned, and no longer."""

from dataclasses import replace
from datetime import timedelta

from qabot.framework.schema import Framework
from qabot.planning.forecast import forecast, foresee
from qabot.planning.occurrences import Mark
from qabot.planning.planner import OpenDeadline, Situation
from qabot.planning.recipients import Parties
from tests.support.on_paper import Council
from tests.support.world import local


def test_what_was_foreseen_holds_until_the_first_of_it_is_planned(council: Council, framework: Framework) -> None:
    opened, now, until = local("2026-11-23 10:00"), local("2026-11-23 10:05"), local("2026-12-08 00:00")
    deadline = OpenDeadline(
        id=1,
        rule="NEW-DDL-1",
        parties=Parties(team_id=1, owner_id=council.ids["mina"]),
        anchors={"opened": opened, "due": local("2026-11-30 00:00").date()},
        ladder=framework.ladder_of("pim-date"),
        opened_at=opened,
    )
    situation = Situation(framework, framework.calendar(), council.directory)
    at_first = foresee(deadline, situation, now, until)
    assert at_first.notices
    assert at_first.holds_until == now  # its first step is due at once, and changes what is foreseen
    first = at_first.notices[0]
    later = replace(deadline, fired=deadline.fired | {Mark(first.step.name, first.slot)})
    kept = foresee(later, situation, now, until)
    assert kept.holds_until > now
    for moment in (now + timedelta(hours=1), kept.holds_until - timedelta(minutes=1)):
        if moment.date() == now.date():
            assert tuple(forecast(later, situation, moment, until)) == kept.notices


def test_what_is_kept_beside_a_situation_goes_with_it(council: Council, framework: Framework) -> None:
    situation = Situation(framework, framework.calendar(), council.directory)
    situation.memory["foreseen", 1] = "kept"
    assert not replace(situation, tells=frozenset({"news"})).memory
