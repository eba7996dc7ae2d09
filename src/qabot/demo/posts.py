"""The posts of an invented council, from the roles of a framework file.

There is one holder of a role for each team or service, and for the whole council as many as share the work that the
file gives to it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from math import ceil

from qabot.demo.newham import newham_posts
from qabot.demo.post import Of, Post
from qabot.framework import Framework

EACH = 30
"""How many people there are for each of those who share work of the whole council."""
MOST_POSTS = 0.6
"""The share of a council that has a post; the others do the casework."""
SPARE = 1.2
"""How many more share a number than it needs."""
MANY = 2
"""Whoever shares work has a colleague with whom to share it."""
PLACES: tuple[Of, ...] = ("council", "service", "team")


def posts_of(framework: Framework, people: int) -> tuple[Post, ...]:
    """The posts of a council of so many people, in the order in which they are filled."""
    known = newham_posts(people)
    if not all(_has(framework, role, post) for post in known for role in post.roles):
        known = ()
    held = {role for post in known for role in post.roles}
    posts = [*known, *_derived(framework, people, held)]
    if not known:
        running = framework.doing("runs-quality")
        first = next((number for number, post in enumerate(posts) if set(post.roles) & set(running)), 0)
        posts[first] = replace(posts[first], administrator=True)
    return _few_enough(posts, people)


def _has(framework: Framework, role: str, post: Post) -> bool:
    return role in framework.roles and framework.roles[role].of in ("council", post.of)


def casework_roles(framework: Framework) -> tuple[str, ...]:
    """The roles of those who do the casework of a team: they lead and oversee nothing, and nobody stands below them."""
    above = {role.above for role in framework.roles.values()}
    return tuple(
        name for name, role in framework.roles.items() if role.of == "team" and not role.does and name not in above
    )


def pools(framework: Framework) -> dict[str, int]:
    """How many must hold each role that shares a number of pieces of work, so that there is one for each piece.

    A few more than the number, because somebody is always away. Only roles of the whole council: there is one holder of
    any other for each team or service.
    """
    needed: dict[str, int] = {}
    for quota in (each for activity in framework.activities.values() for each in activity.do if each.shared_by):
        roles = [role for role in quota.shared_by if framework.roles[role].of == "council"]
        for role in roles:
            each = ceil(quota.count * SPARE / (quota.most or 1) / len(quota.shared_by)) + 1
            needed[role] = max(needed.get(role, 0), each)
    return needed


def _derived(framework: Framework, people: int, held: set[str]) -> Iterator[Post]:
    """One for each role that no other post holds: of the whole council, of services, of teams, the highest first."""
    others = {*held, *casework_roles(framework)}
    at_work = _at_work(framework)
    for of in PLACES:
        roles = [name for name, role in framework.roles.items() if role.of == of and name not in others]
        for name in sorted(roles, key=lambda each: _height(framework, each)):
            shared = of == "council" and (name in at_work or "runs-quality" in framework.roles[name].does)
            number = max(MANY, people // EACH) if shared else 1
            above = framework.roles[name].above or ""
            yield Post(name, (name,), of, number, above, covered=shared or of != "council")


def _height(framework: Framework, role: str) -> int:
    """How many roles stand above this one."""
    above = framework.roles[role].above
    return 1 + _height(framework, above) if above else 0


def _at_work(framework: Framework) -> set[str]:
    """The roles whose holders share work, again and again: of one that does a number for itself, one is enough."""
    lines = [quota for activity in framework.activities.values() for quota in activity.do if quota.per is None]
    quotas = (role for quota in lines for role in (*quota.doing, *((quota.for_each,) if quota.for_each else ())))
    return {*quotas, *(role for sample in framework.samples.values() for role in sample.roles)}


def _few_enough(posts: Sequence[Post], people: int) -> tuple[Post, ...]:
    """In a small council one person holds several roles of the whole council, so that enough do the casework."""
    posts = list(posts)
    while sum(each.seats(1, 1) for each in posts) > people * MOST_POSTS:
        central = [number for number, post in enumerate(posts) if post.of == "council"]
        if len(central) < MANY:
            break
        into, last = central[-2:]
        both = posts[into].roles + posts[last].roles
        administrator = posts[into].administrator or posts[last].administrator
        posts[into] = replace(posts[into], roles=both, administrator=administrator)
        del posts[last]
    return tuple(posts)


def size_of(posts: Sequence[Post], people: int) -> tuple[int, int]:
    """How many services and teams there are, so that enough of the people do the casework."""
    services = max(2, min(people // 15, 2 + round(people**0.5 * 0.4)))
    teams = max(services, min(people // 5, 12 + max(0, people - 60) // 7))
    while sum(each.seats(services, teams) for each in posts) > people * MOST_POSTS and teams > 1:
        teams -= 1
        services = max(1, min(services, teams // 2))
    return services, teams
