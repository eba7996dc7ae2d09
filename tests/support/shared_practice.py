"""A council in which whoever good practice is about decides who else may read it, and a monthly card tells of it.

framework = sharing(tmp_path)
framework = sharing(tmp_path, "duties: {thanks: {...}}")  # with more of its own
"""

from pathlib import Path

from qabot.framework import Framework, load

CARD = "good-practice-card"
COUNCIL = """\
extends: newham
questions:
  readers:
    label: Who may read it?
    choice: {private: Nobody, service: My service, everyone: Everybody}
    decides: who-may-read
  sound: {label: May they?, choice: {"yes": "Yes", "no": "No"}, decides: may-be-shared}
duties:
  decision: {rule: NCT-REC-1, title: Decide, when: [nomination.given], owes: [practitioner], due: none, ask: [readers]}
  look:
    rule: NCT-REC-1
    title: Look it over
    when: [decision.done]
    if: {answer: {readers: [service, everyone]}}
    owes: [quality-assurance]
    due: none
    ask: [sound]
  card:
    rule: NCT-REC-1
    title: Good practice of the month
    every: month on 1st Tuesday
    tell: [practice-lead, service-manager, head-of-service]
    send: good-practice-card
"""


def sharing(folder: Path, more: str = "") -> Framework:
    """The council's framework; `more` stands in a file of its own that extends it."""
    (folder / "shared.yaml").write_text(COUNCIL, "utf-8")
    ours = folder / "ours.yaml"
    ours.write_text(f"extends: shared\n{more}", "utf-8")
    return load(ours, [Path("frameworks"), folder])
