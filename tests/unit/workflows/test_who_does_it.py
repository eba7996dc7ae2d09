"""Who does work, and what it is about: per role, shared by a pool in turn, about each member of a team."""

from collections import Counter
from pathlib import Path

import pytest
from sqlmodel import col, select

from qabot.adapter import OpenForm, Reply
from qabot.framework import Framework, load, require
from qabot.messaging.card import plain_card
from qabot.messaging.form import Form
from qabot.models import Audit, Draw, Event, RoleHolding
from tests.support.world import World

RULES = "rules: {ABC-DDL-1: {text: A rule of another council., source: invented}}\n"
ROLES = """
roles:
  social-worker: {title: Social Worker, of: team, above: practice-lead}
  peer: {title: Peer Auditor, of: council, above: quality-assurance}
"""
WORKERS = {"sofia": "stratford", "ben": "beckton", "ewan": "east", "wanda": "west"}
PEERS = ("ade", "bea", "cyrus", "dinah", "rowan")
OCTOBER = "2026-10-01 08:00"


def activity(name: str, lines: str) -> str:
    return f"""
  {name}:
    rule: ABC-DDL-1
    title: {name}
    plural: {name}s
    ask: [manager-overall]
    grade: manager-overall
    {lines}
"""


def framework_with(folder: Path, activities: str, more: str = "") -> Framework:
    path = folder / "council.yaml"
    path.write_text(f"extends: newham\n{RULES}{ROLES}\nactivities:\n{activities}\n{more}", "utf-8")
    return require(load(path, [Path("frameworks")]))


async def begin(folder: Path, activities: str, at: str = "2026-09-30 17:30", more: str = "") -> World:
    """A council with these activities, whose workers and peers hold those roles, before its first cycle begins."""
    world = await World.start(folder, at, framework=framework_with(folder, activities, more))
    with world.nodes[0].store.transaction() as session:
        for person, team in WORKERS.items():
            session.add(RoleHolding(person_id=world.ids[person], role="social-worker", team_id=world.ids[team]))
        for person in PEERS:
            session.add(RoleHolding(person_id=world.ids[person], role="peer"))
    world.restart()
    return world


def work(world: World, name: str) -> list[Audit]:
    return world.all(Audit, col(Audit.activity) == name)


def form_of(reply: Reply) -> Form:
    assert isinstance(reply, OpenForm)
    return reply.form


def by(world: World, name: str) -> Counter[str]:
    return Counter(world.name(each.auditor_id) for each in work(world, name))


POOL = activity("peer-audit", "every: month\n    do: [{rule: ABC-DDL-1, count: 3, shared-by: [peer]}]")
OBSERVATION = activity(
    "observation",
    "every: 2 months\n    about: person\n    do: [{rule: ABC-DDL-1, for-each: social-worker, owes: [practice-lead]}]",
)


async def test_a_number_is_shared_in_turn_and_whoever_waited_longest_has_the_next(tmp_path: Path) -> None:
    world = await begin(tmp_path, POOL)
    await world.advance("2026-12-02 12:00")
    rounds = [each.result for each in world.all(Draw, col(Draw.purpose).startswith("turns:"))]
    assert [len(each) for each in rounds] == [3, 3, 3]
    assert set(rounds[0]) | set(rounds[1]) == {world.ids[each] for each in PEERS}
    assert rounds[1][2] == rounds[0][0], "the order is kept from round to round"
    counts = by(world, "peer-audit")
    assert sum(counts.values()) == 9
    assert max(counts.values()) - min(counts[each] for each in PEERS) <= 1
    assert {each.role for each in work(world, "peer-audit")} == {"peer"}
    world.close()


@pytest.mark.parametrize("pool", ["[peer, slt]", "[assessor]"], ids=["a role more", "another name"])
async def test_whose_turn_it_is_is_known_where_the_pool_is_another_now(tmp_path: Path, pool: str) -> None:
    """It began anew for everybody, so that whoever had just done one could have the next."""
    world = await begin(tmp_path, POOL)
    await world.advance("2026-10-02 12:00")
    [first] = [each.result for each in world.all(Draw, col(Draw.purpose).startswith("turns:"))]
    changed = POOL.replace("[peer]", pool)
    path = tmp_path / "council.yaml"
    path.write_text(
        f"extends: newham\n{RULES}{ROLES}  assessor: {{title: Assessor, of: council}}\nactivities:\n{changed}"
    )
    world.framework = require(load(path, [Path("frameworks")]))
    with world.nodes[0].store.transaction() as session:
        for each in session.exec(select(RoleHolding).where(RoleHolding.role == ("slt" if "slt" in pool else "peer"))):
            session.delete(each) if "slt" in pool else setattr(each, "role", "assessor")
    world.restart()
    await world.advance("2026-11-03 12:00")
    [_, second] = [each.result for each in world.all(Draw, col(Draw.purpose).startswith("turns:"))]
    assert set(second[:2]) == {world.ids[each] for each in PEERS} - set(first), "these have waited longest"
    assert second[2] == first[0]
    world.close()


async def test_a_shortfall_is_told_at_the_draw_and_not_carried_over(tmp_path: Path) -> None:
    world = await begin(
        tmp_path, activity("peer-audit", "every: month\n    do: [{rule: ABC-DDL-1, count: 7, shared-by: [peer]}]")
    )
    await world.away("ade", "2026-10-01", "2026-10-31")
    await world.advance("2026-10-02 12:00")
    assert by(world, "peer-audit") == {each: 1 for each in PEERS if each != "ade"}
    assert "shortfall" in world.messages("quinn")
    assert [each.why for each in world.events("shortfall")] == ["3 of 7 peer-audits could be given to nobody"]
    await world.advance("2026-11-02 12:00")
    assert by(world, "peer-audit") == {**dict.fromkeys(PEERS, 2), "ade": 1}
    world.close()


async def test_a_pool_may_have_more_than_one_each(tmp_path: Path) -> None:
    lines = "every: month\n    do: [{rule: ABC-DDL-1, count: 18, shared-by: [peer], most: 4}]"
    world = await begin(tmp_path, activity("peer-audit", lines))
    await world.away("ade", "2026-10-01", "2026-10-16")
    await world.advance("2026-10-02 12:00")
    counts = by(world, "peer-audit")
    assert counts == {**dict.fromkeys(PEERS, 4), "ade": 2}, "pro rata: ten days of twenty-two"
    assert world.events("shortfall") == []
    world.close()


async def test_each_social_worker_is_observed_by_the_lead_of_their_team(tmp_path: Path) -> None:
    world = await begin(tmp_path, OBSERVATION)
    await world.away("ben", "2026-10-01", "2026-12-31")
    await world.advance("2026-10-02 12:00")
    pairs = {(world.name(each.practitioner_id), world.name(each.auditor_id)) for each in work(world, "observation")}
    assert pairs == {("sofia", "ade"), ("ewan", "cyrus"), ("wanda", "dinah")}, "nobody about who is away all the while"
    first = work(world, "observation")[0]
    assert (first.about, first.case_reference, first.role) == ("person", None, "practice-lead")
    assert first.team_id == world.ids["stratford"]
    [notice] = world.notices("ade", message="work-given")
    card = str(await world.nodes[0].desk.card(notice.token, world.ids["ade"]))
    assert "Observation QA-" in card
    assert "about Sofia Brandt" in card
    assert "know-case" not in card
    assert "drawn" not in card
    assert [each for each in world.all(Draw) if each.purpose.startswith("allocation:observation")] == []
    world.close()


async def test_who_looks_at_somebodys_work_is_never_that_person(tmp_path: Path) -> None:
    lines = (
        "every: month\n    about: person\n"
        "    do: [{rule: ABC-DDL-1, for-each: practice-lead, owes: [practice-lead, service-manager]}]"
    )
    world = await begin(tmp_path, activity("supervision-audit", lines))
    await world.advance("2026-10-02 12:00")
    pairs = {
        (world.name(each.practitioner_id), world.name(each.auditor_id)) for each in work(world, "supervision-audit")
    }
    assert pairs == {("ade", "mina"), ("bea", "mina"), ("cyrus", "marcus"), ("dinah", "marcus")}
    world.close()


async def test_whoever_is_asked_of_a_colleagues_supervision_reads_whose_it_is(tmp_path: Path) -> None:
    """It was called "Your evaluation of supervision: QA-1095", and whose supervision that is stood nowhere."""
    lines = (
        "every: month\n    about: person\n    do: [{rule: ABC-DDL-1, for-each: practice-lead, owes: [service-manager]}]"
    )
    asked = """
questions: {helps: {rule: ABC-DDL-1, label: Does it help you, scale: brag}}
duties:
  evaluation:
    rule: ABC-DDL-1
    title: Your evaluation of supervision
    when: [supervision-audit.given]
    owes-each: [social-worker]
    due: opened + 20 working days
    ask: [helps]
    promise: confidential
    reads: [quality-assurance]
"""
    world = await begin(tmp_path, activity("supervision-audit", lines), more=asked)
    await world.advance("2026-10-02 12:00")
    cards = [plain_card(each) for each in world.cards("sofia")]
    (said,) = [each for each in cards if "Your evaluation of supervision" in each]
    assert "Your evaluation of supervision: Ade Lawal (QA-" in said
    assert "Mina Sharpe, who looks at the work of Ade Lawal" in said
    assert "You get this because you work with Ade Lawal." in said
    world.close()


async def test_activities_beside_each_other_take_nothing_from_one_another(tmp_path: Path) -> None:
    both = POOL + activity("second-audit", "every: month\n    do: [{rule: ABC-DDL-1, count: 3, shared-by: [peer]}]")
    alone = await begin(tmp_path, POOL)
    await alone.advance("2026-11-02 12:00")
    (tmp_path / "both").mkdir()
    beside = await begin(tmp_path / "both", both)
    await beside.advance("2026-11-02 12:00")
    assert by(alone, "peer-audit") == by(beside, "peer-audit")
    assert [each.case_reference for each in work(alone, "peer-audit")] == [
        each.case_reference for each in work(beside, "peer-audit")
    ]
    assert sum(by(beside, "second-audit").values()) == 6
    alone.close()
    beside.close()


@pytest.mark.parametrize(("about", "label"), [("place", "Which place?"), ("theme", "Which theme?")])
async def test_whoever_does_it_says_what_it_is_about_before_they_send_it(
    tmp_path: Path, about: str, label: str
) -> None:
    lines = f"every: quarter\n    about: {about}\n    do: [{{rule: ABC-DDL-1, per: service-manager}}]"
    world = await begin(tmp_path, activity("service-audit", lines))
    await world.advance("2026-10-02 12:00")
    [audit] = [each for each in work(world, "service-audit") if world.name(each.auditor_id) == "mina"]
    assert (audit.case_reference, audit.practitioner_id) == (None, None)
    token = world.deadline("audit", audit).token
    asked = await world.press_token("mina", "submit-grades", token)
    assert [field.label for field in form_of(asked).fields] == [label]
    refused = await world.send_form("mina", "say-about", token, what="Born on 4 May 2015")
    assert "date of birth" in str(form_of(refused).errors)
    await world.send_form("mina", "say-about", token, what="The family hub in the north")
    assert work(world, "service-audit")[0].what == "The family hub in the north"
    values = {"manager-overall": "green", "actions": "no", "immediate": False}
    await world.send_form("mina", "submit-grades", token, **values)
    assert work(world, "service-audit")[0].state == "finalised"
    world.close()


async def test_nobody_names_themselves_as_whose_work_it_is(tmp_path: Path) -> None:
    lines = "every: quarter\n    about: person\n    do: [{rule: ABC-DDL-1, per: service-manager}]"
    world = await begin(tmp_path, activity("file-check", lines))
    await world.advance("2026-10-02 12:00")
    [audit] = [each for each in work(world, "file-check") if world.name(each.auditor_id) == "mina"]
    token = world.deadline("audit", audit).token
    again = await world.send_form("mina", "say-about", token, whom=str(world.ids["mina"]))
    assert "their own work" in form_of(again).errors["whom"]
    await world.send_form("mina", "say-about", token, whom=str(world.ids["sofia"]))
    named = world.all(Audit, col(Audit.id) == audit.id)[0]
    assert (named.practitioner_id, named.team_id) == (world.ids["sofia"], world.ids["stratford"])
    assert world.deadline("audit", audit).practitioner_id == world.ids["sofia"]
    world.close()


async def test_the_log_says_what_a_pool_was_given(tmp_path: Path) -> None:
    world = await begin(tmp_path, POOL)
    await world.advance("2026-10-02 12:00")
    [event] = world.all(Event, col(Event.what) == "turns-drawn")
    drawn = {"seed": "turns:peer-audit:peer:2026-10-01", "pool": 5, "count": 3, "given": 3}
    assert (event.rule, event.detail) == ("ABC-DDL-1", drawn)
    world.close()
