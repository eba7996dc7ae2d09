"""The worked dates of the Newham framework (D2, D4, D6), through its real ladders."""

from datetime import UTC, date, datetime

import pytest

from qabot.adapter import OpenForm, Say, ShowCard
from qabot.framework import Framework
from qabot.framework.offsets import Moment
from qabot.models import Audit, Moderation
from qabot.planning.occurrences import occurrences
from qabot.workflows.core.unit import Unit
from qabot.workflows.verbs import moderations
from tests.support.world import World, local

OPENED = datetime(2026, 10, 1, 8, tzinfo=UTC)
LATER = datetime(2027, 5, 1, tzinfo=UTC)


def days(
    framework: Framework, kind: str, anchors: dict[str, Moment], before: str = "2027-02-01"
) -> dict[str, list[str]]:
    """The days on which each rule of a ladder wants something: of what repeats without an end, those before a day."""
    found: dict[str, list[str]] = {}
    for each in occurrences(framework.ladder_of(kind), anchors, OPENED, LATER, framework.calendar()):
        if each.day < date.fromisoformat(before):
            found.setdefault(each.step.rule, []).append(each.day.isoformat())
    return found


def test_a_review_moderated_on_23_november_2026(framework: Framework) -> None:
    """28 December is a bank holiday; the step to the leadership team counts from the unrolled day all the same.

    From that day on the leadership team has it in its list of each week, and the owners hear every two weeks.
    """
    found = days(framework, "actions", {"final": date(2026, 11, 2), "moderated": date(2026, 11, 23)})
    assert found["NEW-ESC-1.1"] == ["2026-12-14"]
    assert found["NEW-ESC-1.2"] == ["2026-12-29"]
    assert found["NEW-ESC-1.3"] == ["2027-01-11", "2027-01-18", "2027-01-25"]
    assert found["OURS-OWN-2"] == ["2027-01-11", "2027-01-25"]


def test_a_review_that_is_not_moderated_counts_from_the_day_it_became_final(framework: Framework) -> None:
    """D6a. A week after 21 December is the bank holiday; the weeks after that count from the day itself."""
    found = days(framework, "actions", {"final": date(2026, 11, 2)})
    assert found["NEW-ESC-1.0"] == ["2026-11-02"]
    assert found["NEW-ESC-1.1"] == ["2026-11-23"]
    assert found["NEW-ESC-1.2"] == ["2026-12-07"]
    weekly = ["2026-12-21", "2026-12-29", "2027-01-04", "2027-01-11", "2027-01-18", "2027-01-25"]
    assert found["NEW-ESC-1.3"] == weekly
    assert found["OURS-OWN-2"] == ["2026-12-21", "2027-01-04", "2027-01-18"]


def test_reviews_due_on_31_december_2026(framework: Framework) -> None:
    """D4: reminders in months one and two only; 15 November is a Sunday.

    The owner hears on the first and the fourth working day after (1 January is a holiday), then every five.
    """
    found = days(framework, "audit", {"cycle-start": date(2026, 10, 1), "due": date(2026, 12, 31)})
    assert found == {
        "NEW-REM-1": ["2026-10-15", "2026-11-16"],
        "NEW-REM-2": ["2026-12-24"],
        "OURS-OWN-1": ["2027-01-04"],
        "OURS-OWN-2": ["2027-01-07", "2027-01-14", "2027-01-21", "2027-01-28"],
        "NEW-REM-3": ["2027-01-07", "2027-01-14", "2027-01-21", "2027-01-28"],
    }


def test_a_week_before_that_falls_on_a_holiday_comes_earlier_and_a_week_after_comes_later(framework: Framework) -> None:
    """Due on Friday 1 January: a week before is Christmas Day, a week after is an ordinary Friday."""
    found = days(framework, "audit", {"cycle-start": date(2026, 10, 1), "due": date(2027, 1, 1)})
    assert found["NEW-REM-2"] == ["2026-12-24"]
    assert found["NEW-REM-3"] == ["2027-01-08", "2027-01-15", "2027-01-22", "2027-01-29"]


def test_data_two_weeks_before_11_january_2027_is_asked_for_by_christmas_eve(framework: Framework) -> None:
    """Due on the working day before, Friday 8 January; its owner hears twice before the QA service does."""
    found = days(framework, "data-request", {"cycle-start": date(2027, 1, 11), "due": date(2027, 1, 8)})
    assert found == {
        "NEW-SEL-2": ["2026-12-24"],
        "OURS-DAT-1": ["2027-01-04"],
        "OURS-OWN-1": ["2027-01-11"],
        "OURS-OWN-2": ["2027-01-12", "2027-01-19", "2027-01-26"],
        "OURS-DAT-2": ["2027-01-13"],
    }


def test_the_qa_service_hears_of_missing_data_three_working_days_after_it_was_due(framework: Framework) -> None:
    """Due on the working day before the cycle: 1 January is a holiday, a Friday; Easter is 26 to 29 March 2027."""
    cycles = {"2026-10-01": "2026-09-30", "2027-01-01": "2026-12-31", "2027-03-28": "2027-03-25"}
    heard = {
        start: days(
            framework,
            "data-request",
            {"cycle-start": date.fromisoformat(start), "due": date.fromisoformat(due)},
            before="2027-05-01",
        )["OURS-DAT-2"]
        for start, due in cycles.items()
    }
    assert heard == {"2026-10-01": ["2026-10-05"], "2027-01-01": ["2027-01-06"], "2027-03-28": ["2027-04-01"]}


@pytest.mark.parametrize(
    ("raised", "again", "climbs"),
    [
        ("2026-11-23 10:00", "2026-11-23 14:00", "2026-11-24 10:00"),
        ("2026-11-23 15:30", "2026-11-24 11:30", "2026-11-24 15:30"),
        ("2026-11-27 16:00", "2026-11-30 12:00", "2026-11-30 16:00"),
        ("2026-12-24 16:00", "2026-12-29 12:00", "2026-12-29 16:00"),
        ("2026-11-28 23:00", "2026-11-30 13:00", "2026-12-01 09:00"),
        ("2026-11-27 16:59", "2026-11-30 12:59", "2026-11-30 16:59"),
        ("2026-11-27 17:01", "2026-11-30 13:00", "2026-12-01 09:00"),
        ("2026-12-25 11:00", "2026-12-29 13:00", "2026-12-30 09:00"),
    ],
)
def test_an_alert_counts_in_working_time(framework: Framework, raised: str, again: str, climbs: str) -> None:
    """What comes outside working hours is counted from the next one, in hours and in days alike.

    It was Monday at 16:00 for a Saturday night, and 11:00 on the 29th for Christmas: half an hour before closing, and
    before the managers' own second reminder. A working day is eight working hours wherever it starts.
    """
    found = occurrences(
        framework.ladder_of("alert"), {"opened": local(raised)}, local(raised), local(raised), framework.calendar()
    )
    first = {each.step.rule: each.moment for each in reversed(found)}
    assert first["NEW-ALT-1"] == local(raised)
    assert first["OURS-ALT-1"] == local(again)
    assert first["OURS-ALT-2"] == first["OURS-ALT-3"] == local(climbs)


async def test_a_moderation_moves_the_clock_of_actions_that_runs_already() -> None:
    """D6 and D6a together, through the workflows: final at once, moderated a week later."""
    world = await World.start(at="2026-11-16 10:00")
    audit = await world.audit("cyrus")
    await world.submit(audit, "green")
    await world.advance("2026-11-23 11:00")
    await world.run(lambda unit: _moderated(unit, audit.id))
    await world.advance("2027-01-12 12:00")
    asked = [each.created_at.date() for each in world.notices("ade", message="actions-confirm")]
    second = [each.created_at.date() for each in world.notices("mina", message="actions-second")]
    listed = world.notices("dara", message="open-by-service", rule="NEW-ESC-1.3")
    told = [each.sent_at.date() for each in listed if each.sent_at]
    assert (asked, second, told) == ([date(2026, 12, 14)], [date(2026, 12, 29)], [date(2027, 1, 11)])


def _moderated(unit: Unit, audit_id: int) -> None:
    moderation = Moderation(audit_id=audit_id, layer="qa", rule="NEW-MOD-2", drawn_at=unit.now)
    unit.session.add(moderation)
    unit.session.flush()
    audit = unit.session.get_one(Audit, audit_id)
    moderations.record(unit, moderation, audit, "green", by=unit.directory.holders("quality-assurance", unit.today)[0])


async def test_not_yet_gives_one_new_date_and_then_goes_to_the_leadership_team() -> None:
    """D6b."""
    world = await World.start(at="2026-11-16 10:00")
    audit = await world.audit("cyrus")
    await world.submit(audit, "green")
    await world.advance("2026-12-08 12:00")
    asked = world.deadline("actions", audit)
    await world.send_form("ade", "not-yet", asked.token, new_date="2026-12-18")
    again = await world.send_form("ade", "not-yet", asked.token, new_date="2026-12-23")
    assert isinstance(again, Say | ShowCard)
    await world.advance("2026-12-10 12:00")
    assert "new-date-given" in world.messages("mina")
    promised = world.deadline("promised", audit)
    assert promised.due_on == date(2026, 12, 18)
    twice = await world.send_form("ade", "not-yet", promised.token, new_date="2026-12-23")
    assert not isinstance(twice, OpenForm)
    assert world.deadline("promised", audit).due_on == date(2026, 12, 18)
    await world.advance("2027-01-20 12:00")
    assert "promised-date" in world.messages("ade")
    # One working day after, three, and then every five; Christmas and New Year are left out.
    assert _sent(world, "ade", "OURS-OWN-1", "OURS-OWN-2") == ["12-21", "12-23", "01-04", "01-11", "01-18"]
    # 29 December is a Tuesday: the list of the week comes on the Monday after it.
    assert _sent(world, "dara", "NEW-ESC-1.3") == ["01-04", "01-11", "01-18"]


def _sent(world: World, person: str, *rules: str) -> list[str]:
    """The days on which somebody was told for these rules."""
    sent = [each for rule in rules for each in world.notices(person, rule=rule, state="sent")]
    return sorted({f"{each.sent_at:%m-%d}" for each in sent if each.sent_at}, key=lambda day: (day < "06", day))
