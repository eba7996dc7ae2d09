"""What a search finds: audits by their reference or their case's, people, teams. Only what the visitor may open."""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlmodel import Session, col, func, or_, select

from qabot.framework.schema import Framework
from qabot.messaging.folding import has_each, plain_letters
from qabot.messaging.values import day
from qabot.models import Audit, Person, Service, Team
from qabot.models.columns import alphabetical
from qabot.models.look_up import by_id
from qabot.web.drawing import words
from qabot.web.labels import names
from qabot.web.ports import Parts, SightsOf
from qabot.web.site import Visitor
from qabot.workflows.access.lines import Line

MOST = 50
"""So many of a kind are listed: whoever finds more says more."""
NUMBERED = re.compile(r"(.*?)0*([0-9]+)")
MENTIONED = re.compile(r"(?:[^\W\d_]+[-‐‑–—])?\d[\w/]{2,}")
"""What in a sentence may be a reference, as in "QA-1042 (case 7100001)"."""
MOST_MENTIONED = 5


@dataclass(frozen=True, slots=True)
class Hit:
    """One thing that was found. `exact`: it is what was typed, and not only like it."""

    label: str
    detail: str
    address: str
    exact: bool


@dataclass(frozen=True, slots=True)
class Found:
    """What was found, by kind."""

    audits: Sequence[Hit]
    people: Sequence[Hit]
    teams: Sequence[Hit]

    @property
    def groups(self) -> list[tuple[str, Sequence[Hit]]]:
        """The kinds of which something was found."""
        every = (("Audits", self.audits), ("People", self.people), ("Teams", self.teams))
        return [(title, hits) for title, hits in every if hits]

    @property
    def only(self) -> Hit | None:
        """What was meant, if one thing alone is exactly that."""
        exact = [each for _, hits in self.groups for each in hits if each.exact]
        return exact[0] if len(exact) == 1 else None


def find(session: Session, parts: Parts, visitor: Visitor, typed: str) -> Found:
    """All that this visitor may open of what was typed; whoever leads a line finds its people and teams, no more."""
    line = parts.team.line(session, visitor.id) if parts.team is not None and visitor.leads else Line()

    def audits(reference: str) -> list[Hit]:
        return list(_audits(session, parts.framework, parts.sights, visitor.id, reference))

    results = Found(
        audits(typed), list(_people(session, visitor, line, typed)), list(_teams(session, visitor, line, typed))
    )
    if results.groups:
        return results
    mentioned = dict.fromkeys(MENTIONED.findall(unicodedata.normalize("NFKC", typed)))
    hits = [each for reference in [*mentioned][:MOST_MENTIONED] for each in audits(reference)]
    return Found([*{each.address: each for each in hits}.values()], (), ())


def compact(reference: str) -> str:
    """A reference without capitals, spaces and dashes."""
    return "".join(each for each in unicodedata.normalize("NFKC", reference).casefold() if each.isalnum())


def is_same(typed: str, stored: str) -> bool:
    """Whether two compact references are one: also without the letters before the number, or its zeros."""
    if typed == stored:
        return True
    mine, theirs = NUMBERED.fullmatch(typed), NUMBERED.fullmatch(stored)
    return bool(mine and theirs and mine[2] == theirs[2] and mine[1] in ("", theirs[1]))


def _audits(session: Session, framework: Framework, sights: SightsOf, person_id: int, typed: str) -> Iterator[Hit]:
    exact = _matches(session, framework, typed)
    rows = session.exec(select(Audit).where(col(Audit.id).in_(exact)).order_by(col(Audit.id).desc()).limit(MOST)).all()
    theirs = sights(session, rows, person_id)
    open_to_them = [each for each in rows if each.id in theirs]
    people = names(session, (each.auditor_id for each in open_to_them))
    for each in open_to_them:
        activity = framework.activity(each.activity)
        title = activity.title if activity else words(each.activity)
        detail = f"{title}, {people.get(each.auditor_id, '')}, due {day(each.due_on)}"
        yield Hit(each.reference, detail, f"/audits/{each.reference}", exact[each.id])


def _matches(session: Session, framework: Framework, typed: str) -> dict[int, bool]:
    """The audits that were meant, by id; whether exactly. None is held against what the searcher may see yet."""
    given = compact(typed)
    if not given:
        return {}
    # Where the council's pattern takes what was typed as a whole, a number with more zeros is another case.
    pattern = framework.council.case_reference
    whole = any(re.fullmatch(pattern, each) for each in (typed, typed.upper(), typed.lower()))
    last = func.lower(col(Audit.reference)).endswith(given[-1], autoescape=True)
    last_of_case = func.lower(col(Audit.case_reference)).endswith(given[-1], autoescape=True)
    query = select(Audit.id, Audit.reference, Audit.case_reference, Audit.about).where(or_(last, last_of_case))
    meant: dict[int, bool] = {}
    for number, reference, case, about in session.exec(query):
        stored = compact(case or "") if about == "case" else ""
        if is_same(given, compact(reference)) or given == stored:
            meant[number] = True
        elif stored and is_same(given, stored):
            meant[number] = not whole
    return meant


def _people(session: Session, visitor: Visitor, line: Line, typed: str) -> Iterator[Hit]:
    """For managers everybody, also who has left; for anybody else they themselves, and whose work they look after."""
    query = select(Person).order_by(alphabetical(Person.name), col(Person.id))
    if not visitor.manager:
        query = query.where(col(Person.id).in_({visitor.id, *line.people}))
    sought = plain_letters(typed)
    parts = sought.split()
    every = session.exec(query).all() if parts else ()
    hits = [each for each in every if has_each(parts, each.name, each.email)][:MOST]
    teams = {team.id: team.name for team in session.exec(select(Team))} if hits else {}
    for each in hits:
        said = (by_id(teams, each.team_id, ""), each.email, "" if each.active else "has left")
        exact = sought in (plain_letters(each.name), plain_letters(each.email))
        own = visitor.manager or each.id == visitor.id
        yield Hit(
            each.name, ", ".join(filter(None, said)), f"{'/people/' if own else '/my-team?person='}{each.id}", exact
        )


def _teams(session: Session, visitor: Visitor, line: Line, typed: str) -> Iterator[Hit]:
    sought = plain_letters(typed)
    parts = sought.split()
    services = {each.id: each.name for each in session.exec(select(Service))}
    query = select(Team).order_by(alphabetical(Team.name))
    if not visitor.manager:
        query = query.where(col(Team.id).in_(line.teams))
    for team in session.exec(query):
        name = plain_letters(team.name)
        if parts and has_each(parts, name, "team"):
            everything = f"/programme?state=all&team={team.id}#owed"
            address = everything if visitor.manager else f"/my-team?team={team.id}"
            yield Hit(team.name, services.get(team.service_id, ""), address, sought in (name, f"{name} team"))
