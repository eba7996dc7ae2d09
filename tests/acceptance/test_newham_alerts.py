"""Newham's RED alert (NEW-ALT-1, D5): acknowledged, escalated, handed on; the meeting and the review that follow it."""

import re

from tests.support.script import PARTS, ClockHands, Council, Web

MANAGERS = ("service manager", "head of service")
LAST_RESORT = ("director of operations", "quality assurance", "reviewer")


def a_red_review(council: Council, web: Web, at: str = "2026-11-23 10:00") -> str:
    council.opens(at)
    review = council.review("practice lead in care", about="social worker")
    council.submit("practice lead in care", review, overall="red")
    web.expect_each(MANAGERS, f"Alert: {review} needs your support", "RED (Inadequate)")
    return review


def a_red_review_that_was_seen(council: Council, web: Web, clock: ClockHands, *, by: str) -> str:
    """Somebody has acknowledged it, and it is the next morning."""
    review = a_red_review(council, web)
    web.press(by, "Acknowledge")
    clock.to("2026-11-24 10:00")
    what_the_next_morning_brings(web, review)
    return review


def what_the_team_hears(web: Web, review: str) -> None:
    web.expect("social worker", f"Your Practice Learning Review {review} is final")
    web.expect("practice lead", f"The Practice Learning Review {review} is final")


def what_the_next_morning_brings(web: Web, review: str) -> None:
    web.expect("service manager", "Date of the Practice Improvement Meeting", review)
    web.expect("head of service", "Head of Service review", review)
    web.expect_each(("quality assurance", "reviewer"), f"Review {review} has come in")


def test_what_raises_an_alert_is_shown_once_more_before_it_counts(council: Council, web: Web) -> None:
    council.opens("2026-11-23 10:00")
    review = council.review("practice lead in care")
    web.open("practice lead in care", "/owe")
    web.answer("practice lead in care", f"Submit grades for {review}", actions="yes", **dict.fromkeys(PARTS, "red"))
    for _ in range(2):
        page = web.fill("practice lead in care")
        assert f"It raises an alert about {review}, which goes to Mina Sharpe and Hanif Bello now." in page
        web.expect_nothing(*MANAGERS)
        assert [council.events(each) for each in ("alert-raised", "audit-submitted")] == [[], []]
    assert "Thank you. The grades are in." in web.confirm("practice lead in care", "Yes, this is right")
    web.expect_each(MANAGERS, f"Alert: {review} needs your support", "RED (Inadequate)")


def test_what_is_put_right_on_second_sight_raises_nothing(council: Council, web: Web) -> None:
    council.opens("2026-11-23 10:00")
    review = council.review("practice lead in care")
    web.open("practice lead in care", "/owe")
    web.answer("practice lead in care", f"Submit grades for {review}", actions="yes", **dict.fromkeys(PARTS, "red"))
    page = web.fill("practice lead in care", **dict.fromkeys(PARTS, "green"))
    assert "Thank you. The grades are in." in page
    web.expect_nothing(*MANAGERS)
    assert council.events("alert-raised") == []


def test_one_manager_acknowledges_and_the_other_sees_it(council: Council, web: Web, clock: ClockHands) -> None:
    a_red_review(council, web)
    clock.forward("3 working hours")
    assert "Thank you for taking this on." in web.press("service manager", "Acknowledge")
    web.expect_redrawn("head of service", "Acknowledged by Mina Sharpe on 23 November 2026 at 1pm")
    web.expect_redrawn("service manager", "Acknowledged by Mina Sharpe", "Next from you: Date of the Practice")
    clock.to("2026-11-24 09:00")


def test_an_alert_that_nobody_acknowledges_climbs_and_never_falls_silent(
    council: Council, web: Web, clock: ClockHands
) -> None:
    review = a_red_review(council, web)
    clock.to("2026-11-23 13:59")
    web.expect_nothing(*MANAGERS, "practice lead")
    clock.to("2026-11-23 14:00")
    web.expect_each((*MANAGERS, "practice lead"), f"Alert {review} is still waiting", "Acknowledge")
    clock.to("2026-11-24 09:59")
    what_the_next_morning_brings(web, review)
    clock.to("2026-11-24 10:00")
    what_each_day_brings(web, review)
    for day in ("2026-11-25", "2026-11-26"):
        clock.to(f"{day} 10:00")
        what_each_day_brings(web, review)
    clock.to("2026-11-27 10:00")
    web.expect("service manager", "Date of the Practice Improvement Meeting", review)
    web.expect("head of service", "Head of Service review", review)
    what_each_day_brings(web, review)
    clock.to("2026-11-30 09:59")
    web.expect_nothing(*LAST_RESORT, *MANAGERS)
    clock.to("2026-11-30 10:00")
    what_each_day_brings(web, review)
    web.expect_nothing("practice lead")
    web.press("director of operations", "Acknowledge")
    for who in (*MANAGERS, "practice lead", "quality assurance", "reviewer"):
        web.expect_redrawn(who, "Acknowledged by Dara Okafor on 30 November 2026 at 10am")
    clock.to("2026-12-01 09:00")


def what_each_day_brings(web: Web, review: str) -> None:
    """Whoever can help is told each working day, and so are still those whose alert it is (OURS-ALT-2, OURS-ALT-3)."""
    web.expect_each(LAST_RESORT, f"Alert {review} has come to you")
    web.expect_each(MANAGERS, f"Alert {review} is still waiting")


def test_four_working_hours_run_over_the_weekend_and_not_through_it(
    council: Council, web: Web, clock: ClockHands
) -> None:
    review = a_red_review(council, web, "2026-11-27 15:00")
    clock.to("2026-11-30 09:00")
    web.expect_nothing("practice lead")
    clock.to("2026-11-30 11:00")
    what_the_next_morning_brings(web, review)
    web.expect_each((*MANAGERS, "practice lead"), f"Alert {review} is still waiting")
    web.press("head of service", "Acknowledge")


def test_a_manager_who_is_not_the_right_person_hands_the_alert_on(
    council: Council, web: Web, clock: ClockHands
) -> None:
    """To their deputy; who is not the right person either, to those who would be told last."""
    review = a_red_review(council, web)
    assert "We have passed this on to Ade Lawal." in web.press("service manager", "I am not the right person")
    web.expect_nothing(*LAST_RESORT)
    web.expect("practice lead", f"Alert {review} has been handed on to you", "Mina Sharpe", "Acknowledge")
    said = "You said that you are not the right person. This has been passed on to"
    web.expect_redrawn("service manager", f"{said} Ade Lawal.")
    web.press("practice lead", "I am not the right person")
    web.expect_each(LAST_RESORT, f"Alert {review} has been handed on to you", "Ade Lawal", "Acknowledge")
    web.expect_redrawn("practice lead", f"{said} Dara Okafor, Quinn Marsh and Rowan Vale.")
    web.press("head of service", "Acknowledge")
    for who in (*LAST_RESORT, "practice lead"):
        web.expect_redrawn(who, "Acknowledged by Hanif Bello")
    clock.to("2026-11-24 09:00")


def test_pressing_again_is_success_and_changes_nothing(council: Council, web: Web) -> None:
    a_red_review(council, web)
    stale = web.open("service manager").form("Acknowledge")
    web.press("head of service", "Acknowledge")
    for _ in range(3):
        page = web.send("service manager", stale.action, stale.values)
        assert "Acknowledged by Hanif Bello" in page
    assert [each.why for each in council.events("deadline-met")] == ["Submitted", "Acknowledged"]


def test_nobody_else_can_acknowledge(council: Council, web: Web) -> None:
    a_red_review(council, web)
    alert = web.open("service manager").form("Acknowledge")
    own = dict(web.open("social worker", "/forms/nominate").questions.values)["csrf"]
    values = [(name, own if name == "csrf" else value) for name, value in alert.values]
    page = web.send("social worker", alert.action, values)
    assert "This message is for somebody else, so nothing was changed." in page
    assert "Acknowledge alert" in web.open("service manager").words
    assert len(council.events("press-refused")) == 1


def test_a_press_from_another_site_is_refused(council: Council, web: Web) -> None:
    a_red_review(council, web)
    alert = web.open("service manager").form("Acknowledge")
    page = web.send("service manager", alert.action, [pair for pair in alert.values if pair[0] != "csrf"])
    assert page.status == 403
    assert "Acknowledge alert" in web.open("service manager").words


def test_each_of_the_four_judgements_raises_one_alert(council: Council, web: Web) -> None:
    council.opens("2026-11-23 10:00")
    for number, part in enumerate(PARTS):
        review = council.review("practice lead in care", case=f"710000{number}")
        web.open("practice lead in care", "/owe")
        grades = dict.fromkeys(PARTS, "green") | {part: "red"}
        web.answer("practice lead in care", f"Submit grades for {review}", actions="yes", **grades)
        web.confirm("practice lead in care")
        web.expect_each(MANAGERS, f"Alert: {review} needs your support")


def test_all_judgements_red_are_still_one_alert(council: Council, web: Web) -> None:
    council.opens("2026-11-23 10:00")
    review = council.review("practice lead in care")
    web.open("practice lead in care", "/owe")
    web.answer("practice lead in care", f"Submit grades for {review}", actions="yes", **dict.fromkeys(PARTS, "red"))
    web.confirm("practice lead in care")
    web.expect_each(MANAGERS, f"Alert: {review} needs your support")
    assert len(council.events("alert-raised")) == 1


def test_an_immediate_concern_is_told_at_once_without_a_red_grade(
    council: Council, web: Web, clock: ClockHands
) -> None:
    council.opens("2026-11-23 10:00")
    review = council.review("practice lead in care")
    web.open("practice lead in care", "/owe")
    grades = dict.fromkeys(PARTS, "green")
    web.answer("practice lead in care", f"Submit grades for {review}", actions="no", immediate=True, **grades)
    web.confirm("practice lead in care")
    web.expect_each(MANAGERS, f"Alert: {review} needs your support", "immediate concern")
    web.press("service manager", "Acknowledge")
    clock.to("2026-11-24 10:00")
    web.expect_each(("quality assurance", "reviewer"), f"Review {review} has come in")
    what_the_team_hears(web, review)


def test_the_date_of_the_practice_improvement_meeting(council: Council, web: Web, clock: ClockHands) -> None:
    review = a_red_review_that_was_seen(council, web, clock, by="service manager")
    page = web.answer("service manager", "Give the meeting date", **{"meeting-date": "2026-12-01"})
    assert page.status == 422
    assert "Choose one." in page
    assert page.questions.answer("meeting-date:day") == "1"
    page = web.fill("service manager", chair="Hanif Bello")
    assert "The meeting is noted for 1 December 2026." in page
    web.expect("head of service", "You are named as the one who chairs it.")
    web.expect_redrawn("service manager", "Meeting on 1 December 2026 (Mina Sharpe")
    clock.to("2026-11-27 10:00")
    web.expect("head of service", "Head of Service review", review)
    web.expect_nothing("service manager")


def test_a_meeting_date_that_is_missing_goes_to_the_director(council: Council, web: Web, clock: ClockHands) -> None:
    review = a_red_review_that_was_seen(council, web, clock, by="service manager")
    web.answer("head of service", "Record moderation", grade="red", spoken="yes")
    clock.to("2026-11-27 10:00")
    web.expect("service manager", "Date of the Practice Improvement Meeting", review)
    what_a_final_review_brings(web, review)
    for day in ("2026-12-01", "2026-12-03"):
        clock.to(f"{day} 10:00")
        web.expect("service manager", "1 thing past its date", review, "30 November 2026")
    web.expect("reviewer", "for a second look", review)
    clock.to("2026-12-04 18:00")
    web.expect_nothing("director of operations")
    clock.to("2026-12-07 10:00")
    web.expect("director of operations", "Date of the Practice Improvement Meeting", "from Mina Sharpe")
    clock.to("2026-12-11 18:00")
    web.expect("service manager", "1 thing past its date", review)
    web.expect("reviewer", "for a second look", review)
    web.expect_nothing("director of operations")
    clock.to("2026-12-14 10:00")
    web.expect("director of operations", "Date of the Practice Improvement Meeting", "from Mina Sharpe")


def what_a_final_review_brings(web: Web, review: str) -> None:
    what_the_team_hears(web, review)
    web.expect_each(("practice lead in care", "service manager in care"), f"The second look at {review} is done")


def test_the_head_of_service_reviews_and_only_then_the_practitioner_hears(
    council: Council, web: Web, clock: ClockHands
) -> None:
    review = a_red_review_that_was_seen(council, web, clock, by="head of service")
    page = web.answer("head of service", "Record moderation", grade="red")
    assert page.status == 422
    assert "Choose one." in page
    clock.to("2026-11-25 10:00")
    web.expect_nothing("social worker", "practice lead")
    web.answer("head of service", "Record moderation", grade="amber", spoken="yes")
    web.expect_redrawn("head of service", "Moderated by Hanif Bello on 25 November 2026")
    clock.to("2026-11-26 10:00")
    what_a_final_review_brings(web, review)


def test_a_review_is_recorded_while_the_talk_with_the_practitioner_is_still_to_come(
    council: Council, web: Web, clock: ClockHands
) -> None:
    review = a_red_review_that_was_seen(council, web, clock, by="head of service")
    page = web.answer("head of service", "Record moderation", grade="red", spoken="not-yet")
    assert "Once somebody has spoken with the practitioner, tell us here" in page
    web.expect_redrawn("head of service", "Still to come: somebody speaks with the practitioner.")
    assert "the talk with the practitioner is still to come" in web.open("head of service", "/owe")
    clock.to("2026-11-27 10:00")
    web.expect_each(("practice lead in care", "service manager in care"), f"The second look at {review} is done")
    web.expect("head of service", "The Practice Learning Review itself is recorded. Please see that somebody speaks")
    web.expect("service manager", "Date of the Practice Improvement Meeting", review)
    web.expect_nothing("social worker", "practice lead")
    page = web.press("head of service", f"Somebody has spoken with the practitioner: {review}")
    assert f"{review} is final now" in page
    web.expect_redrawn("head of service", "Moderated and talked through by Hanif Bello on 27 November 2026")
    clock.to("2026-11-30 10:00")
    what_the_team_hears(web, review)


def test_a_moderation_down_to_inadequate_raises_the_alert(council: Council, web: Web, clock: ClockHands) -> None:
    council.opens("2026-11-30 10:00")
    review = council.review("practice lead in care")
    council.submit("practice lead in care", review, overall="amber", actions=False)
    clock.to("2026-12-01 10:00")
    web.expect_each(("quality assurance", "reviewer"), review)
    what_the_team_hears(web, review)
    web.expect("head of service", "for a second look", review)
    web.answer("head of service", "Record moderation", grade="red")
    web.expect_nothing("service manager")
    web.open("head of service", "/owe")
    web.answer("head of service", "Record moderation", grade="red")
    web.confirm("head of service", review)
    web.expect_each(MANAGERS, f"Alert: {review} needs your support")


def test_a_practitioner_never_learns_of_a_red_grade_from_qabot(council: Council, web: Web, clock: ClockHands) -> None:
    review = a_red_review_that_was_seen(council, web, clock, by="service manager")
    web.answer("head of service", "Record moderation", grade="red", spoken="yes")
    web.answer("service manager", "Give the meeting date", **{"meeting-date": "2026-12-01"}, chair="Hanif Bello")
    web.expect("head of service", "You are named as the one who chairs it.")
    clock.to("2026-12-16 10:00")
    what_a_final_review_brings(web, review)
    web.expect("reviewer", "for a second look", review)
    web.expect("reviewer", "for a second look", review)
    web.expect("reviewer", "1 thing past its date", review)
    web.expect_each(("social worker", "practice lead"), f"How are the actions from {review} going?")
    workers = ("social worker", "neighbouring social worker", "social worker in care", "second social worker in care")
    seen = [page for who in workers for page in (web.open(who), web.open(who, "/owe"))]
    seen += [web.open("social worker", f"/n/{card.token}") for card in web.cards("social worker")]
    assert review in seen[0]
    for page in seen:
        words = page.words.lower()
        assert not re.search(r"\b(red|inadequate|alert|improvement)\b", words), words
