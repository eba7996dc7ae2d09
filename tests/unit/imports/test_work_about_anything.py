"""The audits file holds work about a person, a place, a theme or nothing too."""

from pathlib import Path

import pytest
from sqlmodel import col

from qabot.errors import BadFile
from qabot.framework import Framework, load, require
from qabot.imports import plan_audits, read_audits
from qabot.imports.applying import apply_audits
from qabot.models import Audit
from qabot.workflows.core.unit import Unit
from tests.support.world import World

HEADER = "activity,cycle,auditor,about,case_reference,practitioner,due,submitted_on,manager-overall"


def framework_with(folder: Path) -> Framework:
    form = "ask: [manager-overall], grade: manager-overall"
    activities = "".join(
        f"  on-{about}: {{rule: ABC-DDL-1, title: look at {about}, plural: looks, every: quarter, do: [], "
        f"about: {about}, {form}}}\n"
        for about in ("case", "person", "place", "theme", "nothing")
    )
    path = folder / "council.yaml"
    rules = "rules: {ABC-DDL-1: {text: A rule of another council., source: invented}}\n"
    path.write_text(f"extends: newham\n{rules}activities:\n{activities}", "utf-8")
    return require(load(path, [Path("frameworks")]))


@pytest.fixture
async def world(tmp_path: Path) -> World:
    return await World.start(tmp_path, framework=framework_with(tmp_path))


async def give(world: World, folder: Path, *rows: str) -> list[Audit]:
    file = folder / "audits.csv"
    file.write_text("\n".join([HEADER, *rows]) + "\n", "utf-8")

    def work(unit: Unit) -> None:
        plan = plan_audits(unit.session, read_audits(file, world.framework), world.framework)
        apply_audits(unit, plan.rows)

    await world.run(work)
    return world.all(Audit, col(Audit.activity).startswith("on-"))


def wrong(world: World, folder: Path, *rows: str) -> list[str]:
    file = folder / "audits.csv"
    file.write_text("\n".join([HEADER, *rows]) + "\n", "utf-8")
    with pytest.raises(BadFile) as caught, world.nodes[0].store.transaction() as session:
        plan_audits(session, read_audits(file, world.framework), world.framework)
    return [f"{each.line} {each.where}: {each.what}" for each in caught.value.problems]


async def test_each_kind_of_work_comes_with_what_it_is_about(world: World, tmp_path: Path) -> None:
    rows = (
        "on-person,2026-10-01,cyrus@council.example,sofia@council.example,,,,,",
        "on-place,2026-10-01,cyrus@council.example,The family hub,,,,,",
        "on-theme,2026-10-01,cyrus@council.example,Neglect,,,,2026-11-20,green",
        "on-nothing,2026-10-01,cyrus@council.example,,,,,,",
    )
    person, place, theme, nothing = await give(world, tmp_path, *rows)
    assert (person.practitioner_id, person.team_id) == (world.ids["sofia"], world.ids["stratford"])
    assert (place.what, place.practitioner_id, place.team_id) == ("The family hub", None, world.ids["east"])
    assert (theme.what, theme.state) == ("Neglect", "finalised")
    assert (nothing.about, nothing.case_reference) == ("nothing", None)
    again = await give(world, tmp_path, *rows)
    assert len(again) == 4, "the same again is no change"
    await world.advance("2026-11-24 12:00")
    assert world.messages("cyrus").count("work-given") == 3
    assert "review-allocated" not in world.messages("cyrus")
    world.close()


async def test_what_a_row_is_about_stands_in_its_own_column_alone(world: World, tmp_path: Path) -> None:
    assert wrong(
        world,
        tmp_path,
        "on-case,2026-10-01,cyrus@council.example,,,,,,",
        "on-person,2026-10-01,cyrus@council.example,cyrus@council.example,,,,,",
        "on-person,2026-10-01,cyrus@council.example,nobody@council.example,,,,,",
        "on-place,2026-10-01,cyrus@council.example,Born on 4 May 2015,,sofia@council.example,,,",
        "on-theme,2026-10-01,cyrus@council.example,,,,,,",
        "on-nothing,2026-10-01,cyrus@council.example,Something,7100001,,,,",
    ) == [
        "2 case_reference: this cell is empty, and look at case is about a case: expected the case's reference",
        "3 about: nobody audits their own work: expected somebody other than the auditor",
        "4 about: nobody with the e-mail nobody@council.example is known",
        "5 about: This looks as if it holds a date of birth (look at word 1). "
        "Please take it out: qabot must not hold it.",
        "5 practitioner: look at place is about a place: expected this cell to be empty",
        "6 about: this cell is empty, and look at theme is about a theme: expected the theme",
        "7 about: look at nothing is about nothing: expected this cell to be empty",
        "7 case_reference: look at nothing is about nothing: expected this cell to be empty",
    ]
    world.close()
