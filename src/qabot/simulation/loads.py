"""How much reaches one person in a period that was played, by the role that they hold.

A message is what reaches somebody by itself: a digest, an alert, or one notice that goes alone. Alerts apart nobody is
to get more than one digest and one other message in a day.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from statistics import median

from qabot.simulation.lines import Line
from qabot.simulation.run import Member

NO_ROLE = "Staff without a role"
DIGESTS_A_DAY = 1
OTHERS_A_DAY = 1


@dataclass(frozen=True, slots=True)
class Load:
    """What one person gets who holds a role. Whoever holds two counts under both.

    `middle`: half of the `people` get no more messages in the period, and half no fewer; `most`: whoever gets the most.
    `in_a_day`: the most that one of them got on one day, `day` the first such day in England, None without a message.
    `over`: how often one of them got more in a day than anybody should, alerts apart.
    """

    role: str
    people: int
    middle: float
    most: int
    in_a_day: int
    day: date | None
    over: int


@dataclass(slots=True)
class _Got:
    """What one person got on one day in England."""

    digests: set[str] = field(default_factory=set)
    alerts: int = 0
    others: int = 0

    @property
    def messages(self) -> int:
        return len(self.digests) + self.alerts + self.others

    @property
    def is_over(self) -> bool:
        return len(self.digests) > DIGESTS_A_DAY or self.others > OTHERS_A_DAY


def loads(lines: Sequence[Line], members: Sequence[Member]) -> tuple[Load, ...]:
    """By role, in the order of the members, and at the end everybody together."""
    got = _by_person(lines)
    of_role: dict[str, list[str]] = defaultdict(list)
    for member in members:
        for title in member.titles or (NO_ROLE,):
            of_role[title].append(member.email)
    everybody = [member.email for member in members]
    return tuple(_load(role, emails, got) for role, emails in (*of_role.items(), ("Everybody", everybody)))


def _by_person(lines: Sequence[Line]) -> Mapping[str, Mapping[date, _Got]]:
    got: dict[str, dict[date, _Got]] = defaultdict(lambda: defaultdict(_Got))
    for line in lines:
        here = got[line.email][line.at.date()]
        if line.sent_in:
            here.digests.add(line.sent_in)
        elif line.lane == "alert":
            here.alerts += 1
        else:
            here.others += 1
    return got


def _load(role: str, emails: Sequence[str], got: Mapping[str, Mapping[date, _Got]]) -> Load:
    sums = [sum(each.messages for each in got[email].values()) if email in got else 0 for email in emails]
    days = Counter({day: max(counts) for day, counts in _days(emails, got).items()})
    in_a_day = max(days.values(), default=0)
    return Load(
        role=role,
        people=len(emails),
        middle=median(sums) if sums else 0,
        most=max(sums, default=0),
        in_a_day=in_a_day,
        day=min((day for day, most in days.items() if most == in_a_day), default=None),
        over=sum(each.is_over for email in emails if email in got for each in got[email].values()),
    )


def _days(emails: Sequence[str], got: Mapping[str, Mapping[date, _Got]]) -> Mapping[date, list[int]]:
    """How many messages each of these people got on each day on which one of them got any."""
    days: dict[date, list[int]] = defaultdict(list)
    for day, messages in _each(emails, got):
        days[day].append(messages)
    return days


def _each(emails: Sequence[str], got: Mapping[str, Mapping[date, _Got]]) -> Iterator[tuple[date, int]]:
    for email in emails:
        yield from ((day, each.messages) for day, each in got.get(email, {}).items())
