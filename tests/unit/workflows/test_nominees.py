"""Whom a record of good practice is about: one colleague, never oneself; perhaps outside the list, perhaps gone."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import Session, col

from qabot.adapter import OpenForm, Reply, Say
from qabot.errors import BadRequest
from qabot.framework.loader import load
from qabot.messaging.check import texts
from qabot.models import Deadline, Event, Nomination, Notice, Person
from qabot.workflows.cards import draw
from qabot.workflows.core.unit import Unit
from qabot.workflows.verbs import handing_over, nominees
from tests.support.world import World

OUTSIDE = "Health.Visitor@nhs.example"
TOLD = {
    "seen_on": "2026-11-20",
    "what": "Explained the plan in plain words",
    "difference": "They knew what comes next",
    "seen_in": "Meeting",
    "no_child": True,
}


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    made = await World.start(tmp_path, framework=load("newham-whole", [Path("frameworks")]))
    yield made
    made.close()


async def nominate(world: World, by: str = "ben", **values: Any) -> Reply:
    return await world.send_once(by, "nominate", "", **{**TOLD, **values})


def errors(reply: Reply) -> dict[str, str]:
    assert isinstance(reply, OpenForm)
    assert reply.form.values["what"] == TOLD["what"], "what was typed is still there"
    return dict(reply.form.errors)


def kinds(world: World) -> set[str]:
    return {
        each.kind for each in world.all(Deadline, col(Deadline.state) == "open") if each.subject_type == "nomination"
    }


async def words(world: World, notice: Notice) -> str:
    return " ".join(texts(await world.run(lambda unit: draw.cards(unit, [unit.session.get_one(Notice, notice.id)])[0])))


async def test_it_is_about_one_colleague_who_is_here_and_not_oneself(world: World) -> None:
    world.change("wanda", active=False)
    own = "Choose a colleague: this is not for oneself."
    gone = (
        "Wanda Osei has left, so this would not reach them. If they should hear of it all the same, please tell the "
        "Quality Assurance Service."
    )
    ids = {name: str(number) for name, number in world.ids.items()}
    email = {name: world.person(name).email for name in ("ben", "sofia", "wanda")}
    assert errors(await nominate(world)) == {"nominee": "Choose a colleague, or give their e-mail address below."}
    assert errors(await nominate(world, nominee=ids["ben"])) == {"nominee": own}
    assert errors(await nominate(world, nominee_email=email["ben"].upper())) == {"nominee_email": own}
    assert errors(await nominate(world, nominee=ids["wanda"])) == {"nominee": gone}
    assert errors(await nominate(world, nominee_email=email["wanda"])) == {"nominee_email": gone}
    assert errors(await nominate(world, nominee="99999")) == {"nominee": "Choose a person from the list."}
    two = await nominate(world, nominee=ids["sofia"], nominee_email=OUTSIDE)
    assert "and not both" in errors(two)["nominee_email"]
    for odd in ("not an address", "a@b", "two@a.example, three@a.example", "Sofia <sofia@a.example>"):
        assert "Give one e-mail address" in errors(await nominate(world, nominee_email=odd))["nominee_email"]
    assert "NHS number" in errors(await nominate(world, nominee_email="9434765919@nhs.example"))["nominee_email"]
    assert world.all(Nomination) == []
    same = await nominate(world, nominee=ids["sofia"], nominee_email=email["sofia"])
    assert isinstance(same, Say)
    assert "Sofia Brandt will hear" in same.text
    again = await nominate(world, nominee_email=email["sofia"])
    assert isinstance(again, Say)
    assert again.text == "You have sent this very record already, so nothing was added. Thank you."
    assert len(world.all(Nomination)) == 1


async def test_of_somebody_outside_the_list_quality_is_asked_to_pass_it_on(world: World) -> None:
    reply = await nominate(world, nominee_email=f" {OUTSIDE} ")
    assert isinstance(reply, Say)
    assert "the Quality Assurance Service is asked to pass it on" in reply.text
    await world.tick()
    told = {world.name(each.recipient_id): each for each in world.notices(subject_type="nomination", step="")}
    assert {name: each.message for name, each in told.items()} == {
        "quinn": "nomination-outside",
        "rowan": "nomination-outside",
        "ben": "nomination-copy",
    }
    assert "is not in the list of people, so qabot cannot write to them" in await words(world, told["ben"])
    assert f"about {OUTSIDE.lower()}" in await words(world, told["quinn"])
    assert kinds(world) == {"good-practice-shown", "thank-you"}, "nobody else decides what they alone can"
    logged = str([(each.detail, each.why) for each in world.all(Event)])
    assert OUTSIDE.lower() not in logged.lower()


async def test_whoever_joins_the_list_later_is_told_then(world: World) -> None:
    await nominate(world, nominee_email=OUTSIDE)

    def join(session: Session) -> int:
        person = Person(name="Hana Visser", email=OUTSIDE.lower(), line_manager_id=world.ids["ade"])
        session.add(person)
        session.flush()
        return person.id

    with world.nodes[0].store.transaction() as session:
        number = join(session)
    world.change("sofia", news=True)  # the directory is read anew
    await world.run(nominees.follow)
    await world.run(nominees.follow)
    (row,) = world.all(Nomination)
    assert (row.nominee_id, row.nominee_email) == (number, None)
    told = [(each.recipient_id, each.message) for each in world.notices(subject_type="nomination", step="")]
    assert told.count((number, "nomination-received")) == 1
    assert told.count((world.ids["ade"], "nomination-manager")) == 1


async def test_what_somebody_alone_can_decide_is_handed_to_nobody(world: World) -> None:
    await nominate(world, nominee=world.ids["sofia"])
    (decision,) = world.all(Deadline, col(Deadline.kind) == "sharing-decision")

    def hand_over(unit: Unit) -> str:
        people, deadline = unit.directory.people, unit.session.get_one(Deadline, decision.id)
        return handing_over.hand_over(unit, deadline, people[world.ids["dara"]], by=people[world.ids["quinn"]])

    with pytest.raises(BadRequest, match="alone"):
        await world.run(hand_over)
    assert world.all(Deadline, col(Deadline.kind) == "sharing-decision")[0].owner_id == world.ids["sofia"]


async def test_nobody_decides_for_them_who_may_read_it(world: World) -> None:
    await nominate(world, nominee=str(world.ids["sofia"]))
    await world.away("sofia", "2026-11-23", "2026-12-04", "quinn")
    await world.tick()
    (decision,) = world.all(Deadline, col(Deadline.kind) == "sharing-decision")
    for person in ("quinn", "ade", "hanif"):
        await world.press_token(person, "answer", decision.token)
        await world.send_once(person, "answer", decision.token, share="everyone")
    assert world.all(Deadline, col(Deadline.kind) == "sharing-decision")[0].state == "open"
    assert [each for each in world.notices(deadline_id=decision.id) if each.recipient_id != world.ids["sofia"]] == []
    world.change("sofia", active=False)
    await world.run(nominees.follow)
    assert kinds(world) == set(), "nothing more is asked about somebody who has left"


async def test_whoever_wrote_a_message_is_not_offered_as_their_own_nominee(world: World) -> None:
    desk = world.nodes[0].desk
    for person, offered in (("sofia", str(world.ids["sofia"])), ("ben", None)):
        reply = await desk.form(world.who("ben"), "nominate", {"nominee": str(world.ids[person])})
        assert isinstance(reply, OpenForm)
        assert reply.form.values.get("nominee") == offered


async def test_text_that_no_form_should_send_is_answered_and_kept_as_far_as_it_can_be_seen(world: World) -> None:
    sofia = str(world.ids["sofia"])
    long = await world.send_once("ben", "nominate", "", **{**TOLD, "nominee": sofia, "what": "a b " * 300})
    assert isinstance(long, OpenForm)
    assert long.form.errors["what"] == "Keep this to 1000 characters: it has 1199."
    assert long.form.values["what"] == "a b " * 300
    reply = await nominate(world, nominee=sofia, difference="Trust grew\ud83d, and \x00lasted.")
    assert isinstance(reply, Say)
    assert [each.difference for each in world.all(Nomination)] == ["Trust grew, and lasted."]


async def given(world: World, person: str = "sofia", by: str = "ben") -> None:
    """A record is sent on a Friday evening, when nobody has working hours any more."""
    await world.jump("2026-11-27 17:30")
    await nominate(world, by, nominee=str(world.ids[person]), seen_on="2026-11-26")
    await world.tick()


async def monday(world: World) -> dict[str, list[str]]:
    """Who has been sent what of it by Monday noon."""
    await world.jump("2026-11-30 08:00")
    await world.advance("2026-11-30 12:00")
    told: dict[str, list[str]] = {}
    for each in world.notices(subject_type="nomination", step="", state="sent"):
        told.setdefault(world.name(each.recipient_id), []).append(each.message)
    return told


def of(world: World, person: str, message: str) -> Notice:
    (found,) = [each for each in world.notices(person) if each.message == message]
    return found


async def test_of_somebody_who_leaves_before_they_are_told_nobody_reads_that_they_were(world: World) -> None:
    await given(world)
    world.change("sofia", active=False)
    told = await monday(world)
    assert "sofia" not in told
    for person, message in {"ade": "nomination-manager", "quinn": "nomination-qa", "ben": "nomination-copy"}.items():
        said = await words(world, of(world, person, message))
        assert "Sofia Brandt" in said
        assert "has left since" in said, person
        assert "told" not in said, person
        assert "hears of it" not in said, person


async def test_whoever_comes_back_into_the_list_hears_of_it_after_all(world: World) -> None:
    await given(world)
    world.change("sofia", active=False)
    assert "sofia" not in await monday(world)
    world.change("sofia", active=True)
    await world.run(nominees.follow)
    await world.run(nominees.follow)
    await world.forward("1 working hour")
    assert [each.message for each in world.notices("sofia", step="", state="sent")] == ["nomination-received"]


async def test_whoever_manages_them_now_is_told_if_the_manager_has_left_before(world: World) -> None:
    await given(world)
    world.change("ade", active=False)
    world.change("sofia", line_manager_id=world.ids["mina"])
    told = await monday(world)
    assert told["mina"] == ["nomination-manager"]
    assert "ade" not in told
    await world.run(nominees.follow)
    assert len([each for each in world.notices() if each.message == "nomination-manager"]) == 2


async def test_of_what_is_withdrawn_at_once_the_manager_hears_nothing_any_more(world: World) -> None:
    await given(world)
    received = of(world, "sofia", "nomination-received")
    await world.send_once("sofia", "sharing", received.token, share="withdrawn")
    told = await monday(world)
    assert "ade" not in told
    assert told["quinn"] == ["nomination-qa"], "who keeps the first copy, as the answer says"


@pytest.mark.parametrize(("nominee", "thanks", "shows"), [("dara", "sian", "quinn"), ("quinn", "dara", "rowan")])
async def test_nobody_thanks_or_shows_themselves(world: World, nominee: str, thanks: str, shows: str) -> None:
    await given(world, nominee)
    await monday(world)
    owners = {each.kind: world.name(each.owner_id or 0) for each in world.all(Deadline) if each.kind in kinds(world)}
    assert (owners["thank-you"], owners["good-practice-shown"]) == (thanks, shows)
    asked = {each.kind for each in world.all(Deadline, col(Deadline.owner_id) == world.ids[nominee])} & kinds(world)
    assert asked == {"sharing-decision"}
    told = [each.message for each in world.notices(nominee, state="sent") if each.subject_type == "nomination"]
    assert told == ["nomination-received", "duty"]


async def test_where_nobody_else_runs_quality_it_is_theirs_all_the_same(world: World) -> None:
    world.change("rowan", active=False)
    await given(world, "quinn")
    (shown,) = world.all(Deadline, col(Deadline.kind) == "good-practice-shown")
    assert shown.owner_id == world.ids["quinn"]


@pytest.mark.parametrize("address", ["Ben@Council.Example", "ben+work@council.example", "BEN+a+b@COUNCIL.EXAMPLE"])
async def test_ones_own_mailbox_under_another_spelling_is_oneself(world: World, address: str) -> None:
    assert errors(await nominate(world, nominee_email=address)) == {
        "nominee_email": "Choose a colleague: this is not for oneself."
    }
    same = await nominate(world, "ade", nominee_email=address)
    assert isinstance(same, Say)
    assert "Ben Ashby will hear" in same.text


async def test_whoever_it_is_about_and_their_manager_read_the_case_as_the_form_says(world: World) -> None:
    await world.jump("2026-11-27 10:00")
    await nominate(world, nominee=str(world.ids["sofia"]), case_reference="7123456")
    for person, message in {"sofia": "nomination-received", "ade": "nomination-manager"}.items():
        assert "7123456" in await words(world, of(world, person, message))
