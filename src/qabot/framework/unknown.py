"""What is said of the name of a role or a grade that there is none of: what may have been meant, by its title too."""

from collections.abc import Collection

from qabot.framework.loader import did_you_mean
from qabot.framework.schema import Framework


def no_role(framework: Framework, name: str, also: Collection[str] = (), nor: str = "") -> str:
    """That there is no such role. `also` are other words that would do here, `nor` what else it is not."""
    titles = {role.title: key for key, role in framework.roles.items()}
    return f"there is no role {name!r}{nor}{did_you_mean(name, [*framework.roles, *sorted(also)], titles)}"


def no_grade(framework: Framework, grade: str) -> str:
    """That no scale has such a grade."""
    labels = {label: key for scale in framework.scales.values() for key, label in scale.labels.items()}
    return f"there is no grade {grade!r} in any scale{did_you_mean(grade, list(labels.values()), labels)}"
