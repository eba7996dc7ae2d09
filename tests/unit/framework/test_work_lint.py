"""What can be wrong with who does work, when and about what: one clear message each, all at once."""

from pathlib import Path

import pytest

from qabot.errors import BadFile
from qabot.framework import Framework, describe, differences, load, require

PARTS = "ask: [manager-overall], grade: manager-overall"
EXTENDS = """extends: newham
rules:
  ABC-DDL-1: {text: A rule of another council., source: invented}
  ABC-DDL-2: {text: Another one., source: invented}
roles:
  peer: {title: Peer Auditor, of: council, above: quality-assurance}
  social-worker: {title: Social Worker, of: team, above: practice-lead}
"""


def one(lines: str, name: str = "peer-audit") -> str:
    return f"  {name}: {{rule: ABC-DDL-1, title: {name}, plural: {name}s, {PARTS}, {lines}}}\n"


def read(folder: Path, activities: str, more: str = "", name: str = "ours.yaml") -> Framework:
    (folder / name).write_text(f"{EXTENDS}activities:\n{activities}{more}", "utf-8")
    return require(load(folder / name, [Path("frameworks")], to_lint=True))


def wrong(folder: Path, activities: str, more: str = "") -> list[tuple[str, str]]:
    with pytest.raises(BadFile) as caught:
        read(folder, activities, more)
    return [(each.where, each.what) for each in caught.value.problems]


AT = "activities.peer-audit"


@pytest.mark.parametrize(
    ("lines", "where", "what"),
    [
        (
            "every: month, do: [{rule: ABC-DDL-1, per: pear}]",
            "do[1].per",
            "there is no role 'pear'; did you mean 'peer'?",
        ),
        (
            "every: month, do: [{rule: ABC-DDL-1, shared-by: [peer, pear]}]",
            "do[1].shared-by[2]",
            "there is no role 'pear'; did you mean 'peer'?",
        ),
        (
            "every: month, do: [{rule: ABC-DDL-1, shared-by: [practitioner]}]",
            "do[1].shared-by[1]",
            "nobody holds 'practitioner': it is no role, and means somebody else each time; name a role",
        ),
        (
            "every: month, do: [{rule: ABC-DDL-1, shared-by: [peer, peer]}]",
            "do[1].shared-by[2]",
            "'peer' stands here twice: once is enough",
        ),
        (
            "asked-by: [owner]",
            "asked-by[1]",
            "nobody holds 'owner': it is no role, and means somebody else each time; name a role",
        ),
        (
            "every: month, about: person, do: [{rule: ABC-DDL-1, for-each: social-worker}]",
            "do[1].for-each",
            "nothing says who does it about each of them: expected 'owes' with their roles",
        ),
        (
            "every: month, about: person, do: [{rule: ABC-DDL-1, for-each: peer, owes: [peer]}]",
            "do[1].owes",
            "nobody looks at their own work: expected another role than that of 'for-each'",
        ),
        (
            "every: month, do: [{rule: ABC-DDL-1, for-each: social-worker, owes: [peer]}]",
            "do[1].for-each",
            "this is about each of them, so the work is about a person: expected 'about: person' beside 'do'",
        ),
        (
            "every: month, do: [{rule: ABC-DDL-1, per: peer, owes: [practice-lead]}]",
            "do[1].owes",
            "this says who does it about each of some people: expected 'for-each' with their role",
        ),
        (
            "every: month, do: [{rule: ABC-DDL-1, count: 3}]",
            "do[1]",
            "expected exactly one of 'per', 'shared-by' and 'for-each', found none of them",
        ),
        (
            "every: month, do: [{rule: ABC-DDL-1, per: peer, shared-by: [peer]}]",
            "do[1]",
            "expected exactly one of 'per', 'shared-by' and 'for-each', found per and shared-by",
        ),
        (
            "every: month, do: [{rule: ABC-DDL-1, per: peer, most: 2}]",
            "do[1].most",
            "this is the most that one of a pool has: expected it with 'shared-by' alone",
        ),
        (
            "every: month, do: [{rule: ABC-DDL-1, shared-by: [peer]}, {rule: ABC-DDL-2, shared-by: [peer]}]",
            "do[2].shared-by",
            "the same roles share a number above: write one number for both",
        ),
        (
            "do: []",
            "",
            "nothing says when this is done: expected 'every', or 'asked-by' with the roles that ask for it",
        ),
        ("every: month", "", "nothing says who does this: expected 'do', or 'do: []' if all of it is imported"),
        (
            "asked-by: [peer], do: [{rule: ABC-DDL-1, per: peer}]",
            "do",
            "work on request comes only when it is asked for: take 'do' out, or say 'every' how often",
        ),
        (
            "every: month, do: [], about: place, cases: {rule: ABC-DDL-1}",
            "cases",
            "work about a place hands out no case: take 'cases' out",
        ),
        (
            "every: month, do: [], about: nothing, cases: {rule: ABC-DDL-1}",
            "cases",
            "work about nothing hands out no case: take 'cases' out",
        ),
        (
            "every: month, do: [], about: house",
            "about",
            "expected 'case', 'person', 'place', 'theme' or 'nothing', found 'house'",
        ),
        ("every: month, do: [{rule: ABC-DDL-1, per: peer, count: 0}]", "do[1].count", "expected 1 or more, found 0"),
    ],
)
def test_each_mistake_is_told_at_its_key(tmp_path: Path, lines: str, where: str, what: str) -> None:
    assert wrong(tmp_path, one(lines)) == [(f"{AT}.{where}" if where else AT, what)]


def test_all_of_them_are_told_at_once(tmp_path: Path) -> None:
    activities = (
        one("every: month, do: [{rule: ABC-DDL-1, per: pear}]") + one("do: []", "second") + one("every: month", "third")
    )
    assert [where for where, _ in wrong(tmp_path, activities)] == [
        "activities.peer-audit.do[1].per",
        "activities.second",
        "activities.third",
    ]


def test_two_activities_of_one_name_are_told_together_with_the_other_mistakes(tmp_path: Path) -> None:
    activities = one("every: month, do: [{rule: ABC-DDL-1, per: peer}]") + one("every: month, do: []")
    found = wrong(tmp_path, activities + one("every: month, do: [{rule: ABC-DDL-1, per: pear}]", "second"))
    assert found == [
        (AT, "this key stands here twice; the first is in line 9"),
        ("activities.second.do[1].per", "there is no role 'pear'; did you mean 'peer'?"),
    ]
    also = wrong(tmp_path, activities + one("every: fortnight, do: []", "third"))
    assert [where for where, _ in also] == [AT, "activities.third.every"]


@pytest.mark.parametrize("about", ["place", "theme", "nothing"])
def test_what_is_nobodys_work_has_no_practitioner_however_far_down_a_chain(tmp_path: Path, about: str) -> None:
    duties = """
duties:
  sort: {rule: ABC-DDL-1, title: Sort, when: [peer-audit.submitted], owes: [quality-assurance], due: none}
  talk: {rule: ABC-DDL-2, title: Talk, when: [sort.done], owes: [practitioner, practice-lead], due: none}
"""
    said = about if about == "nothing" else f"a {about}"
    assert wrong(tmp_path, one(f"every: month, do: [], about: {about}"), duties) == [
        ("duties.talk.owes[1]", f"'peer-audit' is about {said}, which is nobody's work: it has no practitioner")
    ]


def test_new_work_is_about_the_same_as_the_work_before_it(tmp_path: Path) -> None:
    duties = """
duties:
  again: {rule: ABC-DDL-1, title: Again, when: [peer-audit.submitted], owes: [quality-assurance],
          due: submitted + 20 working days, makes: practice-learning-review}
"""
    [(where, what)] = wrong(tmp_path, one("every: month, do: [], about: place"), duties)
    assert where == "duties.again.makes"
    assert what.startswith("new work is about the same as the work before it: 'peer-audit' is about a place, and this")


def test_the_description_says_who_does_what_about_whom(tmp_path: Path) -> None:
    framework = read(
        tmp_path,
        one("every: month, do: [{rule: ABC-DDL-1, count: 12, shared-by: [peer, practice-lead], most: 3}]")
        + one(
            "every: year, about: person, do: [{rule: ABC-DDL-1, for-each: social-worker, owes: [practice-lead]}]",
            "look",
        )
        + one("about: theme, asked-by: [peer]", "theme"),
    )
    said = {each.title: " ".join([each.intro, *(item.text for item in each.items)]) for each in describe(framework)}
    assert "12 peer-audits each month, shared by the Peer Auditor and Practice Lead in turn" in said["Peer-audit"]
    assert "at most 3 each" in said["Peer-audit"]
    assert "1 look each year about each Social Worker, by the Practice Lead of their team" in said["Look"]
    assert "It is about a person" in said["Look"]
    assert "The Peer Auditor may ask for one" in said["Theme"]
    assert "No case is drawn" in said["Theme"]


def test_a_change_of_who_does_it_is_a_difference(tmp_path: Path) -> None:
    old = read(tmp_path, one("every: month, do: [{rule: ABC-DDL-1, count: 3, shared-by: [peer]}]"), name="old.yaml")
    new = read(tmp_path, one("every: month, about: theme, do: [{rule: ABC-DDL-1, count: 4, shared-by: [peer]}]"))
    found = {each.key: (each.old.value, each.new.value) for each in differences(old, new)}
    assert found["about"] == ("case", "theme")
    assert (3, 4) in found.values()
