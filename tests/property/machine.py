"""The rules and invariants of the two-node state machine: see test_two_nodes.py for how it is run."""

import asyncio
import shutil
import tempfile
from collections import Counter, defaultdict
from collections.abc import Coroutine
from contextlib import suppress
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from sqlmodel import Session, col, select

from qabot.adapter import Address
from qabot.errors import BadRequest
from qabot.framework.calendar import LONDON, local_day
from qabot.messaging.card import Card
from qabot.models import Alert, Audit, AuditState, Deadline, DeadlineState, HelpRequest, Notice, NoticeState
from qabot.models.notice import FINAL
from qabot.scheduler.clock import DemoClock
from qabot.scheduler.timeline import Timeline
from qabot.web.adapter import WebAdapter
from qabot.web.bell import Bell
from qabot.workflows.core.subjects import HELP_ANSWERS, HELP_ID
from qabot.workflows.people import absences
from tests.support import small_council
from tests.support.faulty import Copy, Fault, FaultyAdapter, Killed, token_of
from tests.support.world import BASE_URL, World, local, newham

T = TypeVar("T")
STARTS = ("2026-10-23 10:00", "2026-11-23 10:00", "2026-12-22 15:00")
CHANGES = ("2026-10-25 00:30", "2026-10-25 01:30", "2027-01-04 09:30", "2027-03-28 00:59", "2027-03-28 02:01")
GRADES = st.sampled_from(["red", "red", "green", "amber"])
PEOPLE = st.sampled_from(sorted(small_council.PEOPLE))
NODES = st.sampled_from([0, 1])
PICK = st.integers(0, 10_000)
FAULTS = st.sampled_from(list(Fault))
LEAPS = (timedelta(minutes=5), timedelta(hours=1), timedelta(hours=7), timedelta(days=1), timedelta(days=4))
ALERT_SILENCE = timedelta(days=6)
"""No stretch without a working day is longer than this, those of Christmas and Easter included."""


def template() -> tuple[Path, dict[str, int]]:
    """A database with the council and October's allocation, made once and copied for each run."""
    folder = Path(tempfile.mkdtemp(prefix="qabot-machine-"))
    loop = asyncio.new_event_loop()
    world = loop.run_until_complete(World.start(folder, "2026-09-30 08:00"))
    loop.run_until_complete(world.jump("2026-10-01 08:00"))
    world.close()
    loop.close()
    return folder / "qabot.db", world.ids


class TwoNodes(RuleBasedStateMachine):
    """Two processes on one SQLite file, one clock, two platforms, and people who do as they like."""

    source: Path
    ids: dict[str, int]

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.folder = Path(tempfile.mkdtemp(prefix="qabot-machine-"))
        shutil.copy(self.source, self.folder / "qabot.db")
        url = f"sqlite:///{self.folder}/qabot.db"
        clock = DemoClock(local(STARTS[0]))
        self.world = World(url, clock, newham(), dict(self.ids), FaultyAdapter(), WebAdapter(Bell(), BASE_URL))
        self.world.web = self.web = FaultyAdapter("web")  # type: ignore[assignment]
        for platform in (self.world.chat, self.web):
            platform.watch, platform.accepted = self._begins, self._accepted
        self.world.boot()
        self.world.boot()
        self.due: dict[int, date | None] = {}
        self.taken: Counter[int] = Counter()
        self.carriers: dict[int, set[int]] = defaultdict(set)
        self.digests: Counter[tuple[int, date]] = Counter()
        self.broken: list[str] = []
        self.midway: asyncio.Task[int] | None = None
        self.others: set[asyncio.Task[Any]] = set()
        self.alerts_at: dict[int, datetime] = {}

    # -- what the platforms see ---------------------------------------------------------------------------------------

    def _read(self, token: str) -> tuple[Notice, list[Notice], dict[int, Deadline]]:
        with Session(self.world.nodes[0].store.engine, expire_on_commit=False) as session:
            row = session.exec(select(Notice).where(Notice.token == token)).one()
            carried = list(session.exec(select(Notice).where(Notice.carrier_id == row.id)))
            parts = [each for each in carried if each.state != NoticeState.superseded] or [row]
            ids = {each.deadline_id for each in parts}
            found = {each.id: each for each in session.exec(select(Deadline).where(col(Deadline.id).in_(ids)))}
        return row, parts, found

    def _begins(self, address: Address, card: Card) -> None:
        """Checked at the very moment at which a send begins. What is wrong is kept: an adapter may not raise."""
        row, parts, deadlines = self._read(token_of(card))
        now = self.world.clock.now()
        for part in parts:
            deadline = deadlines.get(part.deadline_id or 0)
            # Help that was asked for is given or not, whatever became of the deadline.
            over = deadline is not None and deadline.state != DeadlineState.open and HELP_ID not in part.params
            if over:
                self.broken.append(f"notice {part.key} is sent after its deadline was closed")
        staff = self.world.person(self.world.name(row.recipient_id))
        local_time = now.astimezone(LONDON)
        works = str(local_time.isoweekday()) in staff.work_days and newham().calendar().is_working(local_time.date())
        inside = works and staff.hours_from <= local_time.time() < staff.hours_to
        if row.lane != "alert" and not row.params.get("at_once") and not inside:
            self.broken.append(f"notice {row.key} is sent at {local_time}, outside its person's hours")

    def _accepted(self, copy: Copy) -> None:
        row, parts, _ = self._read(copy.token)
        for part in {each.id: each for each in [row, *parts]}.values():
            self.taken[part.id] += 1
            self.carriers[part.id].add(row.id)
            if part.lane == "alert" and part.deadline_id:
                self.alerts_at[part.deadline_id] = self.world.clock.now()
        if row.message == "digest" and not row.possible_repeat:
            self.digests[row.recipient_id, local_day(self.world.clock.now())] += 1

    # -- rules: time and processes ------------------------------------------------------------------------------------

    def do(self, work: Coroutine[Any, Any, T]) -> T:
        return self.loop.run_until_complete(work)

    @initialize(start=st.sampled_from(STARTS))
    def begin(self, start: str) -> None:
        self.world.clock.set(local(start))
        self.tick(0)

    @rule(node=NODES)
    def tick(self, node: int) -> None:
        if self.midway is not None:
            node = 1
        others = asyncio.all_tasks(self.loop)
        try:
            self.do(self.world.tick(node))
        except Killed:
            self._dies(node, others)

    def _dies(self, node: int, others: set[asyncio.Task[Any]]) -> None:
        """Nothing of a dead process goes on: not even its other sends, which nobody waits for any more."""
        for task in asyncio.all_tasks(self.loop) - others:
            task.cancel()
        self.world.restart(node)

    @rule()
    def both_tick(self) -> None:
        self.tick(0)
        self.tick(1)

    @rule(node=NODES)
    def tick_twice(self, node: int) -> None:
        self.tick(node)
        self.tick(node)

    @rule(offset=st.sampled_from([-1, 0, 1]), ticks=st.booleans())
    def to_the_next_moment(self, offset: int, ticks: bool) -> None:
        following = self.do(Timeline(self.world.nodes[1].engine, self.world.clock).next_moment())
        if following is not None:
            self.world.clock.set(max(following + timedelta(seconds=offset), self.world.clock.now()))
        if ticks:
            self.tick(1)

    @rule(leap=st.sampled_from(LEAPS), ticks=st.booleans())
    def time_passes(self, leap: timedelta, ticks: bool) -> None:
        self.world.clock.set(self.world.clock.now() + leap)
        if ticks:
            self.tick(1)

    @rule(moment=st.sampled_from(CHANGES))
    def over_a_change(self, moment: str) -> None:
        self.world.clock.set(max(local(moment), self.world.clock.now()))
        self.tick(1)

    @rule()
    def back_by_an_hour(self) -> None:
        self.world.clock.set(self.world.clock.now() - timedelta(hours=1))

    @rule(faults=st.lists(FAULTS, min_size=1, max_size=4), busy=st.sampled_from([60.0, 60.0, 26 * 3600.0]))
    def the_next_sends_go_wrong(self, faults: list[Fault], busy: float) -> None:
        self.world.chat.busy_seconds = busy
        self.world.fail(*faults)
        self.to_the_next_moment(0, ticks=True)

    @rule(which=PICK, faults=st.lists(FAULTS, min_size=1, max_size=4))
    def an_alert_goes_wrong(self, which: int, faults: list[Fault]) -> None:
        self.world.fail(*faults)
        self.submit(which, "red", actions=False, immediate=False)
        self.tick(1)

    @precondition(lambda self: self.midway is None)
    @rule(which=PICK, faults=st.lists(FAULTS, max_size=2), wait=st.sampled_from(LEAPS), again=st.booleans())
    def an_alert_is_slow(self, which: int, faults: list[Fault], wait: timedelta, again: bool) -> None:
        """One node hangs with an alert; the other one goes on for a while; then the first one's answers come."""
        self.world.fail(*faults)
        self.submit(which, "red", actions=False, immediate=False)
        self.hangs_in_mid_send()
        self.time_passes(wait, ticks=True)
        if again:
            self.to_the_next_moment(0, ticks=True)
        self.comes_back()

    @rule(fault=st.sampled_from([Fault.busy, Fault.lost_after]))
    def redraw_goes_wrong(self, fault: Fault) -> None:
        self.world.chat.update_faults.append(fault)

    @rule(node=NODES)
    def restart(self, node: int) -> None:
        if self.midway is None:
            self.world.restart(node)

    @precondition(lambda self: self.midway is None)
    @rule()
    def hangs_in_mid_send(self) -> None:
        self.others = asyncio.all_tasks(self.loop)
        self.world.chat.hold()
        self.midway = self.loop.create_task(self.world.tick(0))
        self.do(self.world.chat.until_stuck(self.midway))

    @precondition(lambda self: self.midway is not None)
    @rule()
    def comes_back(self) -> None:
        self.world.chat.release()
        task, self.midway = self.midway, None
        assert task is not None
        try:
            self.do(_wait(task))
        except Killed:
            self._dies(0, self.others)

    @precondition(lambda self: self.midway is not None)
    @rule()
    def killed_in_mid_send(self) -> None:
        task, self.midway = self.midway, None
        assert task is not None
        task.cancel()
        self.do(asyncio.wait({task}))
        self.world.chat.release()
        self.world.restart(0)

    # -- rules: people ------------------------------------------------------------------------------------------------

    @rule(which=PICK, grade=GRADES, actions=st.booleans(), immediate=st.booleans())
    def submit(self, which: int, grade: str, actions: bool, immediate: bool) -> None:
        waiting = self.world.all(Audit, col(Audit.state) == AuditState.allocated)
        if waiting:
            audit = waiting[which % len(waiting)]
            self.do(self.world.submit(audit, grade, actions=actions, immediate=immediate))

    @rule(which=PICK, person=PEOPLE, times=st.integers(1, 2))
    def acknowledge(self, which: int, person: str, times: int) -> None:
        found = [each for each in self._sent() if each.lane == "alert"]
        if found:
            for _ in range(times):
                self.do(self.world.press_token(person, "acknowledge", found[which % len(found)].token))

    @rule(which=PICK, action=st.sampled_from(["acknowledge", "not-me", "confirm-done", "more-time", "data-sent"]))
    def presses_own(self, which: int, action: str) -> None:
        found = self._sent()
        if found:
            notice = found[which % len(found)]
            self.do(self.world.press_token(self.world.name(notice.recipient_id), action, notice.token))

    @rule(which=PICK, grade=GRADES, own=st.booleans(), person=PEOPLE, spoken=st.sampled_from(["yes", "not-yet"]))
    def moderate(self, which: int, grade: str, own: bool, person: str, spoken: str) -> None:
        found = [each for each in self._open() if each.subject_type == "moderation" and each.owner_id]
        if found:
            deadline = found[which % len(found)]
            presser = self.world.name(deadline.owner_id) if own else person
            values = {"grade": grade, "spoken": spoken}
            self.do(self.world.send_form(presser, "moderate", deadline.token, **values))

    @rule(which=PICK, until=st.sampled_from(["next working day", "in a week"]))
    def snooze(self, which: int, until: str) -> None:
        found = [each for each in self._open() if each.kind != "alert" and each.owner_id]
        if found:
            deadline = found[which % len(found)]
            self.do(self.world.send_form(self.world.name(deadline.owner_id), "snooze", deadline.token, until=until))

    @rule(which=PICK, days=st.integers(1, 21))
    def not_yet(self, which: int, days: int) -> None:
        """A new date: a snooze for a review, a promise for actions."""
        found = [each for each in self._open() if each.kind in {"audit", "actions"} and each.owner_id]
        if found:
            deadline = found[which % len(found)]
            day = local_day(self.world.clock.now()) + timedelta(days=days)
            owner = self.world.name(deadline.owner_id)
            self.do(self.world.send_form(owner, "not-yet", deadline.token, new_date=day.isoformat()))

    @rule(which=PICK)
    def asks_for_help(self, which: int) -> None:
        found = [each for each in self._open() if each.kind != "alert" and each.owner_id]
        if found:
            deadline = found[which % len(found)]
            self.do(self.world.press_token(self.world.name(deadline.owner_id), "more-time", deadline.token))

    @rule(which=PICK, answer=st.sampled_from(sorted(HELP_ANSWERS)))
    def answers_help(self, which: int, answer: str) -> None:
        """Somebody who can help answers: on the card or before it comes, perhaps after another has."""
        found = self.world.all(Notice, col(Notice.message) == "help-asked")
        if found:
            notice = found[which % len(found)]
            who = self.world.name(notice.recipient_id)
            self.do(self.world.send_form(who, "help-answer", notice.token, answer=answer))

    @rule(which=PICK, person=PEOPLE)
    def reassign(self, which: int, person: str) -> None:
        waiting = self.world.all(Audit, col(Audit.state) == AuditState.allocated)
        if waiting:
            # Who was involved in the case or oversees it is turned down, with nothing changed.
            with suppress(BadRequest):
                self.do(self.world.reassign(waiting[which % len(waiting)], person))

    @rule(person=PEOPLE, days=st.integers(0, 12), deputy=st.none() | PEOPLE)
    def goes_on_leave(self, person: str, days: int, deputy: str | None) -> None:
        if deputy == person:
            return
        today = local_day(self.world.clock.now())
        ids = self.world.ids
        stands_in = ids[deputy] if deputy else None
        last = today + timedelta(days=days)
        self.do(self.world.run(lambda unit: absences.record(unit, ids[person], today, last, stands_in, by=None)))

    @rule(person=PEOPLE)
    def comes_back_from_leave(self, person: str) -> None:
        self.do(self.world.back(person))

    def _sent(self) -> list[Notice]:
        return self.world.all(Notice, col(Notice.state) == NoticeState.sent, col(Notice.message) != "digest")

    def _open(self) -> list[Deadline]:
        return self.world.all(Deadline, col(Deadline.state) == DeadlineState.open)

    # -- what always holds --------------------------------------------------------------------------------------------

    @invariant()
    def nothing_wrong_was_sent(self) -> None:
        assert not self.broken, self.broken

    @invariant()
    def notices_are_as_promised(self) -> None:
        notices = self.world.all(Notice)
        by_id = {each.id: each for each in notices}
        lost = Counter(each.notice_id for each in self.world.events("answer-lost"))
        slots = Counter((each.deadline_id, each.step, each.recipient_id, each.slot) for each in notices if each.step)
        assert max(slots.values(), default=1) == 1, slots.most_common(2)
        for each in notices:
            final = each.state in FINAL
            assert not final or (each.reason and each.closed_at), f"{each.key} is {each.state} without a reason"
            # Twice only after a lost answer, of its own or of a digest that carried it, and then it says so. A digest
            # whose answer is lost and whose day is over is not repeated: another day's carries what it held.
            allowed = 1 + lost[each.id] + sum(lost[carrier] for carrier in self.carriers[each.id] - {each.id})
            assert not lost[each.id] or each.possible_repeat, f"{each.key} is repeated without a mark"
            assert self.taken[each.id] <= allowed, f"{each.key} reached the platform {self.taken[each.id]} times"
            if each.state == NoticeState.planned and each.carrier_id is not None:
                carrier = by_id[each.carrier_id]
                assert carrier.state in {"planned", "claimed", "begun"}, (
                    f"{each.key} waits for a digest that is {carrier.state}"
                )

    @invariant()
    def one_digest_a_day(self) -> None:
        assert max(self.digests.values(), default=1) == 1, self.digests.most_common(2)

    @invariant()
    def deadlines_stand(self) -> None:
        for each in self.world.all(Deadline):
            assert self.due.setdefault(each.id, each.due_on) == each.due_on
            if each.kind == "alert" and each.state == DeadlineState.open:
                assert each.next_at is not None, f"alert {each.id} has nothing more to come"

    # -- in the end ---------------------------------------------------------------------------------------------------

    def teardown(self) -> None:
        try:
            if self.midway is not None:
                self.comes_back()
            self._calm()
            self.nothing_wrong_was_sent()
            self.notices_are_as_promised()
            self.one_digest_a_day()
            self._nothing_is_stuck()
            self._nothing_is_silent()
            self._every_card_is_true()
        finally:
            self.world.close()
            self.loop.close()
            shutil.rmtree(self.folder)

    def _calm(self) -> None:
        """Everything works again, everybody is back, and a week passes."""
        self.world.chat.faults.clear()
        self.world.chat.update_faults.clear()
        for person in small_council.PEOPLE:
            self.do(self.world.back(person))
        for node in range(len(self.world.nodes)):
            # The service makes a round as it starts, and so takes over what a process that died had begun.
            self.do(self.world.tick(node))
        self.do(self.world.advance(self.world.clock.now() + timedelta(days=7)))

    def _nothing_is_stuck(self) -> None:
        now = self.world.clock.now()
        for each in self.world.all(Notice):
            waits = each.state == NoticeState.planned and each.not_before > now
            assert each.state in FINAL or waits, f"{each.key} is stuck: {each.state} since {each.not_before}"
        for deadline in self._open():
            assert deadline.next_at is None or deadline.next_at > now

    def _nothing_is_silent(self) -> None:
        now = self.world.clock.now()
        raised = {each.audit_id for each in self.world.all(Alert)}
        for each in self._open():
            if each.kind == "alert":
                assert each.subject_id in raised
                told = self.alerts_at.get(each.id)
                assert told is not None, f"nobody was ever told of alert {each.id}"
                assert now - told < ALERT_SILENCE, f"alert {each.id} has been silent since {told}"

    def _every_card_is_true(self) -> None:
        notices = {each.token: each for each in self.world.all(Notice)}
        copies = {**self.world.chat.copies, **self.web.copies}
        closed = {each.id for each in self.world.all(Deadline, col(Deadline.state) != DeadlineState.open)}
        waiting = {str(each.id) for each in self.world.all(HelpRequest, col(HelpRequest.closed_at).is_(None))}
        for each in notices.values():
            if each.state != NoticeState.sent or each.message_id is None:
                continue
            assert each.wanted == each.drawn, f"{each.key} was not redrawn"
            for button in copies[each.message_id].card.all_buttons():
                about = notices.get(button.token)
                if about is None or button.url is not None or button.action == "nominate":
                    continue
                # Whoever asked for help hears what became of it, though what it was about is done meanwhile.
                is_help = button.action == "help-answer"
                stale = about.params[HELP_ID] not in waiting if is_help else about.deadline_id in closed
                assert not stale, f"{each.key} still offers {button.label!r}"


async def _wait(task: "asyncio.Task[int]") -> int:
    return await task
