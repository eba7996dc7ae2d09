"""A quarter at Newham: the data, the cases, the reminders, the list of the week before, and what the SLT hears."""

from qabot.planning.choosing import again
from tests.support.script import AUDITORS, ClockHands, Council, Web

EARLY = "practice lead"
LATE = "practice lead in care"
OTHERS = tuple(who for who in AUDITORS if who not in {EARLY, LATE})
SLT = ("director of operations", "senior leader")
LEADERS = ("service manager in care", "head of service in care")


def test_a_whole_quarter(council: Council, web: Web, clock: ClockHands) -> None:
    council.opens("2026-09-14 08:00")

    # NEW-SEL-2: two weeks before the cycle begins; again (OURS-DAT-1) five working days before, if it has not come.
    clock.to("2026-09-16 18:00")
    web.expect_nothing("data team")
    clock.to("2026-09-17 10:00")
    web.expect("data team", "Data for October to December 2026", "Thursday 1 October 2026")
    clock.to("2026-09-24 10:00")
    web.expect_each(("data team", "quality assurance", "reviewer"), "Data for October to December 2026")
    web.press("data team", "The data has been sent")
    web.expect_redrawn("quality assurance", "Data sent by Della Frost on 24 September 2026")

    # NEW-QUO-1, NEW-SEL-1: three reviews each, with cases drawn at random, none of them their own.
    clock.to("2026-10-01 10:00")
    for card in web.expect_each(AUDITORS, "Your Practice Learning Reviews for October to December 2026"):
        assert card.words.count("I know this case") == 3
    own = {
        line for line in web.open(EARLY, "/owe").words.split("Practice Learning Review: ")[1:] if "case 7100" in line
    }
    assert own == set(), "a practice lead has a case of the team that they oversee"

    # Somebody who is done early hears nothing more.
    for day in ("2026-10-06", "2026-10-07", "2026-10-08"):
        clock.to(f"{day} 10:00")
        council.submit(EARLY, overall="green", actions=False)
    clock.to("2026-10-09 10:00")
    for _ in range(3):
        web.expect_each(("quality assurance", "reviewer"), "has come in")

    # NEW-REM-1: on the 15th of months one and two, or the next working day; none in month three.
    clock.to("2026-10-15 10:00")
    web.expect_each((LATE, *OTHERS), "3 Practice Learning Reviews still to do")
    web.expect_nothing(EARLY)
    for who in OTHERS:
        for _ in range(3):
            council.submit(who, overall="green", actions=False)
    clock.to("2026-10-16 10:00")
    web.expect_each(("quality assurance", "reviewer"), "has come in")

    # NEW-MOD-2, NEW-MOD-3: both samples are drawn on the first working day of the next month.
    clock.to("2026-11-02 10:00")
    moderators = ("head of service", "head of service in care", "reviewer")
    web.expect_each(moderators, "for a second look")
    moderate_everything(web, *moderators)
    clock.to("2026-11-03 10:00")
    share_every_moderation(web)
    clock.to("2026-11-15 23:00")
    web.expect_nothing(LATE)
    clock.to("2026-11-16 10:00")
    web.expect(LATE, "3 Practice Learning Reviews still to do")

    # NEW-REM-2: the week before, to whoever can help: the reviewer's own leaders.
    clock.to("2026-12-23 18:00")
    web.expect_each(("data team", "data team", "quality assurance", "reviewer"), "Data for January to March 2027")
    web.press("data team", "The data has been sent")
    clock.to("2026-12-24 10:00")
    web.expect(LATE, "3 Practice Learning Reviews still to come in", "with you", "due 31 December 2026")
    web.expect_each(LEADERS, "3 Practice Learning Reviews still to come in", "Cyrus Patel", "due 31 December 2026")

    # OURS-OWN-1, OURS-OWN-2: whoever is late hears first, twice. NEW-REM-3: the week after, to the Senior Leadership
    # Team, on the first working day of a week.
    clock.to("2027-01-06 18:00")
    web.expect(LATE, "Your Practice Learning Reviews for January to March 2027", "3 things past their date")
    web.expect_each((EARLY, *OTHERS), "Your Practice Learning Reviews for January to March 2027")
    clock.to("2027-01-07 10:00")
    web.expect(LATE, "3 things past their date")
    clock.to("2027-01-10 23:00")
    web.expect_nothing(*SLT)
    clock.to("2027-01-11 10:00")
    web.expect_each(SLT, "3 things are still open", "with Cyrus Patel", "due 31 December 2026")


def test_data_of_which_nobody_has_heard_is_in_the_hands_of_the_qa_service(
    council: Council, web: Web, clock: ClockHands
) -> None:
    """OURS-DAT-2: the ladder ends with people who can see to it, once the data team has heard twice, and once."""
    council.opens("2026-09-14 08:00")
    clock.to("2026-10-01 23:00")
    web.expect_each(("data team", "data team", "quality assurance", "reviewer"), "Data for October to December 2026")
    web.expect_each(AUDITORS, "Your Practice Learning Reviews for October to December 2026")
    web.expect("data team", "1 thing past its date", "October to December 2026")
    clock.to("2026-10-02 10:00")
    web.expect("data team", "1 thing past its date", "October to December 2026")
    clock.to("2026-10-05 08:00")
    web.expect_nothing("quality assurance", "reviewer")
    clock.to("2026-10-05 10:00")
    told = web.expect_each(
        ("quality assurance", "reviewer"),
        "No word yet about the data for October to December 2026",
        "Asked of Della Frost",
        "30 September 2026",
    )
    assert all("The data has been sent" in card.buttons for card in told)
    web.expect_nothing("data team")
    clock.to("2026-10-14 18:00")
    web.expect("data team", "1 thing past its date")
    web.expect_nothing("data team", "quality assurance", "reviewer")
    web.press("quality assurance", "The data has been sent")
    web.expect_redrawn("reviewer", "Data sent by Quinn Marsh on 14 October 2026")
    web.expect_redrawn("data team", "Data sent by Quinn Marsh on 14 October 2026")


def moderate_everything(web: Web, *moderators: str) -> None:
    for who in moderators:
        while "Record moderation" in web.open(who, "/owe"):
            web.answer(who, "Record moderation", grade="green")


def share_every_moderation(web: Web) -> None:
    """NEW-MOD-6: the first reviewers and their managers are asked to talk each one through."""
    shared = 0
    for who in web.everybody():
        for card in web.unexpected(who):
            said = "is final" if "is final" in card.words else "second look at"
            web.expect(who, said)
            shared += said == "second look at"
    assert shared


def test_a_case_that_the_auditor_knows_is_given_back(council: Council, web: Web, clock: ClockHands) -> None:
    council.opens("2026-09-29 08:00")
    clock.to("2026-10-01 10:00")
    what_a_quarter_begins_with(web)
    before = web.cards(EARLY)[-1]
    page = web.press(EARLY, "I know this case")
    assert "is given back. Your new case is 71" in page
    after = web.cards(EARLY)[-1]
    assert before.words != after.words
    assert len(council.events("case-given-back")) == 1


def what_a_quarter_begins_with(web: Web) -> None:
    web.expect_each(("data team", "quality assurance", "reviewer"), "Data for October to December 2026")
    web.expect("data team", "1 thing past its date", "October to December 2026")
    web.expect_each(AUDITORS, "Your Practice Learning Reviews for October to December 2026")


def test_the_draw_is_kept_with_its_seed_its_pool_and_its_result(council: Council, web: Web, clock: ClockHands) -> None:
    council.opens("2026-09-29 08:00")
    clock.to("2026-10-01 10:00")
    what_a_quarter_begins_with(web)
    [draw] = council.draws()
    assert draw.seed == "allocation:practice-learning-review:2026-10-01"
    assert len(draw.pool) == 40
    drawn = [reference for person in draw.result for reference in person["cases"]]
    assert len(drawn) == len(set(drawn)) == 21
    barred = council.barred(draw)
    assert not any(set(each["cases"]) & barred[str(each["person"])] for each in draw.result)
    assert again(draw.seed, draw.terms).given == {each["person"]: each["cases"] for each in draw.result}


def test_at_most_one_digest_a_day_with_all_that_is_due(council: Council, web: Web, clock: ClockHands) -> None:
    council.opens("2026-10-15 08:00")
    first = council.review(LATE, case="7100001")
    second = council.review(LATE, case="7100002")
    clock.to("2026-10-15 10:00")
    given = "Your Practice Learning Review"
    card = web.expect(LATE, "Your QA tasks for 15 October 2026", given, "2 Practice Learning Reviews still to do")
    assert card.words.count(first) == card.words.count(second)
    council.review(LATE, case="7100003")
    clock.to("2026-10-15 18:00")
    web.expect_nothing(LATE)
    clock.to("2026-10-16 10:00")
    web.expect(LATE, "Your Practice Learning Review for October to December 2026", "7100003")


def test_a_reminder_can_be_put_off_twice_and_the_date_stays(council: Council, web: Web, clock: ClockHands) -> None:
    council.opens("2026-10-12 08:00")
    review = council.review(LATE)
    clock.to("2026-10-15 10:00")
    web.expect(LATE, "Your Practice Learning Review", review)
    web.expect(LATE, "1 Practice Learning Review still to do")
    for until, day in (("next working day", "16 October 2026"), ("in a week", "23 October 2026")):
        web.open(LATE, "/owe")
        page = web.press(LATE, f"Remind me later: {review}")
        assert "It stays due on 31 December 2026." in page
        assert f"We will remind you on {day}" in web.fill(LATE, until=until)
        assert "due 31 December 2026" in web.open(LATE, "/owe")
        clock.forward("1 working day")
        if until == "next working day":
            web.expect(LATE, "1 Practice Learning Review still to do")
    clock.to("2026-10-22 18:00")
    web.expect_nothing(LATE)
    clock.to("2026-10-23 10:00")
    web.expect(LATE, "1 Practice Learning Review still to do")
    assert "Remind me later" not in web.open(LATE, "/owe")


def test_not_yet_says_when_and_moves_nothing(council: Council, web: Web, clock: ClockHands) -> None:
    council.opens("2026-10-12 08:00")
    review = council.review(LATE)
    clock.to("2026-10-15 10:00")
    web.expect(LATE, "Your Practice Learning Review", review)
    web.expect(LATE, "1 Practice Learning Review still to do")
    page = web.answer(LATE, f"Not yet: {review}", new_date="2026-11-05")
    assert "We have noted 5 November 2026. It stays due on 31 December 2026." in page
    assert "you expect it on 5 November 2026" in web.open(LATE, "/owe")
    clock.to("2026-11-04 18:00")
    web.expect_nothing(LATE)
    clock.to("2026-11-05 10:00")
    web.expect(LATE, "1 Practice Learning Review still to do")


def test_a_review_that_is_handed_over_reminds_its_new_auditor_alone(
    council: Council, web: Web, clock: ClockHands
) -> None:
    council.opens("2026-10-12 08:00")
    review = council.review(LATE)
    clock.to("2026-10-12 10:00")
    web.expect(LATE, "Your Practice Learning Review", review)
    old = [web.open(LATE, "/owe").form(f"Submit grades for {review}"), web.open(LATE).form("I know this case")]
    council.hands_over(review, "second practice lead in care")
    for form in old:
        page = web.send(LATE, form.action, form.values)
        assert "This is with Dinah Cole now, so nothing was changed." in page, page.words
    assert council.events("case-given-back") == []
    clock.to("2026-10-13 10:00")
    web.expect("second practice lead in care", "This was with Cyrus Patel before", review)
    clock.to("2026-10-15 10:00")
    web.expect("second practice lead in care", "1 Practice Learning Review still to do", review)
    web.expect_nothing(LATE)
    council.submit("second practice lead in care", review, actions=False)
    clock.to("2026-10-16 10:00")
    web.expect("social worker", f"Your Practice Learning Review {review} is final")
    web.expect("practice lead", f"The Practice Learning Review {review} is final")
    web.expect_each(("quality assurance", "reviewer"), "Dinah Cole")
