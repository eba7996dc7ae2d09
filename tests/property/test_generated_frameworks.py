"""Any valid file can be played, and every promise holds; any slip in one is told with its line, its key and a guess.

Runs are the same each time. To look for more:

    QABOT_SEARCH=300 .venv/bin/pytest tests/property/test_generated_frameworks.py --hypothesis-seed=random
"""

import asyncio
import json
import os
from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlmodel import Session, col, select
from structlog.testing import capture_logs

from qabot.adapter import Adapter
from qabot.framework import Framework, load
from qabot.framework.lint import require
from qabot.messaging.files import Catalogue
from qabot.models import Audit, Case, CaseInvolvement, Cycle, Deadline, Event, Moderation, Notice, Store
from qabot.planning.occurrences import marks
from qabot.scheduler.clock import DemoClock
from qabot.settings import read_settings
from qabot.simulation.pace import Answering
from qabot.simulation.run import Simulation
from qabot.wiring import Qabot, build, load_tools
from tests.property.generating import Plain, frameworks
from tests.property.test_framework_files import problems

SEARCH = int(os.environ.get("QABOT_SEARCH", "0"))
PLAYED, SLIPPED = 2, 12
PEOPLE = 30
FIRST, LAST = date(2026, 4, 1), date(2026, 4, 24)
"""Over Easter, so that nothing is on the day that it was counted for."""
KEYS = frozenset({"rule", "title", "every", "about", "owes", "due", "when", "activities", "ladders", "council", "does"})
"""Keys of the language, of which a misspelt one is told as such."""
SILENCE = timedelta(days=6)
"""No stretch without a working day is longer than this."""


def careful(examples: int) -> settings:
    """So many examples, or as many as are asked for; the same each time unless more are looked for."""
    return settings(
        max_examples=SEARCH or examples,
        deadline=None,
        derandomize=not SEARCH,
        database=None,
        phases=(Phase.generate, Phase.shrink) if SEARCH else (Phase.generate,),
        suppress_health_check=list(HealthCheck),
    )


@cache
def catalogue() -> Catalogue:
    """The messages, read once."""
    return load_tools(read_settings()).catalogue


def written(whole: Plain, folder: Path) -> Path:
    path = folder / "made-up.yaml"
    path.write_text(json.dumps(whole, indent=1, ensure_ascii=False), "utf-8")
    return path


def played(framework: Framework, answering: Answering) -> Simulation:
    """Three weeks of an invented council, in which nothing went wrong."""

    def made(store: Store, clock: DemoClock, adapters: list[Adapter]) -> Qabot:
        return build(read_settings(), store=store, clock=clock, adapters=adapters, framework=framework)

    run = Simulation(made, FIRST, LAST)
    run.load(None, None, PEOPLE, answering)
    with capture_logs() as said:
        asyncio.run(run.play())
    assert [each for each in said if each["log_level"] in ("error", "critical")] == []
    return run


@pytest.mark.timeout(7200 if SEARCH else 300)
@careful(PLAYED)
@given(whole=frameworks(), answering=st.sampled_from(("most", "none", "all", "late")))
def test_every_promise_holds(tmp_path_factory: pytest.TempPathFactory, whole: Plain, answering: Answering) -> None:
    path = written(whole, tmp_path_factory.mktemp("made"))
    if problems(path):
        return
    framework = require(load(str(path), []), catalogue())
    run = played(framework, answering)
    now = run.clock.now()
    with run.service.store.transaction() as session:
        failed = session.exec(select(Event.why).where(col(Event.what).in_(("plan-failed", "programme-failed")))).all()
        assert failed == []
        for promise in (_steps_once, _no_silence, _nobody_their_own, _numbers):
            assert list(promise(session, framework, now)) == [], promise.__name__


def _steps_once(session: Session, framework: Framework, now: Any) -> Iterator[str]:
    """Every step that is due was planned, and once."""
    for deadline in session.exec(select(Deadline)):
        fired = Counter((mark.step, mark.slot) for mark in marks(deadline.fired))
        yield from (
            f"{deadline.kind} {deadline.id}: {each} planned {count} times" for each, count in fired.items() if count > 1
        )
        if deadline.state == "open" and deadline.next_at is not None and deadline.next_at <= now:
            yield f"{deadline.kind} {deadline.id} has waited since {deadline.next_at}"
    to = Counter(session.exec(select(Notice.deadline_id, Notice.step, Notice.slot, Notice.recipient_id)).all())
    yield from (f"{each} twice" for each, count in to.items() if count > 1 and each[0] is not None and each[1])


def _no_silence(session: Session, framework: Framework, now: Any) -> Iterator[str]:
    """An alert that nobody has acknowledged is spoken of again, and was lately; whatever is due was spoken of."""
    for deadline in session.exec(select(Deadline).where(Deadline.state == "open")):
        alert = deadline.kind in framework.alerting()
        if alert and deadline.next_at is None:
            yield f"alert {deadline.id} ends in silence"
        sent = session.exec(
            select(Notice.sent_at).where(Notice.deadline_id == deadline.id, Notice.state == "sent")
        ).all()
        if alert and now - deadline.opened_at > SILENCE and not any(each and now - each < SILENCE for each in sent):
            yield f"alert {deadline.id} was last told of {max((each for each in sent if each), default=None)}"
        overdue = deadline.due_on is not None and deadline.due_on < now.date() - SILENCE
        if overdue and not sent and deadline.owner_id is not None:
            yield f"{deadline.kind} {deadline.id} was due on {deadline.due_on}, and nobody was told"


def _nobody_their_own(session: Session, framework: Framework, now: Any) -> Iterator[str]:
    """Nobody looks at their own work, again at what they looked at, or at a case that the file keeps from them."""
    both = select(Case.reference, CaseInvolvement.person_id).join(CaseInvolvement)
    involved = set(session.exec(both).all())
    audits = {each.id: each for each in session.exec(select(Audit))}
    for audit in audits.values():
        if audit.auditor_id == audit.practitioner_id:
            yield f"{audit.reference} is about whoever does it"
        cases = framework.activities[audit.activity].cases
        never = cases is not None and any(str(each) == "involved" for each in cases.never)
        if never and (audit.case_reference, audit.auditor_id) in involved:
            yield f"{audit.reference}: whoever does it was involved in {audit.case_reference}"
    for look in session.exec(select(Moderation)):
        if look.moderator_id in (audits[look.audit_id].auditor_id, audits[look.audit_id].practitioner_id):
            yield f"second look {look.id} at {audits[look.audit_id].reference} is by somebody of its own"


def _numbers(session: Session, framework: Framework, now: Any) -> Iterator[str]:
    """A number that is shared was given, or it is told what is missing."""
    for cycle in session.exec(select(Cycle).where(col(Cycle.opened_at).is_not(None))):
        activity = framework.activities.get(cycle.activity)
        given = session.exec(select(Audit.role).where(Audit.cycle_id == cycle.id)).all()
        told = select(Event.id).where(Event.subject_type == "cycle", Event.subject_id == cycle.id)
        short = session.exec(told.where(col(Event.what).in_(("shortfall", "cycle-under-way", "work-rests")))).first()
        for quota in activity.do if activity is not None else ():
            wanted = quota.count or 0
            if quota.shared_by and len(given) < wanted and short is None:
                yield f"{cycle.activity} {cycle.name}: {len(given)} of {wanted}, and nobody was told"


@careful(SLIPPED)
@given(data=st.data(), whole=frameworks())
def test_every_slip_is_told(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject, whole: Plain) -> None:
    """A key that is misspelt, taken out or given something else; a name that nothing has."""
    places = list(_places(whole))
    inner, key = data.draw(st.sampled_from(places))
    kind = data.draw(st.sampled_from(("misspelt", "gone", "other", "nothing")))
    value, wrong = inner[key], ""
    if kind == "misspelt" and isinstance(key, str):
        wrong = _misspelt(key, data)
        inner[wrong] = inner.pop(key) if wrong not in inner else value
    elif kind == "gone":
        del inner[key]
    elif kind == "other":
        inner[key] = data.draw(st.sampled_from([None, [], {}, "", 7, -1, "no such thing", ["x", "x"], {"x": 1}, True]))
    elif isinstance(value, str):
        inner[key] = _misspelt(value, data)
    path = written(whole, tmp_path_factory.mktemp("slip"))
    found = problems(path)
    if kind == "misspelt" and key in KEYS and wrong not in KEYS and wrong in inner:
        line = path.read_text("utf-8").split(f"{json.dumps(wrong, ensure_ascii=False)}: ")[0].count("\n") + 1
        assert any(each.where.endswith(wrong) and "no such key" in each.what and each.line == line for each in found), (
            wrong,
            line,
            found,
        )
    for problem in found:
        assert problem.file == str(path)
        assert problem.line > 0 or not problem.where, problem
        assert problem.what.strip(), problem
        assert not any(each in problem.what for each in ("Input should", "Field required", "Traceback", "Error(")), (
            problem
        )


def _places(inner: Any) -> Iterator[tuple[Any, Any]]:
    """Every place of a file, as what holds it and its key or number there."""
    entries = (
        list(inner.items()) if isinstance(inner, dict) else list(enumerate(inner)) if isinstance(inner, list) else []
    )
    for key, value in entries:
        yield inner, key
        yield from _places(value)


def _misspelt(word: str, data: st.DataObject) -> str:
    at = data.draw(st.integers(0, max(len(word) - 1, 0)))
    return word[:at] + data.draw(st.sampled_from(("", "q", "zz", " "))) + word[at + 1 :]
