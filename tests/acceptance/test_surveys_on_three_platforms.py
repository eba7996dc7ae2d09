"""One survey in Slack, in Teams and on the web: begun where each is, gone on with elsewhere, and sent; in one walk."""

from pathlib import Path

from sqlmodel import col, select

from qabot.framework import load, require
from qabot.models import Deadline, SurveySheet
from qabot.workflows.core.sheets import Sheet
from tests.support.mixed import IN_SLACK, IN_TEAMS, IN_WEB, MixedCouncil, mixed_council
from tests.support.slack import named
from tests.support.slack.council import user
from tests.support.slack.records import Message
from tests.support.three_screens import press, seen
from tests.support.world import tools

FILE = """
extends: newham
rules: {ABC-FBK-1: {text: Whoever manages says what a review was like., source: invented}}
scales:
  much: {version: much-1, labels: {"1": Not at all, "2": A little, "3": Very much}}
questions:
  helpful: {label: How helpful was the review, scale: much}
  difference: {label: How much difference does it make, scale: much}
  in-words: {label: What would have helped more, type: text, optional: true}
duties:
  view:
    rule: ABC-FBK-1
    title: Your view of the review
    when: [practice-learning-review.final]
    owes-each: [service-manager, head-of-service]
    due: final + 10 working days
    ask: [helpful, difference, in-words]
    promise: confidential
    reads: [quality-assurance]
"""
EVERYBODY = (IN_SLACK, IN_TEAMS, IN_WEB)
FIRST, SECOND = "1 of 2. How helpful was the review", "2 of 2. How much difference does it make"
CHOICE = {IN_SLACK: ("1", "Not at all"), IN_TEAMS: ("2", "A little"), IN_WEB: ("3", "Very much")}


def sheet(council: MixedCouncil, person: str) -> Sheet:
    world = council.world
    (deadline,) = world.all(Deadline, col(Deadline.kind) == "view", Deadline.owner_id == world.ids[person])
    with world.nodes[0].store.transaction() as session:
        row = session.exec(select(SurveySheet).where(SurveySheet.deadline_id == deadline.id)).one()
    return Sheet.opened(row, tools().sealer)


async def rate(council: MixedCouncil, person: str, question: int) -> None:
    key, label = CHOICE[person]
    await press(council, person, f"rate:{question}:{key}", label)


async def test_each_answers_where_they_are_goes_on_in_the_web_inbox_and_sends_where_they_began(tmp_path: Path) -> None:
    path = tmp_path / "asking.yaml"
    path.write_text(FILE, "utf-8")
    framework = require(load(path, [Path("frameworks")]))
    async with mixed_council(tmp_path, framework) as council:
        await council.world.submit(await council.world.audit("ade"), actions=False)
        await council.forward("1 working day")
        for person in EVERYBODY:
            said = await seen(council, person)
            assert FIRST in said
            assert said.index("This is confidential.") < said.index(FIRST)
            await rate(council, person, 1)
            assert SECOND in await seen(council, person), person
            assert FIRST not in await seen(council, person), person

        # In the middle each goes on in the web inbox, and what they say there stands in their chat too.
        for person in EVERYBODY:
            (token,) = {each.token for each in council.world.notices(person, message="survey")}
            page = await council.web.open(person, f"/n/{token}")
            assert SECOND in page.words
            said = await council.web.press(person, "rate:2:prefer-not", token)
            assert "Send my answers" in (await council.web.open(person, f"/n/{token}")).words
            await council.forward()

        # One writes something in the chat's own form; a date of birth is held back, and stays in front of them.
        await council.slack.click(user(IN_SLACK), "survey-send", message=_card(council))
        await council.forward()
        for person in (IN_TEAMS, IN_WEB):
            (token,) = {each.token for each in council.world.notices(person, message="survey")}
            back = await council.web.submit(person, "survey-words", token, {"in-words": "She was born on 3 May 2014"})
            assert "There is something to check" in back
            assert council.web.kept("in-words") == "She was born on 3 May 2014"
            done = await council.web.send(person, {"in-words": "More time."})
            assert "nobody sees them as yours" in done
            await council.forward()

        for person in EVERYBODY:
            held = sheet(council, person)
            assert held.sent
            assert held.answers["helpful"]["value"] == CHOICE[person][0]
            assert held.answers["difference"]["value"] == "prefer-not"
            assert held.answers.get("in-words", {}).get("value") == (None if person == IN_SLACK else "More time.")
            assert "Answered by" in await seen(council, person)

        # Nobody who works on the review, nor in the programme, finds who has answered; who may read it does.
        (audit,) = council.world.all(type(await council.world.audit("bea")))[:1]
        record = await council.page("ade", f"/audits/{audit.reference}")
        programme = await council.page("quinn", "/programme?state=")
        for words in (record.words, programme.words):
            assert "Your view of the review" not in words


def _card(council: MixedCouncil) -> Message:
    """The card in Slack on which the survey can be sent."""
    return next(each for each in council.slack.to(user(IN_SLACK)) if "survey-send" in named(each.blocks))
