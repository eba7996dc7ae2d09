"""People at Newham: away with a deputy, and nominated by a colleague (Good Practice Evidence Record)."""

from typing import Any

import pytest

from tests.support.script import ClockHands, Council, Web

GOOD_PRACTICE: dict[str, Any] = {
    "nominee": "Sofia Brandt",
    "seen_on": "2026-11-20",
    "what": "Prepared the whole network for the meeting with patience.",
    "difference": "Everybody in the room was heard.",
    "seen_in": "Meeting",
    "no_child": True,
}
NHS_NUMBER = "943 476 5919"


def test_an_alert_reaches_the_deputy_of_whoever_is_away(council: Council, web: Web, clock: ClockHands) -> None:
    council.opens("2026-11-23 10:00")
    council.away("service manager", "2026-11-23", "2026-12-04", deputy="practice lead")
    review = council.review("practice lead in care")
    council.submit("practice lead in care", review, overall="red")
    web.expect_each(("practice lead", "head of service"), f"Alert: {review} needs your support")
    web.press("practice lead", "Acknowledge")
    web.expect_redrawn("head of service", "Acknowledged by Ade Lawal")
    clock.to("2026-11-24 10:00")
    web.expect("practice lead", "Date of the Practice Improvement Meeting", review)
    web.expect("head of service", "Head of Service review", review)
    web.expect_each(("quality assurance", "reviewer"), review)
    web.answer("practice lead", "Give the meeting date", **{"meeting-date": "2026-12-07"}, chair="Hanif Bello")
    web.expect("head of service", "You are named as the one who chairs it.")
    web.expect_nothing("service manager")


def test_a_reminder_of_somebody_on_leave_comes_to_the_deputy_and_the_date_stays(
    council: Council, web: Web, clock: ClockHands
) -> None:
    council.opens("2026-10-12 08:00")
    review = council.review("practice lead in care")
    clock.to("2026-10-12 10:00")
    web.expect("practice lead in care", "Your Practice Learning Review", review)
    council.away("practice lead in care", "2026-10-14", "2026-10-30", deputy="second practice lead in care")
    clock.to("2026-10-15 10:00")
    web.expect("second practice lead in care", "1 Practice Learning Review still to do", review, "due 31 December 2026")
    web.expect_nothing("practice lead in care")


def test_whoever_covers_is_told_of_what_falls_due_in_that_time(council: Council, web: Web, clock: ClockHands) -> None:
    council.opens("2026-12-14 08:00")
    review = council.review("practice lead in care")
    clock.to("2026-12-14 10:00")
    web.expect("practice lead in care", "Your Practice Learning Review", review)
    council.away("practice lead in care", "2026-12-21", "2027-01-06", deputy="second practice lead in care")
    clock.to("2026-12-15 10:00")
    web.expect("second practice lead in care", "You are covering for Cyrus Patel", review, "due 31 December 2026")


def test_somebody_away_without_a_deputy_hears_when_they_are_back(council: Council, web: Web, clock: ClockHands) -> None:
    council.opens("2026-10-12 08:00")
    council.away("practice lead in care", "2026-10-12", "2026-10-23")
    review = council.review("practice lead in care")
    clock.to("2026-10-23 18:00")
    web.expect_nothing("practice lead in care")
    web.expect_each(
        ("service manager in care", "quality assurance", "reviewer"), "1 Practice Learning Review still to do"
    )
    clock.to("2026-10-26 10:00")
    web.expect("practice lead in care", review)


def test_a_nomination_reaches_the_colleague_their_manager_and_quality_assurance(
    council: Council, web: Web, clock: ClockHands
) -> None:
    council.opens("2026-11-23 10:00")
    web.open("neighbouring social worker", "/forms/nominate")
    page = web.fill("neighbouring social worker", **GOOD_PRACTICE, tags=["Working together"])
    assert "Thank you. Sofia Brandt will hear from us in their working hours." in page
    told = web.expect("social worker", "Ben Ashby saw good practice in your work", "with patience")
    assert "Everybody in the room was heard." in told.words
    assert "Nothing more to do in this message." not in told.words
    web.expect("practice lead", "Good practice: Sofia Brandt", "Ben Ashby")
    web.expect_each(("quality assurance", "reviewer"), "Good practice: Sofia Brandt", "Ben Ashby")
    web.expect("neighbouring social worker", "Your record of good practice about Sofia Brandt", "with patience")
    clock.to("2026-12-12 10:00")


def test_a_nomination_in_the_evening_waits_for_the_morning(council: Council, web: Web, clock: ClockHands) -> None:
    council.opens("2026-11-23 20:00")
    web.open("neighbouring social worker", "/forms/nominate")
    web.fill("neighbouring social worker", **GOOD_PRACTICE)
    everybody = ("social worker", "practice lead", "quality assurance", "reviewer")
    web.expect_nothing(*everybody)
    clock.to("2026-11-24 09:05")
    for who in everybody:
        web.expect(who, "Ben Ashby")
    web.expect("neighbouring social worker", "Your record of good practice about Sofia Brandt")


def test_sending_a_nomination_twice_is_sending_it_once(council: Council, web: Web) -> None:
    council.opens("2026-11-23 10:00")
    form = web.open("neighbouring social worker", "/forms/nominate").questions
    form.fill(**GOOD_PRACTICE)
    for _ in range(2):
        web.send("neighbouring social worker", form.action, form.values)
    for who in ("social worker", "practice lead", "quality assurance", "reviewer"):
        web.expect(who, "Ben Ashby")
    web.expect("neighbouring social worker", "Your record of good practice about Sofia Brandt")
    assert len(council.events("nominated")) == 1


def test_nobody_nominates_themselves(council: Council, web: Web) -> None:
    council.opens("2026-11-23 10:00")
    web.open("social worker", "/forms/nominate")
    page = web.fill("social worker", **GOOD_PRACTICE)
    assert "Choose a colleague: this is not for oneself." in page
    assert page.questions.answer("what") == GOOD_PRACTICE["what"]
    assert council.events("nominated") == []


@pytest.mark.parametrize("left_out", ["what", "difference", "seen_on", "nominee", "no_child"])
def test_a_nomination_with_a_missing_answer_comes_back_with_the_others_kept(
    council: Council, web: Web, left_out: str
) -> None:
    council.opens("2026-11-23 10:00")
    web.open("neighbouring social worker", "/forms/nominate")
    page = web.fill("neighbouring social worker", **{k: v for k, v in GOOD_PRACTICE.items() if k != left_out})
    assert page.status == 422
    assert page.questions.answer("seen_in") == "Meeting"
    assert council.events("nominated") == []


@pytest.mark.parametrize("field", ["what", "difference", "case_reference"])
def test_an_identifier_is_stopped_before_anything_is_stored(council: Council, web: Web, field: str) -> None:
    council.opens("2026-11-23 10:00")
    web.open("neighbouring social worker", "/forms/nominate")
    page = web.fill("neighbouring social worker", **GOOD_PRACTICE | {field: f"See {NHS_NUMBER}"})
    assert page.status == 422
    assert "This looks as if it holds an NHS number (look at word 2)." in page
    for written in (NHS_NUMBER, NHS_NUMBER.replace(" ", ""), GOOD_PRACTICE["what"]):
        assert not council.database_holds(written)
    assert NHS_NUMBER not in str(council.stage.logs)
    blocked = council.events("text-blocked")
    assert [each.detail for each in blocked] == [{"fields": [field], "kinds": ["NHS number"]}]
    assert blocked[0].actor_id is None
    page = web.fill("neighbouring social worker", **GOOD_PRACTICE | {field: ""})
    if field == "case_reference":
        assert council.database_holds(GOOD_PRACTICE["what"])
        for who in ("social worker", "practice lead", "quality assurance", "reviewer"):
            web.expect(who, "Ben Ashby")
        web.expect("neighbouring social worker", "Your record of good practice about Sofia Brandt")


def test_quality_assurance_hands_a_review_over_and_withdraws_another(
    council: Council, web: Web, clock: ClockHands
) -> None:
    council.opens("2026-11-23 08:00")
    review = council.review("practice lead in care")
    other = council.review("practice lead in care", about="neighbouring social worker", case="7199998")
    clock.to("2026-11-23 10:00")
    web.expect("practice lead in care", "Your Practice Learning Review", review, other)
    web.open("quality assurance", f"/audits/{review}")
    page = web.answer("quality assurance", "Hand over", to="Ade Lawal")
    assert "Ade Lawal has oversight of the case" in page
    page = web.fill("quality assurance", to="Dinah Cole")
    assert f"{review} is with Dinah Cole now" in page
    assert page.path == f"/audits/{review}"
    web.open("quality assurance", f"/audits/{other}")
    page = web.answer("quality assurance", "Withdraw", why="mistake", sure=True)
    assert f"{other} is withdrawn" in page
    web.expect_redrawn("practice lead in care", f"{other}", "Withdrawn by Quinn Marsh on 23 November 2026")
    clock.to("2026-11-24 10:00")
    web.expect("practice lead in care", "no longer with you", "Dinah Cole does it now", "set up by mistake")
    web.expect("second practice lead in care", "This was with Cyrus Patel before", review, "due 31 December 2026")
    assert [event.actor_id for event in council.events("audit-withdrawn")] == [
        council.stage.person("quality assurance")
    ]


def test_a_service_manager_says_on_the_page_that_they_will_be_away(
    council: Council, web: Web, clock: ClockHands
) -> None:
    council.opens("2026-11-23 08:00")
    review = council.review("practice lead in care")
    web.open("service manager", "/owe")
    page = web.answer("service manager", "I will be away", from_on="2026-11-24", to_on="2026-11-27", deputy="Bea Novak")
    assert "You are away from 24 November 2026 to 27 November 2026. Bea Novak will stand in." in page
    clock.to("2026-11-24 10:00")
    web.expect("neighbouring practice lead", "named as the deputy of Mina Sharpe", "from 24 November 2026")
    web.expect("practice lead in care", review)
    council.submit("practice lead in care", review, overall="red")
    web.expect_each(("neighbouring practice lead", "head of service"), f"Alert: {review} needs your support")
    web.expect_nothing("service manager")
