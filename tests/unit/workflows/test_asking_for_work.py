"""Work on request: somebody whose role the file names asks a colleague for it, with a date of its own."""

from pathlib import Path

from sqlmodel import col

from qabot.adapter import Command, OpenForm, Reply, Say
from qabot.framework import Framework, load, require
from qabot.messaging.form import Form
from qabot.models import Audit, Case
from qabot.simulation.happenings import play
from qabot.simulation.scenario import load_scenario
from tests.support.world import World

CASE = "7100001"


def activity(name: str, lines: str) -> str:
    return f"""
  {name}:
    rule: ABC-DDL-1
    title: {name}
    plural: {name}s
    asked-by: [quality-assurance]
    ask: [manager-overall]
    grade: manager-overall
    {lines}
"""


def framework_with(folder: Path, activities: str) -> Framework:
    path = folder / "council.yaml"
    rules = "rules: {ABC-DDL-1: {text: A rule of another council., source: invented}}\n"
    path.write_text(f"extends: newham\n{rules}activities:\n{activities}\n", "utf-8")
    return require(load(path, [Path("frameworks")]))


async def begin(folder: Path, about: str = "case") -> World:
    return await World.start(folder, framework=framework_with(folder, activity("review", f"about: {about}")))


def form_of(reply: Reply) -> Form:
    assert isinstance(reply, OpenForm)
    return reply.form


def text_of(reply: Reply) -> str:
    assert isinstance(reply, Say)
    return reply.text


async def ask(world: World, by: str = "quinn", doer: str = "cyrus", due: str = "2026-12-04", **more: str) -> Reply:
    return await world.send_form(by, "ask-for", "", doer=str(world.ids[doer]), due=due, **more)


def asked(world: World) -> list[Audit]:
    return world.all(Audit, col(Audit.activity) == "review")


async def test_a_piece_of_work_is_asked_for_told_and_runs_its_ladder(tmp_path: Path) -> None:
    world = await begin(tmp_path)
    assert "due on 4 December 2026" in text_of(await ask(world, case=CASE))
    [audit] = asked(world)
    [case] = world.all(Case, col(Case.reference) == CASE)
    assert (audit.auditor_id, audit.asked_by_id) == (world.ids["cyrus"], world.ids["quinn"])
    assert (audit.case_reference, audit.practitioner_id, audit.team_id) == (CASE, case.practitioner_id, case.team_id)
    assert (audit.cycle_id, str(audit.due_on)) == (None, "2026-12-04"), "it is of no cycle, so it fills no number"
    [event] = world.events("work-asked")
    assert (event.actor_id, event.why) == (world.ids["quinn"], "review: asked for by Quinn Marsh")
    await world.advance("2026-12-08 12:00")
    assert world.messages("cyrus") == ["work-given", "duty", "duty-late"], "that it opened is said by what gave it"
    assert "duty-late" in world.messages("quinn"), "the usual ladder tells whoever runs quality"
    values = {"manager-overall": "green", "actions": "no", "immediate": False}
    await world.send_form("cyrus", "submit-grades", world.deadline("audit", audit).token, **values)
    assert asked(world)[0].state == "finalised"
    world.close()


async def test_only_whom_the_file_names_may_ask_and_only_they_are_offered_it(tmp_path: Path) -> None:
    world = await begin(tmp_path)
    desk = world.nodes[0].desk
    assert "Ask for a piece of work" in str(await desk.home(world.who("quinn")))
    assert "Ask for a piece of work" not in str(await desk.home(world.who("ade")))
    assert form_of(await desk.command(Command(world.who("quinn"), "ask"))).title == "Ask for: review"
    assert "Nothing here is asked for by you" in text_of(await desk.command(Command(world.who("ade"), "ask")))
    assert "Nothing here is asked for by you" in text_of(await ask(world, "ade", case=CASE))
    assert asked(world) == []
    world.close()


async def test_nobody_is_asked_to_look_at_a_case_that_they_know_or_oversee(tmp_path: Path) -> None:
    world = await begin(tmp_path)
    assert "is the worker of this case" in form_of(await ask(world, doer="sofia", case=CASE)).errors["doer"]
    never = framework_with(tmp_path, activity("review", "cases: {rule: ABC-DDL-1, never: [involved, oversight]}"))
    world.framework = never
    world.restart()
    assert "has oversight of this case" in form_of(await ask(world, doer="ade", case=CASE)).errors["doer"]
    assert asked(world) == []
    world.close()


async def test_what_cannot_be_asked_for_is_said_at_its_field(tmp_path: Path) -> None:
    world = await begin(tmp_path)
    assert "not a case reference" in form_of(await ask(world, case="12")).errors["case"]
    assert "Write an answer" in form_of(await ask(world)).errors["case"]
    assert "from 24 November 2026" in form_of(await ask(world, case=CASE, due="2026-11-23")).errors["due"]
    await world.away("cyrus", "2026-11-23", "2026-12-11")
    assert "is not at work before that day" in form_of(await ask(world, case=CASE)).errors["due"]
    assert asked(world) == []
    world.close()


async def test_a_place_is_named_by_whoever_asks_and_no_child_is(tmp_path: Path) -> None:
    world = await begin(tmp_path, "place")
    assert "date of birth" in form_of(await ask(world, what="Born on 4 May 2015")).errors["what"]
    await ask(world, what="The family hub")
    [audit] = asked(world)
    assert (audit.about, audit.what, audit.case_reference, audit.practitioner_id) == (
        "place",
        "The family hub",
        None,
        None,
    )
    await world.advance("2026-11-24 12:00")
    [notice] = world.notices("cyrus", message="work-given")
    card = str(await world.nodes[0].desk.card(notice.token, world.ids["cyrus"]))
    assert "about The family hub" in card
    assert "asked for by Quinn Marsh" in card
    assert "know-case" not in card
    assert "case" not in card.lower()
    assert not [each for each in world.all(Audit) if "family hub" in each.reference]
    assert "family hub" not in str(world.events("work-asked")[0].why), "the log holds nothing that a person wrote"
    world.close()


async def test_a_person_is_never_asked_to_look_at_their_own_work(tmp_path: Path) -> None:
    world = await begin(tmp_path, "person")
    again = await ask(world, doer="ade", whom=str(world.ids["ade"]))
    assert "their own work" in form_of(again).errors["whom"]
    await ask(world, doer="ade", whom=str(world.ids["sofia"]))
    assert [(each.practitioner_id, each.team_id) for each in asked(world)] == [
        (world.ids["sofia"], world.ids["stratford"])
    ]
    world.close()


async def test_whoever_knows_the_case_gives_it_back_and_who_asked_hears_so(tmp_path: Path) -> None:
    world = await begin(tmp_path)
    await ask(world, case=CASE)
    await world.advance("2026-11-24 12:00")
    [notice] = world.notices("cyrus", message="work-given")
    await world.press_token("cyrus", "know-case", notice.token)
    assert [each.state for each in asked(world)] == ["withdrawn"]
    await world.advance("2026-11-25 12:00")
    assert "work-returned" in world.messages("quinn")
    assert "is or was involved" in form_of(await ask(world, case=CASE)).errors["doer"], "never the same once more"
    world.close()


async def test_with_several_kinds_of_work_the_form_asks_which(tmp_path: Path) -> None:
    both = activity("review", "") + activity("visit", "about: place") + activity("talk", "about: nothing")
    world = await World.start(tmp_path, framework=framework_with(tmp_path, both))
    shown = form_of(await world.nodes[0].desk.command(Command(world.who("quinn"), "ask")))
    assert [each.name for each in shown.fields] == ["activity", "doer", "case", "what", "due"]
    assert [each.required for each in shown.fields] == [True, True, False, False, True]
    wrong = form_of(await ask(world, activity="visit", case=CASE))
    assert wrong.errors["case"] == "Visit is about a place: leave this empty."
    assert form_of(await ask(world, activity="visit")).errors["what"] == "Visit is about a place: say which."
    await ask(world, activity="talk")
    assert [each.about for each in world.all(Audit, col(Audit.activity) == "talk")] == ["nothing"]
    world.close()


async def test_a_scenario_asks_for_work(tmp_path: Path) -> None:
    world = await begin(tmp_path)
    file = tmp_path / "scenario.yaml"
    file.write_text(
        "happenings:\n  - at: 2026-11-23\n    ask_for: {activity: review, by: quinn@council.example, "
        f"to: cyrus@council.example, due: 2026-12-04, case: {CASE}}}\n",
        "utf-8",
    )
    [happening] = load_scenario(file, world.framework).happenings
    await world.run(lambda unit: play(unit, str(file), happening))
    assert [each.case_reference for each in asked(world)] == [CASE]
    world.close()
