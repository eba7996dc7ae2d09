"""What can be wrong between the rows of a people file, the framework and the people who are there already."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from difflib import SequenceMatcher

from qabot.errors import Problem
from qabot.framework import Framework
from qabot.imports.cells import Guesses, did_you_mean
from qabot.imports.changes import Rows
from qabot.imports.known import Known, RoleKey
from qabot.imports.mapping import plain
from qabot.imports.people_rows import PersonRow

LONG_WORD, ALIKE = 6, 0.88


@dataclass(slots=True)
class Checked:
    """What the rows come to: teams with their service, services, and the roles that are held."""

    teams: dict[str, str] = field(default_factory=dict)
    services: list[str] = field(default_factory=list)
    roles: list[RoleKey] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    doubts: list[Problem] = field(default_factory=list)


def check_people(rows: Rows[PersonRow], known: Known, framework: Framework) -> Checked:
    """Every problem, those of single cells too, and what the rows say about teams and roles."""
    checked = Checked(problems=list(rows.problems))
    _check_twice(rows, checked)
    _check_places(rows, known, checked)
    _check_colleagues(rows, known, checked)
    _check_roles(rows, known, framework, checked)
    _check_reporting(rows, known, checked)
    return checked


def _check_twice(rows: Rows[PersonRow], checked: Checked) -> None:
    first: dict[str, PersonRow] = {}
    for row in rows.rows:
        if not row.email:
            continue
        other = first.setdefault(row.email, row)
        if other is row:
            continue
        same = all(other.record.text(heading) == cell.text for heading, cell in row.record.cells.items())
        what = "the same row" if same else "the same person (e-mail)"
        checked.problems.append(row.record.problem("email", f"{what} as in line {other.record.line}: take one out"))


def _check_places(rows: Rows[PersonRow], known: Known, checked: Checked) -> None:
    written = {_same_name(name): name for name in (*known.teams, *known.services)}
    for row in rows.rows:
        for heading in ("team", "service"):
            name = getattr(row, heading)
            if not name:
                continue
            same = _same_name(name)
            new = same not in written
            usual = written.setdefault(same, name)
            if new and (near := next((each for other, each in written.items() if _is_near(other, same)), "")):
                what = f"'{name}' is not '{near}', which is there too: are they one {heading}?"
                checked.doubts.append(row.record.problem(heading, what))
            if usual != name:
                checked.problems.append(
                    row.record.problem(heading, f"is written '{usual}' elsewhere: write it the same")
                )
        if row.service and row.service not in checked.services:
            checked.services.append(row.service)
        if row.team and row.service and checked.teams.setdefault(row.team, row.service) != row.service:
            what = f"{row.team} is in {checked.teams[row.team]} by an earlier row: a team is in one service"
            checked.problems.append(row.record.problem("service", what))
    meant = Guesses([*known.teams, *checked.teams])
    for row in rows.rows:
        if row.team and row.team not in checked.teams and row.team not in known.teams:
            what = f"no row says which service '{row.team}' is in{meant(row.team)}"
            checked.problems.append(row.record.problem("team", what))


def _same_name(name: str) -> str:
    """What of a place's name is compared: "Assessment-East" is no other team than "assessment east"."""
    return re.sub(r"[\W_]+", " ", name.casefold().replace("&", " and ")).strip()


def nearly(one: str, other: str) -> bool:
    """Whether two names are likely one that was mistyped: one word differs, it is long, and hardly."""
    return _is_near(_same_name(one), _same_name(other))


def _is_near(one: str, other: str) -> bool:
    first, second = one.split(), other.split()
    differ = [(a, b) for a, b in zip(first, second, strict=False) if a != b]
    if len(first) != len(second) or len(differ) != 1:
        return False
    a, b = differ[0]
    letters = min(len(a), len(b)) >= LONG_WORD and not any(each.isdigit() for each in a + b)
    return letters and SequenceMatcher(None, a, b).ratio() >= ALIKE


def _check_colleagues(rows: Rows[PersonRow], known: Known, checked: Checked) -> None:
    there = dict.fromkeys([*known.people, *(row.email for row in rows.rows if row.email)])
    meant = Guesses(there)
    here = {row.email for row in rows.rows if row.active}
    gone = {
        email: str(each["name"]) for email, each in known.people.items() if not each["active"] and email not in here
    }
    gone |= {row.email: row.name for row in rows.rows if not row.active}
    for row in rows.rows:
        for heading in ("line_manager", "deputy", "away_deputy"):
            email = getattr(row, heading)
            if email and email not in there:
                what = f"nobody with the e-mail {email} is in the file or known{meant(email)}"
                checked.problems.append(row.record.problem(heading, what))
            elif email in gone and row.active:
                what = f"{gone[email]} has left, and is told nothing: name somebody who works here"
                checked.doubts.append(row.record.problem(heading, what))


def _check_roles(rows: Rows[PersonRow], known: Known, framework: Framework, checked: Checked) -> None:
    teams = {**known.teams, **checked.teams}
    services = sorted({*known.services, *checked.services})
    meant = {"team": Guesses(teams), "service": Guesses(services)}
    for row in rows.rows:
        for written in row.roles:
            try:
                key = _role(row, written, teams, services, framework, meant)
            except ValueError as wrong:
                checked.problems.append(row.record.problem("roles", str(wrong)))
            else:
                checked.roles.append(key)


def _role(
    row: PersonRow,
    written: str,
    teams: Mapping[str, str],
    services: list[str],
    framework: Framework,
    meant: Mapping[str, Guesses],
) -> RoleKey:
    role, at, place = (part.strip() for part in written.partition("@"))
    role = role_named(role, framework) or role
    if role not in framework.roles:
        names = list(framework.roles)
        near = did_you_mean(role, names)
        raise ValueError(f"no role '{role}' in {framework.framework}{near or ': expected ' + ', '.join(names)}")
    match framework.roles[role].of:
        case "team":
            place = place or row.team
            every, own = teams.keys(), "team"
        case "service":
            place = place or row.service or teams.get(row.team, "")
            every, own = dict.fromkeys(services).keys(), "service"
        case _:
            if at:
                raise ValueError(f"{role} is held for the whole council: expected it without '@{place}'")
            return row.email, role, "", ""
    if not place:
        raise ValueError(f"{role} is held for a {own}: expected {role}@ and the {own}'s name, or a {own} in this row")
    if place not in every:
        raise ValueError(f"no {own} '{place}' is in the file or known{meant[own](place)}")
    return (row.email, role, place, "") if own == "team" else (row.email, role, "", place)


def role_named(written: str, framework: Framework) -> str:
    """The key of a role that is written as its key or as its title, however its capitals are; "" if none is."""
    for key, role in framework.roles.items():
        if plain(written) in {plain(key), plain(role.title)}:
            return key
    return ""


def _check_reporting(rows: Rows[PersonRow], known: Known, checked: Checked) -> None:
    managers = {email: str(person["line_manager"]) for email, person in known.people.items()}
    if "line_manager" in rows.columns:
        managers |= {row.email: row.line_manager for row in rows.rows if row.line_manager != row.email}
    in_circles: set[str] = set()
    for row in rows.rows:
        line = [row.email]
        while (above := managers.get(line[-1])) and above not in line:
            line.append(above)
        if above == row.email and row.email and row.email not in in_circles:
            in_circles |= set(line)
            what = f"a cycle in the reporting line: {' -> '.join([*line, row.email])}"
            checked.problems.append(row.record.problem("line_manager", what))


def shared(file: str, framework: Framework, held: set[RoleKey], known: Known, rows: Rows[PersonRow]) -> list[Problem]:
    """A warning for each team or service that several people lead or oversee: is one of them no longer there?

    Of a role that does neither a team has as many as it has.
    """
    names = {email: str(person["name"]) for email, person in known.people.items()}
    names |= {row.email: row.name for row in rows.rows}
    holders: dict[tuple[str, str], list[str]] = {}
    for email, role, team, service in sorted(held):
        if role in framework.roles and framework.roles[role].of != "council" and framework.roles[role].does:
            holders.setdefault((role, team or service), []).append(names.get(email, email))
    return [
        Problem(file, 0, 0, "roles", f"{role} for {place} is held by {' and '.join(people)}: is that so?")
        for (role, place), people in holders.items()
        if len(people) > 1
    ]


def stay_away(rows: Rows[PersonRow], known: Known) -> dict[str, Problem]:
    """By address a warning for each row of somebody who has left, of a file that does not say who is here."""
    gone = [row for row in rows.rows if row.email in known.people and not known.people[row.email]["active"]]
    what = "has left by an earlier import, and so gets nothing; if they are back, give a column 'active', with yes"
    return {row.email: row.record.problem("email", f"{row.name} {what}") for row in gone}


def vacant(file: str, framework: Framework, held: set[RoleKey]) -> list[Problem]:
    """A warning for each role of the framework that nobody at all holds after the import."""
    roles = {role for _, role, *_ in held}
    return [
        Problem(file, 0, 0, "roles", f"nobody in the whole council holds the role {name} ({role.title})")
        for name, role in framework.roles.items()
        if name not in roles
    ]


def unheld(
    file: str, framework: Framework, teams: Mapping[str, str], services: list[str], held: set[RoleKey]
) -> list[Problem]:
    """A warning for each role of the framework that somebody holds after the import, and for some place nobody."""
    problems = []
    for name, role in framework.roles.items():
        holders = {key[2:] for key in held if key[1] == name}
        places = {"team": list(teams), "service": services}.get(role.of, [])
        without = [place for place in places if not {(place, ""), ("", place)} & holders]
        if holders and without:
            problems.append(Problem(file, 0, 0, "roles", f"nobody holds the role {name} for {', '.join(without)}"))
    return problems
