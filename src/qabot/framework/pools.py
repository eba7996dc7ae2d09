"""Pools that are smaller than the number which they share, once it is known who works here."""

from collections.abc import Collection, Mapping

from qabot.errors import Problem
from qabot.framework.schema import Framework


def too_small(framework: Framework, holders: Mapping[str, Collection[object]]) -> list[Problem]:
    """A problem for each number that its pool can never meet; `holders` is who holds each role, whoever that is."""
    problems = []
    for name, activity in framework.activities.items():
        for index, quota in enumerate(activity.do):
            if not quota.shared_by or quota.rule in framework.without:
                continue
            people = {each for role in quota.shared_by for each in holders.get(role, ())}
            can = len(people) * (quota.most or 1)
            if can < quota.count:
                there = "1 person shares" if len(people) == 1 else f"{len(people)} people share"
                what = f"{there} this number, who can do {can} in a cycle: expected at most that, or 'most' to be more"
                at = ("activities", name, "do", index, "count")
                problems.append(framework.place(at).problem(at, what))
    return problems
