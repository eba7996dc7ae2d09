"""What is due from something that is still to come has no date until that comes, and the right one from then on."""

from qabot.models import Audit
from tests.support.councils import Start
from tests.support.world import World

LATER = """
duties:
  read: {rule: ABC-DDL-1, title: Read it, when: [practice-learning-review.given], owes: [service-manager],
         due: final + 5 working days}
  wait: {rule: ABC-DDL-1, title: Wait for it, when: [practice-learning-review.submitted], owes: [service-manager],
         due: final + 5 working days, opens: final + 2 working days}
"""


def due(world: World, kind: str, audit: Audit) -> str:
    return f"{world.deadline(kind, audit).due_on}"


async def test_a_date_comes_with_what_it_counts_from(start: Start) -> None:
    world = await start(LATER)
    audit = await world.audit("cyrus")
    assert due(world, "read", audit) == "None"
    await world.submit(audit, "green", actions=False)
    assert due(world, "read", audit) == "2026-11-30", "five working days after Monday the 23rd"
    assert due(world, "wait", audit) == "2026-11-30"
    await world.advance("2026-11-27 12:00")
    number = world.deadline("read", audit).id
    assert "duty" in {each.message for each in world.notices("mina", state="sent") if each.deadline_id == number}
    await world.advance("2026-12-01 12:00")
    assert "duty-late" in world.messages("mina")
    world.close()


async def test_what_a_second_look_holds_is_due_from_when_it_is_final(start: Start) -> None:
    world = await start(LATER)
    audit = await world.graded("red")
    assert due(world, "wait", audit) == "None"
    await world.forward("2 working days")
    await world.moderate("hanif", audit, "red")
    assert due(world, "wait", audit) == "2026-12-02", "final on Wednesday the 25th"
    world.close()
