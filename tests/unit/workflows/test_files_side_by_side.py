"""Two processes with different framework files on one database: what one has opened the other shows, takes and sends.

As while an edited file goes round: the service was started anew, and a worker was not, or the other way round.
"""

from pathlib import Path

from qabot.adapter import OpenForm, Press, Say, Submission
from qabot.framework.loader import load
from qabot.models import Deadline, Store
from tests.support.councils import RULES
from tests.support.world import Node, World, newham

EDITED = f"""{RULES}
duties:
  worry: {{rule: ABC-DDL-1, title: A worry, when: [practice-learning-review.submitted], if: {{any-grade: [red]}},
    owes: [director-of-operations], due: none, ask: [acknowledged], ladder: worry}}
  reading: {{rule: ABC-DDL-1, title: To be read, when: [practice-learning-review.submitted],
    owes: [practice-lead], due: submitted + 5 working days, ask: [seen]}}
questions:
  seen: {{label: Was it seen, choice: {{a: It was, b: Not yet}}}}
ladders:
  worry:
    title: A worry
    steps:
      - {{rule: ABC-DDL-1, at: opened, to: [director-of-operations], send: red-alert, lane: alert,
         repeat: last + 1 working day}}
"""


async def test_what_a_process_with_another_file_has_opened_can_be_done_by_one_that_was_there_before(
    tmp_path: Path,
) -> None:
    path = tmp_path / "council.yaml"
    path.write_text(EDITED, "utf-8")
    world = await World.start(tmp_path, framework=load(path, [Path("frameworks")]))
    unaware = newham().model_copy(deep=True)
    before = Node.start(Store(world.url, inline=True), world.clock, world._outlets(), unaware)
    world.nodes.append(before)
    await before.engine.cycle()
    audit = await world.audit("cyrus")
    await world.submit(audit, "red")
    await before.engine.cycle()
    [alert] = world.cards("dara")
    assert alert.buttons[0].label == f"Acknowledge alert {audit.reference}", "it is sent as what it is"

    worry, reading = (world.deadline(kind, audit).token for kind in ("worry", "reading"))
    seen = await before.desk.press(Press(world.who("dara"), "acknowledge", worry))
    assert isinstance(seen, Say)
    assert seen.text.startswith("Thank you for taking this on.")
    form = await before.desk.press(Press(world.who("ade"), "answer", reading))
    assert isinstance(form, OpenForm)
    assert [each.label for each in form.form.fields] == ["Was it seen"]
    await before.desk.submit(Submission(world.who("ade"), "answer", reading, {"seen": "a"}))
    closed = {each.kind: str(each.state) for each in world.all(Deadline) if each.kind in ("worry", "reading")}
    assert closed == {"worry": "met", "reading": "met"}
