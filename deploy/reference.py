"""Write docs/framework-reference.md, the reference of a framework file's keys, from the schema itself.

Run it with: python -m deploy.reference
"""

import inspect
import re
from collections.abc import Iterator
from pathlib import Path

from pydantic import BaseModel

from qabot.framework import activities, cases, duties, gatherings, long_forms, named_periods, samples, schema, steps

PAGE = Path(__file__).parents[1] / "docs" / "framework-reference.md"
HEADINGS: dict[type[BaseModel], str] = {
    schema.Framework: "The whole file",
    schema.CouncilRules: "The council",
    schema.Role: "A role",
    named_periods.NamedPeriod: "The calendar",
    activities.Activity: "An activity",
    activities.Quota: "How much for whom",
    cases.Cases: "Cases",
    cases.Never: "A kind of case that nobody is given",
    samples.Sample: "A sample",
    duties.Scale: "A scale",
    duties.Question: "A question",
    long_forms.LongForm: "A form",
    long_forms.FormSection: "A section",
    duties.Duty: "A duty",
    duties.Condition: "A condition",
    duties.AccordingTo: "A due date by an answer",
    duties.PutOff: "Putting off",
    duties.LetOff: "Letting off",
    gatherings.Gathering: "A gathering",
    gatherings.WorkList: "A list of work",
    gatherings.ImportedEvent: "An event",
    steps.Ladder: "A ladder",
    steps.Step: "A step",
    schema.Processes: "Processes",
    schema.Rule: "A rule",
}
"""The heading of each part of a file, in the order of the page."""
BEGINNING = """# Reference of framework files

Every key of a framework file, made from the schema by `python -m deploy.reference`; change the descriptions there. What
the keys mean together, with examples, is in [frameworks.md](frameworks.md).
"""


def page() -> str:
    """The whole page, as Markdown."""
    return "\n".join([BEGINNING, *(line for model, heading in HEADINGS.items() for line in _part(model, heading))])


def _part(model: type[BaseModel], heading: str) -> Iterator[str]:
    yield f"## {heading}\n"
    yield f"{inspect.cleandoc(model.__doc__ or '')}\n"
    yield "| Key | Meaning |\n|---|---|"
    for name, field in model.model_fields.items():
        needed = " Needed." if field.is_required() else ""
        yield f"| `{field.alias or name}` | {_linked(field.description or '')}{needed} |"
    yield ""


def _linked(text: str) -> str:
    """A description with a link wherever it says "see" one of the page's parts."""
    for heading in HEADINGS.values():
        anchor = heading.lower().replace(" ", "-")
        text = re.sub(rf"(see )({heading.lower()})\b", rf"\1[\2](#{anchor})", text)
    return text


def main() -> None:
    """Write the page."""
    PAGE.write_text(page(), "utf-8")


if __name__ == "__main__":
    main()
