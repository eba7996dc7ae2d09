"""A message file becomes a card."""

import re
from datetime import date
from pathlib import Path

import pytest

from qabot.errors import BadFile, NotFound
from qabot.messaging.card import Bullets, Button, Facts, Heading, Note, Paragraph, Row, Run, plain
from qabot.messaging.files import FEW, Catalogue, message_context
from qabot.messaging.samples import sample_context
from qabot.messaging.views import Council, Item, Links, PersonView
from tests.unit.messaging.writing import Render, Write, button

ROWS = 'rows: "{{ item.audit.reference }} for {{ recipient.first_name }}"\nrow_buttons: [submit-grades]\n'


def test_markdown_becomes_blocks(render: Render) -> None:
    card = render(
        "# Review {{ audit.reference }}\n\n"
        "Hello **{{ recipient.first_name }}**,\nsee [the *record*]({{ links.record }}).\n\n"
        "## Details of {{ audit.reference }}\n\n- **Due:** {{ audit.due | day }}\n- **Team:** North\n\n"
        "Next:\n\n- one\n- **two**\n\n> Why.\n"
    )
    assert card.title == "Review QA-1042"
    assert card.blocks == (
        Paragraph(
            (
                Run("Hello "),
                Run("Priya", bold=True),
                Run(", see "),
                Run("the ", href="https://cases.example/record"),
                Run("record", italic=True, href="https://cases.example/record"),
                Run("."),
            )
        ),
        Heading("Details of QA-1042"),
        Facts((("Due", (Run("31 December 2026"),)), ("Team", (Run("North"),)))),
        Paragraph((Run("Next:"),)),
        Bullets(((Run("one"),), (Run("two", bold=True),))),
        Note((Run("Why."),)),
    )


def test_a_line_that_begins_and_ends_with_a_tag_is_a_paragraph_of_its_own(render: Render) -> None:
    when = "{% if audit.case_reference %}"
    card = render(f"# Title\n\n{when}One.{{% endif %}}\n\n{when}Two.{{% endif %}}\n\n{when}\nThree.\n{{% endif %}}\n")
    assert [plain(each.text) for each in card.blocks if isinstance(each, Paragraph)] == ["One.", "Two.", "Three."]


def test_front_matter_goes_into_the_card(render: Render) -> None:
    card = render("# Title\n\nText.\n", more="buttons: [acknowledge, open-record]\n")
    assert (card.summary, card.lane, card.message) == ("You have something to see.", "due", "message")
    assert card.buttons == (
        Button("acknowledge", "acknowledge this", "sample-1"),
        Button("open-record", "open-record this", "sample-1"),
    )
    assert card.more_url == "https://qabot.example/inbox"


def test_a_long_list_has_columns_and_a_short_one_none(write: Write) -> None:
    more = f'{ROWS}columns:\n  Reference: "{{{{ item.audit.reference }}}}"\n  Due: "{{{{ item.audit.due | day }}}}"\n'
    catalogue = Catalogue.load([write("# Title\n\n{{ rows }}\n", more=more)])
    one = sample_context("audit")
    for count, cells in ((FEW, ()), (FEW + 1, (("Reference", "QA-1042"), ("Due", "31 December 2026")))):
        card = catalogue.render("message", {**one, "items": one["items"] * count}, button)
        rows = [each for each in card.blocks if isinstance(each, Row)]
        assert len(rows) == count
        assert {tuple((label, plain(value)) for label, value in each.cells) for each in rows} == {cells}


def test_a_button_that_is_not_offered_now_is_left_out(write: Write) -> None:
    catalogue = Catalogue.load([write("# Title\n", more="buttons: [acknowledge, not-me]\n")])
    card = catalogue.render(
        "message", sample_context("audit"), lambda action, token: button(action, token) if action == "not-me" else None
    )
    assert [made.action for made in card.buttons] == ["not-me"]


def test_each_item_is_a_row_with_its_own_token(render: Render) -> None:
    card = render("# Title\n\nBefore.\n\n{{ rows }}\n\nAfter.\n\n> Note.\n", more=ROWS, sample="many")
    kinds = [type(block) for block in card.blocks]
    assert kinds == [Paragraph, Row, Row, Row, Paragraph, Note]
    rows = [block for block in card.blocks if isinstance(block, Row)]
    assert [plain(row.text) for row in rows] == ["QA-1042 for Priya", "QA-1057 for Priya", "QA-1063 for Priya"]
    assert [row.buttons[0].token for row in rows] == ["sample-1042", "sample-1057", "sample-1063"]


def test_rows_without_a_place_stand_before_the_notes(render: Render) -> None:
    card = render("# Title\n\nBefore.\n\n> Note.\n", more=ROWS, sample="many")
    assert [type(block) for block in card.blocks] == [Paragraph, Row, Row, Row, Note]


def test_no_items_give_no_rows(render: Render) -> None:
    assert render("# Title\n\n{{ rows }}\n", more=ROWS, items=()).blocks == ()


def test_numbers_lists_and_conditions_behave(render: Render) -> None:
    card = render(
        '# {{ items | length | plural("review", "reviews") }}\n\n'
        "{% set left = cycle.quota - cycle.done %}\n{{ left }} left{% if left == 1 %}, the last one{% endif %}\n\n"
        "{% for each in items %}\n- {{ loop.index }}: {{ each.audit.reference | lower }}\n{% endfor %}\n",
        sample="many",
    )
    assert card.title == "3 reviews"
    assert card.blocks == (
        Paragraph((Run("1 left, the last one"),)),
        Bullets(tuple([(Run(f"{at}: qa-{number}"),) for at, number in enumerate((1042, 1057, 1063), 1)])),
    )


def test_a_number_and_a_full_stop_do_not_start_a_list(render: Render) -> None:
    assert render("# Title\n\n{{ 3 }}. of them\n").blocks == (Paragraph((Run("3. of them"),)),)


def test_a_tag_at_the_end_of_a_line_does_not_join_paragraphs(render: Render) -> None:
    card = render(
        "# Title{% if audit %} here{% endif %}\n\n"
        "{% if audit %}\nOne{% if audit %}, two{% endif %}\n{% endif %}\nthree\n"
    )
    assert (card.title, card.blocks) == ("Title here", (Paragraph((Run("One, two three"),)),))


def test_facts_without_a_value_are_left_out(render: Render) -> None:
    body = "# Title\n\n- **Team:** {{ audit.team }}\n- **By:** {{ deadline.due | day }}\n\n{{ audit.grade }}\n"
    sparse = sample_context("audit", "sparse")
    assert render(body, **sparse).blocks == ()


def test_a_title_without_words_is_the_summary(render: Render) -> None:
    assert render("# {{ audit.team }}\n", **sample_context("audit", "sparse")).title == "You have something to see."


def test_only_web_addresses_become_links(render: Render) -> None:
    body = "# Title\n\n[Open]({{ params.url }})\n"
    assert render(body, params={"url": "https://x.example/a"}).blocks == (
        Paragraph((Run("Open", href="https://x.example/a"),)),
    )
    for address in ("javascript:alert(1)", "data:text/html,x", "", "https://x.example/ a", "//x.example", "x"):
        assert render(body, params={"url": address}).blocks == (Paragraph((Run("Open"),)),)


def test_a_file_of_a_later_folder_replaces_one_of_the_same_name(write: Write) -> None:
    first = write("# Ours\n")
    write("# Other\n", name="other")
    second = write("# Theirs\n", folder="council")
    catalogue = Catalogue.load([first, second])
    assert catalogue.names() == ("message", "other")
    assert catalogue.render("message", sample_context("audit"), button).title == "Theirs"
    assert catalogue.get("other").path.parent == first


def test_what_a_file_uses_is_known(write: Write) -> None:
    file = Catalogue.load([write("# {{ audit.reference }}\n\n{{ recipient.name }}\n")]).get("message")
    assert file.uses == {"audit", "recipient"}
    assert file.shows == {"reference", "name"}


def test_a_message_that_is_not_there_is_named(write: Write) -> None:
    with pytest.raises(NotFound, match="nothing-here"):
        Catalogue.load([write("# Title\n")]).get("nothing-here")


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadFile, match="no such folder"):
        Catalogue.load([tmp_path / "nowhere"])


def test_the_context_has_the_parts_of_the_first_item() -> None:
    items = sample_context("many")["items"]
    context = message_context(PersonView(1, "A B"), Council("C", "1"), Links("x"), date(2026, 11, 23), items)
    assert context["audit"] is items[0].audit
    assert context["items"] == items
    nothing = message_context(PersonView(1, "A B"), Council("C", "1"), Links("x"), date(2026, 11, 23), [])
    assert (nothing["audit"], nothing["params"]) == (None, Item("").params)


def test_people_are_greeted_once() -> None:
    person, council, links = PersonView(1, "Ade Okafor"), Council("C", "1"), Links("x")
    assert message_context(person, council, links, date(2026, 11, 23), [])["hello"] == "Hello Ade."
    assert message_context(person, council, links, date(2026, 11, 23), [], greet=False)["hello"] == ""


FAULTS = {
    "1. one\n": "numbered list",
    "```\ncode\n```\n": "block of code",
    "<div>x</div>\n": "HTML",
    "a <b>x</b>\n": "HTML",
    "![x](https://x.example/y)\n": "picture",
    "a `word`\n": "backticks",
    "***\n": "ruled line",
    "### deep\n": "heading below ##",
    "# again\n": "second title",
    "- - b\n": "one paragraph in each item",
    "- > b\n": "one paragraph in each item",
    "> - a\n": "plain paragraphs in a note",
    "[x](mailto:a)\n": "does not begin with http",
    "See {{ rows }} here\n": "line of its own",
    "{{ nobody }}\n": "nobody: there is no such variable",
    "{{ item.audit.due }}\n": "item: there is no such variable",
    "{{ audit.grad }}\n": "grad: there is no such value",
    "{% if not audit %}{{ alert.rised }}{% endif %}\n": "rised: there is no such value",
    "{{ audit.due \n": "end of",
    "{{ audit.due | nothing }}\n": "nothing",
    "{% macro x() %}{% endmacro %}\n": "macro",
    "{% set x %}a{% endset %}\n": "assignblock",
    "{% include 'x' %}\n": "include",
    "zQ3Qz\n": "uses for values",
}


@pytest.mark.parametrize("body", FAULTS)
def test_what_a_message_cannot_hold_is_named_with_its_line(write: Write, body: str) -> None:
    with pytest.raises(BadFile) as caught:
        Catalogue.load([write(f"# Title\n\n{{% if audit %}}\nFine.\n{{% endif %}}\n\n{body}")])
    assert FAULTS[body] in str(caught.value)
    assert "message.md:12:" in str(caught.value)


@pytest.mark.parametrize(
    ("more", "place", "what"),
    [
        ("colour: red\n", "5:1", "colour: unknown key"),
        ("buttons: [acknowledge, nothing]\n", "5:24", "nothing: unknown button"),
        ("buttons: acknowledge\n", "5:1", "expected a list"),
        ("row_buttons: [acknowledge]\n", "5:1", "needs rows"),
        ("rows: [x]\n", "5:1", "expected text"),
        ('rows: "{{ item.nobody }}"\n', "5:1", "nobody: there is no such value"),
        ('rows: "{{ cycle.nothing }}"\n', "5:1", "nothing: there is no such value"),
        ("rows: '![x](y)'\n", "5:1", "picture"),
        ("columns: {Due: x}\n", "5:1", "needs rows"),
        ("columns: [Due]\n", "5:1", "expected a label and a line"),
        ('rows: x\ncolumns: {"{{ a }}": x}\n', "6:1", "the same for everybody"),
        ('rows: x\ncolumns:\n  Due: "{{ item.nobody }}"\n', "7:1", "nobody: there is no such value"),
        ("lane: due\n", "5:1", "duplicate key"),
        ("buttons: [\n", "5:11", "not YAML"),
    ],
)
def test_faults_of_the_front_matter_have_line_and_column(write: Write, more: str, place: str, what: str) -> None:
    with pytest.raises(BadFile) as caught:
        Catalogue.load([write("# Title\n", more=more)], buttons={"acknowledge"})
    assert re.search(rf"message\.md:{place}: .*{re.escape(what)}", str(caught.value))


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("# Title\n", "begins with front matter"),
        ("---\nlane: due\n", "begins with front matter"),
        ("---\nlane: due\n---\n# Title\n", "summary: is missing"),
        (
            "---\nlane: loud\nsummary: A b.\nsample: audit\n---\n# Title\n",
            ":2:1: lane: expected one of alert, due, news",
        ),
        (
            "---\nlane: due\nsummary: '{{ x }}'\nsample: audit\n---\n# Title\n",
            ":3:1: summary: is the same for everybody",
        ),
        ("---\n- due\n---\n# Title\n", "list of keys"),
        ("---\nlane: due\nsummary: A b.\nsample: audit\n---\nNo title.\n", ":6:1: there is no title"),
        ("---\nlane: due\nsummary: A b.\nsample: audit\n---\n", "there is no title"),
    ],
)
def test_files_that_are_no_message_are_refused(tmp_path: Path, text: str, what: str) -> None:
    (tmp_path / "message.md").write_text(text, "utf-8")
    with pytest.raises(BadFile, match=re.escape(what)):
        Catalogue.load([tmp_path])


def test_a_file_that_is_not_utf_8_is_refused(tmp_path: Path) -> None:
    (tmp_path / "message.md").write_bytes(b"---\nlane: \xff\n---\n")
    with pytest.raises(BadFile, match="UTF-8"):
        Catalogue.load([tmp_path])


def test_every_problem_of_every_file_is_shown_at_once(write: Write) -> None:
    write("# One\n\n{{ nobody }}\n\n![x](y)\n", name="one")
    folder = write("# Two\n\n{{ nothing }}\n", name="two")
    with pytest.raises(BadFile) as caught:
        Catalogue.load([folder])
    assert [(Path(problem.file).name, problem.line) for problem in caught.value.problems] == [
        ("one.md", 8),
        ("one.md", 10),
        ("two.md", 8),
    ]


def test_a_value_that_is_missing_while_rendering_has_its_line(render: Render) -> None:
    with pytest.raises(BadFile, match=r"message\.md:8:1: .*nothing"):
        render("# Title\n\nHello {{ params.nothing }}.\n", params={})
    with pytest.raises(BadFile, match=r"message\.md:9:1: .*None.*reason"):
        render("# Title\n\nHello,\n{{ alert.reason }}.\n", alert=None)


def test_a_filter_that_cannot_work_has_its_line(render: Render) -> None:
    with pytest.raises(BadFile, match=r"message\.md:8:1:"):
        render("# Title\n\n{{ audit | length }}\n")


def test_templates_reach_nothing_but_their_values(write: Write) -> None:
    for body in (
        "{{ recipient.__class__ }}",
        "{{ audit['__class__'] }}",
        "{{ ''.__class__.__mro__ }}",
        "{{ range(3) }}",
    ):
        with pytest.raises(BadFile):
            Catalogue.load([write(f"# Title\n\n{body}\n")]).render("message", sample_context("audit"), button)


@pytest.mark.parametrize(
    ("more", "body", "title"),
    [
        ("", "# When is it?\n", "When is it?"),
        ("title: Date of the meeting\n", "# When is {{ audit.reference }}?\n", "Date of the meeting"),
        ("", "# When is {{ audit.reference }} of {{ audit.team }}?\n", "When is … of …?"),
        ("", "# {{ audit.team }}{% if cycle %}: {{ cycle.name }}{% endif %} is waiting\n", "… is waiting"),
        ("", "# {{ deadline.title }}\n", "Message"),
    ],
    ids=["its heading", "its own", "with values", "values in a row", "values alone"],
)
def test_lists_call_a_message_by_its_own_title_or_its_heading(write: Write, more: str, body: str, title: str) -> None:
    assert Catalogue.load([write(body, more=more)]).titles() == {"message": title}


def test_a_title_is_the_same_for_everybody(write: Write) -> None:
    with pytest.raises(BadFile) as wrong:
        Catalogue.load([write("# x\n", more='title: "About {{ audit.reference }}"\n')])
    assert "no {{ values }} in it" in str(wrong.value)


@pytest.mark.parametrize(
    "value", ["audit", "items", "alert", "items[0]", "audit | string", "audit | pprint", "'%s' | format(audit)"]
)
def test_what_is_shown_whole_shows_no_grade(render: Render, value: str) -> None:
    assert "RED" not in str(render(f"# Title\n\n{{{{ {value} }}}}\n"))


def test_folders_of_the_first_folder_are_read_and_those_of_the_council_s_own_are_not(write: Write) -> None:
    write("# Ours\n\nText.\n", name="ours")
    shipped = write("# One council's\n\nText.\n", folder="messages/one", name="theirs").parent
    write("# Own\n\nText.\n", folder="own", name="ours")
    own = write("# Old\n\nText.\n", folder="own/old", name="ours").parent
    found = Catalogue.load([shipped, own])
    assert found.names() == ("ours", "theirs")
    assert found.get("ours").title == "Own"
    assert found.get("theirs").path.parent.name == "one"

    write("# Again\n\nText.\n", folder="messages/two", name="theirs")
    with pytest.raises(BadFile, match=r"a message of this name stands in .*theirs\.md too"):
        Catalogue.load([shipped])
