"""Rows and lists say what tells them apart."""

import pytest

from qabot.messaging.card import plain_card
from qabot.messaging.form import Field, Form
from qabot.web import answers, labels
from qabot.workflows.core import told_apart
from qabot.workflows.core.views import person_view
from tests.support.world import World

NOMINATION = {
    "seen_on": "2026-11-20",
    "what": "Explained the plan in plain words",
    "difference": "Everybody knew what comes next",
    "seen_in": "Meeting",
    "no_child": "yes",
}


async def test_two_people_of_one_name_are_told_apart_where_somebody_is_chosen(world: World) -> None:
    world.change("ben", name="Sofia Brandt", team_id=world.ids["stratford"])
    labels = [each.label for each in await world.nodes[0].desk.people("sofia")]
    assert sorted(labels) == ["Sofia Brandt, Stratford (ben)", "Sofia Brandt, Stratford (sofia)"]
    assert [each.label for each in await world.nodes[0].desk.people("ade")] == ["Ade Lawal, Stratford"]
    some = await world.run(lambda unit: told_apart.labels(unit.directory, {world.ids["ben"], world.ids["ade"]}))
    assert list(some.values()) == ["Ade Lawal, Stratford", "Sofia Brandt, Stratford (ben)"], (
        "also where few are offered"
    )


async def test_what_is_read_of_two_people_of_one_name_says_which_it_is(world: World) -> None:
    """A card compares whom it is about with whoever reads it: by the bare name, a namesake would read "you"."""
    world.change("dinah", name="cyrus  Patel")
    pair = world.ids["cyrus"], world.ids["dinah"]
    views = await world.run(lambda unit: [person_view(unit.directory, each) for each in pair])
    assert [each.name for each in views] == ["Cyrus Patel (East)", "cyrus  Patel (West)"]
    assert [each.first_name for each in views] == ["Cyrus", "cyrus"]
    assert await world.run(lambda unit: [unit.directory.name(each) for each in pair]) == [each.name for each in views]
    shown = await world.run(lambda unit: labels.names(unit.session, [world.ids["cyrus"], world.ids["ade"]]))
    assert shown == {world.ids["cyrus"]: "Cyrus Patel", world.ids["ade"]: "Ade Lawal"}, "on pages by the very name"
    world.change("dinah", name="Cyrus Patel", team_id=world.ids["east"])
    shown = await world.run(lambda unit: labels.names(unit.session, [world.ids["cyrus"]]))
    assert shown == {world.ids["cyrus"]: "Cyrus Patel (cyrus)"}
    world.change("dinah", active=False)
    assert await world.run(lambda unit: unit.directory.name(world.ids["cyrus"])) == "Cyrus Patel"


async def test_two_of_one_name_whose_addresses_begin_alike_are_told_apart_by_the_whole_of_them(world: World) -> None:
    """As with a colleague of another body: cards compare readers by what they are called."""
    world.change("ben", name="Sofia Brandt", team_id=world.ids["stratford"], email="sofia@trust.example")
    pair = world.ids["sofia"], world.ids["ben"]
    names = await world.run(lambda unit: [unit.directory.name(each) for each in pair])
    assert names == ["Sofia Brandt (sofia@council.example)", "Sofia Brandt (sofia@trust.example)"]
    some = await world.run(lambda unit: told_apart.labels(unit.directory, set(pair)))
    assert sorted(some.values()) == [
        "Sofia Brandt, Stratford (sofia@council.example)",
        "Sofia Brandt, Stratford (sofia@trust.example)",
    ]


async def test_a_whole_label_is_one_person_and_a_team_finds_its_people(world: World) -> None:
    """In a large council a name is typed: what stood in the box before is sent back, and must be taken."""
    world.change("ben", name="Sofia Brandt", team_id=world.ids["stratford"])
    desk = world.nodes[0].desk
    assert [each.person_id for each in await desk.people("sofia brandt, Stratford (BEN)")] == [world.ids["ben"]]
    assert [each.label for each in await desk.people("beckton")] == ["Bea Novak, Beckton"]
    assert [each.label for each in await desk.people("  hanif   bello ")] == ["Hanif Bello"]


async def test_an_alerts_row_says_since_when_it_waits(world: World) -> None:
    await world.graded()
    page = plain_card(await world.nodes[0].desk.home(world.who("mina")))
    assert "Alert to acknowledge: QA-1001 (case 7199999), waiting since 23 November 2026 at 10am" in page


async def test_whoever_is_asked_about_actions_reads_since_when_the_review_is_final(world: World) -> None:
    """A practitioner who was away as it became final has not heard of it yet."""
    audit = await world.audit("cyrus")
    await world.away("sofia", "2026-11-23", "2026-12-04")
    await world.submit(audit, "green")
    await world.advance("2026-12-14 12:00")
    assert world.messages("sofia")[-1] == "actions-confirm"
    assert "Final on: 23 November 2026" in plain_card(world.cards("sofia")[-1])


async def test_what_is_a_colleagues_is_not_called_ones_own_where_both_have_one_name(world: World) -> None:
    """Message files tell by the name whose something is."""
    world.change("quinn", name="Della Frost")
    await world.send_form("della", "nominate", "", nominee=str(world.ids["dara"]), **NOMINATION)
    await world.forward("1 working day")
    [card] = [plain_card(each) for each in world.cards("quinn") if "Good practice" in plain_card(each)]
    assert "Della Frost (della) sent this record. Dara Okafor hears of it too." in card, "and nobody manages Dara"
    received = plain_card(world.cards("dara")[-1])
    assert "wanted you and the Quality Assurance Service to know" in received
    assert "line manager" not in received


async def test_the_nominator_keeps_a_copy(world: World) -> None:
    await world.send_form("dinah", "nominate", "", nominee=str(world.ids["sofia"]), **NOMINATION)
    await world.advance("2026-11-24 12:00")
    assert "nomination-copy" in world.messages("dinah")
    assert "nomination-received" in world.messages("sofia")


async def test_a_person_beyond_all_that_a_picker_offers_is_found_by_number_and_shown_by_name(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A form that was sent back showed "4711" where a name had been chosen."""
    desk = world.nodes[0].desk
    number = world.ids["sofia"]
    (only,) = await desk.people(str(number), limit=1)
    assert (only.person_id, only.label.startswith("Sofia Brandt")) == (number, True)
    assert await desk.people("0") == []
    form = Form("x", "Who?", (Field("who", "Who?", "person"),), values={"who": str(number)})
    monkeypatch.setattr(answers, "SUGGESTED", 1)
    assert number not in [each.person_id for each in await desk.people(limit=1)]
    assert [each.person_id for each in await answers.colleagues(form, desk)][1:] == [number]
