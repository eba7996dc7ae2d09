"""What changes between two frameworks: every key, with both values and where they stand."""

from pathlib import Path

import pytest
from pydantic import BaseModel, Field

from qabot.framework import Difference, Framework, differences, load
from qabot.framework.pairs import pairs
from tests.unit.framework.conftest import SHIPPED, Write

OWN = "extends: newham\n"


@pytest.fixture
def changes(newham: Framework, write: Write) -> "Changes":
    return Changes(newham, write)


class Changes:
    """What differs between Newham's framework and one laid over it."""

    def __init__(self, newham: Framework, write: Write) -> None:
        self.newham, self.write = newham, write

    def __call__(self, text: str) -> list[Difference]:
        self.path = self.write("ours", OWN + text)
        return differences(self.newham, load(self.path, [SHIPPED]))

    def one(self, text: str) -> Difference:
        (found,) = self(text)
        return found


def summary(found: list[Difference]) -> list[tuple[str, str, str, str]]:
    return [(each.section, each.entry, each.key, each.change) for each in found]


def line(text: str, of: str = "\n") -> int:
    """The line of Newham's file in which a text stands after another one."""
    file = (SHIPPED / "newham.yaml").read_text("utf-8")
    return file[: file.index(text, file.index(of))].count("\n") + 1


def test_a_framework_differs_in_nothing_from_itself(newham: Framework, changes: Changes) -> None:
    assert differences(newham, load(SHIPPED / "newham.yaml", [])) == []
    assert changes("") == []


def test_how_a_file_is_written_makes_no_difference(newham: Framework, write: Write) -> None:
    text = (SHIPPED / "newham.yaml").read_text("utf-8")
    reordered = text.replace("at: due - 7 days", "at:   due  -  7 days".replace("  -  ", " - "))
    reordered = reordered.replace('  opens: "09:00"\n  closes: "17:00"\n', '  closes: "17:00"\n  opens: "09:00:00"\n')
    assert reordered != text
    assert differences(newham, load(write("again", f"# The same\n\n{reordered}"), [])) == []


def test_a_changed_value_has_both_values_and_both_lines(changes: Changes) -> None:
    each = changes.one("samples:\n  qa:\n    share: 25%\n")
    assert (each.section, each.entry, each.key, each.change) == ("samples", "qa", "share", "changed")
    assert each.title == "Quality Assurance moderation"
    assert (each.old.value, each.new.value) == ("20%", "25%")
    assert each.old.place.line == line("share: 20%", "  qa:")
    assert (each.new.place.file, each.new.place.line) == (str(changes.path), 4)


def test_values_are_as_people_write_them(changes: Changes) -> None:
    found = changes(
        'council: {opens: "08:30"}\n'
        "ladders: {review-due: {steps: [{rule: NEW-REM-2, at: due - 10 days, to: [owner, slt], gather: null}]}}\n"
    )
    values = {each.key: (each.old.value, each.new.value) for each in found}
    assert values == {
        "opens": ("09:00", "08:30"),
        "steps[NEW-REM-2].at": ("due - 7 days", "due - 10 days"),
        "steps[NEW-REM-2].to": (["practice-lead", "service-manager", "head-of-service", "owner"], ["owner", "slt"]),
        "steps[NEW-REM-2].gather": ("recipient", None),
    }


def test_a_default_is_told_from_what_a_file_says(changes: Changes) -> None:
    each = changes.one("samples: {qa: {least: 3}}\n")
    assert (each.old.value, each.old.stands, each.new.value, each.new.stands) == (0, False, 3, True)
    assert each.old.place.line == line("qa:", "head-of-service:\n    rule: NEW-MOD-3")


def test_to_write_down_a_default_changes_nothing(changes: Changes) -> None:
    assert changes("samples: {qa: {least: 0}}\n") == []


def test_what_is_new_has_what_its_file_says_and_none_of_the_defaults(changes: Changes) -> None:
    each = changes.one("roles:\n  chief: {title: Chief, of: council}\n")
    assert (each.section, each.entry, each.key, each.change) == ("roles", "chief", "", "added")
    assert (each.old.value, each.new.value) == (None, {"title": "Chief", "of": "council"})
    assert (each.new.place.line, each.old.place.line) == (3, line("roles:"))
    assert not each.old.stands


def test_what_is_gone_names_the_line_that_takes_it_away(changes: Changes) -> None:
    found = changes("confirm:\n  D9:\nsamples:\n  qa:\n")
    assert summary(found) == [("samples", "qa", "", "removed"), ("confirm", "D9", "", "removed")]
    assert [(each.new.value, each.new.stands, each.new.place.line) for each in found] == [
        (None, True, 5),
        (None, True, 3),
    ]
    assert found[0].old.value["title"] == "Quality Assurance moderation"
    assert found[0].old.place.line == line("  qa:")


def test_every_section_is_compared_and_every_entry_of_each(newham: Framework) -> None:
    """Of each section something is changed, and exactly that is said."""
    for name in type(newham).model_fields:
        value = getattr(newham, name)
        if isinstance(value, dict):
            for gone in value:
                less = newham.model_copy(update={name: {key: each for key, each in value.items() if key != gone}})
                assert summary(differences(newham, less)) == [(name, gone, "", "removed")]
                assert summary(differences(less, newham))[:1] == [(name, gone, "", "added")]
        elif isinstance(value, str):
            changed = newham.model_copy(update={name: value + "x"})
            assert summary(differences(newham, changed)) == [(name, "", "", "changed")]


def test_of_rules_that_are_switched_off_each_is_one(newham: Framework, changes: Changes) -> None:
    found = changes("without: [OURS-MOD-2, OURS-DAT-1]\n")
    assert summary(found) == [("without", "OURS-MOD-2", "", "added"), ("without", "OURS-DAT-1", "", "added")]
    assert [each.new.place.column for each in found] == [11, 23]
    again = differences(load(changes.path, [SHIPPED]), newham)
    assert summary(again) == [("without", "OURS-MOD-2", "", "removed"), ("without", "OURS-DAT-1", "", "removed")]


STEPS = """ladders:
  data-request:
    steps:
      - {rule: OURS-DAT-1, at: cycle-start - 5 working days, roll: earlier, to: [slt], send: data-request}
      - {rule: NEW-SEL-2, at: cycle-start - 14 days, roll: earlier, to: [owner], send: data-request}
      - {rule: OURS-RED-1, at: cycle-start + 9 days, to: [head-of-service, slt], send: red-review, deputies: true}
"""


def test_steps_are_told_apart_by_their_rules_wherever_they_stand(changes: Changes) -> None:
    found = changes(STEPS)
    assert [(each.key, each.change) for each in found] == [
        ("steps[OURS-DAT-1].to", "changed"),
        ("steps[OURS-RED-1]", "added"),
        ("steps[OURS-OWN-1]", "removed"),
        ("steps[OURS-OWN-2]", "removed"),
        ("steps[OURS-DAT-2]", "removed"),
        ("steps", "moved"),
    ]
    assert [each.new.place.line for each in found] == [5, 7, 4, 4, 4, 4]
    assert found[0].old.place.line == line("{rule: OURS-DAT-1", "ladders:")
    assert (found[-1].old.value, found[-1].new.value) == (["NEW-SEL-2", "OURS-DAT-1"], ["OURS-DAT-1", "NEW-SEL-2"])


def test_a_step_that_is_the_same_but_for_its_rule_was_changed(newham: Framework, write: Write) -> None:
    text = (SHIPPED / "newham.yaml").read_text("utf-8")
    found = differences(newham, load(write("ours", text.replace("rule: OURS-PIM-1, at", "rule: OURS-PIM-9, at")), []))
    assert [(each.key, each.old.value, each.new.value) for each in found] == [
        ("steps[OURS-PIM-9].rule", "OURS-PIM-1", "OURS-PIM-9")
    ]


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ([{"a": 1}, {"a": 2}], [{"a": 2}, {"a": 1}], [(1, 0), (0, 1)]),
        ([{"a": 1, "b": 2, "c": 3}], [{"a": 1, "b": 2, "c": 4}], [(0, 0)]),
        ([{"a": 1, "b": 2}], [{"c": 1, "d": 2}], [(None, 0), (0, None)]),
        ([{"a": 1}, {"a": 1}], [{"a": 1}], [(0, 0), (1, None)]),
        ([{"a": 1}], ["a"], [(None, 0), (0, None)]),
        ([{"a": [1]}, {"b": 1}], [{"a": [1, 2]}, {"b": 1}], [(0, 0), (1, 1)]),
        ([{"b": 1}, {"a": [1]}], [{"a": [1, 2]}, {"b": 1}], [(None, 0), (0, 1), (1, None)]),
        ([], [{"a": 1}], [(None, 0)]),
        ([{"a": 1}], [], [(0, None)]),
    ],
)
def test_items_without_a_name_are_the_same_by_what_is_alike(
    old: list[object], new: list[object], expected: list[tuple[int | None, int | None]]
) -> None:
    assert pairs(old, new, "") == expected


def test_an_item_that_has_a_name_is_not_taken_for_another_in_its_place() -> None:
    one, two = {"rule": "ABC-ONE-1", "at": "due", "to": "a"}, {"rule": "ABC-ONE-2", "at": "raised", "to": "b"}
    assert pairs([one], [two], "rule") == [(None, 0), (0, None)]


def test_the_order_of_entries_is_a_difference_but_not_of_rules(newham: Framework) -> None:
    turned = newham.model_copy(update={"roles": dict(reversed(newham.roles.items()))})
    (each,) = differences(newham, turned)
    assert (each.section, each.entry, each.key, each.change) == ("roles", "", "", "moved")
    assert each.new.value == each.old.value[::-1] == list(turned.roles)
    assert differences(newham, newham.model_copy(update={"rules": dict(reversed(newham.rules.items()))})) == []


class Meeting(BaseModel):
    title: str
    every: str = "month"
    brings: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    after: "Meeting | None" = None


class Larger(Framework):
    """A schema with sections that nobody has thought of yet."""

    visits: dict[str, Meeting] = Field(default_factory=dict, alias="our-visits")
    agenda: tuple[Meeting, ...] = ()


def larger(newham: Framework, **sections: object) -> Larger:
    whole = {field.alias or name: getattr(newham, name) for name, field in Framework.model_fields.items()}
    return Larger.model_validate({**whole, **sections})


def test_a_section_that_is_new_to_the_schema_is_compared_without_a_change_here(newham: Framework) -> None:
    board = {"title": "Board", "brings": {"papers": ["lead"]}, "after": {"title": "Before", "every": "week"}}
    other = {"title": "Board", "brings": {"papers": ["lead", "chair"], "minutes": []}, "after": {"title": "Before"}}
    found = differences(
        larger(newham, **{"our-visits": {"board": board}}, agenda=[{"title": "One"}]),
        larger(newham, **{"our-visits": {"board": other}}, agenda=[{"title": "One"}, {"title": "Two"}]),
    )
    assert [(*change, each.old.value, each.new.value) for change, each in zip(summary(found), found, strict=True)] == [
        ("our-visits", "board", "brings.papers", "changed", ["lead"], ["lead", "chair"]),
        ("our-visits", "board", "brings.minutes", "added", None, []),
        ("our-visits", "board", "after.every", "changed", "week", "month"),
        ("agenda", "", "[Two]", "added", None, {"title": "Two"}),
    ]


def test_files_that_were_given_by_another_path_are_named_as_they_were_given(
    changes: Changes, newham: Framework
) -> None:
    each = changes.one("title: Ours\n")
    assert Path(each.old.place.file).resolve() == (SHIPPED / "newham.yaml").resolve()
    assert (each.old.place.line, each.new.place.line) == (newham.place(("title",)).line, 2)
