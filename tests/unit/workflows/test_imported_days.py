"""Days that come by a file: of events from which duties count, and of gatherings whose days are imported."""

from datetime import date
from pathlib import Path

import pytest
from sqlmodel import col

from qabot.errors import BadFile
from qabot.imports import Changes, plan_days, read_days
from qabot.imports.applying import apply_days
from qabot.models import Case, Deadline, Moment, Occasion
from qabot.scheduler.rehearsal import rehearse
from qabot.workflows.core.unit import Unit
from tests.support.councils import Start
from tests.support.world import World

CLOSING = """
events:
  closing: {rule: ABC-DDL-1, title: A file closes, about: case}
  visit: {rule: ABC-DDL-2, title: Peer visit, about: place}
  return: {rule: ABC-DDL-2, title: Back from leave}
gatherings:
  forum:
    rule: ABC-DDL-3
    title: Practice Forum
    days: imported
    chair: director-of-operations
    brings:
      theme: {rule: ABC-DDL-3, title: A theme for the Forum, owes: [quality-assurance], due: day - 5 working days}
duties:
  last-look:
    rule: ABC-DDL-1
    title: Look at the file before it closes
    when: [closing.planned]
    owes: [practice-lead]
    due: closing.day - 1 working day
  feedback:
    {rule: ABC-DDL-1, title: Feedback of the family, when: [closing.held], owes: [practitioner], due: opened + 2 weeks}
  ready: {rule: ABC-DDL-2, title: Ready for it, when: [visit.planned], owes: [service-manager], due: day - 1 week}
  talk: {rule: ABC-DDL-2, title: A talk, when: [return.planned], owes: [quality-assurance], due: day at 16:00}
"""


async def take(world: World, folder: Path, text: str, *, dry: bool = False) -> Changes:
    """Import a file of days."""
    path = folder / "days.csv"
    path.write_text(text, "utf-8")

    def work(unit: Unit) -> Changes:
        changes = plan_days(unit.session, read_days(path), unit.framework, unit.today)
        if not dry:
            apply_days(unit, changes)
        return changes

    return await world.run(work)


def case_of(world: World, team: str) -> str:
    return world.all(Case, col(Case.team_id) == world.ids[team])[0].reference


def owed(world: World, kind: str, state: str = "open") -> list[tuple[str, str]]:
    found = world.all(Deadline, col(Deadline.kind) == kind, col(Deadline.state) == state)
    return [(world.name(each.owner_id), str(each.due_on)) for each in found]


async def test_before_an_imported_event(start: Start, tmp_path: Path) -> None:
    world = await start(CLOSING)
    await take(world, tmp_path, f"event,case,day\nclosing,{case_of(world, 'east')},2027-01-04\n")
    (day,) = world.all(Occasion, col(Occasion.thing) == "closing")
    assert (day.day, day.state, day.team_id) == (date(2027, 1, 4), "planned", world.ids["east"])
    assert owed(world, "last-look") == [("cyrus", "2026-12-31")]
    await world.forward("1 working day")
    assert "duty" in world.messages("cyrus")
    card = world.cards("cyrus")[-1]
    assert f"A file closes ({day.reference}) on 4 January 2027" in card.title


async def test_a_later_file_moves_it_and_tells_whose_date_changed(start: Start, tmp_path: Path) -> None:
    world = await start(CLOSING)
    case = case_of(world, "east")
    await take(world, tmp_path, f"event,case,day\nclosing,{case},2027-01-04\n")
    await world.forward("1 working day")
    changes = await take(world, tmp_path, f"event,case,day\nclosing,{case},2027-01-11\n")
    assert changes.lines()[0] == f"change day A file closes ({case}): day 4 January 2027 -> 11 January 2027"
    assert owed(world, "last-look") == [("cyrus", "2027-01-08")]
    await world.forward("1 working day")
    assert world.messages("cyrus")[-1] == "gathering-moved"
    again = await take(world, tmp_path, f"event,case,day\nclosing,{case},2027-01-11\n")
    assert again.changes == ()
    assert again.unchanged == 1


async def test_a_later_file_cancels_it_and_what_was_owed_is_withdrawn(start: Start, tmp_path: Path) -> None:
    world = await start(CLOSING)
    case = case_of(world, "east")
    await take(world, tmp_path, f"event,case,day\nclosing,{case},2027-01-04\n")
    await world.forward("1 working day")
    await take(world, tmp_path, f"event,case,day,cancelled\nclosing,{case},2027-01-04,yes\n")
    assert owed(world, "last-look") == []
    await world.forward("1 working day")
    assert world.messages("cyrus")[-1] == "gathering-cancelled"
    back = await take(world, tmp_path, f"event,case,day\nclosing,{case},2027-01-04\n")
    assert "was cancelled, and stays so" in back.lines()[-1]
    assert owed(world, "last-look") == []


async def test_24_the_practitioner_is_the_cases_worker(start: Start, tmp_path: Path) -> None:
    world = await start(CLOSING)
    await take(world, tmp_path, f"event,case,day\nclosing,{case_of(world, 'beckton')},2026-11-25\n")
    await world.advance("2026-11-26 12:00")
    assert owed(world, "feedback") == [("ben", "2026-12-10")]
    assert [each.name for each in world.all(Moment, col(Moment.name).like("closing.%"))] == [
        "closing.planned",
        "closing.held",
    ]


async def test_a_role_is_looked_up_for_the_place_of_an_event(start: Start, tmp_path: Path) -> None:
    world = await start(CLOSING)
    await take(world, tmp_path, "event,team,day\nvisit,West,2026-12-15\n")
    assert owed(world, "ready") == [("marcus", "2026-12-08")]


async def test_a_time_of_day_moves_with_its_day(start: Start, tmp_path: Path) -> None:
    world = await start(CLOSING)
    await take(world, tmp_path, "event,reference,day\nreturn,R-1,2026-12-15\n")
    await take(world, tmp_path, "event,reference,day\nreturn,R-1,2026-12-17\n")
    (deadline,) = world.all(Deadline, col(Deadline.kind) == "talk")
    assert str(deadline.due_at) == "2026-12-17 16:00:00+00:00"


async def test_the_days_of_a_gathering_that_are_imported_are_announced_in_their_time(
    start: Start, tmp_path: Path
) -> None:
    world = await start(CLOSING)
    await take(world, tmp_path, "event,reference,day\nforum,2026-4,2026-12-09\nforum,2027-1,2027-03-10\n")
    assert [each.state for each in world.all(Occasion)] == ["planned", "noted"]
    assert owed(world, "theme") == [("quinn", "2026-12-02")]
    await take(world, tmp_path, "event,reference,day\nforum,2026-4,2026-12-09\nforum,2027-1,2027-01-12\n")
    await world.advance("2026-12-16 12:00")
    assert owed(world, "theme")[-1] == ("quinn", "2027-01-05")
    assert world.all(Occasion)[1].state == "planned"


async def test_a_day_that_has_passed_is_told_and_not_planned(start: Start, tmp_path: Path) -> None:
    world = await start(CLOSING)
    changes = await take(world, tmp_path, f"event,case,day\nclosing,{case_of(world, 'east')},2026-11-02\n")
    assert changes.changes == ()
    assert "this day has passed, so nothing is planned for it" in changes.lines()[-1]
    assert world.all(Occasion) == []


async def test_a_rehearsal_of_days_says_who_will_be_asked(start: Start, tmp_path: Path) -> None:
    world, path = await start(CLOSING), tmp_path / "days.csv"
    path.write_text("event,reference,day\nforum,2026-4,2026-12-09\n", "utf-8")

    def change(unit: Unit) -> None:
        apply_days(unit, plan_days(unit.session, read_days(path), unit.framework, unit.today))

    desk = world.nodes[0].desk
    said = await world.nodes[0].store.run(lambda session: rehearse(session, desk.unit, change))
    assert ("duty", world.ids["quinn"]) in {(each.message, each.person_id) for each in said}
    assert world.all(Occasion) == []


async def test_a_dry_run_and_a_second_run_change_nothing(start: Start, tmp_path: Path) -> None:
    world = await start(CLOSING)
    text = f"event,case,day\nclosing,{case_of(world, 'east')},2027-01-04\n"
    await take(world, tmp_path, text, dry=True)
    assert world.all(Occasion) == []
    await take(world, tmp_path, text)
    await take(world, tmp_path, text)
    assert len(world.all(Deadline, col(Deadline.kind) == "last-look")) == 1


async def test_every_mistake_of_a_file_is_told_at_once_by_line_and_heading(start: Start, tmp_path: Path) -> None:
    world = await start(CLOSING)
    case = case_of(world, "east")
    text = f"""event,case,person,team,reference,day
closng,{case},,,,2027-01-04
closing,,,,,2027-01-04
closing,A12345,,,,2027-01-04
closing,7999999,,,,2027-01-04
closing,{case},,,,soon
closing,{case},,,,2027-01-05
visit,,,Nowhere,,2027-01-04
return,,nobody-at-all@elsewhere.example,,R-1,2027-01-04
forum,,,,,2027-01-04
"""
    with pytest.raises(BadFile) as wrong:
        await take(world, tmp_path, text)
    told = [f"{each.line} {each.where}: {each.what}" for each in wrong.value.problems]
    assert told == [
        "2 event: the framework has no event 'closng': did you mean 'closing'?",
        "3 case: this cell is empty: expected what tells it from the others, also when its day moves",
        "4 case: is not a case reference of this council: expected one that matches [0-9]{6,8}",
        "5 case: no such case is known, so neither is its team: import the cases first, or give a team",
        "6 day: 'soon' is not a date: write 2026-11-21 or 21/11/2026",
        "7 event: the same as in line 6: take one out",
        "8 team: no team 'Nowhere' is known",
        "9 person: nobody with the e-mail nobody-at-all@elsewhere.example is known",
        "10 reference: this cell is empty: expected what tells it from the others, also when its day moves",
    ]
    assert world.all(Occasion) == []


@pytest.mark.parametrize("row", [",2026-11-30", ",2026-11-24,yes"], ids=["moved", "cancelled"])
async def test_on_the_day_itself_they_hear_at_once(start: Start, tmp_path: Path, row: str) -> None:
    """Tomorrow's daily message would be about yesterday, and was not sent at all."""
    world = await start(CLOSING)
    await take(world, tmp_path, "event,reference,day\nreturn,A-1,2026-11-24\n")
    await world.advance("2026-11-24 10:30")
    assert "duty" in world.messages("quinn")
    before = len(world.messages("quinn"))
    await take(world, tmp_path, f"event,reference,day,cancelled\nreturn,A-1{row}{',' if row.count(',') == 1 else ''}\n")
    await world.tick()
    assert world.messages("quinn")[before:] == ["gathering-cancelled" if "yes" in row else "gathering-moved"]
    world.close()


async def test_a_new_day_that_comes_too_late_is_not_passed_over_in_silence(start: Start, tmp_path: Path) -> None:
    world = await start(CLOSING)
    await take(world, tmp_path, "event,reference,day\nreturn,A-1,2026-11-24\n")
    await world.advance("2026-11-25 10:00")
    changes = await take(world, tmp_path, "event,reference,day\nreturn,A-1,2026-12-07\n")
    said = "2026-11-24 has passed and counts as held: give it another reference for the new day"
    assert [each for each in map(str, changes.warnings) if said in each]
    world.close()


async def test_an_event_that_is_cancelled_only_after_its_day_withdraws_what_is_unanswered(
    start: Start, tmp_path: Path
) -> None:
    """That it was held stays a moment; whoever was told of what is withdrawn hears of it, and an answer stays."""
    world = await start(
        f"{CLOSING}  aftermath: {{rule: ABC-DDL-2, title: Write it up, when: [closing.cancelled], "
        "owes: [quality-assurance], due: opened + 5 working days}\n"
    )
    case = case_of(world, "beckton")
    row = f"closing,{case},2026-11-25"
    await take(world, tmp_path, f"event,case,day\n{row}\n")
    await world.forward("1 working day")
    await world.advance("2026-11-26 12:00")
    assert owed(world, "feedback") == [("ben", "2026-12-10")]
    (look,) = world.all(Deadline, col(Deadline.kind) == "last-look")
    await world.send_form(world.name(look.owner_id), "answer", look.token)
    dry = await take(world, tmp_path, f"event,case,day,cancelled\n{row},yes\n", dry=True)
    assert dry.lines()[0] == f"change day A file closes ({case}): cancelled no -> yes"
    before = len(world.messages("ben"))
    await take(world, tmp_path, f"event,case,day,cancelled\n{row},yes\n")
    assert (owed(world, "feedback"), owed(world, "feedback", "withdrawn")) == ([], [("ben", "2026-12-10")])
    assert owed(world, "last-look", "met"), "what was answered stays so"
    assert owed(world, "aftermath"), "that it is cancelled is one more moment"
    names = [each.name for each in world.all(Moment, col(Moment.name).like("closing.%"))]
    assert names == ["closing.planned", "closing.held", "closing.cancelled"]
    await world.forward("1 working day")
    assert world.messages("ben")[before:] == ["gathering-cancelled"]
    again = await take(world, tmp_path, f"event,case,day,cancelled\n{row},yes\n")
    assert (again.changes, again.unchanged) == ((), 1)
    world.close()


async def test_a_meeting_that_somebody_said_was_held_stays_so_whatever_a_later_file_says(
    start: Start, tmp_path: Path
) -> None:
    world = await start(CLOSING)
    await take(world, tmp_path, "event,reference,day\nforum,2026-1,2026-11-25\n")
    await world.advance("2026-11-26 12:00")
    (after,) = world.all(Deadline, col(Deadline.kind) == "forum-held")
    await world.send_form(world.name(after.owner_id), "answer", after.token, held="yes")
    changes = await take(world, tmp_path, "event,reference,day,cancelled\nforum,2026-1,2026-11-25,yes\n")
    assert [each for each in map(str, changes.warnings) if "it was said to have been held, and stays so" in each]
    assert changes.changes == ()
    world.close()
