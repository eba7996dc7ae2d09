"""Whatever people can do, a scenario can hold: each button has a happening of its own, and any can be pressed."""

from collections.abc import Callable, Coroutine
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from qabot.errors import BadFile
from qabot.models import Audit, Deadline, HelpRequest, Occasion, Person
from qabot.simulation import happenings as performing
from qabot.simulation.scenario import load_scenario
from qabot.simulation.scenario_file import HAPPENINGS
from qabot.workflows.registrations import new_registry
from qabot.workflows.verbs.helping import OPTIONS
from tests.support.councils import council
from tests.support.world import Row, World

OWN = {
    "acknowledge": "acknowledge",
    "answer": "answer",
    "ask-for": "ask_for",
    "away": "away",
    "back": "back",
    "cancel-gathering": "cancel_gathering",
    "correct": "correct",
    "hold-gathering": "hold_gathering",
    "let-off": "let_off",
    "moderate": "moderate",
    "more-time": "help",
    "move-gathering": "move_gathering",
    "nominate": "nominate",
    "not-me": "not_me",
    "not-yet": "not_yet",
    "pick-cases": "pick",
    "reassign": "reassign",
    "snooze": "snooze",
    "submit-grades": "submit",
    "withdraw": "withdraw",
}
"""The happening that does what a button does."""
PRESSED = {
    "change-date",
    "correct-look",
    "help-answer",
    "know-case",
    "look",
    "say-about",
    "settings",
    "undo",
    "withdraw-alert",
}
"""The buttons that `press` presses: those below, and the one that only shows what there is."""
OF_GIVING = {"rate", "sharing", "survey-back", "survey-form", "survey-no", "survey-send", "survey-words"}
"""The buttons of surveys and of shared good practice: `press` presses them too, and no story here does yet."""
GATHERING = """
gatherings:
  board:
    rule: ABC-DDL-1
    title: Practice Board
    every: month on 2nd Tuesday
    chair: director-of-operations
    brings:
      papers: {rule: ABC-DDL-2, title: Papers, owes-each: [service-manager], due: day - 5 working days}
"""
Play = Callable[[World, str], Coroutine[Any, Any, None]]


def only(world: World, model: type[Row], where: Any) -> Row:
    (found,) = world.all(model, where)
    return found


def test_every_button_can_be_pressed_in_a_scenario() -> None:
    assert {*OWN, *PRESSED, *OF_GIVING} == set(new_registry().verbs), "a new button: say here which happening does it"
    assert {*OWN.values(), "press"} <= set(HAPPENINGS)


@pytest.fixture
def play(tmp_path: Path) -> Play:
    """Read one happening as a file, and play it."""

    async def perform(world: World, does: str) -> None:
        file = tmp_path / "scenario.yaml"
        file.write_text(f'happenings:\n  - {{at: "2026-11-23 10:00", {does}}}\n', "utf-8")
        (happening,) = load_scenario(file, world.nodes[0].desk.situations.framework).happenings
        await world.run(lambda unit: performing.play(unit, str(file), happening))

    return perform


async def test_settings_are_changed(world: World, play: Play) -> None:
    await play(world, 'press: {button: settings, by: mina@council.example, form: {digest_at: "10:00", news: "off"}}')
    assert only(world, Person, Person.email == "mina@council.example").news is False


async def test_somebody_knows_their_case(world: World, play: Play) -> None:
    audit = await world.audit("cyrus")
    case = audit.case_reference
    await play(
        world,
        "press: {button: know-case, by: cyrus@council.example, audit: {auditor: cyrus@council.example}}",
    )
    assert only(world, Audit, Audit.id == audit.id).case_reference != case
    await play(world, "press: {button: undo, by: cyrus@council.example}")
    assert only(world, Audit, Audit.id == audit.id).case_reference == case


async def test_an_alert_is_withdrawn(world: World, play: Play) -> None:
    audit = await world.graded("red")
    about = f"audit: {{reference: {audit.reference}}}"
    form = "form: {why: grade, sure: true}"
    await play(world, f"press: {{button: withdraw-alert, by: quinn@council.example, {about}, {form}}}")
    assert len(world.events("alert-withdrawn")) == 1


async def test_help_is_asked_for_and_answered(world: World, play: Play) -> None:
    await world.audit("cyrus")
    about = "audit: {auditor: cyrus@council.example}"
    await play(world, f"help: {{by: cyrus@council.example, {about}}}")
    await world.tick()
    asked = only(world, HelpRequest, HelpRequest.closed_at == None)  # noqa: E711 - SQL
    (told,) = {each.recipient_id for each in world.notices(message="help-asked")} & {world.ids["quinn"]}
    answer = next(iter(OPTIONS)).value
    await play(world, f"press: {{button: help-answer, by: quinn@council.example, {about}, form: {{answer: {answer}}}}}")
    assert only(world, HelpRequest, HelpRequest.id == asked.id).closed_at is not None
    assert told


async def test_a_duty_about_no_work_is_answered_and_its_gathering_moved_and_cancelled(
    tmp_path: Path, play: Play
) -> None:
    world = await council(tmp_path)(GATHERING)
    await world.advance("2026-11-24 10:00")
    (paper,) = world.all(Deadline, Deadline.kind == "papers", Deadline.owner_id == world.ids["mina"])
    await play(world, "press: {button: answer, duty: papers, by: mina@council.example}")
    assert only(world, Deadline, Deadline.id == paper.id).state == "met"
    await play(
        world,
        "press: {button: move-gathering, gathering: board, by: dara@council.example, form: {day: 2026-12-10}}",
    )
    (board,) = world.all(Occasion, Occasion.thing == "board", Occasion.state == "planned")
    assert board.day == date(2026, 12, 10)
    await play(
        world,
        "press: {button: cancel-gathering, gathering: board, by: dara@council.example, form: {why: few, sure: true}}",
    )
    assert only(world, Occasion, Occasion.id == board.id).state == "cancelled"


@pytest.mark.parametrize(
    ("does", "said"),
    [
        ("press: {button: setings, by: mina@council.example}", "press.button: there is no button 'setings': did you"),
        ("press: {button: answer, duty: nothing, by: mina@council.example}", "there is no duty 'nothing'"),
        ("press: {button: answer, duty: alert, gathering: x, by: mina@council.example}", "expected gathering alone"),
        ("press: {button: answer, duty: pim-date, by: mina@council.example}", "nothing with the button answer waits"),
        (
            "press: {button: settings, by: mina@council.example, form: {newz: off}}",
            "the form has no field 'newz'; did you mean 'news'",
        ),
        (
            'press: {button: settings, by: mina@council.example, form: {digest_at: "23:00", news: "on"}}',
            "digest_at: Choose from the list.",
        ),
    ],
)
async def test_what_cannot_be_pressed_is_said_with_its_line(world: World, play: Play, does: str, said: str) -> None:
    with pytest.raises(BadFile) as wrong:
        await play(world, does)
    (problem,) = wrong.value.problems
    assert problem.line == 2
    assert said in str(problem)
