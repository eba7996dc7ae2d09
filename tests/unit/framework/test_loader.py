"""Loading: every problem says file, line, column, key and what was expected."""

from pathlib import Path

import pytest

from qabot.errors import BadFile, Problem
from qabot.framework import Framework, lint, load, names
from tests.unit.framework.conftest import SHIPPED, Write

OWN = "framework: ours\nextends: newham\n"


def problems(path: Path | str, *folders: Path) -> list[Problem]:
    with pytest.raises(BadFile) as caught:
        load(path, [SHIPPED, *folders])
    return caught.value.problems


def test_a_framework_is_found_by_name_and_by_file(newham: Framework) -> None:
    assert newham.framework == "newham"
    assert load(SHIPPED / "newham.yaml", []).rules == newham.rules
    assert "newham" in names([SHIPPED])


def test_every_key_knows_its_line(newham: Framework) -> None:
    place = newham.place(("ladders", "review-due", "steps", 1, "at"))
    line = (SHIPPED / "newham.yaml").read_text("utf-8").splitlines()[place.line - 1]
    assert line[place.column - 1 :] == "at: due - 7 days"


def test_an_unknown_name_is_met_with_a_guess() -> None:
    (problem,) = problems("newhm")
    assert str(problem) == "newhm: there is no framework of this name; did you mean 'newham'?"


def test_a_name_like_no_other_is_answered_with_the_names_there_are(write: Write) -> None:
    folder = write("ours", OWN).parent
    shipped = {path.stem for path in SHIPPED.glob("*.yaml")}
    for folders, known in (([folder], "ours"), ([folder, SHIPPED], ", ".join(sorted({*shipped, "ours"})))):
        with pytest.raises(BadFile) as caught:
            load("somewhere", folders)
        assert str(caught.value.problems[0]) == f"somewhere: there is no framework of this name; known: {known}"


def test_a_file_that_is_not_there_says_so(tmp_path: Path) -> None:
    (problem,) = problems(tmp_path / "nowhere.yaml")
    assert problem.what == "the file cannot be read: No such file or directory"


def test_a_file_in_another_encoding_says_so(tmp_path: Path) -> None:
    (tmp_path / "latin.yaml").write_bytes("title: caf\xe9".encode("latin-1"))
    (problem,) = problems("latin", tmp_path)
    assert problem.what == "the file cannot be read: it is not UTF-8 text"


BAD = [
    ("council: {opening: x}\n", 3, 11, "council.opening", "there is no such key; did you mean 'opens'?"),
    ("confirmation: {}\n", 3, 1, "confirmation", "there is no such key; did you mean 'confirm'?"),
    ("duties: {alert: {when: red}}\n", 3, 18, "duties.alert.when", "expected a list, such as [owner], found 'red'"),
    ("title: 7\n", 3, 1, "title", "expected a text (in quotes if it looks like a number), found 7"),
    (
        "council:\n  opens: 9am\n",
        4,
        3,
        "council.opens",
        "expected a time of day in quotes, such as \"09:00\", found '9am'",
    ),
    (
        "council:\n  opens: 900\n",
        4,
        3,
        "council.opens",
        "expected a time of day in quotes, such as \"09:00\", found '900'",
    ),
    (
        "council: {closure_days: [2026-12-29, soon]}\n",
        3,
        38,
        "council.closure_days[2]",
        "expected a day such as 2026-12-24, found 'soon'",
    ),
    (
        "samples: {qa: {share: 120}}\n",
        3,
        16,
        "samples.qa.share",
        "expected a share such as 120%, found 120",
    ),
    (
        "samples: {qa: {least: many}}\n",
        3,
        16,
        "samples.qa.least",
        "expected a whole number, found 'many'",
    ),
    (
        "samples: {qa: {in-each: teams}}\n",
        3,
        16,
        "samples.qa.in-each",
        "expected 'council', 'service', 'team', 'auditor' or 'activity', found 'teams'; did you mean 'team'?",
    ),
    (
        "without: [REM-1]\n",
        3,
        11,
        "without[1]",
        "expected a rule's id: three letters, three letters and a number, or one such as OURS-ALT-1, found 'REM-1'",
    ),
    (
        "ladders: {red-alert: {steps: [{rule: OURS-ALT-1, at: soon after}]}}\n",
        3,
        50,
        "ladders.red-alert.steps[2].at",
        "'soon after' is not an offset: expected an anchor, or an anchor, + or -, a number and one of working hours, "
        "working days, days, weeks, months, such as 'due - 7 days'",
    ),
    (
        "ladders: {red-alert: {steps: [{rule: OURS-ALT-1, to: []}]}}\n",
        3,
        50,
        "ladders.red-alert.steps[2].to",
        "expected at least one",
    ),
    (
        "ladders: {ours: {title: Ours, steps: [{rule: OUR-1, at: opened, to: [owner], send: duty}]}}\n",
        3,
        40,
        "ladders.ours.steps[1].rule",
        "expected a rule's id: three letters, three letters and a number, or one such as OURS-ALT-1, found 'OUR-1'",
    ),
    ("processes: {nomination: null}\n", 3, 13, "processes.nomination", "this key is missing"),
    (
        "processes: {nominations: OURS-REC-1}\n",
        3,
        13,
        "processes.nominations",
        "there is no such key; did you mean 'nomination'?",
    ),
    (
        "processes: {submission: submitted}\n",
        3,
        13,
        "processes.submission",
        "expected a rule's id: three letters, three letters and a number, or one such as OURS-ALT-1, found 'submitted'",
    ),
    ("roles: {slt: {title: null}}\n", 3, 15, "roles.slt.title", "this key is missing"),
    (
        "ladders: {pim-date: {steps: [{rule: NEW-DDL-1, at: due, to: [owner], send: pim-date, deputies: perhaps}]}}\n",
        3,
        86,
        "ladders.pim-date.steps[1].deputies",
        "expected true or false, found 'perhaps'",
    ),
    ("roles: {slt: boss}\n", 3, 9, "roles.slt", "expected keys with values, found 'boss'"),
    ("rules: {NEW-ONE-1: {text: x, source: y, flag: Q}}\n", 3, 41, "rules.NEW-ONE-1.flag", "expected one or more of E"),
    ("extends: newham\n", 3, 1, "extends", "this key stands here twice; the first is in line 2"),
    ("<<: {title: x}\n", 3, 1, "", "expected a plain word as the key"),
    ("title: [1\n", 4, 1, "", "this is not valid YAML"),
    ("title: !!python/name:os.system x\n", 3, 8, "", "this is not valid YAML"),
    ("council: {closure_days: [2026-02-30]}\n", 3, 26, "council.closure_days[1]", "'2026-02-30' cannot be read"),
    ("title: !!int x\n", 3, 1, "title", "'x' cannot be read"),
    ("title: !!bool perhaps\n", 3, 1, "title", "'perhaps' cannot be read"),
    ('source: "./a\\0.yaml"\n', 3, 1, "source", "this text holds U+0000, which nobody can read: take it out"),
    ('title: "a\\0b"\n', 3, 1, "title", "this text holds U+0000, which nobody can read: take it out"),
    ('title: "a\\ud800b"\n', 3, 1, "title", "this text holds U+D800, which nobody can read: take it out"),
    ('roles: {"a\\x07": {}}\n', 3, 9, "roles", "this text holds U+0007, which nobody can read: take it out"),
    ("title: !!binary aGVsbG8=\n", 3, 1, "title", "'tag:yaml.org,2002:binary' is no kind of value here"),
    ("title: !!set x\n", 3, 1, "title", "'tag:yaml.org,2002:set' is no kind of value here"),
    (
        "samples:\n  qaa:\n",
        4,
        3,
        "samples.qaa",
        "an empty value takes a key away, and the file that this one extends has no such key; did you mean 'qa'?",
    ),
    (
        "roles: {slt: {does: null}}\n",
        3,
        15,
        "roles.slt.does",
        "an empty value takes a key away, and the file that this one extends has no such key; give it a value",
    ),
    ("confirm: &a {x: *a}\n", 3, 14, "confirm.x", "this alias contains itself"),
    # One thing may be of several kinds: the fault is told once, of the kind that was meant, under the file's own keys.
    (
        "duties: {actions: {due: 2026-12-24}}\n",
        3,
        20,
        "duties.actions.due",
        "expected a date such as 'opened + 5 working days', or 'none', found 2026-12-24",
    ),
    ("duties: {actions: {due: {according-to: x}}}\n", 3, 20, "duties.actions.due.else", "this key is missing"),
    (
        "duties: {actions: {due: {according-to: x, else: opened, y: true}}}\n",
        3,
        57,
        "duties.actions.due.y",
        "expected an offset such as 'due - 7 days', found true",
    ),
    (
        "activities: {practice-learning-review: {due: [cycle-end]}}\n",
        3,
        41,
        "activities.practice-learning-review.due",
        "expected a date such as 'cycle-end - 7 days', found a list",
    ),
    ("duties: {alert: {if: {grades: [red]}}}\n", 3, 23, "duties.alert.if.grades", "there is no such key; did you mean"),
    ("duties: {alert: {if: red}}\n", 3, 18, "duties.alert.if", "expected keys with values, found 'red'"),
    (
        "gatherings: {board: {rule: NEW-QUO-1, title: Board, lists: [{of: [x], until: y}]}}\n",
        3,
        71,
        "gatherings.board.lists[1].until",
        "there is no such key; expected one of of, if",
    ),
    (
        "gatherings: {board: {rule: NEW-QUO-1, title: Board, lists: open action}}\n",
        3,
        53,
        "gatherings.board.lists",
        "expected 'open actions', found 'open action'; did you mean 'open actions'?",
    ),
    (
        "gatherings: {board: {rule: NEW-QUO-1, title: Board, days: import}}\n",
        3,
        53,
        "gatherings.board.days",
        "expected 'imported', found 'import'; did you mean 'imported'?",
    ),
    (
        "gatherings: {board: {rule: NEW-QUO-1, title: Board, days: [2026-12-24, soon]}}\n",
        3,
        72,
        "gatherings.board.days[2]",
        "expected a day such as 2026-12-24, found 'soon'",
    ),
    (
        "gatherings: {board: {rule: NEW-QUO-1, title: Board, announce: 5}}\n",
        3,
        53,
        "gatherings.board.announce",
        "expected an offset such as 'due - 7 days', found 5",
    ),
    (
        "activities: {practice-learning-review: {every: [month]}}\n",
        3,
        41,
        "activities.practice-learning-review.every",
        "expected 'month', 'quarter', 'half-year', 'year', '2 months', '6 weeks from 2026-04-06', "
        "'month on 3rd Tuesday', 'since last' or 'on request'",
    ),
    (
        "roles: {slt: {title: 2026-12-24}}\n",
        3,
        15,
        "roles.slt.title",
        "expected a text (in quotes if it looks like a number), found 2026-12-24",
    ),
]


@pytest.mark.parametrize(("text", "line", "column", "where", "what"), BAD)
def test_what_is_wrong_is_said_with_its_place(
    write: Write, text: str, line: int, column: int, where: str, what: str
) -> None:
    path = write("ours", OWN + text)
    (problem,) = problems(path)
    assert (problem.file, problem.line, problem.column, problem.where) == (str(path), line, column, where)
    assert problem.what.startswith(what)


def test_all_problems_are_shown_at_once_in_the_order_of_the_file(write: Write) -> None:
    found = problems(write("ours", OWN + "titel: x\ncouncil: {opens: late}\nwithout: [x]\n"))
    assert [problem.line for problem in found] == [3, 4, 5]


def test_no_sentence_is_pydantics_own(write: Write) -> None:
    found = problems(write("empty", "framework: Ours!\nroles: {a: {title: []}}\n"))
    assert {problem.what for problem in found} >= {
        "this key is missing",
        "expected small letters, digits and hyphens, such as newham, found 'Ours!'",
    }
    assert not any("Input should" in problem.what or "Field required" in problem.what for problem in found)


def test_aliases_within_aliases_are_not_followed_for_ever(write: Write) -> None:
    tens = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    tens += [f"a{number}: &a{number} [{', '.join([f'*a{number - 1}'] * 10)}]" for number in range(1, 60)]
    (problem,) = problems(write("ours", OWN + "\n".join(tens)))
    assert problem.what.startswith("there are more than 100,000 values here")


@pytest.mark.parametrize("text", ["", "# nothing\n", "- a\n- b\n", "just words\n"])
def test_a_file_without_keys_says_so(write: Write, text: str) -> None:
    (problem,) = problems(write("ours", text))
    assert problem.what == "expected keys with values, such as 'framework: newham'"


def test_a_councils_own_file_changes_single_values(newham: Framework, write: Write) -> None:
    ours = load(write("ours", OWN + "council: {name: Ours}\nsamples: {qa: {share: 25%}}\n"), [SHIPPED])
    assert (ours.framework, ours.council.name, ours.samples["qa"].share) == ("ours", "Ours", 25)
    assert ours.council.case_reference == newham.council.case_reference
    assert ours.ladders == newham.ladders


def test_a_single_step_can_be_changed_by_its_rule(newham: Framework, write: Write) -> None:
    path = write("ours", OWN + "ladders: {review-due: {steps: [{rule: NEW-REM-2, at: due - 10 days}]}}\n")
    ours = load(path, [SHIPPED])
    shipped = newham.ladders["review-due"].steps
    first, second, *others = ours.ladders["review-due"].steps
    assert str(second.at) == "due - 10 days"
    assert second.to == shipped[1].to
    assert (first, *others) == (shipped[0], *shipped[2:])
    assert ours.place(("ladders", "review-due", "steps", 1, "at")).file == str(path)


def test_a_step_with_a_new_rule_replaces_all_steps(write: Write) -> None:
    text = "ladders: {review-due: {steps: [{rule: NEW-REM-9, at: due, to: [slt], send: data-request}]}}\n"
    ours = load(write("ours", OWN + text), [SHIPPED])
    assert [step.rule for step in ours.ladders["review-due"].steps] == ["NEW-REM-9"]


def test_other_lists_are_replaced_and_an_empty_value_takes_a_key_away(write: Write) -> None:
    ours = load(write("ours", OWN + "duties: {data-request: {owes: [slt]}}\nsamples:\n  qa:\n"), [SHIPPED])
    assert ours.duties["data-request"].owes == ("slt",)
    assert list(ours.samples) == ["head-of-service"]


def test_a_later_folder_overrides_by_file_name(tmp_path: Path, write: Write) -> None:
    write("newham", "framework: newham\nextends: newham\ntitle: Ours\n")
    ours = load("newham", [SHIPPED, tmp_path])
    assert ours.title == "Ours"
    assert load("newham", [tmp_path, SHIPPED]).title != "Ours"


def test_a_file_may_extend_one_that_extends_another(tmp_path: Path, write: Write) -> None:
    write("region", "extends: newham\ntitle: The region\n")
    write("ours", "extends: region\nframework: ours\n")
    assert load("ours", [SHIPPED, tmp_path]).title == "The region"


def test_files_that_extend_one_another_are_an_error(tmp_path: Path, write: Write) -> None:
    write("a", "extends: b\n")
    path = write("b", "framework: b\nextends: a\n")
    (problem,) = problems("a", tmp_path)
    assert (problem.file, problem.line, problem.where) == (str(path), 2, "extends")
    assert problem.what == "this goes round in a circle: a extends b extends a"


def test_a_file_that_extends_itself_is_an_error(write: Write) -> None:
    (problem,) = problems(write("ours", "extends: ours\n"))
    assert problem.what == "this goes round in a circle: ours extends ours"


@pytest.mark.parametrize(("name", "what"), [("newhm", "did you mean 'newham'?"), ("[a]", "expected the name")])
def test_extending_what_is_not_there_names_the_line(write: Write, name: str, what: str) -> None:
    (problem,) = problems(write("ours", f"framework: ours\nextends: {name}\n"))
    assert (problem.line, problem.column) == (2, 1)
    assert what in problem.what


def test_a_mistake_in_the_extended_file_is_shown_there(tmp_path: Path, write: Write) -> None:
    base = write("base", "extends: newham\ntitle: 7\n")
    write("ours", "extends: base\nframework: ours\n")
    (problem,) = problems("ours", tmp_path)
    assert (problem.file, problem.line) == (str(base), 2)


def test_what_was_wrong_before_and_after_the_laying_over_is_said_where_it_stands(tmp_path: Path, write: Write) -> None:
    region = write("region", "extends: newham\ncouncil: {opens: late}\nroles:\n  slt:\n    of: nowhere\n")
    ours = write("ours", OWN.replace("newham", "region") + "roles: {slt: {title: 7}}\n")
    found = [(each.file, each.line, each.where) for each in problems("ours", tmp_path)]
    assert found == [
        (str(ours), 3, "roles.slt.title"),
        (str(region), 2, "council.opens"),
        (str(region), 5, "roles.slt.of"),
    ]


def test_the_linter_too_says_in_which_file_of_a_chain_a_key_stands(tmp_path: Path, write: Write) -> None:
    region = write("region", "extends: newham\nsamples: {qa: {owes: [nobody]}}\n")
    ours = write("ours", "framework: ours\nextends: region\nsamples: {head-of-service: {owes: [none]}}\n")
    found = {(each.file, each.line, each.where) for each in lint(load("ours", [SHIPPED, tmp_path]))}
    assert found == {
        (str(region), 2, "samples.qa.owes[1]"),
        (str(ours), 3, "samples.head-of-service.owes[1]"),
    }


def test_everything_that_cannot_be_taken_away_is_said_at_once(write: Write) -> None:
    found = problems(write("ours", OWN + "samples:\n  qaa:\nroles:\n  chief:\n  boss:\n"))
    assert [(each.line, each.where) for each in found] == [(4, "samples.qaa"), (6, "roles.chief"), (7, "roles.boss")]


def test_what_one_file_takes_away_a_later_one_may_give_again_but_not_take_again(tmp_path: Path, write: Write) -> None:
    write("region", "extends: newham\nsamples:\n  qa:\n")
    again = (SHIPPED / "newham.yaml").read_text("utf-8").partition("\n  qa:\n")[2].partition("\n\n")[0]
    write("ours", f"framework: ours\nextends: region\nsamples:\n  qa:\n{again}\n")
    assert list(load("ours", [SHIPPED, tmp_path]).samples) == ["head-of-service", "qa"]
    write("theirs", "framework: theirs\nextends: region\nsamples:\n  qa:\n")
    (problem,) = problems("theirs", tmp_path)
    assert (problem.line, problem.where) == (4, "samples.qa")


def test_a_part_of_what_an_earlier_file_took_away_is_not_enough(tmp_path: Path, write: Write) -> None:
    write("region", "extends: newham\nsamples:\n  qa:\n")
    path = write("ours", "framework: ours\nextends: region\nsamples: {qa: {share: 25%}}\n")
    found = problems("ours", tmp_path)
    assert {(each.file, each.line, each.what) for each in found} == {(str(path), 3, "this key is missing")}


def test_what_is_switched_off_adds_up_along_the_chain(tmp_path: Path, write: Write) -> None:
    write("region", "extends: newham\nwithout: [OURS-MOD-2, OURS-DAT-1]\n")
    write("ours", "framework: ours\nextends: region\nwithout: [OURS-DAT-1, OURS-DAT-2]\n")
    ours = load("ours", [SHIPPED, tmp_path])
    assert ours.without == ("OURS-MOD-2", "OURS-DAT-1", "OURS-DAT-2")
    assert [Path(ours.place(("without", index)).file).stem for index in range(3)] == ["region", "region", "ours"]
    assert ours.place(("without", 2)).line == 3


def test_an_empty_off_switches_everything_on_again(tmp_path: Path, write: Write) -> None:
    write("region", "extends: newham\nwithout: [OURS-MOD-2]\n")
    write("ours", "framework: ours\nextends: region\nwithout:\n")
    assert load("ours", [SHIPPED, tmp_path]).without == ()


def test_a_file_may_be_extended_by_its_path_which_counts_from_the_file_that_names_it(tmp_path: Path) -> None:
    for folder in ("council", "shared"):
        (tmp_path / folder).mkdir()
    (tmp_path / "shared/region.yaml").write_text("extends: ../newham-of-ours.yml\ntitle: The region\n", "utf-8")
    (tmp_path / "newham-of-ours.yml").write_text("extends: newham\ncouncil: {name: Of ours}\n", "utf-8")
    ours = tmp_path / "council/ours.yaml"
    ours.write_text("framework: ours\nextends: ../shared/region.yaml\n", "utf-8")
    loaded = load(ours, [SHIPPED])
    assert (loaded.framework, loaded.title, loaded.council.name) == ("ours", "The region", "Of ours")


def test_a_circle_of_paths_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "a.yaml").write_text("extends: sub/b.yaml\n", "utf-8")
    (tmp_path / "sub/b.yaml").write_text("framework: b\nextends: ../sub/../a.yaml\n", "utf-8")
    (problem,) = problems(tmp_path / "a.yaml")
    assert Path(problem.file).name == "b.yaml"
    assert (problem.line, problem.column, problem.where) == (2, 1, "extends")
    assert problem.what == "this goes round in a circle: a extends sub/b.yaml extends ../sub/../a.yaml"


def test_files_of_one_name_in_two_folders_are_no_circle(tmp_path: Path) -> None:
    (tmp_path / "theirs").mkdir()
    (tmp_path / "ours.yaml").write_text("framework: ours\nextends: theirs/ours.yaml\n", "utf-8")
    (tmp_path / "theirs/ours.yaml").write_text("extends: newham\ntitle: Theirs\n", "utf-8")
    assert load(tmp_path / "ours.yaml", [SHIPPED]).title == "Theirs"


@pytest.mark.parametrize("name", ["./nowhere.yaml", "shared/", f"./{'x' * 300}.yaml"])
def test_extending_a_file_that_is_not_there_names_the_line_that_does(write: Write, name: str) -> None:
    path = write("ours", f"framework: ours\nextends: {name}\n")
    (problem,) = problems(path)
    assert (problem.file, problem.line, problem.where) == (str(path), 2, "extends")
    assert problem.what.startswith("there is no file '")
    assert "counts from the folder of the file that names it" in problem.what


def test_a_name_longer_than_a_file_can_have_is_no_framework(write: Write) -> None:
    (problem,) = problems(write("ours", f"extends: {'x' * 300}\n"))
    assert "there is no framework of this name" in problem.what


def test_a_name_that_lies_beside_the_file_but_not_in_a_folder_of_frameworks_is_explained(write: Write) -> None:
    write("region", "extends: newham\n")
    (problem,) = problems(write("ours", "extends: region\n"))
    assert problem.what.endswith("; for the one beside this file, write ./region.yaml")


def test_keys_of_earlier_files_are_explained_by_their_new_names(write: Write) -> None:
    activity = "quota: []\n    allocation: {rule: NEW-SEL-1, exclude: [involved]}\n"
    text = f"extends: newham\noff: [NEW-MOD-2]\nactivities:\n  practice-learning-review:\n    {activity}"
    found = [(each.where, each.what) for each in problems(write("ours", text))]
    assert found == [
        ("off", "this key is called 'without' now"),
        ("activities.practice-learning-review.quota", "this key is called 'do' now"),
        ("activities.practice-learning-review.allocation", "this key is called 'cases' now"),
    ]
    text = "extends: newham\nactivities: {practice-learning-review: {cases: {exclude: [involved]}}}\n"
    assert [each.what for each in problems(write("ours", text))] == ["this key is called 'never' now"]
