"""What is older than its kind is kept goes once a day; what is open, held, or of the audit's record stays."""

import re
from collections.abc import AsyncIterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete
from sqlmodel import select

from qabot.errors import SetupError
from qabot.models import (
    Absence,
    Alert,
    Audit,
    AuditState,
    Deadline,
    DeadlineState,
    Event,
    Moment,
    Nomination,
    Notice,
    SurveyComment,
    SurveyRound,
    UsedLink,
)
from qabot.rights import holds, retaining
from qabot.rights.kinds import KINDS
from qabot.settings import RETAINED, read_settings
from qabot.workflows.core.unit import Unit
from tests.support.world import World

GOOD = {"what": "She listened.", "difference": "Much.", "seen_in": "Meeting", "seen_on": "2026-11-20", "no_child": True}


@pytest.fixture
async def world() -> AsyncIterator[World]:
    """A red review with its alert acknowledged, a nomination, an absence, and a link that was used."""
    world = await World.start()
    audit = await world.graded("red")
    await world.acknowledge("mina", audit)
    await world.send_form("ben", "nominate", "", nominee=str(world.ids["sofia"]), **GOOD)
    await world.away("ben", "2026-11-24", "2026-11-25")
    await world.forward("2 working days")

    def more(session: object) -> None:
        session.add(UsedLink(link="x", person_id=world.ids["ben"], used_at=world.clock.now()))  # type: ignore[attr-defined]
        survey = SurveyRound(
            duty="d",
            rule="r",
            title="t",
            promise="confidential",
            starts_on=date(2026, 11, 1),
            ends_on=date(2026, 11, 2),
            state="published",
            closed_at=world.clock.now(),
        )
        session.add(survey)  # type: ignore[attr-defined]
        session.flush()  # type: ignore[attr-defined]
        words = SurveyComment(round_id=survey.id, question="q", label="q", place_in_form=1, text="More time.")
        session.add(words)  # type: ignore[attr-defined]

    await world.nodes[0].store.run(more)
    yield world
    world.close()


def gone(world: World, days: int, *, run: bool = True, **kept: int) -> dict[str, int]:
    """What goes so many days from now."""
    with world.nodes[0].store.transaction() as session:
        names = {name.replace("_", "-"): value for name, value in kept.items()}
        then = world.clock.now() + timedelta(days=days)
        old = retaining.is_anything_old(session, then, names)
        found = (retaining.run if run else retaining.plan)(session, then, names)
        counts = {each.what: each.count for each in found if each.count}
        assert old or not counts, "what goes was old enough to be looked for"
        return counts


def test_the_kinds_with_days_are_those_that_can_be_set() -> None:
    by_default = {name for name, kind in KINDS.items() if kind.days is not None}
    assert {*by_default, "audit-record"} == set(RETAINED), (
        "the audits' record ends where a council says so, and only there"
    )
    assert read_settings(retention="audit-record=2555").retention == {"audit-record": 2555}
    with pytest.raises(SetupError, match="kept for 365 days or more, and 10 are fewer"):
        read_settings(retention="audit-record=10")
    assert read_settings(retention="absences=14, delivery-log=365").retention == {"absences": 14, "delivery-log": 365}
    assert read_settings(retention="sign-ins=7", session_hours=168).retention == {"sign-ins": 7}
    with pytest.raises(SetupError, match="sign-ins=6 forgets that a session was ended"):
        read_settings(retention="sign-ins=6", session_hours=168)
    for wrong in ("absences=0", "staff=10", "absences", "absences=soon"):
        with pytest.raises(SetupError, match="QABOT_RETENTION: expected days for one of delivery-log"):
            read_settings(retention=wrong)


async def test_asked_each_day_it_is_old_on_the_day_on_which_it_is(world: World) -> None:
    kept = {"delivery-log": 30}
    aging = retaining.Aging(kept)
    with world.nodes[0].store.transaction() as session:
        session.execute(delete(Event))
        moments = [world.clock.now() + timedelta(days=day) for day in (*range(40), 5, 29, 31)]
        found = [aging.is_anything_old(session, now) for now in moments]
        assert found == [retaining.is_anything_old(session, now, kept) for now in moments]
        assert {True, False} == set(found)


async def test_nothing_goes_before_its_time_and_a_dry_run_changes_nothing(world: World) -> None:
    assert gone(world, 20) == {}
    with world.nodes[0].store.transaction() as session:
        assert not retaining.is_anything_old(session, world.clock.now(), {}), "most days there is nothing to look for"
    counts = gone(world, 40, run=False)
    assert {"absences": 1, "links they used": 1}.items() <= counts.items()
    assert set(counts) <= {"absences", "links they used", "presses that could be taken back"}
    assert gone(world, 40) == counts
    assert gone(world, 40) == {}
    assert world.all(Absence) == []
    assert gone(world, 40, nominations=3) == {"the words of records of good practice": 1}
    assert [(each.what, each.state) for each in world.all(Nomination)] == [("(erased)", "withdrawn")]


async def test_after_two_years_the_record_is_left_and_who_was_told_of_the_alert(world: World) -> None:
    sent = world.all(Notice)
    counts = gone(world, 800)
    assert {"messages", "lines of the event log", "what was written in surveys, by nobody known"} <= set(counts)
    assert world.all(Audit)
    assert world.all(Alert)[0].acknowledged_by_id == world.ids["mina"]
    left = world.all(Notice)
    assert len(left) < len(sent)
    assert {each.id for each in sent if each.lane == "alert"} <= {each.id for each in left}
    whats = [each.what for each in world.all(Event)]
    assert "alert-raised" in whats
    assert whats[-1] == "retention-run"


def test_who_looked_is_of_the_delivery_log_whatever_file_it_was() -> None:
    """All but copies of one person's data, or of all: they are evidence of a right, and of a hand-over."""
    listed = set(re.findall(r"^\| `([a-z-]+)` \|", Path("docs/events.md").read_text("utf-8"), re.MULTILINE))
    taken = {each for each in listed if each.endswith("-exported")} - {"person-exported", "council-exported"}
    assert taken
    assert taken <= set(retaining.DELIVERY) <= listed


async def test_what_is_held_stays(world: World) -> None:
    [audit] = world.all(Audit, Audit.auditor_id == world.ids["cyrus"])
    with world.nodes[0].store.transaction() as session:
        now = world.clock.now()
        holds.place(session, ("person", world.ids["ben"]), "A complaint is open", now)
        holds.place(session, ("audit", audit.id), "A complaint is open", now)
    about = [each.id for each in world.all(Notice) if each.subject_type == "audit" and each.subject_id == audit.id]
    to_ben = [each.id for each in world.all(Notice) if each.recipient_id == world.ids["ben"]]
    counts = gone(world, 800)
    assert "absences" not in counts
    assert {*about, *to_ben} <= {each.id for each in world.all(Notice)}
    assert about
    assert to_ben


async def test_an_audits_record_goes_as_a_whole_where_the_council_says_so(world: World) -> None:
    """With all that hangs on it, and nothing that waits, is held, or is of other work."""
    green = await world.graded("green", auditor="dinah", actions=False)
    [red] = world.all(Audit, Audit.auditor_id == world.ids["cyrus"])
    assert not {"audits", "alerts"} & set(gone(world, 4000)), "without the council's word nothing goes"
    waiting = await world.audit("bea")
    dry = gone(world, 400, run=False, audit_record=365)
    assert (dry["audits"], "alerts" in dry) == (1, False), "the alert's meeting has no date yet"
    with world.nodes[0].store.transaction() as session:
        hold = holds.place(session, ("person", world.ids["dinah"]), "A complaint is open", world.clock.now())
        number = hold.id
    assert "audits" not in gone(world, 400, audit_record=365)
    with world.nodes[0].store.transaction() as session:
        holds.end(session, number, world.clock.now())
    assert gone(world, 400, audit_record=365)["audits"] == 1
    await finish(world, red)
    went = gone(world, 400, audit_record=365)
    assert {"audits", "alerts", "answers", "moments of the work", "what was owed"} <= set(went)
    assert [each.id for each in world.all(Audit)] == [waiting.id]
    assert world.all(Alert) == []
    models: tuple[Any, ...] = (Deadline, Moment, Notice, Event)
    for model in models:
        about = {each.subject_id for each in world.all(model) if each.subject_type == "audit"}
        assert about.isdisjoint({red.id, green.id}), model
    assert {each.subject_id for each in world.all(Deadline)} == {waiting.id}
    assert gone(world, 400, audit_record=365) == {}


async def finish(world: World, audit: Audit) -> None:
    """Everything about it is over, without a word to anybody."""

    def close(unit: Unit) -> None:
        for each in unit.session.exec(select(Deadline).where(Deadline.auditor_id == audit.auditor_id)):
            if each.state == DeadlineState.open:
                unit.close(each, "Over")
        unit.session.get_one(Audit, audit.id).state = AuditState.finalised

    await world.run(close)


async def test_who_stands_in_is_told_also_of_an_absence_with_the_number_of_one_that_has_gone() -> None:
    """SQLite gives the number of the newest row to the next one, once that row is gone."""
    world = await World.start()
    for days in (("2026-11-24", "2026-11-25"), ("2026-12-07", "2026-12-08")):
        await world.away("ben", *days, deputy="ade")
        assert gone(world, 60)["absences"] == 1
    params = [each.params["first"] for each in world.notices("ade", message="deputy-named")]
    assert params == ["2026-11-24", "2026-12-07"]
    world.close()


async def test_the_service_does_it_once_a_day(world: World) -> None:
    assert len(world.all(Absence)) == 1
    await world.advance("2027-01-04 10:00")
    assert world.all(Absence) == []
    [ran] = [each for each in world.events("retention-run") if "absences" in each.detail["gone"]]
    assert ran.detail["gone"]["absences"] == 1
    assert world.events("programme-failed") == []
