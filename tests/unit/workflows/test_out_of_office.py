"""What a mailbox says of when somebody is away: they are asked, and nothing is noted before they say so."""

from collections.abc import Mapping, Sequence

import pytest

from qabot.adapter import DirectoryUnread, OpenForm, OutOfOffice, Press
from qabot.messaging.card import plain_card
from qabot.models import Absence
from qabot.scheduler.out_of_office import OutOfOfficeReading
from qabot.workflows.core.unit import Unit
from qabot.workflows.people import out_of_office
from tests.support.world import World, local
from tests.unit.workflows.test_absences import say_away


def away(first: str, until: str) -> OutOfOffice:
    return OutOfOffice(local(first), local(until))


async def propose(world: World, **said: OutOfOffice | None) -> int:
    found: Mapping[int, OutOfOffice | None] = {world.ids[name]: each for name, each in said.items()}
    return await world.nodes[0].desk.run(lambda unit: out_of_office.propose(unit, found))


async def test_whoever_will_be_away_is_asked_once_and_chooses_the_deputy(world: World) -> None:
    week = away("2026-12-14 00:00", "2026-12-18 23:59")
    assert await propose(world, cyrus=week, dinah=None) == 1
    assert await propose(world, cyrus=week) == 0
    await world.advance("2026-11-23 10:30")
    assert world.messages("cyrus") == ["out-of-office"]
    card = plain_card(world.cards("cyrus")[-1])
    assert "from Monday 14 December 2026 to Friday 18 December 2026" in card
    assert world.all(Absence) == []
    (notice,) = world.notices("cyrus")
    opened = await world.nodes[0].desk.press(Press(world.who("cyrus"), "away", notice.token))
    assert isinstance(opened, OpenForm)
    assert opened.form.values == {"from_on": "2026-12-14", "to_on": "2026-12-18"}
    await say_away(world, "cyrus", "2026-12-14", "2026-12-18", deputy="dinah")
    assert [each.deputy_id for each in world.all(Absence)] == [world.ids["dinah"]]
    assert await propose(world, cyrus=week) == 0


@pytest.mark.parametrize(
    ("first", "until", "days"),
    [
        ("2026-12-14 09:00", "2026-12-18 16:30", "14 18"),
        ("2026-12-11 16:00", "2026-12-21 09:00", "12 20"),
        ("2026-12-14 00:00", "2026-12-14 23:59", "14 14"),
        ("2026-12-11 17:00", "2026-12-14 09:00", None),
        ("2026-12-14 12:00", "2026-12-14 15:00", None),
        ("2026-11-02 00:00", "2026-11-06 23:59", None),
        ("2026-12-14 00:00", "2028-12-14 00:00", None),
    ],
)
async def test_only_whole_days_on_which_somebody_works_are_asked_about(
    world: World, first: str, until: str, days: str | None
) -> None:
    def work(unit: Unit) -> out_of_office.Days | None:
        return out_of_office.whole_days(unit, unit.directory.people[world.ids["cyrus"]], away(first, until))

    found = await world.nodes[0].desk.run(work)
    assert (f"{found[0].day} {found[1].day}" if found else None) == days


async def test_what_is_known_already_or_no_longer_so_is_not_asked(world: World) -> None:
    week = away("2026-12-14 00:00", "2026-12-18 23:59")
    await propose(world, cyrus=week, dinah=week, mina=week)
    await say_away(world, "cyrus", "2026-12-10", "2026-12-14")
    await propose(world, cyrus=week, dinah=None, mina=away("2026-12-15 00:00", "2026-12-18 23:59"))
    await world.advance("2026-11-23 10:30")
    asked = {name: [each.state for each in world.notices(name, message="out-of-office")] for name in ("cyrus", "dinah")}
    assert asked == {"cyrus": ["superseded"], "dinah": ["superseded"]}
    assert [each.state for each in world.notices("mina", message="out-of-office")] == ["superseded", "sent"]


async def test_whoever_is_asked_too_late_is_left_in_peace_and_quality_assurance_hears_if_something_is_due(
    world: World,
) -> None:
    audit = await world.audit("cyrus")
    until = audit.due_on.isoformat()
    late = away("2026-11-23 08:00", f"{until} 23:59")
    assert await propose(world, cyrus=late, dinah=away("2026-11-23 08:00", "2026-11-24 23:59")) == 1
    assert world.notices("cyrus", message="out-of-office") == []
    (notice,) = world.notices("quinn", message="out-of-office-colleague")
    assert (notice.subject_id, notice.params["away"]) == (world.ids["cyrus"], "Cyrus Patel")
    opened = await world.nodes[0].desk.press(Press(world.who("quinn"), "away", notice.token))
    assert isinstance(opened, OpenForm)
    assert opened.form.values == {"who": str(world.ids["cyrus"]), "from_on": "2026-11-23", "to_on": until}
    assert await propose(world, cyrus=late) == 0


async def test_the_service_reads_each_mailbox_by_account_or_address(world: World) -> None:
    desk = world.nodes[0].desk
    asked: list[Sequence[str]] = []
    email = (await desk.run(lambda unit: unit.directory.people[world.ids["cyrus"]])).email
    said = {email: away("2026-12-14 00:00", "2026-12-18 23:59")}

    async def mailboxes(accounts: Sequence[str]) -> Mapping[str, OutOfOffice | None]:
        asked.append(accounts)
        if len(asked) == 1:
            raise DirectoryUnread("Microsoft Graph answered 503.")
        return said

    reading = OutOfOfficeReading(desk, "graph", mailboxes)
    await reading.look()
    assert world.notices("cyrus", message="out-of-office") == []
    await world.forward("2 minutes")
    await reading.look()
    assert email in asked[1]
    assert len(world.notices("cyrus", message="out-of-office")) == 1
    await reading.look()
    assert len(asked) == 2
