"""The numbers for Prometheus, of a council at work: what was sent, what waits, what was held, and nobody's name."""

import json
import re
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.samples import Sample

from qabot.delivery.attempt import OUTCOMES
from qabot.delivery.supervisor import AdapterState, Standing
from qabot.measures import Measures
from qabot.models import Alert, DeadlineState, Event, Meta, Notice, NoticeState, Store
from qabot.models.migrate import upgrade
from qabot.models.reasons import Reason, by_reason
from qabot.scheduler import gauges
from qabot.scheduler.gauges import word_of
from qabot.scheduler.watching.watcher import Standpoint, kept_as
from qabot.settings import read_settings
from qabot.wiring import build
from tests.support import small_council
from tests.support.faulty import Fault
from tests.support.world import World

Numbers = dict[tuple[str, tuple[str, ...]], float]


def read(page: bytes) -> Numbers:
    """Each sample by its name and the values of its labels."""
    return {
        (each.name, tuple(each.labels.values())): each.value
        for family in text_string_to_metric_families(page.decode())
        for each in family.samples
    }


def of_all(world: World, **known: object) -> Numbers:
    with world.nodes[0].store.transaction() as session:
        return read(gauges.page(session, world.clock.now(), **known))  # type: ignore[arg-type]


async def test_a_council_at_work_is_counted_and_nobody_is_named(tmp_path: Path) -> None:
    world = await World.start(tmp_path)
    audit = await world.graded("red")
    await world.acknowledge("mina", audit)
    node = world.nodes[0]
    out, desk = node.engine.outlets.measures.page(), node.desk.measures.page()
    sent = [each for each in world.all(Notice) if each.state == NoticeState.sent]
    alerts = [each for each in sent if each.message == "red-alert"]
    numbers = read(out)
    assert alerts
    assert numbers["qabot_send_seconds_count", ("chat", "red-alert")] == len(alerts)
    assert numbers["qabot_notice_delay_seconds_count", ("chat", "red-alert")] == len(alerts)
    assert numbers["qabot_sends_total", ("chat", "sent")] == len(sent)
    assert read(desk)["qabot_press_seconds_count", ("chat", "press", "done")] == 1
    with node.store.transaction() as session:
        page = out + desk + gauges.page(session, world.clock.now())
    for name in (*small_council.PEOPLE, *small_council.TEAMS, audit.reference, "7199999"):
        assert name not in page.decode(), name
    world.close()


async def test_what_a_platform_puts_off_waits_since_it_first_was_to_go(tmp_path: Path) -> None:
    world = await World.start(tmp_path)
    world.chat.faults.extend([Fault.busy] * 3)
    await world.graded("red")
    await world.forward("60 minutes")
    numbers = read(world.nodes[0].engine.outlets.measures.page())
    waited = numbers["qabot_notice_delay_seconds_sum", ("chat", "red-alert")]
    assert waited > 0
    assert numbers["qabot_sends_total", ("chat", "retry-after")] > 0
    world.close()


async def test_what_waits_is_counted_by_state_and_age(tmp_path: Path) -> None:
    world = await World.start(tmp_path)
    world.nodes[0].engine.outlets.pilot = ("nobody@council.example",)
    await world.graded("red")
    held = [each for each in world.all(Notice) if each.state == NoticeState.held]
    assert held
    world.clock.set(world.clock.now() + timedelta(minutes=16))
    numbers = of_all(world)
    assert numbers["qabot_backlog", ("0", "held")] == len(held)
    assert numbers["qabot_backlog", ("900", "held")] == len(held)
    assert numbers["qabot_backlog", ("3600", "held")] == 0
    assert numbers["qabot_backlog", ("0", "begun")] == 0
    world.close()


async def test_few_of_a_reason_are_left_out_and_sentences_too(tmp_path: Path) -> None:
    world = await World.start(tmp_path)
    store, now = world.nodes[0].store, world.clock.now()
    reasons = [Reason.away] * 6 + [Reason.put_off] * 2 + [Reason.by_hand] * 7
    with store.transaction() as session:
        session.add_all(Event(at=now, what="held", why="a sentence", detail=by_reason(each)) for each in reasons)
        paced = {"notices": list(range(40)), **by_reason(Reason.pace)}
        session.add(Event(at=now, what="held", why="a sentence", detail=paced))
        session.add_all(Event(at=now - timedelta(hours=25), what="held", why="outside it") for _ in range(9))
    numbers = of_all(world)
    held = {labels[0]: value for (name, labels), value in numbers.items() if name == "qabot_held_day"}
    assert held == {"by-hand": 7, "pace": 40}, "two were put off, and the six away would tell it"
    world.close()


@pytest.mark.parametrize(
    ("detail", "state", "word"),
    [
        (by_reason(Reason.platform), None, "platform"),
        (by_reason(Reason.left), DeadlineState.open, "left"),
        (by_reason(Reason.no_longer_needed), DeadlineState.met, "no-longer-needed"),
        ({}, DeadlineState.met, "deadline-met"),
        ({}, None, "other"),
        ({"reason": "Mina Sharpe asked for it"}, None, "other"),
    ],
)
def test_a_reason_is_a_word_of_the_list(detail: dict[str, str], state: str | None, word: str) -> None:
    assert word_of(detail, state) == word


async def test_how_long_alerts_wait_is_told_of_many_alone(tmp_path: Path) -> None:
    world = await World.start(tmp_path)
    now = world.clock.now()
    audits = [await world.audit("cyrus") for _ in range(10)]

    def acknowledged(numbers: Numbers) -> dict[str, float]:
        return {of[0]: value for (name, of), value in numbers.items() if name == "qabot_acknowledgement_seconds"}

    for count, each in enumerate(audits, 1):
        with world.nodes[0].store.transaction() as session:
            raised = now - timedelta(hours=count)
            session.add(Alert(audit_id=each.id, raised_at=raised, acknowledged_at=now))
        if count == 9:
            assert acknowledged(of_all(world)) == {}
    assert acknowledged(of_all(world)) == {"0.5": 6 * 3600}
    world.close()


def test_each_rule_of_an_alert_asks_for_what_is_there() -> None:
    """A rule that asks for a number, or a word, which nobody gives keeps still for ever."""
    measures, now = Measures(), datetime(2026, 11, 23, 10, tzinfo=UTC)
    measures.sent("chat", "alert", 1, now, now)
    measures.pressed("chat", "press", 1, failed=True)
    for outcome in OUTCOMES.values():
        measures.answered("chat", "alert", 1, outcome)
    with closing(Store("sqlite://", inline=True)) as store:
        upgrade(store)
        with store.transaction() as session:
            session.add(Meta(key=kept_as(Standpoint.serve), value=json.dumps({"at": now.isoformat(), "findings": []})))
            session.flush()
            chats = [AdapterState("chat", Standing.away, now)]
            page = measures.page() + gauges.page(session, now, quiet_since=now, chats=chats)
    given = {(each.name, key, value) for each in samples(page) for key, value in [("", ""), *each.labels.items()]}
    text = Path("deploy/metrics/qabot.rules.yml").read_text("utf-8")
    rules = re.findall(r"expr: (?:>-\n +)?(.+(?:\n {10}.+)*)", text)
    assert len(rules) > 8
    for rule in rules:
        for name, labels in re.findall(r"(qabot_\w+)(?:\{([^}]*)\})?", rule):
            assert (name, "", "") in given, rule
            for key, sign, value in re.findall(r'(\w+)(=~?)"([^"]*)"', labels):
                for each in value.split("|") if sign == "=~" else [value]:
                    assert (name, key, each) in given, rule


def test_what_an_alert_counts_is_there_before_it_first_happens() -> None:
    """A number that Prometheus sees for the first time is no increase, however large it is."""
    qabot = build(read_settings(), store=Store("sqlite://", inline=True))
    given = {(each.name, *each.labels.values()): each.value for each in samples(qabot.desk.measures.page())}
    for outcome in OUTCOMES.values():
        assert given["qabot_sends_total", "web", outcome] == 0, "one list has what the other has"
    for kind in ("press", "form", "word"):
        for result in ("done", "failed"):
            assert given["qabot_press_seconds_count", "web", kind, result] == 0
    qabot.store.close()


def samples(page: bytes) -> Iterator[Sample]:
    for family in text_string_to_metric_families(page.decode()):
        yield from family.samples
