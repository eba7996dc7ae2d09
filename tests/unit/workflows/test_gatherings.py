"""Meetings and reports: planned ahead, brought to, held, moved, cancelled, as the language says."""

from datetime import date
from pathlib import Path

import pytest
from sqlmodel import col

from qabot.adapter import Command, OpenForm, Say, ShowCard
from qabot.framework import load, require
from qabot.messaging.card import plain_card
from qabot.messaging.check import texts
from qabot.models import AnswerRow, Deadline, Moment, Notice, Occasion
from qabot.scheduler.tick import Ticker
from qabot.scheduler.watching.deadlines import Deadlines
from qabot.workflows.core.unit import Unit
from qabot.workflows.programme import agenda, gatherings
from tests.support.councils import RULES, Start
from tests.support.world import World

BOARD = """
questions:
  actions: {label: Actions, rows: {what: text, owner: person, date: date}, optional: true}
gatherings:
  board:
    rule: ABC-DDL-1
    title: Practice Board
    every: month on 3rd Tuesday
    starts: "14:00"
    ends: "16:00"
    chair: director-of-operations
    to: [head-of-service]
    brings:
      papers: {rule: ABC-DDL-2, title: Papers for the Board, owes-each: [service-manager], due: day - 8 working days}
    ask: [actions]
duties:
  action: {rule: ABC-DDL-3, title: An action of the Board, when: [actions.row], owes: [owner], due: date}
"""


def days(world: World, thing: str = "board") -> list[Occasion]:
    return world.all(Occasion, col(Occasion.thing) == thing)


def of_board(world: World, kind: str = "papers", state: str = "open") -> list[Deadline]:
    return world.all(Deadline, col(Deadline.kind) == kind, col(Deadline.state) == state)


def due(deadlines: list[Deadline]) -> list[str]:
    return [each.due_on.isoformat() if each.due_on else "" for each in deadlines]


def newest(world: World, person: str, message: str) -> Notice:
    return [each for each in world.notices(person) if each.message == message][-1]


async def move(world: World, person: str, day: str) -> object:
    return await world.send_form(person, "move-gathering", days(world)[-1].token, day=day)


async def cancel(world: World, person: str) -> object:
    return await world.send_form(person, "cancel-gathering", days(world)[-1].token, why="few", sure=True)


async def test_a_day_is_planned_ahead_and_whoever_brings_something_or_is_invited_is_told(start: Start) -> None:
    world = await start(BOARD)
    await world.forward("1 working day")
    (day,) = days(world)
    assert (day.day, day.state, day.title) == (date(2026, 12, 15), "planned", "Practice Board")
    assert due(of_board(world)) == ["2026-12-03", "2026-12-03"]
    assert world.messages("dara") == ["gathering-planned"]
    assert "gathering-invitation" in world.messages("hanif")
    assert "gathering-invitation" in world.messages("harriet")
    assert "duty" in world.messages("mina")
    assert "duty" in world.messages("marcus")
    assert {each.what for each in world.events("day-planned")} == {"day-planned"}


async def test_2_a_gatherings_day_is_a_subject_for_which_a_duty_opens_once(start: Start) -> None:
    world = await start(BOARD)
    await world.advance("2026-12-14 12:00")
    await world.tick()
    assert len(days(world)) == 1
    assert len(world.all(Deadline, col(Deadline.kind) == "papers")) == 2
    await world.advance("2026-12-22 12:00")
    first, second = days(world)
    assert second.day == date(2027, 1, 19)
    subjects = [each.subject_id for each in world.all(Deadline, col(Deadline.kind) == "papers")]
    assert subjects == [first.id, first.id, second.id, second.id]
    planned = world.all(Moment, col(Moment.name) == "board.planned")
    assert [each.subject_id for each in planned] == [first.id, second.id]


async def test_what_is_brought_is_reminded_of_and_answered_like_any_duty(start: Start) -> None:
    world = await start(BOARD)
    await world.advance("2026-12-02 16:00")
    assert [each for each in world.messages("mina") if each == "duty"] == ["duty", "duty"]
    (mine,) = [each for each in of_board(world) if each.owner_id == world.ids["mina"]]
    assert isinstance(await world.press_token("mina", "answer", mine.token), Say)
    await world.advance("2026-12-04 16:00")
    assert "duty-late" not in world.messages("mina")
    assert "duty-late" in world.messages("marcus")


async def test_after_it_was_held_the_chair_is_asked_and_each_action_has_a_deadline_of_its_own(start: Start) -> None:
    world = await start(BOARD)
    await world.advance("2026-12-15 18:00")
    assert "gathering-held" not in world.messages("dara")
    await world.advance("2026-12-16 12:00")
    assert world.messages("dara")[-1] == "gathering-held"
    token = newest(world, "dara", "gathering-held").token
    form = await world.press_token("dara", "answer", token)
    assert isinstance(form, OpenForm)
    assert [field.name for field in form.form.fields][:2] == ["held", "actions.1.what"]
    ewan, ben = str(world.ids["ewan"]), str(world.ids["ben"])
    values = {"held": "yes", "actions.1.what": "Look at the form", "actions.1.owner": ewan}
    values |= {"actions.1.date": "2027-01-08", "actions.2.what": "Tell the teams", "actions.2.owner": ben}
    said = await world.send_form("dara", "answer", token, **values, **{"actions.2.date": "2027-01-11"})
    assert isinstance(said, ShowCard)
    assert days(world)[0].state == "held"
    assert len(world.all(AnswerRow)) == 2
    actions = of_board(world, "action")
    assert [(world.name(each.owner_id), each.due_on) for each in actions] == [
        ("ewan", date(2027, 1, 8)),
        ("ben", date(2027, 1, 11)),
    ]
    assert [each.name for each in world.all(Moment, col(Moment.name).like("board.%"))] == [
        "board.planned",
        "board.held",
    ]
    await world.forward("1 working day")
    assert "duty" in world.messages("ewan")


async def test_23_a_moved_gathering_takes_its_duties_along_and_tells_whose_date_changed(start: Start) -> None:
    world = await start(BOARD)
    await world.advance("2026-11-25 12:00")
    said = await move(world, "dara", "2026-12-17")
    assert isinstance(said, Say)
    assert said.text.startswith("Practice Board is on Thursday 17 December 2026 now.")
    assert due(of_board(world)) == ["2026-12-07", "2026-12-07"]
    await world.forward("1 working day")
    for person in ("mina", "marcus", "hanif", "harriet"):
        assert world.messages(person)[-1] == "gathering-moved", person
    assert "gathering-moved" not in world.messages("dara")
    card = [each for each in world.cards("mina") if "Another day" in each.title][-1]
    words = " ".join(texts(card))
    assert "was planned for Tuesday 15 December 2026" in words
    assert "Papers for the Board" in words
    assert "Monday 7 December 2026" in words
    await world.advance("2026-12-07 12:00")
    assert [each for each in world.messages("mina") if each == "duty-late"] == []
    await world.advance("2026-12-18 12:00")
    assert world.messages("dara")[-1] == "gathering-held"
    (moved,) = world.events("day-moved")
    assert (moved.detail["before"], moved.detail["after"]) == ("2026-12-15", "2026-12-17")


async def test_whoever_has_yet_to_hear_of_it_hears_of_the_new_day_alone(start: Start) -> None:
    world = await start(BOARD)
    await move(world, "dara", "2026-12-17")
    await world.forward("1 working day")
    assert world.messages("hanif") == ["gathering-invitation"]
    assert "Thursday 17 December 2026" in " ".join(texts(world.cards("hanif")[-1]))


async def test_what_is_moved_back_before_anybody_heard_is_no_news(start: Start) -> None:
    world = await start(BOARD)
    await world.advance("2026-11-25 12:00")
    await move(world, "dara", "2026-12-17")
    await move(world, "dara", "2026-12-15")
    await world.forward("1 working day")
    assert "gathering-moved" not in world.messages("hanif")
    assert "gathering-moved" not in world.messages("mina")
    assert due(of_board(world)) == ["2026-12-03", "2026-12-03"]


async def test_what_the_chair_owes_has_the_buttons_that_move_and_cancel_it(start: Start) -> None:
    world = await start(BOARD)
    home = await world.nodes[0].desk.home(world.who("dara"))
    assert {each.action for each in home.all_buttons()} >= {"move-gathering", "cancel-gathering"}
    # How it went is asked from its day on: before that the button would be refused, and the row says from when.
    assert "answer" not in {each.action for each in home.all_buttons()}
    assert "can be answered from 15 December 2026 on" in plain_card(home)
    mine = next(each for each in home.all_buttons() if each.action == "move-gathering")
    assert isinstance(await world.press_token("dara", "move-gathering", mine.token), OpenForm)
    refused = await world.press_token("hanif", "move-gathering", mine.token)
    assert isinstance(refused, Say)
    await world.advance("2026-12-15 17:00")
    home = await world.nodes[0].desk.home(world.who("dara"))
    assert "answer" in {each.action for each in home.all_buttons()}
    assert "can be answered from" not in plain_card(home)


async def test_a_row_begins_with_a_capital_and_names_the_meeting_once(start: Start) -> None:
    """It said "Practice Board, how it went: Practice Board on 15 December 2026"."""
    world = await start(BOARD.replace("title: Papers for", "title: papers for"))
    await world.advance("2026-12-15 17:00")
    rows = plain_card(await world.nodes[0].desk.home(world.who("dara")))
    assert "Practice Board, how it went: 15 December 2026, due" in rows
    rows = plain_card(await world.nodes[0].desk.home(world.who("mina")))
    assert "Papers for the Board: Practice Board on 15 December 2026, was due" in rows


async def test_what_is_brought_links_to_the_page_of_its_gathering(start: Start) -> None:
    world = await start(BOARD)
    await world.forward("1 working day")
    links = [each.url for card in world.cards("mina") for each in card.all_buttons() if each.action == "open-gathering"]
    assert any(str(each).endswith(f"/gatherings/{days(world)[0].token}") for each in links)
    await world.graded("green", actions=False)
    await world.forward("2 working days")
    others = [each.action for card in world.cards("cyrus") for each in card.all_buttons()]
    assert "open-gathering" not in others


async def test_17_a_date_that_is_moved_earlier_is_the_next_working_day_at_the_soonest(start: Start) -> None:
    world = await start(BOARD)
    await world.advance("2026-11-30 12:00")
    await move(world, "dara", "2026-12-04")
    assert due(of_board(world)) == ["2026-12-01", "2026-12-01"]


async def test_23_cancelling_withdraws_what_was_owed_and_tells_whoever_was_told(start: Start) -> None:
    world = await start(BOARD)
    await world.advance("2026-11-25 12:00")
    await cancel(world, "dara")
    assert of_board(world) == []
    assert of_board(world, "board-held") == []
    assert {each.closed_why for each in of_board(world, state="withdrawn")} == {
        "Withdrawn: Practice Board is cancelled"
    }
    await world.advance("2026-12-20 12:00")
    for person in ("mina", "hanif"):
        assert world.messages(person)[-1] == "gathering-cancelled", person
    assert "gathering-held" not in world.messages("dara")
    (day,) = days(world)
    assert (day.state, day.why) == ("cancelled", "Too few people could come")
    await world.advance("2026-12-23 12:00")
    assert [each.state for each in days(world)] == ["cancelled", "planned"]


async def test_what_was_not_held_counts_as_cancelled(start: Start) -> None:
    world = await start(BOARD)
    await world.advance("2026-12-16 12:00")
    await world.send_form("dara", "answer", newest(world, "dara", "gathering-held").token, held="no")
    (day,) = days(world)
    assert (day.state, day.why) == ("cancelled", "It was not held")


async def test_quality_may_move_cancel_and_hold_it_and_nobody_else_may(start: Start) -> None:
    world = await start(BOARD)
    await world.advance("2026-11-25 12:00")
    said = await move(world, "hanif", "2026-12-17")
    assert isinstance(said, Say)
    assert days(world)[0].day == date(2026, 12, 15)
    await world.press_token("mina", "move-gathering", days(world)[0].token)
    assert len(world.events("press-refused")) == 2
    await move(world, "quinn", "2026-12-16")
    assert days(world)[0].day == date(2026, 12, 16)
    await world.advance("2026-12-16 17:00")
    token = days(world)[0].token
    opened = await world.press_token("quinn", "hold-gathering", token)
    assert isinstance(opened, OpenForm)
    assert opened.form.name == "hold-gathering"
    again = await world.send_form("quinn", "hold-gathering", token, **{"held": "yes", "actions.1.what": "Half a row"})
    assert isinstance(again, OpenForm)
    assert again.form.name == "hold-gathering"
    await world.send_form("quinn", "hold-gathering", token, held="yes")
    assert days(world)[0].state == "held"


async def test_it_cannot_be_held_before_its_day(start: Start) -> None:
    world = await start(BOARD)
    said = await world.press_token("dara", "hold-gathering", days(world)[0].token)
    assert isinstance(said, Say)
    assert "from 15 December 2026 on" in said.text


async def test_a_day_that_cannot_be_is_refused_and_nothing_is_changed(start: Start) -> None:
    world = await start(BOARD)
    for day, words in (("2026-12-15", "already"), ("2026-12-19", "not a working day")):
        said = await move(world, "dara", day)
        assert isinstance(said, OpenForm)
        assert words in said.form.errors["day"]
    assert world.events("day-moved") == []


async def test_the_chair_sees_what_is_coming_and_what_each_still_needs(start: Start) -> None:
    world = await start(BOARD)
    reply = await world.nodes[0].desk.command(Command(world.who("dara"), "gatherings", ""))
    assert isinstance(reply, ShowCard)
    (line,) = texts(reply.card)
    assert line == (
        "Practice Board on 15 December 2026. Still to come: Papers for the Board (Mina Sharpe, due 3 December 2026);"
        " Papers for the Board (Marcus Reid, due 3 December 2026)."
    )
    assert {each.action for each in reply.card.all_buttons()} == {
        "open-gathering",
        "move-gathering",
        "cancel-gathering",
    }
    nobody = await world.nodes[0].desk.command(Command(world.who("ewan"), "gatherings", ""))
    assert isinstance(nobody, Say)


async def test_what_is_planned_late_was_not_owed_before(start: Start) -> None:
    world = await start(BOARD.replace("every: month on 3rd Tuesday", "days: [2026-11-27, 2027-01-15]"))
    assert due(of_board(world)) == ["2026-11-24", "2026-11-24"]
    await world.advance("2026-11-24 16:00")
    assert "duty-late" not in world.messages("mina")


async def test_days_that_are_listed_are_planned_each_in_its_time(start: Start) -> None:
    world = await start(BOARD.replace("every: month on 3rd Tuesday", "days: [2026-12-10, 2027-01-14]"))
    assert [each.day.isoformat() for each in days(world)] == ["2026-12-10"]
    await world.advance("2026-12-17 08:00")
    assert [each.day.isoformat() for each in days(world)] == ["2026-12-10", "2027-01-14"]


REPORT = """
gatherings:
  summary:
    rule: ABC-DDL-1
    title: Quarterly summary
    every: quarter
    owes: [quality-assurance]
    to: [service-manager]
    brings:
      figures: {rule: ABC-DDL-2, title: Figures for the summary, owes: [data-and-impact], due: day - 10 working days}
"""


async def test_a_report_has_no_chair_and_its_readers_hear_once_it_is_out(start: Start) -> None:
    world = await start(REPORT)
    await world.advance("2026-12-08 12:00")
    (day,) = days(world, "summary")
    assert day.day == date(2027, 1, 4), "the first of January is no working day"
    assert "gathering-invitation" not in world.messages("mina")
    assert "duty" in world.messages("della")
    await world.advance("2026-12-24 12:00")
    assert "gathering-soon" in world.messages("quinn")
    await world.advance("2027-01-04 12:00")
    assert "gathering-held" in world.messages("quinn")
    await world.press_token("quinn", "answer", newest(world, "quinn", "gathering-held").token)
    assert days(world, "summary")[0].state == "held"
    await world.forward("1 working day")
    assert "report-out" in world.messages("mina")
    assert "report-out" in world.messages("marcus")


async def test_a_gathering_whose_rule_is_switched_off_is_not_planned_and_the_log_says_so_once(start: Start) -> None:
    world = await start(f"{BOARD}without: [ABC-DDL-1]\n")
    await world.advance("2026-11-26 12:00")
    assert days(world) == []
    assert [each.why for each in world.events("day-left-out")] == [
        "its rule is switched off: Practice Board, 2026-12-15"
    ]


async def test_two_at_one_time_change_it_once(start: Start) -> None:
    world = await start(BOARD)
    number = days(world)[0].id

    def work(unit: Unit) -> tuple[bool, bool]:
        occasion = unit.session.get_one(Occasion, number)
        return gatherings.cancel(unit, occasion, "x", by=None), gatherings.hold(unit, occasion, by=None)

    assert await world.run(work) == (True, False)


async def test_while_the_chair_is_away_their_deputy_may_move_it(start: Start) -> None:
    world = await start(BOARD)
    await world.away("dara", "2026-11-23", "2026-11-27", deputy="sian")
    await move(world, "sian", "2026-12-17")
    assert days(world)[0].day == date(2026, 12, 17)


ALONE = "\n".join(each for each in BOARD.splitlines() if "brings:" not in each and "papers:" not in each)
LATE = ALONE.replace("  board:\n", "  board:\n    announce: day - 2 days\n", 1)


async def test_what_is_planned_late_is_said_once_to_whoever_chairs_it(start: Start) -> None:
    """In one message stood that it is planned, and below it that it is in two days."""
    world = await start(LATE)
    await world.advance("2026-12-14 12:00")
    assert world.messages("dara") == ["gathering-soon"]
    actions = {each.action for card in world.cards("dara") for each in card.all_buttons()}
    assert actions >= {"calendar-file", "move-gathering", "cancel-gathering"}


async def test_what_was_due_already_has_time_again_when_it_moves_later(start: Start) -> None:
    """It was said that what people bring moves along, and the next morning that it was due yesterday."""
    world = await start(BOARD)
    await world.advance("2026-12-11 12:00")
    assert due(of_board(world)) == ["2026-12-03", "2026-12-03"]
    await move(world, "dara", "2026-12-17")
    assert due(of_board(world)) == ["2026-12-14", "2026-12-14"]
    await world.forward("1 working day")
    card = [each for each in world.cards("mina") if "Another day" in each.title][-1]
    assert "Monday 14 December 2026" in plain_card(card)


async def test_what_is_brought_is_never_due_after_the_day_itself(start: Start) -> None:
    world = await start(BOARD)
    await world.advance("2026-12-15 12:00")
    await move(world, "dara", "2026-12-16")
    assert due(of_board(world)) == ["2026-12-16", "2026-12-16"]


async def test_what_nobody_brought_is_not_there_once_it_was_held(start: Start) -> None:
    """Its page said "It is there" of what had ended with the meeting, and the card "Done with: Board"."""
    rules = BOARD.replace("due: day - 8 working days}", "due: day - 8 working days, ends-with: [board.held]}")
    world = await start(rules)
    await world.advance("2026-12-02 16:00")
    (mine,) = [each for each in of_board(world) if each.owner_id == world.ids["mina"]]
    await world.press_token("mina", "answer", mine.token)
    await world.advance("2026-12-16 12:00")
    await world.send_form("dara", "hold-gathering", days(world)[0].token, held="yes")
    (day,) = [each for each in days(world) if each.state == "held"]
    needs = await world.run(lambda unit: agenda.needs(unit, [day])[day.id])
    assert [(each.brought, each.over) for each in needs] == [(True, False), (True, True)]
    await world.tick()
    said = [plain_card(each) for each in world.cards("marcus") if "Papers" in plain_card(each)][-1]
    assert "No longer asked: Practice Board was held" in said


async def test_an_invitation_names_whoever_chairs_it(start: Start) -> None:
    world = await start(BOARD)
    await world.forward("1 working day")
    card = next(each for each in world.cards("hanif") if "You are invited" in plain_card(each))
    assert "Dara Okafor chairs it." in plain_card(card)
    assert "or need help to prepare, tell Dara Okafor." in plain_card(card)
    await move(world, "dara", "2026-12-17")
    await world.forward("1 working day")
    moved = next(each for each in world.cards("hanif") if "Another day" in plain_card(each))
    assert "tell Dara Okafor" in plain_card(moved)


async def test_the_chair_reads_who_hears_of_what_was_agreed_and_they_get_no_link_that_is_not_theirs(
    start: Start,
) -> None:
    world = await start(BOARD)
    await world.advance("2026-12-16 12:00")
    values = {"held": "yes", "actions.1.what": "Look at the form", "actions.1.owner": str(world.ids["ewan"])}
    values["actions.1.date"] = "2027-01-08"
    said = await world.send_form("dara", "hold-gathering", days(world)[0].token, **values)
    assert "Thank you. This is noted. Ewan Price hears what is theirs." in str(said)
    await world.forward("1 working day")
    card = world.cards("ewan")[-1]
    assert "Look at the form" in plain_card(card)
    assert "open-gathering" not in {each.action for each in card.all_buttons()}
    assert "open-record" not in {each.action for each in card.all_buttons()}


async def test_that_a_day_passed_without_it_is_no_news_to_those_who_were_invited(start: Start) -> None:
    world = await start(BOARD)
    await world.advance("2026-12-16 12:00")
    await world.send_form("dara", "hold-gathering", days(world)[0].token, held="no")
    await world.forward("1 working day")
    assert "gathering-cancelled" not in world.messages("hanif")
    assert {each.closed_why for each in of_board(world, state="withdrawn")} == {
        "Withdrawn: Practice Board was not held"
    }


@pytest.mark.parametrize("thanks", ["Thank you, that helps.", "That helps."])
async def test_nobody_is_thanked_twice_in_one_line(start: Start, thanks: str) -> None:
    rules = BOARD.replace("due: day - 8 working days}", f'due: day - 8 working days, thanks: "{thanks}"}}')
    world = await start(rules)
    await world.advance("2026-12-02 16:00")
    (mine,) = [each for each in of_board(world) if each.owner_id == world.ids["mina"]]
    said = await world.press_token("mina", "answer", mine.token)
    assert isinstance(said, Say)
    assert said.text.lower().count("thank you") == 1


async def test_what_somebody_brings_is_theirs_in_their_own_buttons_alone(start: Start) -> None:
    """Quality assurance, who may note it for others, read "My papers are in"."""
    words = "due: day - 8 working days, button: My papers are in"
    world = await start(BOARD.replace("due: day - 8 working days", words))
    await world.advance("2026-12-10 12:00")
    assert "[My papers are in]" in "".join(plain_card(each) for each in world.cards("mina"))
    (late,) = [plain_card(each) for each in world.cards("quinn") if "Papers for the Board" in plain_card(each)]
    assert "My papers" not in late
    assert "[Papers for the Board: done, for Mina Sharpe]" in late


async def without_board(world: World, folder: Path) -> None:
    """The council's file has no such gathering any more."""
    path = folder / "changed.yaml"
    path.write_text(RULES, "utf-8")
    world.framework = require(load(path, [Path("frameworks")]))
    world.restart()
    await world.tick()


async def test_a_day_of_what_the_file_has_no_more_is_told_and_can_be_cancelled(start: Start, tmp_path: Path) -> None:
    world = await start(BOARD)
    await world.forward("1 working day")
    await without_board(world, tmp_path)
    watched = await world.run(lambda unit: list(Deadlines(Ticker()).look(unit)))
    said = "The framework has no board any more, and 1 day of it is planned, the first on 15 December 2026. "
    assert [each for each in watched if each.sentence.startswith(said)]
    await cancel(world, "quinn")
    assert days(world)[0].state == "cancelled"
    assert of_board(world) == []
    await world.forward("1 working day")
    assert "gathering-cancelled" in world.messages("hanif")
    world.close()


async def test_whoever_chaired_it_still_says_how_it_went_or_that_it_moves(start: Start, tmp_path: Path) -> None:
    world = await start(BOARD)
    await world.forward("1 working day")
    await without_board(world, tmp_path)
    await move(world, "dara", "2026-12-16")
    assert days(world)[0].day == date(2026, 12, 16)
    await world.advance("2026-12-17 12:00")
    token = newest(world, "dara", "gathering-held").token
    await world.send_form("dara", "answer", token, held="yes")
    assert days(world)[0].state == "held"
    world.close()


async def test_one_of_which_nobody_is_asked_is_over_with_its_day(start: Start, tmp_path: Path) -> None:
    world = await start(BOARD)
    await world.forward("1 working day")
    await without_board(world, tmp_path)
    [day] = days(world)

    def let_go(unit: Unit) -> None:
        for each in unit.open_deadlines(("occasion", day.id), {"board-held"}):
            unit.close(each, "Withdrawn", withdrawn=True)

    await world.run(let_go)
    await world.advance("2026-12-17 12:00")
    assert days(world)[0].state == "held"
    world.close()
