"""The acceptance language itself: silence is tested too, because what nobody expected is a complaint."""

import pytest
import structlog

from tests.support.script import ClockHands, Council, Stage, Web

MANAGERS = ("service manager", "head of service")


def test_a_message_that_nobody_expected_is_a_complaint(stage: Stage, council: Council, web: Web) -> None:
    council.opens("2026-11-23 10:00")
    review = council.review("practice lead in care")
    council.submit("practice lead in care", review, overall="red")
    web.expect("service manager", review)
    [complaint] = stage.complaints()
    assert "what the head of service got" in complaint
    assert "red-alert (NEW-ALT-1" in complaint
    web.expect("head of service", review)
    assert stage.complaints() == []


def test_what_was_expected_and_did_not_come_fails_at_once(council: Council, web: Web) -> None:
    council.opens("2026-11-23 10:00")
    with pytest.raises(AssertionError, match="the service manager was to get"):
        web.expect("service manager", "Alert")
    with pytest.raises(AssertionError, match="has come to say"):
        web.expect_redrawn("service manager", "Acknowledged")
    with pytest.raises(AssertionError, match="sees no button"):
        web.press("service manager", "Acknowledge")


def test_one_message_is_not_expected_twice(council: Council, web: Web) -> None:
    council.opens("2026-11-23 10:00")
    review = council.review("practice lead in care")
    council.submit("practice lead in care", review, overall="red")
    web.expect_each(MANAGERS, review)
    with pytest.raises(AssertionError, match="nothing new"):
        web.expect("service manager", review)
    with pytest.raises(AssertionError, match="said so from the beginning"):
        web.expect_redrawn("service manager", "Acknowledge alert")


def test_an_error_in_the_log_is_a_complaint_unless_it_is_meant(stage: Stage, council: Council) -> None:
    council.opens("2026-11-23 10:00")
    structlog.get_logger().error("something broke", action="broken-on-purpose")
    [complaint] = stage.complaints()
    assert "broken-on-purpose" in complaint
    council.ignores_errors("broken-on-purpose")


def test_time_moves_by_what_people_say(stage: Stage, council: Council, clock: ClockHands) -> None:
    council.opens("2026-12-24 16:00")
    clock.forward("2 working hours")
    assert stage.clock.now().isoformat() == "2026-12-29T10:00:00+00:00"
    clock.forward("3 days")
    clock.forward("1 working day")
    assert stage.clock.now().isoformat() == "2027-01-04T10:00:00+00:00"
    stage.expected |= {each.token: "" for each in stage.sent()}
