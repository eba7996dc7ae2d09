"""Everything that is wrong with forms of work and samples is told at once, and `framework check` ends with 2."""

from pathlib import Path

from tests.unit.cli.conftest import Cli

PLR = "practice-learning-review"
SAMPLE = f"rule: NEW-MOD-2, title: Looks, of: [{PLR}], every: month, due: drawn + 5 working days"


def test_every_mistake_is_told_at_once_and_the_command_ends_with_2(cli: Cli, tmp_path: Path) -> None:
    ours = tmp_path / "ours.yaml"
    ours.write_text(
        f"""extends: newham
activities: {{{PLR}: {{grade: overall}}}}
questions: {{spare: {{label: Spare, type: text}}}}
samples:
  one: {{{SAMPLE.replace(PLR, "reviews")}, share: 10%, owes: [slt]}}
  two: {{{SAMPLE}, share: 120%, owes: [slt]}}
  three: {{{SAMPLE}, share: 10%, count: 2, owes: [slt]}}
  four: {{{SAMPLE}, count: 2, owes: [slt], always: {{grade: [rot]}}}}
""",
        "utf-8",
    )
    ran = cli("framework", "check", "ours.yaml")
    assert (ran.code, ran.out) == (2, "")
    told = [each.partition(": ")[0].partition("ours.yaml:")[2].partition(":")[0] for each in ran.err.splitlines()]
    assert [int(each) for each in told] == [2, 3, 5, 6, 7, 8]


def test_what_the_schema_refuses_is_told_with_what_the_linter_finds(cli: Cli, tmp_path: Path) -> None:
    ours = tmp_path / "ours.yaml"
    ours.write_text(
        f"""extends: newham
activities: {{{PLR}: {{grade: overall}}}}
samples:
  one: {{{SAMPLE}, percnt: 10, owes: [slt]}}
  two: {{{SAMPLE}, share: twenty, owes: [slt]}}
  three: {{{SAMPLE}, share: 120%, owes: [stl]}}
  four: {{rule: NEW-MOD-2, title: Looks, share: 10%, owes: [slt]}}
duties:
  after: {{rule: NEW-ALT-3, title: After, when: [four.done, tow.done], owes: [slt], due: none}}
councils: {{}}
""",
        "utf-8",
    )
    ran = cli("framework", "check", "ours.yaml")
    assert (ran.code, ran.out) == (2, "")
    told = [each.partition("ours.yaml:")[2] for each in ran.err.splitlines()]
    assert [each.split(": ")[1] for each in told] == [
        f"activities.{PLR}.grade",
        "samples.one.percnt",
        "samples.two.share",
        "samples.three.share",
        "samples.three.owes[1]",
        "samples.four.of",
        "samples.four.every",
        "samples.four.due",
        "duties.after.when[2]",
        "councils",
    ], ran.err
