"""Actions after a review (NEW-ESC-1, D6, D6a, D6b): weeks three, five and seven, "not yet" once, and then the SLT."""

from tests.support.script import AUDITORS, ClockHands, Council, Web

TEAM = ("social worker", "practice lead")
SLT = ("director of operations", "senior leader")
AUDITOR = "practice lead in care"


def a_final_review(council: Council, web: Web) -> str:
    """Submitted on the last of November, drawn by both samples on 1 December; its grades are in, its actions open."""
    council.opens("2026-11-30 10:00")
    review = council.review(AUDITOR, about="social worker")
    council.submit(AUDITOR, review, overall="amber")
    clock = ClockHands(council.stage)
    clock.to("2026-12-01 10:00")
    web.expect("social worker", f"Your Practice Learning Review {review} is final")
    web.expect("practice lead", f"The Practice Learning Review {review} is final")
    web.expect("quality assurance", f"Review {review} has come in")
    web.expect("head of service", "1 Practice Learning Review for a second look", review)
    web.expect("reviewer", "for a second look", f"Review {review} has come in")
    return review


def moderated_on_7_december(council: Council, web: Web) -> str:
    """The first moderation starts the clock: three weeks on it is 28 December, a bank holiday."""
    review = a_final_review(council, web)
    clock = ClockHands(council.stage)
    clock.to("2026-12-07 10:00")
    web.answer("head of service", "Record moderation", grade="amber")
    web.answer("reviewer", "Record moderation", grade="amber")
    clock.to("2026-12-08 10:00")
    for who in (AUDITOR, "service manager in care"):
        web.expect(who, f"The second look at {review} is done")
    return review


def test_weeks_three_five_and_seven_after_moderation_counted_from_the_day_itself(
    council: Council, web: Web, clock: ClockHands
) -> None:
    review = moderated_on_7_december(council, web)
    clock.to("2026-12-28 23:00")
    what_the_end_of_the_year_brings(web)
    web.expect_nothing(*TEAM)
    clock.to("2026-12-29 10:00")
    web.expect_each(TEAM, f"How are the actions from {review} going?")
    clock.to("2027-01-10 23:00")
    what_the_turn_of_the_quarter_brings(web)
    web.expect_nothing(*TEAM)
    clock.to("2027-01-11 10:00")
    web.expect_each((*TEAM, "service manager"), f"Can you tell us about the actions from {review}?")
    clock.to("2027-01-22 23:00")
    web.expect_each(AUDITORS, "3 Practice Learning Reviews still to do")
    web.expect_nothing(*SLT, *TEAM)
    clock.to("2027-01-25 10:00")
    web.expect_each(SLT, "1 thing is still open", review, "no answer yet")
    web.expect_each(TEAM, f"Can you tell us about the actions from {review}?")


def what_the_end_of_the_year_brings(web: Web) -> None:
    """The next quarter's data: no part of this story, but nothing may come that nobody knows of."""
    web.expect_each(("data team", "data team", "quality assurance", "reviewer"), "Data for January to March 2027")
    web.press("data team", "The data has been sent")


def what_the_turn_of_the_quarter_brings(web: Web) -> None:
    """The next quarter's cases."""
    web.expect_each(AUDITORS, "Practice Learning Reviews for January to March 2027")


def test_one_answer_is_enough_and_everybody_sees_it(council: Council, web: Web, clock: ClockHands) -> None:
    review = moderated_on_7_december(council, web)
    clock.to("2026-12-29 10:00")
    web.expect_each(TEAM, f"How are the actions from {review} going?")
    assert "The actions are confirmed as completed." in web.press("social worker", f"Actions of {review} are done")
    web.expect_redrawn("practice lead", "Confirmed as completed by Sofia Brandt on 29 December 2026")
    what_the_end_of_the_year_brings(web)
    clock.to("2027-02-12 18:00")
    what_the_winter_brings(web)
    web.expect_nothing(*TEAM, *SLT)


def what_the_winter_brings(web: Web) -> None:
    """Everybody's reviews of the next quarter, and the reminder of them in its first month."""
    what_the_turn_of_the_quarter_brings(web)
    web.expect_each(AUDITORS, "3 Practice Learning Reviews still to do")


def test_without_moderation_three_weeks_run_from_the_final_review(
    council: Council, web: Web, clock: ClockHands
) -> None:
    review = a_final_review(council, web)
    clock.to("2026-12-18 10:00")
    web.expect_each(("head of service", "reviewer"), "1 Practice Learning Review for a second look", review)
    web.expect("data team", "Data for January to March 2027")
    web.expect_each(("head of service", "reviewer"), "1 thing past its date", review, "15 December 2026")
    web.expect_nothing(*TEAM)
    clock.to("2026-12-21 10:00")
    web.expect_each(("head of service", "reviewer"), "1 thing past its date", review)
    web.expect_each(TEAM, f"How are the actions from {review} going?")


def test_not_yet_gives_a_new_date_once_and_then_it_goes_to_the_slt(
    council: Council, web: Web, clock: ClockHands
) -> None:
    review = moderated_on_7_december(council, web)
    clock.to("2026-12-29 10:00")
    web.expect_each(TEAM, f"How are the actions from {review} going?")
    page = web.answer("practice lead", f"Not yet: {review}", new_date="2026-12-29")
    assert "Give a date from 30 December 2026 on." in page
    page = web.fill("practice lead", new_date="2027-01-13")
    assert "We have noted 13 January 2027 and told the Service Manager." in page
    web.expect_redrawn("social worker", "Answered: not yet, new date 13 January 2027 (Ade Lawal")
    what_the_end_of_the_year_brings(web)
    clock.to("2026-12-30 10:00")
    web.expect("service manager", f"A new date for the actions from {review}", "Ade Lawal")
    clock.to("2027-01-12 18:00")
    what_the_turn_of_the_quarter_brings(web)
    web.expect_nothing(*TEAM, "service manager", *SLT)
    clock.to("2027-01-13 10:00")
    asked = web.expect("practice lead", f"Are the actions from {review} done?", "13 January 2027")
    assert not [button for button in asked.buttons if "Not yet" in button]
    clock.to("2027-01-14 10:00")
    web.expect("practice lead", "1 thing past its date", review)
    clock.to("2027-01-22 23:00")
    web.expect_each(AUDITORS, "3 Practice Learning Reviews still to do")
    web.expect("practice lead", "1 thing past its date", review)
    web.expect_nothing(*SLT)
    clock.to("2027-01-25 10:00")
    web.expect("practice lead", "1 thing past its date", review)
    web.expect_each(SLT, "1 thing is still open", review, "with Ade Lawal", "13 January 2027")
    web.press("practice lead", f"Actions of {review} are done")
    web.expect_redrawn("senior leader", "Confirmed as completed by Ade Lawal")


def test_help_is_a_conversation_and_not_an_escalation(council: Council, web: Web, clock: ClockHands) -> None:
    review = moderated_on_7_december(council, web)
    clock.to("2026-12-29 10:00")
    web.expect_each(TEAM, f"How are the actions from {review} going?")
    page = web.press("social worker", "I need help or more time")
    assert "Ade Lawal and the Quality Assurance Service are asked to get in touch" in page
    clock.to("2026-12-30 10:00")
    web.expect_each(("practice lead", "quality assurance", "reviewer"), "would like help", "Sofia Brandt", review)
    what_the_end_of_the_year_brings(web)
