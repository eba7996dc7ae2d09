"""A pool's number is met or told, and nobody looks at what they know or oversee, whatever a council calls its roles."""

import re
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlmodel import Session, col, select

from qabot.framework import Framework, load
from qabot.models import Audit, Case, CaseInvolvement, Cycle, Event, RoleHolding, Store
from qabot.models.migrate import upgrade
from qabot.planning.planner import Situation
from qabot.workflows.core.situation import read_directory
from qabot.workflows.core.unit import Unit
from qabot.workflows.programme.allocation import allocate_cycle
from tests.support import small_council
from tests.support.world import tools

NAMES = (
    ("practice-lead", "service-manager", "peer"),
    ("senior", "area-head", "auditor-pool"),
    ("leads", "oversight", "quality"),
)
"""What a council may call whoever leads a team, whoever oversees a service, and its pool."""
OLD = ("practice-lead", "service-manager")
COUNT = 12
ACTIVITY = """
  {pool}: {{title: Of the pool, of: council, above: quality-assurance}}
activities:
  shared:
    rule: NEW-QUO-1
    title: shared audit
    plural: shared audits
    every: month
    do: [{{rule: NEW-QUO-1, count: {count}, shared-by: [{pool}, {lead}], most: {most}}}]
    cases: {{rule: NEW-SEL-1, never: [involved, oversight]}}
    ask: [manager-overall]
    grade: manager-overall
"""


@cache
def framework_of(names: tuple[str, str, str], most: int) -> Framework:
    """Newham's rules for a council that calls these roles otherwise, with a pool that shares a number."""
    text = Path("frameworks/newham.yaml").read_text("utf-8")
    for old, new in zip(OLD, names[:2], strict=True):
        text = re.sub(rf"(?<![\w-]){old}(?![\w-])", new, text)
    lines = ACTIVITY.format(lead=names[0], pool=names[2], count=COUNT, most=most)
    before, _, after = text.partition("\nactivities:\n")
    path = Path(f"{FOLDER[0]}/{'-'.join(names)}-{most}.yaml")
    path.write_text(f"{before}{lines}{after}", "utf-8")
    return load(path, [])


FOLDER: list[Path] = []


@pytest.fixture(scope="module")
def council(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Store, dict[str, int]]]:
    """The small council in a database, without its roles."""
    FOLDER[:] = [tmp_path_factory.mktemp("frameworks")]
    store = Store("sqlite://", inline=True)
    upgrade(store)
    with store.transaction() as session:
        ids = small_council.fill(session)
        for held in session.exec(select(RoleHolding)).all():
            if held.role in OLD:
                session.delete(held)
    yield store, ids
    store.close()


LEADS = {"ade": "stratford", "bea": "beckton", "cyrus": "east", "dinah": "west"}
MANAGERS = {"mina": "safeguarding", "marcus": "care"}
EVERYBODY = tuple(small_council.PEOPLE)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    names=st.sampled_from(NAMES),
    most=st.sampled_from((1, 3)),
    pool=st.sets(st.sampled_from(EVERYBODY), max_size=8),
    involved=st.lists(st.tuples(st.sampled_from(EVERYBODY), st.integers(0, 39)), max_size=40),
)
def test_each_number_is_met_or_told_and_nobody_looks_at_what_they_know_or_oversee(
    council: tuple[Store, dict[str, int]],
    names: tuple[str, str, str],
    most: int,
    pool: set[str],
    involved: list[tuple[str, int]],
) -> None:
    store, ids = council
    framework = framework_of(names, most)
    lead, manager, peer = names
    with Session(store.engine) as session:
        session.begin()
        held = [RoleHolding(person_id=ids[who], role=lead, team_id=ids[team]) for who, team in LEADS.items()]
        held += [RoleHolding(person_id=ids[who], role=manager, service_id=ids[of]) for who, of in MANAGERS.items()]
        held += [RoleHolding(person_id=ids[who], role=peer) for who in sorted(pool)]
        cases = session.exec(select(Case).order_by(col(Case.id))).all()
        known = {(ids[who], cases[number].id) for who, number in involved}
        session.add_all([*held, *(CaseInvolvement(person_id=person, case_id=case) for person, case in known)])
        cycle = Cycle(
            activity="shared",
            name="October",
            starts_on=date(2026, 10, 1),
            due_on=date(2026, 10, 31),
            created_at=datetime(2026, 9, 3, tzinfo=UTC),
        )
        session.add(cycle)
        session.flush()
        now = datetime(2026, 10, 1, 8, tzinfo=UTC)
        directory = read_directory(session)
        unit = Unit(session, now, Situation(framework, framework.calendar(), directory), tools())
        allocate_cycle(unit, "shared", framework.activities["shared"], cycle)
        work = session.exec(select(Audit).where(Audit.cycle_id == cycle.id)).all()
        told = session.exec(select(Event.detail).where(Event.what == "shortfall")).all()
        by_reference = {each.reference: each for each in cases}
        members = {ids[each] for each in (*pool, *LEADS)}
        assert len(work) + sum(each["missing"] for each in told) == COUNT
        assert len(work) == min(COUNT, most * len(members))
        assert {each.auditor_id for each in work} <= members
        assert max(Counter(each.auditor_id for each in work).values()) <= most
        oversees = {ids[who]: {ids[team]} for who, team in LEADS.items()}
        oversees |= {
            ids[who]: {ids[team] for team, at in small_council.TEAMS.items() if at == of}
            for who, of in MANAGERS.items()
        }
        for each in work:
            if each.case_reference is None:
                continue
            case = by_reference[each.case_reference]
            assert (each.auditor_id, case.id) not in known
            assert each.auditor_id != case.practitioner_id
            assert case.team_id not in oversees.get(each.auditor_id, set())
        session.rollback()
