"""A ladder as people see it: a step is done when it has been sent, not when it has been planned."""

from qabot.framework.schema import Framework
from qabot.planning.directory import Directory
from qabot.planning.occurrences import Mark
from qabot.planning.outlook import StepView, folded, outlook
from qabot.planning.planner import OpenDeadline, Situation
from qabot.planning.recipients import Parties
from tests.support.world import local


def test_a_step_that_is_planned_and_not_sent_is_on_its_way(framework: Framework) -> None:
    raised = local("2026-11-23 10:00")
    deadline = OpenDeadline(
        id=1,
        rule="NEW-ALT-1",
        parties=Parties(),
        anchors={"opened": raised},
        ladder=framework.ladder_of("alert"),
        opened_at=raised,
        fired=frozenset({Mark("NEW-ALT-1", "1"), Mark("OURS-ALT-1", "1")}),
    )
    situation = Situation(framework, framework.calendar(), Directory({}))
    now = local("2026-11-23 15:00")
    states = [each.state for each in outlook(deadline, situation, now, waiting_to_go={Mark("OURS-ALT-1", "1")})]
    assert states[:3] == ["done", "on its way", "next"]


def test_whom_a_step_is_to_is_said_in_words(framework: Framework) -> None:
    opened = local("2026-11-23 10:00")
    deadline = OpenDeadline(
        id=1,
        rule="NEW-ESC-1.1",
        parties=Parties(),
        anchors={"opened": opened, "final": opened.date()},
        ladder=framework.ladder_of("actions"),
        opened_at=opened,
    )
    steps = outlook(deadline, Situation(framework, framework.calendar(), Directory({})), opened)
    assert steps[0].to == ("the practitioner",)
    assert steps[2].to == ("the practitioner", "Practice Lead")


def test_what_was_said_again_and_again_is_one_step_and_what_waits_stays_apart() -> None:
    days = [local(f"2026-11-{day} 10:00") for day in (23, 24, 25, 26, 27)]
    said = [StepView("AGAIN", str(at), "still-waiting", ("Manager",), each, "done") for at, each in enumerate(days[:3])]
    other = StepView("AGAIN", "0", "still-waiting", ("Head",), days[1], "done")
    following = [StepView("AGAIN", str(at), "still-waiting", ("Manager",), days[at], "to come") for at in (3, 4)]
    line = folded([said[0], said[1], other, said[2], *following])
    assert [(each.to, each.state, each.times, each.at, each.last) for each in line] == [
        (("Manager",), "done", 3, days[0], days[2]),
        (("Head",), "done", 1, days[1], None),
        (("Manager",), "to come", 1, days[3], None),
        (("Manager",), "to come", 1, days[4], None),
    ]
