"""Surveys as those who are asked see them: on the card, on a form, in both; and whatever comes too late or twice."""

from pathlib import Path
from typing import Any

import pytest
from sqlmodel import select

from qabot.adapter import OpenForm, Press, Reply, Say, ShowCard, Submission
from qabot.messaging.card import Card, Row, plain, plain_card
from qabot.models import Answer, Deadline, Event, Notice, SurveyRound, SurveySheet
from qabot.workflows.core.sheets import Sheet
from tests.support.surveyed import OPEN, answer_card, asking, card_of, press, workers
from tests.support.world import World, tools


def shown(reply: Reply) -> Card:
    assert isinstance(reply, ShowCard), reply
    return reply.card


def said(reply: Reply) -> str:
    """The sentence that comes with a card, or alone."""
    assert not isinstance(reply, OpenForm), reply.form.errors
    return reply.say if isinstance(reply, ShowCard) else reply.text


def question(card: Card) -> str:
    """The question that a card asks now."""
    return next((plain(each.text) for each in card.blocks if isinstance(each, Row) and plain(each.text)), "")


def labels(card: Card) -> list[str]:
    return [each.label for each in card.all_buttons()]


def sheet(world: World, person: str, kind: str) -> Sheet:
    (deadline,) = world.all(Deadline, Deadline.kind == kind, Deadline.owner_id == world.ids[person])
    with world.nodes[0].store.transaction() as session:
        row = session.exec(select(SurveySheet).where(SurveySheet.deadline_id == deadline.id)).one()
    return Sheet.opened(row, tools().sealer)


def survey_card(world: World, person: str, title: str = "Your view of the review") -> Card:
    """The newest message of a chat that has a survey of this title."""
    return next(each for each in world.cards(person)[::-1] if title in plain_card(each))


async def asked_yearly(folder: Path, promise: str = "anonymous", many: int = 12) -> World:
    """The yearly survey takes answers, and everybody has heard of it."""
    world = await asking(folder, promise=promise, many=many)
    await world.jump("2026-04-01 12:00")
    await world.jump("2026-04-08 12:00")
    await world.advance(OPEN)
    return world


async def reviewed(world: World) -> None:
    """A review of Sofia's work is final, and everybody has heard of it."""
    await world.submit(await world.audit("ade", due="2026-03-31"), actions=False)
    await world.forward("1 working day")


async def test_feedback_is_answered_on_the_card_itself_and_sent(tmp_path: Path) -> None:
    world = await asking(tmp_path, many=0)
    await reviewed(world)
    card = survey_card(world, "sofia")
    assert "Would you answer 2 questions, and say something in your own words if you like?" in plain_card(card)
    assert question(card) == "1 of 2. How helpful was the review"
    asked = [each for each in labels(card) if each != "Open the record"]
    assert asked[:4] == ["Not at all", "A little", "Very much", "Prefer not to answer"]
    card = shown(await press(world, "sofia", "view", "rate:1:3"))
    assert question(card) == "2 of 2. How much difference does it make"
    card = shown(await press(world, "sofia", "view", "rate:2:prefer-not"))
    assert question(card) == "That is all 2. You can add something in your own words, or send it now."
    reply = await press(world, "sofia", "view", "survey-send")
    assert isinstance(reply, ShowCard)
    assert reply.say == "Thank you. Your answers are in, and nobody sees them as yours."
    assert {"Send my answers", "Answer on one form", "Not at all"}.isdisjoint(labels(shown(reply)))
    assert "Answered by Sofia Brandt" in plain_card(shown(reply))
    (deadline,) = world.all(Deadline, Deadline.kind == "view")
    assert (deadline.state, deadline.closed_why) == ("met", "Answered")
    assert {name: each["value"] for name, each in sheet(world, "sofia", "view").answers.items()} == {
        "helpful": "3",
        "difference": "prefer-not",
    }
    assert [each.question for each in world.all(Answer) if each.question in ("helpful", "difference")] == []
    before = len(world.messages("sofia"))
    await world.advance("2026-04-09 12:00")
    assert "survey" not in world.messages("sofia")[before:]


async def test_who_sees_what_is_said_before_the_first_question_and_no_more_after_it(tmp_path: Path) -> None:
    world = await asking(tmp_path, many=0)
    await reviewed(world)
    card = survey_card(world, "sofia")
    said = plain_card(card)
    first = said.index("1 of 2.")
    for words in (
        "This is confidential. What you say is shown to nobody as yours.",
        "Ade Lawal, who did this work,",
        "by nobody who manages you",
        "only of five answers or more",
        "no way to raise a concern",
        "free to leave any of them out",
        "It takes about 1 minute",
    ):
        assert 0 <= said.find(words) < first, words
    after = plain_card(shown(await press(world, "sofia", "view", "rate:1:3")))
    assert "This is confidential" not in after
    assert "What you have answered is kept." in after


async def test_a_double_press_and_an_older_copy_answer_the_question_they_stood_under(tmp_path: Path) -> None:
    world = await asked_yearly(tmp_path, many=0)
    for _ in range(2):
        card = shown(await press(world, "sofia", "evaluation", "rate:1:5"))
    assert question(card).startswith("2 of 15.")
    card = shown(await press(world, "sofia", "evaluation", "rate:2:2"))
    card = shown(await press(world, "sofia", "evaluation", "rate:1:4"))
    assert question(card).startswith("3 of 15.")
    for _ in range(2):
        card = shown(await press(world, "sofia", "evaluation", "survey-back:3"))
    assert question(card).startswith("2 of 15.")
    assert "You said before: Disagree" in plain_card(card)
    answers = sheet(world, "sofia", "evaluation").answers
    assert [each["value"] for each in answers.values()] == ["4", "2"]
    assert {each["version"] for each in answers.values()} == {"newham-supervision-1"}
    assert answers["supervision-evaluation-1"]["said"] == "Agree"
    for odd in ("rate", "rate:99:1", "rate:1:9", "rate::", "survey-back:", "survey-back:77", "rate:²:1"):
        assert isinstance(await press(world, "sofia", "evaluation", odd), ShowCard)
    assert sheet(world, "sofia", "evaluation").answers == answers


async def filled(world: World, person: str, **values: Any) -> Reply:
    """Send the whole form, with what stands on it already."""
    reply = await press(world, person, "evaluation", "survey-form")
    assert isinstance(reply, OpenForm), reply
    return await world.send_once(person, "survey-form", reply.form.token, **{**reply.form.values, **values})


async def test_one_may_change_between_the_card_and_the_form_in_the_middle(tmp_path: Path) -> None:
    world = await asked_yearly(tmp_path, many=0)
    for number in (1, 2, 3):
        await press(world, "sofia", "evaluation", f"rate:{number}:4")
    reply = await press(world, "sofia", "evaluation", "survey-form")
    assert isinstance(reply, OpenForm)
    assert len(reply.form.fields) == 21
    assert [reply.form.values.get(f"supervision-evaluation-{n}") for n in (1, 3, 4)] == ["4", "4", None]
    assert not any(each.required for each in reply.form.fields[:-1])
    kept = await filled(
        world, "sofia", **{"supervision-evaluation-4": "2", "supervision-evaluation-16": "It did.", "when": "keep"}
    )
    assert question(shown(kept)).startswith("5 of 15.")
    await press(world, "sofia", "evaluation", "rate:5:1")
    answers = sheet(world, "sofia", "evaluation").answers
    assert answers["supervision-evaluation-16"]["value"] == "It did."
    assert [answers[f"supervision-evaluation-{n}"]["value"] for n in range(1, 6)] == ["4", "4", "4", "2", "1"]
    world.restart()
    done = await filled(world, "sofia")
    assert isinstance(done, ShowCard)
    assert "nobody sees them as yours" in done.say
    assert sheet(world, "sofia", "evaluation").sent


async def test_of_an_anonymous_one_nothing_but_the_sealed_sheet_says_who_has_answered(tmp_path: Path) -> None:
    world = await asked_yearly(tmp_path, many=0)
    before = len(world.all(Event))
    await answer_card(world, "sofia", "evaluation", ["4"] * 15)
    deadlines = world.all(Deadline, Deadline.kind == "evaluation")
    assert {each.state for each in deadlines} == {"open"}
    assert {each.replied_at for each in deadlines} == {None}
    assert len(world.all(Event)) == before
    count = world.messages("sofia").count("survey"), world.messages("ben").count("survey")
    await world.advance("2026-05-11 17:00")
    after = world.messages("sofia").count("survey"), world.messages("ben").count("survey")
    assert after == (count[0] + 2, count[1] + 2)
    assert "survey-no" not in [each.action for each in world.cards("ben")[-1].all_buttons()]


async def test_everybody_hears_of_it_before_it_opens_and_is_asked_and_reminded_twice(tmp_path: Path) -> None:
    world = await asking(tmp_path, promise="confidential", many=0)
    await world.advance("2026-04-09 12:00")
    soon = survey_card(world, "ben", "Soon: Evaluation of supervision")
    assert (
        "On Friday 10 April 2026 we will ask you 15 questions, and for your own words if you like, which takes about 6 "
        "minutes." in plain_card(soon)
    )
    assert soon.all_buttons() == ()
    await world.advance("2026-05-20 12:00")
    assert [each for each in world.messages("ben") if each.startswith("survey")] == ["survey-soon", *["survey"] * 3]
    over = survey_card(world, "ben", "Soon: Evaluation of supervision")
    assert "we will ask you" not in plain_card(over)
    managers = [each for each in world.messages("bea") + world.messages("mina") if each.startswith("survey")]
    assert managers == []


async def test_what_comes_too_late_or_twice_is_not_taken_and_not_lost(tmp_path: Path) -> None:
    world = await asked_yearly(tmp_path, "confidential", many=3)
    opened = await press(world, "ben", "evaluation", "survey-form")
    assert isinstance(opened, OpenForm)
    token = opened.form.token
    values = {"supervision-evaluation-1": "5", "supervision-evaluation-20": "Thank you, Amira."}
    done = await world.send_once("ben", "survey-form", token, **values, when="send")
    assert "nobody sees them as yours" in said(done)
    again = await world.send_once("ben", "survey-form", token, **values, when="send")
    assert said(again) == "Your answers are in. Thank you."
    more = await world.send_once(
        "ben", "survey-form", token, **{**values, "supervision-evaluation-19": "More."}, when="send"
    )
    assert isinstance(more, OpenForm)
    assert "You have sent your answers already" in more.form.errors[""]
    assert more.form.values["supervision-evaluation-19"] == "More."
    assert "supervision-evaluation-19" not in sheet(world, "ben", "evaluation").answers

    left_open = await press(world, "sofia", "evaluation", "survey-form")
    assert isinstance(left_open, OpenForm)
    await world.advance("2026-05-12 10:00")
    late = await world.send_once("sofia", "survey-form", left_open.form.token, **values, when="send")
    assert isinstance(late, OpenForm)
    assert late.form.errors[""].startswith("This survey closed at the end of 11 May 2026")
    assert late.form.values["supervision-evaluation-20"] == "Thank you, Amira."
    pressed = await press(world, "sofia", "evaluation", "rate:1:4")
    assert "The survey closed at the end of 11 May 2026." in plain_card(shown(pressed))


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("x" * 2001, "Keep this to 2000 characters: it has 2001."),
        ("Her NHS number is 943 476 5919", "This looks as if it holds"),
    ],
)
async def test_what_cannot_be_kept_stays_in_front_of_whoever_typed_it(tmp_path: Path, text: str, what: str) -> None:
    world = await asked_yearly(tmp_path, many=0)
    reply = await filled(world, "sofia", **{"supervision-evaluation-16": text})
    assert isinstance(reply, OpenForm)
    assert reply.form.errors["supervision-evaluation-16"].startswith(what)
    assert reply.form.values["supervision-evaluation-16"] == text
    assert sheet(world, "sofia", "evaluation").answers == {}


async def test_emoji_alone_are_an_answer(tmp_path: Path) -> None:
    world = await asked_yearly(tmp_path, many=0)
    await filled(world, "sofia", **{"supervision-evaluation-16": "🌻👩🏽‍⚕️"})
    assert sheet(world, "sofia", "evaluation").answers["supervision-evaluation-16"]["value"] == "🌻👩🏽‍⚕️"


async def test_nobody_answers_or_is_told_for_somebody_who_is_away(tmp_path: Path) -> None:
    world = await asking(tmp_path, many=0)
    world.change("sofia", deputy_id=world.ids["ben"])
    await world.away("sofia", "2026-03-30", "2026-04-20", "ben")
    await reviewed(world)
    await world.advance("2026-04-14 16:00")
    (deadline,) = world.all(Deadline, Deadline.kind == "view")
    assert deadline.owner_id == world.ids["sofia"]
    told = {world.name(each.recipient_id) for each in world.notices() if each.deadline_id == deadline.id}
    assert told == {"sofia"}
    assert world.notices("ben", message="covering") == []
    token = world.notices("sofia", message="survey")[0].token
    refused = await world.press_token("ben", "rate:1:3", token)
    assert isinstance(refused, Say)
    assert sheet(world, "sofia", "view").answers == {}


async def test_nobody_is_asked_twice_in_a_month_and_who_is_all_the_same_hears_why(tmp_path: Path) -> None:
    world = await asking(tmp_path, many=0)
    await reviewed(world)
    await world.advance(OPEN)
    title, words = "Evaluation of supervision", "You were asked something on"
    assert f"{words} 30 March 2026 too." in plain_card(survey_card(world, "sofia", title))
    assert words not in plain_card(survey_card(world, "ben", title))
    await world.submit(await world.audit("ade", due="2026-06-30"), actions=False)
    assert len(world.all(Deadline, Deadline.kind == "view")) == 1
    (event,) = world.events("survey-not-asked")
    assert event.why == "asked on 10 April 2026, and nobody is asked twice in a month"


@pytest.mark.parametrize(
    ("first", "too_soon", "again"),
    [
        ("2026-10-01", "2026-10-30", "2026-11-02"),
        ("2026-12-01", "2026-12-31", "2027-01-04"),
        ("2027-02-01", "2027-03-03", "2027-03-04"),
    ],
)
async def test_no_calendar_month_has_two_surveys_of_one_person(
    tmp_path: Path, first: str, too_soon: str, again: str
) -> None:
    world = await asking(tmp_path, at="2026-09-28 07:00", many=0)
    asked = []
    for day in (first, too_soon, again):
        await world.jump(f"{day} 07:00")
        await world.jump(f"{day} 17:00")
        due = f"{day[:4]}-12-31" if day < "2027" else "2027-03-31"
        await world.submit(await world.audit("ade", due=due), actions=False)
        asked.append(len(world.all(Deadline, Deadline.kind == "view")))
    assert asked == [1, 1, 2]


async def test_a_month_counts_from_the_day_on_which_it_is_asked_and_not_from_the_notice_before(tmp_path: Path) -> None:
    world = await asking(tmp_path, many=0)
    await world.advance("2026-04-02 12:00")
    asked = []
    for day in ("2026-04-02", "2026-05-06", "2026-05-11"):
        await world.jump(f"{day} 12:00")
        await world.submit(await world.audit("ade", due="2026-06-30"), actions=False)
        asked.append(len(world.all(Deadline, Deadline.kind == "view")))
    assert asked == [0, 0, 1], "it was announced on 1 April, and asked on 10 April"
    assert [each.why.partition(",")[0] for each in world.events("survey-not-asked")] == [
        "to be asked on 10 April 2026",
        "asked on 10 April 2026",
    ]


async def test_whoever_leaves_is_asked_no_more_and_a_confidential_no_ends_it(tmp_path: Path) -> None:
    world = await asked_yearly(tmp_path, "confidential", many=3)
    world.change("w1", active=False)
    said = await press(world, "ben", "evaluation", "survey-no")
    assert isinstance(said, ShowCard)
    assert said.say == "That is fine. You will not be asked about this again."
    await world.forward("2 working days")
    gone = {world.ids["w1"], world.ids["ben"]}
    states = {each.owner_id: each.state for each in world.all(Deadline, Deadline.kind == "evaluation")}
    assert {owner for owner, state in states.items() if state != "open"} == gone
    assert len(workers(world)) == len(states)
    assert [each.state for each in world.all(SurveyRound)] == ["open"]
    assert card_of(world, "sofia", "evaluation")


async def test_an_anonymous_survey_that_has_closed_counts_as_asked_too(tmp_path: Path) -> None:
    world = await asking(tmp_path, many=0, text=("opened + 25 working days", "opened + 8 working days"))
    await world.advance("2026-04-21 12:00")
    assert [each.state for each in world.all(SurveyRound)] == ["too-few"]
    with world.nodes[0].store.transaction() as session:
        assert session.exec(select(SurveySheet)).all() == []
    await world.submit(await world.audit("ade", due="2026-04-30"), actions=False)
    await world.forward("1 working day")
    assert world.all(Deadline, Deadline.kind == "view") == []
    (event,) = world.events("survey-not-asked")
    assert event.why == "asked on 10 April 2026, and nobody is asked twice in a month"


async def test_a_form_in_the_place_of_its_card_stays_while_its_survey_closes(tmp_path: Path) -> None:
    """Drawn again, the card would take the form, and what is written on it, from whoever writes."""
    world = await asking(tmp_path, many=0)
    await reviewed(world)
    token = card_of(world, "sofia", "view").token
    desk, sofia = world.nodes[0].desk, world.who("sofia")

    def copy() -> Notice:
        carried = card_of(world, "sofia", "view")
        return world.all(Notice, Notice.id == (carried.carrier_id or carried.id))[0]

    opened = await desk.press(Press(sofia, "survey-form", token, in_place=True))
    assert isinstance(opened, OpenForm)
    with world.nodes[0].store.transaction() as session:
        unit = desk.unit(session)
        unit.close(unit.session.exec(select(Deadline).where(Deadline.kind == "view")).one(), "Closed")
    await world.forward("19 minutes")
    assert copy().wanted > copy().drawn, "the form stays where it is"
    reply = await desk.submit(
        Submission(sofia, "survey-form", token, {"in-words": "More time, please.", "when": "send"})
    )
    assert isinstance(reply, OpenForm)
    assert reply.form.values["in-words"] == "More time, please."
    await world.forward("30 minutes")
    assert copy().wanted == copy().drawn, "a form that was left gives way"
    await desk.press(Press(sofia, "survey-form", token))
    number = copy().id
    with world.nodes[0].store.transaction() as session:
        desk.unit(session).redraw_notices([number])
    await world.forward("1 minute")
    assert copy().wanted == copy().drawn, "a form in a window of its own is not touched"
