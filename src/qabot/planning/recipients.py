"""Who is told: roles looked up for a case's team on a day, with deputies, vacancies and double roles (section 7.7)."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date

from qabot.framework.schema import Framework
from qabot.messaging.values import day as say_day
from qabot.planning.directory import Directory


@dataclass(frozen=True, slots=True)
class Recipient:
    """A person, the role in which they are told, and why it is they if it should have been somebody else."""

    person_id: int
    role: str
    why: str = ""


@dataclass(frozen=True, slots=True)
class Parties:
    """The people of one deadline, and the team that its roles are relative to.

    `owes` are the roles that owe it: who holds the first now stands in for an owner who has left. `apart` holds or
    stands in for no role here: whose work it is, where only a grade opened it and nobody has spoken with them yet, or
    whose good practice; the latter are asked all the same where there is nobody else (`last_resort`).
    `named` are the people whom the row of an answer names that it is about, by the row's columns. `everywhere`: it
    is of no team, so that a role means everybody who holds it in whatever team or service. `each`: everybody owes one
    of their own, so that it is nobody's but its owner's. `own`: nor does anybody stand in for them: a survey.
    """

    team_id: int | None = None
    owner_id: int | None = None
    auditor_id: int | None = None
    practitioner_id: int | None = None
    owes: tuple[str, ...] = ()
    apart: int | None = None
    named: Mapping[str, int] = field(default_factory=dict)
    everywhere: bool = False
    each: bool = False
    own: bool = False
    last_resort: bool = False

    def place_of(self, of: str) -> str | None:
        """Relative to what a role of a team, a service or the council is looked up; None is nothing."""
        return None if self.everywhere else of

    @property
    def owner_role(self) -> str:
        """The role in which it is the owner's."""
        return self.owes[0] if self.owes else ""


def runs_quality(directory: Directory, framework: Framework, day: date) -> dict[int, str]:
    """Who runs quality assurance on a day, with the role in which they do.

    They are told when nobody else can be, and beside the next step up when somebody is away without a deputy.
    """
    roles = framework.doing("runs-quality")
    return {person: name for name in roles[::-1] for person in directory.holders(name, day)}


def recipients(
    to: tuple[str, ...],
    parties: Parties,
    directory: Directory,
    framework: Framework,
    day: date,
    *,
    deputies: bool = False,
    news: bool = False,
) -> list[Recipient]:
    """Everybody whom `to` names, each once, in order. Empty only if not even quality assurance has anybody.

    `news` asks nothing: what it says to somebody about their own work is theirs, and waits until they are back.
    """
    finder = _Finder(parties, directory, framework, day, news=news)
    people = [each for name in to for each in finder.named(name)]
    if deputies:
        people += [each for one in list(people) for each in finder.deputy_of(one)]
    each_once = list({each.person_id: each for each in reversed(people)}.values())[::-1]
    if each_once or parties.own:
        return each_once
    each_once = finder.quality("nobody else")
    if not each_once and parties.last_resort:
        return recipients(to, replace(parties, apart=None), directory, framework, day, deputies=deputies, news=news)
    return each_once


def holders(role: str, parties: Parties, directory: Directory, framework: Framework, day: date) -> list[int]:
    """Who holds a role, or the role above while nobody does: those at work on the day, or else those who are away.

    For whose something is that is opened: nobody comes to own it by standing in, so that it is its holder's again as
    soon as they are back. Whoever stands in is told meanwhile, as for all that is theirs.
    """
    seen: set[str] = set()
    while role in framework.roles and role not in seen:
        seen.add(role)
        of = parties.place_of(framework.roles[role].of)
        held = directory.holders(role, day, team_id=parties.team_id, of=of)
        held = [each for each in held if each != parties.apart]
        if held:
            return [each for each in held if directory.people[each].absence(day) is None] or held
        role = framework.roles[role].above or ""
    return []


def owner_of(role: str, parties: Parties, directory: Directory, framework: Framework, day: date) -> int | None:
    """Whose a deadline is that a role owes: its first holder's, or if there is none whoever would be told."""
    held = holders(role, parties, directory, framework, day)
    instead = [] if held else recipients((role,), parties, directory, framework, day)
    return next(iter([*held, *(each.person_id for each in instead)]), None)


class _Finder:
    """One look-up. Never raises: a name that finds nobody climbs."""

    def __init__(
        self, parties: Parties, directory: Directory, framework: Framework, day: date, *, news: bool = False
    ) -> None:
        self.parties = parties
        self.news = news
        self.directory = directory
        self.framework = framework
        self.day = day

    def named(self, name: str) -> list[Recipient]:
        """Whom one word of `to` means. `owes`: the owner, and whoever else holds a role that owes it."""
        if name == "owes":
            others = () if self.parties.each else self.parties.owes
            return [each for word in ("owner", *others) if word != "owes" for each in self.named(word)]
        if name == "quality":
            return self.quality("")
        people = {
            "owner": self.parties.owner_id,
            "auditor": self.parties.auditor_id,
            "practitioner": self.parties.practitioner_id,
            **self.parties.named,
        }
        if name in people:
            return self._present(people[name], name)
        if name == "line-manager":
            # Of what is only opening nobody is the owner yet: it is the manager of whoever's work it is about.
            staff = self.directory.person(self.parties.owner_id or self.parties.practitioner_id)
            return self._present(staff.line_manager_id if staff else None, name)
        return self.role(name)

    def role(self, name: str, why: str = "", seen: frozenset[str] = frozenset()) -> list[Recipient]:
        """The holders of a role, or of the role above while nobody holds it."""
        role = self.framework.roles.get(name)
        if role is None or name in seen:
            return []
        of = self.parties.place_of(role.of)
        held = self.directory.holders(name, self.day, team_id=self.parties.team_id, of=of)
        able = [each for each in held if each != self.parties.apart]
        present = [each for person_id in able for each in self._present(person_id, name, why)]
        if present or self.parties.own:
            return present
        nobody = f"it is about the work of the {role.title}" if held else f"nobody is {role.title}"
        return self.role(role.above, why or nobody, seen | {name}) if role.above else []

    def deputy_of(self, one: Recipient) -> list[Recipient]:
        """The deputy of somebody who is told, told as well."""
        deputy = self._deputy(one.person_id)
        name = self.directory.name(one.person_id)
        return [] if deputy is None else [Recipient(deputy, one.role, f"deputy of {name}")]

    def _present(self, person_id: int | None, role: str, why: str = "") -> list[Recipient]:
        staff = self.directory.person(person_id)
        if self.parties.own:
            return [Recipient(staff.id, role)] if staff is not None else []
        if self.news and role == "practitioner" and staff is not None:
            return [Recipient(staff.id, role, why)]
        if staff is None:
            return self._instead(role) if role not in self.framework.roles else []
        away = staff.absence(self.day)
        if away is None:
            return [Recipient(staff.id, role, why)]
        deputy = self._deputy(staff.id)
        reason = f"{staff.name} is away until {say_day(away.to_on)}"
        if deputy is not None:
            return [Recipient(deputy, role, f"{reason}; deputy")]
        manager = self.directory.person(staff.line_manager_id) if role not in self.framework.roles else None
        if manager is not None and manager.id != self.parties.apart and manager.absence(self.day) is None:
            return [Recipient(manager.id, role, f"{reason}, no deputy; line manager"), *self._top(reason)]
        return [*self._up(role, f"{reason}, no deputy"), *self._top(reason)]

    def _deputy(self, person_id: int) -> int | None:
        deputy = self.directory.deputy(person_id, self.day)
        return None if deputy == self.parties.apart else deputy

    def _instead(self, name: str) -> list[Recipient]:
        """Somebody has left: whoever holds the role now in which the work was theirs, or quality assurance."""
        why = f"the {self._title(name)} has left or is not known"
        return self.role(self._role_of(name), why) or self._top(why)

    def _role_of(self, name: str) -> str:
        """The role that stands behind a word of `to` that is no role itself. Audits are the line's own work."""
        if name == "owner" and self.parties.owner_role in self.framework.roles:
            return self._own_role() if self.parties.each else self.parties.owner_role
        return next(iter(self.framework.doing("leads-team")), "")

    def _own_role(self) -> str:
        """Of several roles that owe a part each, the one that its owner holds, or held."""
        held = (
            role
            for role in self.parties.owes
            if any(each.person_id == self.parties.owner_id for each in self.directory.roles.get(role, ()))
        )
        return next(held, self.parties.owner_role)

    def _up(self, name: str, why: str) -> list[Recipient]:
        known = self.framework.roles.get(name) or self.framework.roles.get(self._role_of(name))
        return self.role(known.above, why, frozenset({name})) if known and known.above else []

    def quality(self, why: str) -> list[Recipient]:
        """Whoever runs quality assurance, or stands in for them."""
        return [each for name in self.framework.doing("runs-quality") for each in self.role(name, why)]

    def _top(self, why: str) -> list[Recipient]:
        held = runs_quality(self.directory, self.framework, self.day)
        held.pop(self.parties.apart or 0, None)
        people = ((self.directory.person(person_id), name) for person_id, name in held.items())
        return [Recipient(who.id, name, why) for who, name in people if who and who.absence(self.day) is None]

    def _title(self, role: str) -> str:
        known = self.framework.roles.get(role)
        return known.title if known else role
