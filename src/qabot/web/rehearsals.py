"""What a dry run says of the messages that would be sent: how many of which kind, and to whom."""

from collections import Counter
from collections.abc import Sequence

from qabot.messaging.letters import clean
from qabot.messaging.values import join_and, plural
from qabot.scheduler.rehearsal import DAYS, Said
from qabot.web.titles import Titles

NAMED = 6
"""Up to so many people of one message are named; more are counted by their roles."""


def lines(said: Sequence[Said], titles: Titles) -> list[str]:
    """For people: what would be sent because of a change, message by message, and what would be sent no longer."""
    more, fewer = [each for each in said if each.times > 0], [each for each in said if each.times < 0]
    if not more and not fewer:
        return [f"Nothing would be sent because of it today and in the next {DAYS} days."]
    return [
        *part(f"Would be sent because of it today and in the next {DAYS} days, if nobody answers", more, titles),
        *part(f"Would be sent no longer in the next {DAYS} days", fewer, titles),
    ]


def part(heading: str, said: Sequence[Said], titles: Titles) -> list[str]:
    """How many messages to how many people, then each message with whom it goes to; nothing if there are none."""
    if not said:
        return []
    total, people = sum(abs(each.times) for each in said), len({each.person_id for each in said})
    of_messages: dict[str, list[Said]] = {}
    for each in said:
        of_messages.setdefault(titles.message(each.message), []).append(each)
    every = [f"  {title}: {_whom(rows, titles)}" for title, rows in sorted(of_messages.items())]
    sums = f"{heading}: {plural(total, 'message', 'messages')} to {plural(people, 'person', 'people')}"
    return [clean(line) for line in (sums, *every)]


def _whom(rows: Sequence[Said], titles: Titles) -> str:
    """How many, and to whom: by name if they are few, else by role."""
    people: Counter[tuple[str, int]] = Counter()
    roles: Counter[str] = Counter()
    for each in rows:
        people[each.person, each.person_id] += abs(each.times)
        roles[titles.role(each.role) if each.role else "by name"] += abs(each.times)
    total = people.total()
    if len(people) <= NAMED:
        to = join_and(name if many == total else f"{name} ({many})" for (name, _), many in sorted(people.items()))
        return f"{total}, to {to}"
    counted = join_and(f"{role} ({many})" for role, many in sorted(roles.items()))
    return f"{total}, to {len(people)} people: {counted}"
