"""What a simulation sent, counted: what the service never does is made up here, so that the page would say it."""

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest

from qabot.framework import Framework
from qabot.framework.calendar import LONDON
from qabot.simulation.lines import Line
from qabot.simulation.loads import NO_ROLE, Load, loads
from qabot.simulation.run import Cast, Member
from qabot.simulation.tally import yearbook
from qabot.simulation.yearbook import Entry, Frequency, Group, Shade, Yearbook
from qabot.web.drawing import draw
from tests.support.world import newham

ANA, BO, CY = (f"{name}@council.example" for name in ("ana", "bo", "cy"))
CAST = Cast((Member(ANA, ("Practice Lead",)), Member(BO, ("Practice Lead",)), Member(CY)), 4, False, 1)
TITLES = {"reminder": "Still to do", "red-alert": "An alert", "thanks": "Good practice"}
FIRST, LAST = date(2026, 11, 2), date(2026, 11, 30)
MONDAY = datetime(2026, 11, 23, 9, 30, tzinfo=LONDON)


def line(email: str, at: datetime, message: str = "reminder", lane: str = "due", sent_in: str = "") -> Line:
    return Line(at, "NEW-REM-1", message, lane, "Somebody", email, "", "", None, "", sent_in)


def in_digest(email: str, at: datetime = MONDAY, key: str = "") -> Line:
    return line(email, at, sent_in=key or f"digest:{email}:{at.date()}")


def alert(email: str, at: datetime) -> Line:
    return line(email, at, "red-alert", "alert")


def book(*lines: Line, framework: Framework | None = None, cast: Cast = CAST) -> Yearbook:
    return yearbook(sorted(lines, key=lambda each: each.at), cast, framework or newham(), TITLES, FIRST, LAST)


def held() -> Framework:
    council = newham().council.model_copy(update={"alerts_outside_hours": "hold"})
    return newham().model_copy(update={"council": council})


def test_a_digest_is_one_message_however_much_it_carries() -> None:
    found = book(in_digest(ANA), in_digest(ANA), in_digest(BO), alert(ANA, MONDAY), line(CY, MONDAY, "thanks"))
    assert (found.messages, found.digests, found.alerts, found.others, found.notices) == (4, 2, 1, 1, 5)
    assert found.longest == Entry(MONDAY.date(), "Practice Lead", count=2)
    assert found.most_for_one == Entry(MONDAY.date(), "Practice Lead", count=2)
    assert found.doubles == ()


def test_two_digests_in_a_day_are_said_with_day_and_role() -> None:
    found = book(in_digest(ANA), in_digest(ANA, MONDAY + timedelta(hours=5), "another"), in_digest(BO))
    assert found.doubles == (Entry(MONDAY.date(), "Practice Lead", count=2),)
    page = draw("calendar.html", book=found, framework=newham())
    assert "This should not happen." in page
    assert "People who got more than one digest in a day" in page
    assert "Nobody. Each person" not in page


def test_two_digests_on_two_days_are_usual() -> None:
    assert book(in_digest(ANA), in_digest(ANA, MONDAY + timedelta(days=1))).doubles == ()


def test_people_are_counted_once_by_all_their_roles() -> None:
    found = book(in_digest(ANA), in_digest(ANA), line(CY, MONDAY, "unknown"))
    assert found.groups == (
        Group("Practice Lead", 2, 1, (Frequency("Still to do", 2, 1, 2),)),
        Group("Staff without a role", 1, 0, (Frequency("unknown", 1, 1, 1),)),
    )


def test_a_message_that_any_duty_may_send_says_which_duty() -> None:
    titles = {"duty": "Waiting for an answer", "duty-news": "For you to know", "reminder": "Still to do"}
    duties = [replace(line(ANA, MONDAY, name, sent_in="d"), kind="A report") for name in titles]
    found = yearbook([*duties, line(ANA, MONDAY, "duty", sent_in="d")], CAST, newham(), titles, FIRST, LAST)
    assert [each.title for each in found.groups[0].messages] == [
        "For you to know: A report",
        "Still to do",
        "Waiting for an answer",
        "Waiting for an answer: A report",
    ]
    assert {each.title for each in found.on_busiest} == {each.title for each in found.groups[0].messages}


def test_of_days_that_are_as_busy_the_first_is_shown_and_the_others_are_named() -> None:
    later = MONDAY + timedelta(days=1)
    found = book(in_digest(ANA), in_digest(BO), in_digest(ANA, later), in_digest(BO, later), in_digest(CY, later))
    assert found.busiest is not None
    assert (found.busiest.day, found.as_busy) == (later.date(), ())
    found = book(in_digest(ANA), in_digest(BO, later))
    assert found.busiest is not None
    assert (found.busiest.day, found.as_busy) == (MONDAY.date(), (later.date(),))
    assert "As many messages went on 24 November 2026." in draw("calendar.html", book=found, framework=newham())


OUTSIDE = [
    (datetime(2026, 11, 23, 8, 59, tzinfo=LONDON), True),
    (datetime(2026, 11, 23, 9, 0, tzinfo=LONDON), False),
    (datetime(2026, 11, 23, 16, 59, tzinfo=LONDON), False),
    (datetime(2026, 11, 23, 17, 0, tzinfo=LONDON), True),
    (datetime(2026, 11, 22, 12, 0, tzinfo=LONDON), True),
]


@pytest.mark.parametrize(("at", "outside"), OUTSIDE, ids=str)
def test_an_alert_is_outside_hours_when_the_council_is_closed(at: datetime, outside: bool) -> None:
    found = book(alert(ANA, at), alert(BO, at), in_digest(CY, at))
    assert found.outside == ((Entry(at, "Practice Lead", "An alert", 2),) if outside else ())


def test_an_alert_that_was_held_overnight_is_not_outside_hours() -> None:
    early = MONDAY.replace(hour=8, minute=29)
    assert book(alert(ANA, early), framework=held()).outside
    assert not book(alert(ANA, early + timedelta(minutes=1)), framework=held()).outside


def test_each_shade_says_from_how_many_to_how_many() -> None:
    assert book().shades == ()
    people = tuple(Member(f"{number}") for number in range(10))
    ten = book(*(in_digest(each.email) for each in people), cast=replace(CAST, members=people))
    assert ten.shades == (Shade(1, 1, 2), Shade(2, 3, 5), Shade(3, 6, 7), Shade(4, 8, 10))
    assert [ten.shade(each) for each in ten.days if each.messages] == [4]
    one = book(in_digest(ANA))
    assert [one.shade(each) for each in one.days if each.messages] == [4]
    assert {one.shade(each) for each in one.days if not each.messages} == {0}


def test_what_the_framework_never_sent_is_named() -> None:
    every = set(book().unsent)
    assert {"An alert", "review-reminder"} <= every
    assert every - set(book(alert(ANA, MONDAY)).unsent) == {"An alert"}


def test_nothing_at_all_is_a_page_too() -> None:
    found = book(cast=replace(CAST, members=()))
    page = draw("calendar.html", book=found, framework=newham())
    assert found.busiest is None
    for each in ("Nobody is told anything in this period.", "No message went on any day.", "no alert went at all"):
        assert each in page


def test_what_reaches_one_person_is_counted_by_role() -> None:
    later = MONDAY + timedelta(hours=2)
    sent = [
        *(in_digest(ANA, MONDAY + timedelta(days=each)) for each in range(3)),
        in_digest(ANA),
        alert(ANA, later),
        alert(ANA, later),
        in_digest(BO),
    ]
    cast = (*CAST.members, Member("di", ("Practice Lead", "Head of Service")))
    lead, head, nobody, everybody = sorted(loads(sent, cast), key=lambda each: "PHSE".index(each.role[0]))
    assert lead == Load("Practice Lead", 3, middle=1, most=5, in_a_day=3, day=MONDAY.date(), over=0)
    assert head == Load("Head of Service", 1, middle=0, most=0, in_a_day=0, day=None, over=0)
    assert nobody == Load(NO_ROLE, 1, middle=0, most=0, in_a_day=0, day=None, over=0)
    assert everybody == Load("Everybody", 4, middle=0.5, most=5, in_a_day=3, day=MONDAY.date(), over=0)


def test_alerts_apart_more_than_a_digest_and_another_message_in_a_day_is_too_much() -> None:
    def too_much(*sent: Line) -> int:
        return loads(sent, CAST.members)[0].over

    thanks, more = line(ANA, MONDAY, "thanks"), line(ANA, MONDAY + timedelta(hours=1), "thanks")
    assert too_much(in_digest(ANA), thanks, alert(ANA, MONDAY), alert(ANA, MONDAY)) == 0
    assert too_much(thanks, more) == 1
    assert too_much(in_digest(ANA), in_digest(BO, MONDAY, "another")) == 0
    assert too_much(in_digest(ANA), in_digest(ANA, MONDAY, "another")) == 1
    found = book(thanks, more)
    page = draw("calendar.html", book=found, framework=newham())
    assert found.loads[0].over == 1
    assert "How much for one person" in page
