"""Results by which the next piece of work about somebody is due, and which the file does not know any more.

A changed scale, or other answers to choose from, leave the last piece about each with a result that the file has no
date for. The next one is due as `else` says, which may be much later than whoever gave that result was told.
"""

from collections import Counter
from collections.abc import Mapping

from qabot.framework.activities import Activity
from qabot.framework.duties import AccordingTo
from qabot.framework.schema import Framework
from qabot.framework.window_lint import GRADE, LAST
from qabot.models.rows import CLOCKS, PIECES
from qabot.workflows.core.unit import Unit
from qabot.workflows.programme.own_clocks import NEWEST, OF_ACTIVITY, result_of


def is_strange(framework: Framework, name: str, activity: Activity, result: str) -> bool:
    """Whether a last piece of an activity came to what the file has no word for: its date is that of `else`."""
    if not result or not isinstance(activity.due, AccordingTo) or result in activity.due.by_answer:
        return False
    return result not in _known(framework, name, activity.due.according_to.removeprefix(LAST))


def _known(framework: Framework, name: str, question: str) -> Mapping[str, str]:
    """What such a result can be, by the file."""
    if question == GRADE:
        scale = framework.grading(name)
        return scale.labels if scale is not None else {}
    asks = framework.questions.get(question)
    if asks is None:
        return {}
    if asks.kind == "tick":
        return {"yes": "Yes", "no": "No"}
    scale = framework.scales.get(asks.scale or "")
    return scale.labels if scale is not None else asks.choice


def counted(unit: Unit) -> dict[str, Counter[str]]:
    """How many people have such a last result now, by the activity and by the result."""
    counts: dict[str, Counter[str]] = {}
    for name, activity in unit.framework.activities.items():
        if not activity.every.since_last or not isinstance(activity.due, AccordingTo):
            continue
        clocks = CLOCKS.read(unit.session, OF_ACTIVITY, {"name": name})
        running = {each.person_id for each in clocks if each.stopped_on is None}
        newest = {each.practitioner_id: each for each in PIECES.read(unit.session, NEWEST, {"name": name})}
        results = [result_of(unit, activity, newest[each]) for each in newest.keys() & running]
        strange = Counter(each for each in results if is_strange(unit.framework, name, activity, each))
        if strange:
            counts[name] = strange
    return counts
