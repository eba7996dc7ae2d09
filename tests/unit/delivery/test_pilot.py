"""While a pilot runs only the people named are sent to; the rest is held and says so, and never floods out."""

from collections.abc import Sequence
from pathlib import Path

from sqlmodel import col

from qabot.delivery.digests import gather
from qabot.delivery.pilot import Held, counted
from qabot.models import Notice
from qabot.workflows.people import accounts
from tests.support.world import World, local


def pilot(world: World, *people: str) -> None:
    """From now on the service runs with this pilot; with nobody named none runs."""
    for node in world.nodes:
        node.engine.outlets.pilot = tuple(f"{each.title()}@Council.example" for each in people)


def held(world: World, people: Sequence[str] = ("mina",)) -> Held | None:
    with world.nodes[0].store.transaction() as session:
        return counted(session, [f"{each}@council.example" for each in people])


async def test_only_the_people_named_are_sent_to_and_the_rest_says_why(tmp_path: Path) -> None:
    world = await World.start(tmp_path)
    pilot(world, "mina")
    audit = await world.graded("red")
    await world.advance("2026-11-27 16:00")
    assert "red-alert" in world.messages("mina")
    sent = {each.recipient_id for each in world.all(Notice) if each.state == "sent"}
    assert sent == {world.ids["mina"]}
    kept = world.notices(state="held")
    assert {"red-alert"} <= {each.message for each in kept if each.recipient_id == world.ids["hanif"]}
    said = {each.notice_id: each.why for each in world.events("held")}
    assert {said[each.id] for each in kept} == {"the person is not in the pilot"}
    assert [each.notice_id for each in world.events("held")].count(kept[0].id) == 1, "said once, not at each round"
    found = held(world)
    assert found is not None
    assert (found.members, found.notices) == (["Mina Sharpe"], len(kept))
    assert found.alerts == len([each for each in kept if each.lane == "alert"]) > 0
    assert world.card_about("mina", audit).state == "sent"
    world.close()


async def test_what_is_passed_on_to_somebody_outside_is_held_too(tmp_path: Path) -> None:
    world = await World.start(tmp_path)
    pilot(world, "mina")
    await world.away("mina", "2026-11-23", "2026-11-27", "ade")
    await world.graded("red")
    assert not world.chat.copies
    assert "held" in {each.state for each in world.notices("ade")}
    world.close()


async def test_a_pilot_that_begins_while_a_digest_waits_holds_what_it_carries(tmp_path: Path) -> None:
    world = await World.start(tmp_path, "2026-10-14 10:00")
    await world.audit("cyrus")
    world.clock.set(local("2026-10-15 10:00"))
    await world.run(gather)
    [digest] = world.all(Notice, Notice.message == "digest")
    assert (digest.state, digest.recipient_id) == ("planned", world.ids["cyrus"])
    pilot(world, "mina")
    await world.forward("1 day")
    assert not world.chat.copies
    assert [each.state for each in world.all(Notice, Notice.message == "digest")] == ["superseded"]
    assert "review-allocated" in world.messages("cyrus", state="held")
    pilot(world)
    await world.forward("1 working day")
    assert "review-allocated" in world.messages("cyrus")
    world.close()


async def test_when_the_pilot_widens_only_what_still_holds_comes_and_in_one_message(tmp_path: Path) -> None:
    world = await World.start(tmp_path)
    pilot(world, "mina")
    waiting, settled = await world.graded("red"), await world.graded("red", "dinah")
    await world.acknowledge("mina", settled)
    await world.advance("2026-12-14 11:00")
    assert world.notices("hanif", state="held")
    assert world.messages("hanif") == []

    pilot(world, "mina", "hanif")
    await world.tick()
    alerts = [each for each in world.notices("hanif", state="sent") if each.lane == "alert"]
    assert [world.is_about(each, waiting) for each in alerts] == [True], "the latest of the alert that is still open"
    assert not world.notices("hanif", state="held")
    assert world.notices("cyrus", state="held"), "whoever is outside still is"
    await world.advance("2026-12-15 11:00")
    assert len(world.all(Notice, Notice.message == "digest", Notice.recipient_id == world.ids["hanif"])) <= 2
    reasons = {each.reason for each in world.notices("hanif", state="superseded")}
    assert any(each.startswith("overtaken by") for each in reasons)
    assert any(each.startswith("no longer needed") for each in reasons)
    world.close()


async def test_what_nobody_waits_for_after_a_week_is_not_sent(tmp_path: Path) -> None:
    world = await World.start(tmp_path)
    pilot(world, "mina")

    def tell(key: str, kind: str) -> None:
        with world.nodes[0].store.transaction() as session:
            unit = world.nodes[0].desk.unit(session)
            unit.notify(
                "cases-short", world.ids["cyrus"], rule="", subject=(kind, 1), key=key, reason="a test", alone=True
            )

    tell("old", "cycle")
    await world.forward("9 days")
    tell("new", "cycle")
    await world.tick()
    assert {each.key for each in world.notices("cyrus", state="held")} >= {"old", "new"}
    pilot(world)
    await world.tick()
    [old] = world.all(Notice, col(Notice.key) == "old")
    assert (old.state, old.reason) == ("superseded", "more than a week old when the pilot widened")
    [new] = world.all(Notice, col(Notice.key) == "new")
    assert (new.state in {"planned", "sent"}, new.alone) == (True, False)
    assert not world.all(Notice, col(Notice.state) == "held")
    world.close()


async def test_a_deadline_that_was_met_takes_what_is_held_along_as_ever(tmp_path: Path) -> None:
    world = await World.start(tmp_path)
    pilot(world, "mina")
    await world.away("cyrus", "2026-11-24", "2026-11-25", "dinah")
    audit = await world.audit("cyrus")
    await world.advance("2026-11-24 12:00")
    await world.back("cyrus")
    assert not [each for each in world.notices("dinah", state="held") if world.is_about(each, audit)]
    world.close()


async def test_whoever_is_linked_before_the_pilot_reaches_them_is_welcomed_when_it_does(tmp_path: Path) -> None:
    world = await World.start(tmp_path)
    pilot(world, "mina")
    for each in ("mina", "cyrus", "dinah"):
        world.change(each, welcomed_at=None)
        await world.nodes[0].desk.arrived(world.ids[each])
    await world.forward("10 days")
    assert "welcome" in world.messages("mina")
    assert world.messages("cyrus") == []
    pilot(world)
    await world.forward("1 working day")
    assert world.messages("cyrus").count("welcome") == world.messages("dinah").count("welcome") == 1
    world.close()


async def test_an_address_that_nobody_has_is_said(tmp_path: Path) -> None:
    world = await World.start(tmp_path)
    await world.run(lambda unit: accounts.leave(unit, "chat", "U-cyrus", "gone", gone=True))
    found = held(world, ["mina", "nobody"])
    assert found is not None
    assert found.sentences() == [
        "A pilot runs (QABOT_PILOT). Sent to: Mina Sharpe; to nobody else.",
        "Nobody here has these addresses: nobody@council.example.",
    ]
    assert held(world, []) is None
    world.close()
