"""Two people do something about one piece of work in the same moment: it comes to what one after the other comes to."""

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import col, select
from structlog.testing import capture_logs

from qabot.adapter import DirectoryEntry, Press, Submission
from qabot.framework.loader import load
from qabot.models import (
    Absence,
    Account,
    Alert,
    Answer,
    Audit,
    Case,
    Deadline,
    HelpRequest,
    Moderation,
    Moment,
    Nomination,
    Store,
)
from qabot.workflows.core.unit import Unit
from qabot.workflows.programme.allocation import new_reference
from tests.support.councils import RULES
from tests.support.interleaved import Act, at_once, done
from tests.support.postgres_fixtures import NUMBERS, postgres_server, postgres_url
from tests.support.world import ACTIVITY, World

__all__ = ["postgres_server", "postgres_url"]
pytestmark = pytest.mark.postgres

COUNCIL = f"""{RULES}
duties:
  reading: {{rule: ABC-DDL-1, title: To be read, when: [practice-learning-review.submitted],
    owes-each: [practice-lead, service-manager], due: submitted + 5 working days}}
  after-reading: {{rule: ABC-DDL-2, title: After it, when: [reading.done], owes: [practice-lead], due: none}}
  check-a: {{rule: ABC-DDL-1, title: Check A, when: [practice-learning-review.submitted], owes: [service-manager],
    due: submitted + 5 working days, holds: final}}
  check-b: {{rule: ABC-DDL-2, title: Check B, when: [practice-learning-review.submitted], owes: [head-of-service],
    due: submitted + 5 working days, holds: final}}
  stage: {{rule: ABC-DDL-1, title: First stage, when: [practice-learning-review.submitted], owes: [practice-lead],
    due: opened + 5 working days, judged-by: [service-manager, head-of-service]}}
  after-stage: {{rule: ABC-DDL-3, title: What follows, when: [stage.done], owes: [practice-lead], due: none}}
  worry: {{rule: ABC-DDL-1, title: A worry, when: [practice-learning-review.submitted], if: {{any-grade: [red]}},
    owes: [director-of-operations], due: none, ask: [acknowledged], ladder: worry}}
  acting: {{rule: ABC-DDL-1, title: Act on it, when: [practice-learning-review.submitted], if: {{has-actions: true}},
    owes: [practice-lead], due: submitted + 5 working days}}
ladders:
  worry:
    title: A worry
    steps:
      - {{rule: ABC-DDL-1, at: opened, to: [director-of-operations], send: red-alert, lane: alert,
         repeat: last + 1 working day}}
"""
Does = Callable[["Scene", int], Act]
"""Somebody is about to do something by way of a process: what is to be known of it before is known."""


class Scene:
    """A piece of work, and people who press about it by way of one of two processes."""

    def __init__(self, world: World, grade: str) -> None:
        self.world = world
        self.audit = asyncio.run(self._graded(grade))

    async def _graded(self, grade: str) -> Audit:
        audit = await self.world.audit("cyrus")
        if grade:
            await self.world.submit(audit, grade, actions=False)
        return audit

    def token(self, kind: str, owner: str = "") -> str:
        """What its button carries."""
        if not kind:
            return self.audit.reference
        where = [Deadline.owner_id == self.world.ids[owner]] if owner else []
        of_kind = self.world.all(Deadline, col(Deadline.kind) == kind, *where)
        return [each for each in of_kind if self.world.is_about(each, self.audit)][-1].token

    def _about(self, model: Any) -> list[Any]:
        looks = {each.id for each in self.world.all(Moderation, col(Moderation.audit_id) == self.audit.id)}
        about = {("audit", self.audit.id), *(("moderation", each) for each in looks)}
        return [each for each in self.world.all(model) if (each.subject_type, each.subject_id) in about]

    def stands(self) -> list[tuple[Any, ...]]:
        """How everything about it is now."""
        of = self.audit.id
        (audit,) = self.world.all(Audit, col(Audit.id) == of)
        looks = self.world.all(Moderation, col(Moderation.audit_id) == of)
        return sorted(
            [
                ("audit", audit.state, audit.grade, audit.auditor_id),
                *(("look", each.grade, each.done_by_id) for each in looks),
                *(
                    ("alert", each.acknowledged_by_id, each.withdrawn_by_id)
                    for each in self.world.all(Alert, col(Alert.audit_id) == of)
                ),
                *(("owed", each.kind, each.state, each.owner_id, each.closed_by_id) for each in self._about(Deadline)),
                *(("said", each.question, str(each.value), each.by_id) for each in self._about(Answer)),
                *(("happened", each.name) for each in self._about(Moment)),
            ],
            key=repr,
        )


def press(person: str, action: str, kind: str, owner: str = "") -> Does:
    def prepare(scene: Scene, node: int) -> Act:
        said = Press(scene.world.who(person), action, scene.token(kind, owner))
        return lambda: scene.world.nodes[node].desk.press(said)

    return prepare


def send(person: str, form: str, kind: str, owner: str = "", **values: Any) -> Does:
    def prepare(scene: Scene, node: int) -> Act:
        said = Submission(scene.world.who(person), form, scene.token(kind, owner), values)
        return lambda: scene.world.nodes[node].desk.submit(said)

    return prepare


def meeting(person: str, day: str) -> Does:
    return send(person, "answer", "pim-date", **{"meeting-date": day, "chair": "harriet"})


def look(person: str, grade: str) -> Does:
    return send(person, "moderate", "red-review", grade=grade, spoken="yes")


def correction(person: str, grade: str) -> Does:
    return send(person, "correct-sure", "", **{"manager-overall": grade, "actions": "no", "why": "slip", "sure": "yes"})


PAIRS: dict[str, tuple[str, Does, Does]] = {
    "the last two things that hold work from being final": (
        "green",
        press("mina", "answer", "check-a"),
        press("hanif", "answer", "check-b"),
    ),
    "the last two of whom each owes one of their own": (
        "green",
        press("ade", "answer", "reading", "ade"),
        press("mina", "answer", "reading", "mina"),
    ),
    "two alerts about one piece of work": (
        "red",
        press("mina", "acknowledge", "alert"),
        press("dara", "acknowledge", "worry"),
    ),
    "one alert": ("red", press("mina", "acknowledge", "alert"), press("hanif", "acknowledge", "alert")),
    "one answer, given otherwise": ("red", meeting("mina", "2026-12-01"), meeting("ade", "2026-12-02")),
    "one second look, judged otherwise": ("red", look("hanif", "amber"), look("hanif", "green")),
    "a second look and a correction": (
        "red",
        look("hanif", "amber"),
        correction("quinn", "green"),
    ),
    "two corrections": ("green", correction("quinn", "red"), correction("rowan", "red")),
    "grades and a withdrawal": (
        "",
        send("cyrus", "submit-grades-sure", "audit", **{"manager-overall": "red", "actions": "no", "sure": "yes"}),
        send("quinn", "withdraw", "", why="mistake", sure=True),
    ),
}


@pytest.fixture(scope="module")
def world(postgres_server: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    path: Path = tmp_path_factory.mktemp("council") / "council.yaml"
    path.write_text(COUNCIL, "utf-8")
    server, name = Store(f"{postgres_server}/postgres", inline=True), f"test_{next(NUMBERS)}"
    with server.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name}")
    framework = load(path, [Path("frameworks")])
    made = asyncio.run(World.start(url=f"{postgres_server}/{name}", nodes=3, framework=framework))
    yield made
    made.close()
    server.close()


@pytest.mark.parametrize("name", PAIRS)
def test_what_two_do_in_the_same_moment_comes_to_what_one_after_the_other_does(world: World, name: str) -> None:
    grade, first, second = PAIRS[name]
    expected = []
    for order in ((first, second), (second, first)):
        scene = Scene(world, grade)
        for act in order:
            done(act(scene, 0))
        expected.append(scene.stands())
    engines = [each.store.engine for each in world.nodes]
    for one, other in ((first, second), (second, first)):
        scene = Scene(world, grade)
        replies = at_once(one(scene, 0), engines[0], other(scene, 1), watching=engines[2])
        assert not [each for each in replies if getattr(each, "failed", False)]
        assert scene.stands() in expected


def both(world: World, one: Act, other: Act) -> list[object]:
    """What comes of two acts in the same moment, by way of two processes."""
    engines = [each.store.engine for each in world.nodes]
    return list(at_once(one, engines[0], other, watching=engines[2]))


def test_days_away_that_come_twice_in_the_same_moment_are_noted_once(world: World) -> None:
    days = {"from_on": "2026-12-07", "to_on": "2026-12-09", "deputy": str(world.ids["bea"])}
    said = Submission(world.who("dinah"), "away", "", days)
    both(world, lambda: world.nodes[0].desk.submit(said), lambda: world.nodes[1].desk.submit(said))
    theirs = col(Absence.person_id) == world.ids["dinah"]
    assert len(world.all(Absence, theirs)) == 1
    over = Submission(world.who("dinah"), "back", "", {"absence": str(world.all(Absence, theirs)[0].id)})
    replies = both(world, lambda: world.nodes[0].desk.submit(over), lambda: world.nodes[1].desk.submit(over))
    assert not [each for each in replies if getattr(each, "failed", False)]
    assert world.all(Absence, theirs) == []


def test_two_who_give_a_case_back_in_the_same_moment_are_not_given_the_same_one(world: World) -> None:
    audits = [done(lambda: world.audit("ade", team="stratford")), done(lambda: world.audit("bea", team="stratford"))]
    with world.nodes[0].store.transaction() as session:
        for number, audit in enumerate(audits):
            row = session.get_one(Audit, audit.id)  # type: ignore[attr-defined]
            row.case_reference = f"710000{number}"
            session.add(row)
        for case in session.exec(select(Case)):
            # Three are left: what each has, and one that neither has.
            case.open = case.reference in {"7100000", "7100001", "7102000"}
            session.add(case)
    presses = [
        Submission(world.who(name), "know-case", world.deadline("audit", audit).token, {})  # type: ignore[arg-type]
        for name, audit in zip(("ade", "bea"), audits, strict=True)
    ]
    both(world, lambda: world.nodes[0].desk.submit(presses[0]), lambda: world.nodes[1].desk.submit(presses[1]))
    given = [world.all(Audit, col(Audit.id) == each.id)[0].case_reference for each in audits]  # type: ignore[attr-defined]
    assert len(world.events("case-given-back")) == 2
    assert given[0] is None or given[0] != given[1]


def test_what_two_ask_for_in_the_same_moment_has_a_reference_each(world: World) -> None:
    def ask(node: int, case: str) -> Act:
        def work(unit: Unit) -> str:
            row = Audit(
                reference=new_reference(unit),
                activity=ACTIVITY,
                case_reference=case,
                auditor_id=world.ids["ade"],
                due_on=unit.today,
                allocated_at=unit.now,
            )
            unit.session.add(row)
            unit.session.flush()
            return row.reference

        return lambda: world.nodes[node].desk.run(work)

    one, other = both(world, ask(0, "7100008"), ask(1, "7100009"))
    assert one != other


def test_a_record_that_comes_twice_in_the_same_moment_is_kept_once_and_breaks_nothing_off(world: World) -> None:
    """As with a double click: the second one is told so, and the log has no error about it."""
    values = {"nominee": str(world.ids["sofia"]), "seen_on": "2026-11-20", "seen_in": "Audit", "no_child": "on"}
    texts = {"what": "She listened.", "difference": "They wrote the plan together."}
    said = Submission(world.who("quinn"), "nominate", "", values | texts)
    with capture_logs() as lines:
        replies = both(world, lambda: world.nodes[0].desk.submit(said), lambda: world.nodes[1].desk.submit(said))
    assert ["this very record already" in str(each) for each in replies] == [False, True]
    assert len(world.all(Nomination)) == 1
    assert [each for each in lines if each["log_level"] == "error"] == []


def test_an_account_that_is_met_twice_in_the_same_moment_is_linked_once_and_breaks_nothing_off(world: World) -> None:
    """As where somebody installs the app and opens it: each is an event of its own."""
    entry = DirectoryEntry("T-ben", "ben@council.example", "Ben Ashby", conversation="chat-of-ben")
    with capture_logs() as lines:
        new = both(
            world,
            lambda: world.nodes[0].desk.meet("teams", [entry]),
            lambda: world.nodes[1].desk.meet("teams", [entry]),
        )
    assert new == [1, 0]
    assert [each.external_id for each in world.all(Account, col(Account.adapter) == "teams")] == ["T-ben"]
    assert [each for each in lines if each["log_level"] == "error"] == []


def test_the_first_two_deadlines_of_a_duty_open_in_the_same_moment_and_break_nothing_off(world: World) -> None:
    """What they keep of the file is one row, which none has written before: as after an edit of the file."""
    audits = [done(lambda: world.audit("cyrus")), done(lambda: world.audit("dinah"))]
    values = {"manager-overall": "green", "actions": "yes"}
    graded = [
        Submission(world.who(name), "submit-grades", world.deadline("audit", audit).token, values)  # type: ignore[arg-type]
        for name, audit in zip(("cyrus", "dinah"), audits, strict=True)
    ]
    with capture_logs() as lines:
        both(world, lambda: world.nodes[0].desk.submit(graded[0]), lambda: world.nodes[1].desk.submit(graded[1]))
    acting = world.all(Deadline, col(Deadline.kind) == "acting")
    assert [each.subject_id for each in acting] == [each.id for each in audits]  # type: ignore[attr-defined]
    assert len({each.ladder_id for each in acting}) == 1
    assert [each for each in lines if each["log_level"] == "error"] == []


LISTED = {"more-time": ({}, "help-asked"), "snooze": ({"until": "next working day"}, "snoozed")}


@pytest.mark.parametrize("form", LISTED)
def test_what_is_done_under_a_list_and_about_a_thing_on_it_in_the_same_moment_is_done_once(
    postgres_url: str, form: str
) -> None:
    """One press is on the card of both reviews, the other on the page of the second one."""
    values, event = LISTED[form]
    world = asyncio.run(World.start(url=postgres_url, at="2026-10-12 10:00", nodes=3))
    for _ in range(2):
        done(lambda: world.audit("cyrus"))
    done(lambda: world.advance("2026-10-15 10:00"))
    card = world.cards("cyrus")[-1]
    (token,) = [each.token for each in card.buttons if each.action == form]
    second = world.all(Deadline, col(Deadline.kind) == "audit")[-1]
    assert token not in {"", second.token}
    who = world.who("cyrus")
    replies = both(
        world,
        lambda: world.nodes[0].desk.submit(Submission(who, form, token, values)),
        lambda: world.nodes[1].desk.submit(Submission(who, form, second.token, values)),
    )
    assert not [each for each in replies if getattr(each, "failed", False)]
    assert len(world.events(event)) == 2
    assert [each.snoozes for each in world.all(Deadline, col(Deadline.kind) == "audit")] == [form == "snooze"] * 2
    assert len(world.all(HelpRequest)) == 2 * (form == "more-time")
    world.close()
