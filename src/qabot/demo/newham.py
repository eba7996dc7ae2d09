"""Who works in the invented council of Newham's framework (NEW-ROL-1): nobody in it exists.

Heads of service sit in the senior leadership team, and whoever runs quality assurance also reviews.
"""

from qabot.demo.post import Post


def newham_posts(people: int) -> tuple[Post, ...]:
    """The posts of so many people, in the order in which they are filled."""
    quality, reviewers = ("quality-assurance", "practice-learning-reviewer"), 1 + max(2, people // 30)
    return (
        Post("director", ("director-of-operations", "slt")),
        Post("assistant", ("slt",), under="director"),
        Post("quality", quality, number=reviewers, under="assistant", covered=True, administrator=True),
        Post("data", ("data-and-impact",), number=max(1, people // 60), under="assistant"),
        Post("head", ("head-of-service", "slt"), "service", under="director", covered=True),
        Post("manager", ("service-manager",), "service", under="head", covered=True),
        Post("lead", ("practice-lead",), "team", under="manager", covered=True),
    )
