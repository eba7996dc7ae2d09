"""The overview of what will be sent: what its lines say of many messages."""

from datetime import date
from types import SimpleNamespace
from typing import Any, cast

from qabot.web.days_ahead import ToCome, by_message, matching
from qabot.web.titles import Titles
from tests.support.world import newham

MONDAY = date(2026, 11, 30)
TITLES = Titles(newham(), {"due": "To do", "alert": "An alert"})


def to_come(person: str, *, subject: int = 1, message: str = "due", day: date = MONDAY) -> ToCome:
    given = {"message": message, "lane": message, "kind": "audit", "subject": ("audit", subject), "person_id": subject}
    return ToCome(day, person, cast("Any", SimpleNamespace(**given)))


def labels(keys: set[tuple[str, int]]) -> dict[tuple[str, int], str]:
    return {key: f"QA-{key[1]}" for key in keys}


def test_of_many_people_some_are_named_and_the_others_are_counted() -> None:
    [(day, [line])] = by_message([to_come(f"P{each}", subject=each) for each in range(9)], TITLES, labels)
    assert (day.notices, day.people, line.notices, line.others) == (9, 9, 9, 3)
    assert [each.name for each in line.people] == [f"P{each}" for each in range(6)]
    assert line.about == [f"{TITLES.kind('audit')} (9)"]


def test_one_more_than_are_named_is_named_too() -> None:
    [(_, [line])] = by_message([to_come(f"P{each}", subject=each) for each in range(7)], TITLES, labels)
    assert (len(line.people), line.others) == (7, 0)


def test_what_a_few_messages_are_about_is_named_and_no_other_label_is_looked_up() -> None:
    asked: list[set[tuple[str, int]]] = []

    def noted(keys: set[tuple[str, int]]) -> dict[tuple[str, int], str]:
        asked.append(keys)
        return labels(keys)

    later = [to_come("P", subject=each, day=date(2026, 12, 1)) for each in range(10, 20)]
    first, second = by_message([to_come("P", subject=2), to_come("P", subject=3), *later], TITLES, noted)
    assert first[1][0].about == [f"{TITLES.kind('audit')}: QA-2, QA-3"]
    assert second[1][0].about == [f"{TITLES.kind('audit')} (10)"]
    assert asked == [{("audit", 2), ("audit", 3)}]


def test_alerts_come_first_and_days_in_their_order() -> None:
    rows = [to_come("P"), to_come("P", message="alert"), to_come("P", day=date(2026, 12, 1))]
    days = by_message(rows, TITLES, labels)
    assert [day.day for day, _ in days] == [MONDAY, date(2026, 12, 1)]
    assert [each.title for each in days[0][1]] == ["An alert", "To do"]
    assert matching(rows, {"message": "alert"}) == [rows[1]]
