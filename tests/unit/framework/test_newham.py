"""Newham's ladders on the calendar, with the worked dates of the domain notes (section 5.9)."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qabot.framework import Calendar, Framework, Ladder
from qabot.framework.calendar import add_months, at_local
from qabot.framework.offsets import Moment
from qabot.planning.occurrences import Occurrence, occurrences

CALENDAR = Calendar()
QUARTERS = [date(year, month, 1) for year in (2026, 2027) for month in (1, 4, 7, 10)]


def wanted(framework: Framework, kind: str, anchors: Mapping[str, Moment], days: int = 200) -> list[Occurrence]:
    first = min(
        each if isinstance(each, date) and not isinstance(each, datetime) else each.date() for each in anchors.values()
    )
    opened = at_local(first - timedelta(days=28), time(8))
    return occurrences(framework.ladder_of(kind), anchors, opened, opened + timedelta(days=days), CALENDAR)


def days(found: list[Occurrence]) -> list[tuple[str, date]]:
    """Each rule and its day: of what repeats without an end, the first time."""
    return [(each.step.rule, each.day) for each in found if each.step.repeat is None or each.slot == "1"]


def test_actions_are_followed_up_in_weeks_three_five_and_seven(newham: Framework) -> None:
    anchors = {"final": date(2026, 11, 20), "moderated": date(2026, 11, 23)}
    assert days(wanted(newham, "actions", anchors)) == [
        ("NEW-ESC-1.0", date(2026, 11, 20)),
        ("NEW-ESC-1.0b", date(2026, 11, 20)),
        ("NEW-ESC-1.1", date(2026, 12, 14)),
        ("NEW-ESC-1.2", date(2026, 12, 29)),
        ("OURS-OWN-2", date(2027, 1, 11)),
        ("NEW-ESC-1.3", date(2027, 1, 11)),
    ]


def test_the_clock_of_an_unmoderated_review_starts_at_finalising(newham: Framework) -> None:
    found = dict(days(wanted(newham, "actions", {"final": date(2026, 11, 23)})))
    assert found["NEW-ESC-1.1"] == date(2026, 12, 14)


@given(st.dates(date(2026, 1, 1), date(2027, 9, 30)))
def test_later_steps_count_from_the_day_itself_and_never_come_early(newham: Framework, moderated: date) -> None:
    found = dict(days(wanted(newham, "actions", {"moderated": moderated})))
    unrolled = {rule: moderated + timedelta(days=21 + more) for rule, more in STEPS.items()}
    assert found == {rule: CALENDAR.roll(day, "later") for rule, day in unrolled.items()}


STEPS = {"NEW-ESC-1.1": 0, "NEW-ESC-1.2": 14, "OURS-OWN-2": 28, "NEW-ESC-1.3": 28}


def test_reviews_due_at_the_end_of_the_year(newham: Framework) -> None:
    anchors = {"cycle-start": date(2026, 10, 1), "due": date(2026, 12, 31)}
    assert days(wanted(newham, "audit", anchors)) == [
        ("NEW-REM-1", date(2026, 10, 15)),
        ("NEW-REM-1", date(2026, 11, 16)),
        ("NEW-REM-2", date(2026, 12, 24)),
        ("OURS-OWN-1", date(2027, 1, 4)),
        ("OURS-OWN-2", date(2027, 1, 7)),
        ("NEW-REM-3", date(2027, 1, 7)),
    ]


@pytest.mark.parametrize("start", QUARTERS)
def test_every_quarter_reminds_in_months_one_and_two_and_never_shortens_notice(newham: Framework, start: date) -> None:
    due = add_months(start, 3) - timedelta(days=1)
    found = days(wanted(newham, "audit", {"cycle-start": start, "due": due}))
    after = ["OURS-OWN-1", "OURS-OWN-2", "NEW-REM-3"]
    assert [rule for rule, _ in found] == ["NEW-REM-1", "NEW-REM-1", "NEW-REM-2", *after]
    assert [day.month for _, day in found[:2]] == [start.month, start.month + 1]
    assert found[2][1] <= due - timedelta(days=7)
    assert found[5][1] >= due + timedelta(days=7)


def test_data_for_a_cycle_of_11_january_is_asked_for_by_24_december(newham: Framework) -> None:
    start = date(2027, 1, 11)
    due = newham.duties["data-request"].terms.due
    assert due is not None
    assert due.resolve({"cycle-start": start}, CALENDAR) == date(2027, 1, 8)
    found = days(wanted(newham, "data-request", {"cycle-start": start, "due": date(2027, 1, 8)}))
    assert found[0] == ("NEW-SEL-2", date(2026, 12, 24))
    assert found[1] == ("OURS-DAT-1", date(2027, 1, 4))
    assert found[2] == ("OURS-OWN-1", date(2027, 1, 11))
    assert found[3] == ("OURS-OWN-2", date(2027, 1, 12))
    assert found[4] == ("OURS-DAT-2", date(2027, 1, 13))


def test_no_ladder_ends_with_the_people_who_were_asked_first(newham: Framework) -> None:
    asked = {kind: newham.ladder_of(kind).steps for kind in newham.kinds()}
    assert asked["data-request"][-1].to == ("quality-assurance",)
    assert not [kind for kind, steps in asked.items() if set(steps[-1].to) <= set(steps[0].to)]


def test_an_alert_climbs_and_its_last_step_repeats_each_working_day(newham: Framework) -> None:
    raised = datetime(2026, 12, 23, 15, 0, tzinfo=UTC)
    found = wanted(newham, "alert", {"opened": raised}, days=40)
    first_told = [each for each in found if each.step.rule == "OURS-ALT-3"]
    above = [each for each in found if each not in first_told]
    assert [each.moment for each in first_told] == [each.moment for each in above[2:]]
    assert [(each.step.rule, each.moment) for each in above[:5]] == [
        ("NEW-ALT-1", raised),
        ("OURS-ALT-1", datetime(2026, 12, 24, 11, 0, tzinfo=UTC)),
        ("OURS-ALT-2", datetime(2026, 12, 24, 15, 0, tzinfo=UTC)),
        ("OURS-ALT-2", datetime(2026, 12, 29, 15, 0, tzinfo=UTC)),
        ("OURS-ALT-2", datetime(2026, 12, 30, 15, 0, tzinfo=UTC)),
    ]
    assert {each.step.lane for each in found} == {"alert"}


def test_closure_days_do_not_stop_the_clock_of_an_alert(newham: Framework) -> None:
    closed = Calendar.of([date(2026, 12, 24)], time(9), time(17))
    raised = datetime(2026, 12, 23, 15, 0, tzinfo=UTC)
    found = occurrences(newham.ladder_of("alert"), {"opened": raised}, raised, raised, closed)
    assert found[1].moment == datetime(2026, 12, 24, 11, 0, tzinfo=UTC)


def test_what_follows_a_red_review_does_not_end_in_silence(newham: Framework) -> None:
    for kind in ("alert", "pim-date", "red-review"):
        assert newham.ladder_of(kind).steps[-1].repeat is not None


@pytest.mark.parametrize(("layer", "rule"), [("qa", "NEW-MOD-2"), ("head-of-service", "NEW-MOD-3")])
def test_the_first_word_to_a_moderator_cites_the_rule_of_the_sample(newham: Framework, layer: str, rule: str) -> None:
    sample = newham.samples[layer]
    steps = newham.ladder_by(sample.terms).steps
    assert [each.rule for each in steps] == [rule, "OURS-MOD-2", "OURS-OWN-1", "OURS-OWN-2", "NEW-REM-3"]


def test_a_sample_that_is_switched_off_silences_the_first_word_of_its_own_deadlines_alone(newham: Framework) -> None:
    ours = newham.model_copy(update={"without": ("NEW-MOD-2",)})
    first, second = newham.samples["qa"].terms, newham.samples["head-of-service"].terms
    left = ["OURS-MOD-2", "OURS-OWN-1", "OURS-OWN-2", "NEW-REM-3"]
    assert [each.rule for each in ours.ladder_by(first).steps] == left
    assert ours.ladder_by(second) == newham.ladder_by(second)


def test_no_reviewer_is_given_their_own_case(newham: Framework) -> None:
    cases = newham.activities["practice-learning-review"].drawing
    assert cases.relations == {"involved", "oversight"}


def test_whatever_is_ours_says_so(newham: Framework) -> None:
    ours = {rule_id: rule for rule_id, rule in newham.rules.items() if rule_id.startswith("OURS-")}
    assert ours
    assert all(rule.confirm and rule.source.startswith("ours;") for rule in ours.values())


def test_a_ladder_survives_being_stored(newham: Framework) -> None:
    assert all(Ladder.model_validate(each.model_dump(mode="json")) == each for each in newham.ladders.values())
