"""What can be mended is mended where people are: an alert by mistake, a meeting's date, a case given back by a slip."""

from pathlib import Path

from sqlmodel import col

from qabot.framework import load, require
from qabot.models import Alert, Audit, Deadline, RoleHolding
from qabot.workflows.core.situation import people_changed
from tests.support.mixed import IN_SLACK, IN_TEAMS, IN_WEB, MixedCouncil, mixed_council
from tests.support.slack import named
from tests.support.slack.council import user
from tests.support.teams.cards import buttons
from tests.support.three_screens import press, seen

WHY = "The grades were taken down wrong"
PICKED = """
extends: newham
activities:
  practice-learning-review:
    cases: {rule: NEW-SEL-1, from: data-and-impact, never: [involved, oversight]}
    do: [{rule: NEW-QUO-1, per: service-manager, count: 1}, {rule: NEW-QUO-2, per: head-of-service, count: 1}]
"""


async def write(council: MixedCouncil, person: str, words: str) -> None:
    """Somebody types a word to the bot, in the chat that they have."""
    if person == IN_SLACK:
        await council.slack.slash(user(person), words)
    else:
        await council.clients.say(council.mina, words)
    await council.forward()


async def test_an_alert_and_a_date_are_mended_in_slack_and_in_teams(tmp_path: Path) -> None:
    async with mixed_council(tmp_path) as council:
        world = council.world
        with world.nodes[0].store.transaction() as session:
            for person in (IN_SLACK, IN_TEAMS):
                session.add(RoleHolding(person_id=world.ids[person], role="quality-assurance"))
            people_changed(session)
        first, second = await world.graded(), await world.graded(auditor="dinah")
        await council.forward()

        # The date of the meeting is given, changed in Teams, and noted as held in Slack.
        await world.acknowledge(IN_WEB, first)
        given = {"meeting-date": "2026-11-27", "chair": str(world.ids[IN_SLACK])}
        await world.send_form(IN_TEAMS, "answer", world.deadline("pim-date", first).token, **given)
        await write(council, IN_TEAMS, f"change-date {first.reference}")
        moved = {"choice:what-became": "moved", "date:meeting-date": "2026-11-25", "person:chair": given["chair"]}
        await council.clients.press(council.mina, "Save", moved)
        assert "It is on 25 November 2026 now" in council.clients.see(council.mina)
        await council.forward()
        assert "It is on 25 November 2026 now" in await seen(council, IN_SLACK), "whoever chairs it hears of it"
        await world.advance("2026-11-25 16:00")
        await write(council, IN_SLACK, f"change-date {first.reference}")
        council.slack.fill(user(IN_SLACK), **{"what-became": "held"})
        await council.slack.send(user(IN_SLACK))
        await council.forward()
        assert "held" in _meeting(council, first).closed_why

        # One alert is withdrawn in Slack, the other in Teams; each copy says so.
        await write(council, IN_SLACK, f"withdraw-alert {first.reference}")
        await council.slack.submit(user(IN_SLACK), why="grade", sure=["yes"])
        await council.forward()
        await write(council, IN_TEAMS, f"withdraw-alert {second.reference}")
        sure = {"choice:why": "grade", "tick:sure": "true"}
        await council.clients.press(council.mina, "Withdraw the alert", sure)
        assert f"The alert about {second.reference} is withdrawn." in council.clients.see(council.mina)
        await council.forward()
        assert all(each.withdrawn_why == WHY for each in world.all(Alert))
        for person in (IN_SLACK, IN_TEAMS, IN_WEB):
            assert WHY in await seen(council, person), person


def _meeting(council: MixedCouncil, audit: Audit) -> Deadline:
    meetings = council.world.all(Deadline, Deadline.kind == "pim-date", Deadline.subject_id == audit.id)
    return meetings[0]


async def test_a_case_that_a_person_picked_comes_back_on_each_platform(tmp_path: Path) -> None:
    path = tmp_path / "picked.yaml"
    path.write_text(PICKED, "utf-8")
    framework = require(load(path, [Path("frameworks")]))
    async with mixed_council(tmp_path, framework, at="2026-12-31 12:00") as council:
        world = council.world
        await council.forward()
        await pick(council, "7100000", "7100001", "7102001", "7103000", "7103001")
        await world.jump("2027-01-04 12:00")
        await council.forward()
        before = cases(council)
        assert None not in before.values()
        assert set(before) >= {IN_SLACK, IN_TEAMS, IN_WEB}
        for person in (IN_SLACK, IN_TEAMS, IN_WEB):
            await give_back(council, person)
            assert cases(council)[person] is None
            assert "The Data and Impact Team will find you another one." in await said(council, person)
            assert len(asking(council)) == 1, "one more is wanted"
            await take_back(council, person)
            assert cases(council) == before
            assert asking(council) == [], "and is wanted no more"
        assert len(world.events("taken-back")) == 3


async def pick(council: MixedCouncil, *references: str) -> None:
    [asked] = asking(council)
    values = {"references": "\n".join(references), "for": ""}
    await council.world.send_form("della", "pick-cases", asked.token, **values)


def asking(council: MixedCouncil) -> list[Deadline]:
    kind = col(Deadline.kind) == "practice-learning-review-cases"
    return [each for each in council.world.all(Deadline, kind) if each.state == "open"]


def cases(council: MixedCouncil) -> dict[str, str | None]:
    return {council.world.name(each.auditor_id): each.case_reference for each in council.world.all(Audit)}


async def give_back(council: MixedCouncil, person: str) -> None:
    if person == IN_WEB:
        [token] = {each.token for each in council.world.notices(person) if each.message.startswith("review-alloc")}
        await council.web.press(person, "know-case", token)
        question = council.web.page.questions  # type: ignore[union-attr]
        await council.web._send(person, question.action, dict(question.values))
        return
    if person == IN_SLACK:
        await press(council, person, "know-case", "I know this case")
        return
    await council.clients.press(council.mina, in_teams(council, "I know this case"))
    await council.clients.press(council.mina, "Yes, I know it")
    await council.forward()


def in_teams(council: MixedCouncil, begin: str) -> str:
    """What stands on the newest button in Teams that begins so."""
    cards = [each["attachments"][0]["content"] for each in council.connector.of(council.mina) if "attachments" in each]
    return [label for card in cards for label in buttons(card) if label.startswith(begin)][-1]


async def said(council: MixedCouncil, person: str) -> str:
    return council.web.page.words if person == IN_WEB and council.web.page else await seen(council, person)


async def take_back(council: MixedCouncil, person: str) -> None:
    if person == IN_SLACK:
        receipt = council.slack.last(user(person))
        [undo] = [each for each in named(receipt.blocks) if each.startswith("undo")]
        await council.slack.click(user(person), undo, message=receipt)
    elif person == IN_TEAMS:
        await council.clients.press(council.mina, in_teams(council, "Undo: I know this case"))
    else:
        forms = council.web.page.forms if council.web.page else []
        back = next(each for each in forms if each.button.startswith("Undo"))
        await council.web._send(person, back.action, dict(back.values))
    await council.forward()
