"""What is certainly wrong in a file is refused, what is likely wrong is a warning, and what can be understood is."""

from datetime import date
from pathlib import Path

import pytest
from sqlmodel import Session, select

from qabot.errors import BadFile, Problem, said
from qabot.framework import Framework, load
from qabot.framework.gatherings import ImportedEvent
from qabot.imports import apply_cases, apply_people, plan_audits, plan_cases, plan_people, read_audits, read_cases
from qabot.imports.cells import MOST_GUESSES, Guesses, day_problem, did_you_mean, parse_day
from qabot.imports.changes import Changes
from qabot.imports.days import plan_days, read_days
from qabot.imports.mapping import read_map
from qabot.imports.people import Wishes
from qabot.imports.people_checks import nearly
from qabot.imports.people_rows import read_people
from qabot.imports.sheet import Reader
from qabot.models import Account, Person, RoleHolding
from tests.unit.framework.conftest import SHIPPED
from tests.unit.imports.conftest import NOW, Write

HEADER = "name,email,employee_id,former_email,team,service,roles,line_manager,deputy"
ANA = "Ana Costa,ana@council.example,1001,,East,Assessment,practice-lead,,"
BO = "Bo Lim,bo@council.example,1002,,East,Assessment,,Ana Costa,"


def plan(session: Session, framework: Framework, write: Write, *rows: str, **wishes: object) -> Changes:
    """What a file of these people would do."""
    read = read_people(write("\n".join([HEADER, *rows])))
    return plan_people(session, read, framework, NOW, Wishes(**wishes))  # type: ignore[arg-type]


def bring(session: Session, framework: Framework, write: Write, *rows: str, **wishes: object) -> Changes:
    changes = plan(session, framework, write, *rows, **wishes)
    apply_people(session, changes)
    return changes


def refused(session: Session, framework: Framework, write: Write, *rows: str, **wishes: object) -> str:
    with pytest.raises(BadFile) as wrong:
        plan(session, framework, write, *rows, **wishes)
    return str(wrong.value)


@pytest.mark.parametrize(
    "name",
    [
        "Zo‰ Hughes",
        "Grace OÕNeill",
        "Zo? Hughes",
        "ZoÃ« Hughes",
        "Ren‚e Achebe",
        "Siƒn Llewellyn",
        "Zo� Hughes",
        "GraceÂ Oâ€™Neill",
        "Bj”rn Lim",
        "Zo‘ Hughes",
    ],
)
@pytest.mark.parametrize("column", [0, 4, 5])
def test_letters_that_were_spoiled_are_refused_wherever_they_stand(
    session: Session, newham: Framework, write: Write, name: str, column: int
) -> None:
    cells = ANA.split(",")
    cells[column] = name
    assert "save the file as 'CSV UTF-8" in refused(session, newham, write, ",".join(cells))


@pytest.mark.parametrize(
    "name",
    [
        "Zoë Brontë-Hughes",
        "Grace O’Neill",
        "Grace O'Neill",
        "CAMÕES",
        "Łukasz Żak",
        "Åsa Öberg",
        "DeShawn McKay",
        "Nuñez",
        "محمد علي",
        "李雷",
        "Jean-François d’Arc",
        "Dr Mo Rahman",
        "Õnne Tamm",
    ],
)
def test_names_as_people_have_them_come_in_without_a_word(
    session: Session, newham: Framework, write: Write, name: str
) -> None:
    changes = plan(session, newham, write, ANA.replace("Ana Costa", name))
    assert [each for each in changes.warnings if each.where == "name"] == []


@pytest.mark.parametrize(
    ("name", "what"),
    [
        ('"FIELDING, Tom (Agency)"', "is written surname first"),
        ("Tom Fielding (Agency)", "holds more than a name"),
        ("Tom Fielding 2", "holds a number"),
        ("Vacant Post", "'Vacant': is it the name of a person?"),
        ("Team Inbox", "'Inbox': is it the name of a person?"),
        ("zz_Tom Fielding", "'_': is it the name of a person?"),
        ("ReneŽ Achebe", "a capital letter inside a word"),
        ("ANA COSTA", "all in capitals"),
    ],
)
def test_names_that_are_likely_wrong_are_a_warning(
    session: Session, newham: Framework, write: Write, name: str, what: str
) -> None:
    changes = plan(session, newham, write, ANA.replace("Ana Costa", name))
    assert [what in each.what for each in changes.warnings if each.where == "name"] == [True]


@pytest.mark.parametrize(
    ("name", "what"),
    [
        ("Grace O&#39;Neill", "(is it 'Grace O'Neill'?)"),
        ("Zo&euml; Hughes", "(is it 'Zoë Hughes'?)"),
        ("Zo%C3%AB Hughes", "'%C3' in the place of a letter"),
        ("Zo=C3=AB Hughes", "'=C3' in the place of a letter"),
        ("Zoл Brontл", "letters of two alphabets in 'Zoл'"),
        ("Zoλ Hughes", "letters of two alphabets in 'Zoλ'"),
        ("Zo□ Hughes", "holds '□', which no name has"),
    ],
)
def test_letters_that_other_programs_write_or_read_are_refused(
    session: Session, newham: Framework, write: Write, name: str, what: str
) -> None:
    with pytest.raises(BadFile) as refused:
        plan(session, newham, write, ANA.replace("Ana Costa", name))
    assert what in str(refused.value.problems[0])


@pytest.mark.parametrize(
    ("written", "address"),
    [
        ("mailto:Ana@council.example", "ana@council.example"),
        ("Ana Costa <ana@council.example>", "ana@council.example"),
        ("ana@council.example\u200b", "ana@council.example"),
        ("SMTP:Ana@council.example", "ana@council.example"),
    ],
)
def test_what_programs_write_around_an_address_is_taken_off(write: Write, written: str, address: str) -> None:
    (row,) = read_people(write(f"name,email\nAna Costa,{written}\n")).rows
    assert row.email == address


@pytest.mark.parametrize(
    ("written", "what"),
    [
        ("grace.o’neill@council.example", "is it grace.o'neill@council.example?"),
        ("ana_partner.example#EXT#@council.onmicrosoft.example", "how Microsoft signs a guest in"),
        ("strauß@council.example", "holds 'ß'"),
        ("rene\u0301e@council.example", "is it renee@council.example?"),
        ("renée@council.example", "is it renee@council.example?"),
    ],
)
@pytest.mark.parametrize("heading", ["email", "line_manager"])
def test_an_address_of_no_mailbox_is_refused(write: Write, written: str, what: str, heading: str) -> None:
    other = f"Ana Costa,{written}," if heading == "email" else f"Ana Costa,ana@council.example,{written}"
    (problem,) = read_people(write(f"name,email,line_manager\n{other}\n")).problems
    assert (problem.where, what in problem.what) == (heading, True)


@pytest.mark.parametrize(
    "written",
    [
        "1-Dec-26",
        "2026-12-01 00:00:00",
        "1st December 2026",
        "Tue 1 Dec 2026",
        "Tuesday, 1 December 2026",
        "1/Dec/2026",
        "46357",
        "46357.0",
        "01/12/2026 00:00",
        "1 December 2026",
        "1.12.26",
        "01-12-2026",
        "2026-12-01T09:30:00Z",
        "1-dec-2026",
        "2026/12/01",
        "1/12/2026 9:30 AM",
    ],
)
def test_dates_as_people_have_them_are_understood(written: str) -> None:
    assert parse_day(written) == date(2026, 12, 1)


@pytest.mark.parametrize(
    "written", ["", "12/25/2026", "31/02/2026", "20261201", "1E5", "0", "99999", "1-Foo-26", "soon"]
)
def test_what_is_no_day_is_none(written: str) -> None:
    assert parse_day(written) is None


def test_a_month_before_the_day_is_explained() -> None:
    assert day_problem("12/25/2026") == "'12/25/2026' has the month before the day: write 25/12/2026"


def test_a_colleague_is_named_by_number_name_or_address(session: Session, newham: Framework, write: Write) -> None:
    rows = [
        ANA,
        "Dan Reid,dan@council.example,,,East,Assessment,,1001,bo@council.example",
        'Eve Moss,eve@council.example,,,East,Assessment,,"Cósta, ana",1002',
        BO,
    ]
    bring(session, newham, write, *rows)
    people = {each.name: each for each in session.exec(select(Person))}
    assert {people[name].line_manager_id for name in ("Dan Reid", "Eve Moss", "Bo Lim")} == {people["Ana Costa"].id}
    assert people["Dan Reid"].deputy_id == people["Eve Moss"].deputy_id == people["Bo Lim"].id


@pytest.mark.parametrize(
    ("written", "what"),
    [
        ("Ana Costta", "did you mean 'ana costa'?"),
        ("A Costa", "is it ana@council.example?"),
        ("9999", "nobody with the employee number '9999'"),
        ("Bo Lim", "nobody is their own line manager"),
        ("1002", "nobody is their own line manager"),
    ],
)
def test_a_colleague_who_is_nobody_is_told(
    session: Session, newham: Framework, write: Write, written: str, what: str
) -> None:
    assert what in refused(session, newham, write, ANA, BO.replace("Ana Costa", written))


def test_a_name_of_two_people_names_nobody(session: Session, newham: Framework, write: Write) -> None:
    twin = "Ana Costa,ana.costa2@council.example,1003,,East,Assessment,,,"
    words = refused(session, newham, write, ANA, twin, BO)
    assert "2 people are called 'Ana Costa': name the one by e-mail (ana.costa2@council.example, ana@" in words


@pytest.mark.parametrize("by", ["employee_id", "former_email", "renamed", "all three"])
def test_one_person_stays_one_person_with_their_work_and_account(
    session: Session, newham: Framework, write: Write, by: str
) -> None:
    bring(session, newham, write, ANA, BO)
    before = session.exec(select(Person).where(Person.name == "Ana Costa")).one()
    session.add(Account(person_id=before.id, adapter="slack", external_id="U1"))
    number = "1001" if by in {"employee_id", "all three"} else ""
    former = "ana@council.example" if by in {"former_email", "all three"} else ""
    renamed = {"ana@council.example": "ana.reid@council.example"} if by in {"renamed", "all three"} else {}
    row = f"Ana Reid,ana.reid@council.example,{number},{former},East,Assessment,practice-lead,,"
    changes = bring(session, newham, write, row, BO.replace("Ana Costa", "Ana Reid"), renamed=renamed)
    after = session.exec(select(Person).where(Person.email == "ana.reid@council.example")).one()
    assert (after.id, after.name, after.employee_id) == (before.id, "Ana Reid", "1001")
    assert len(session.exec(select(Person)).all()) == 2
    assert [each.to_on for each in session.exec(select(RoleHolding))] == [None]
    assert session.exec(select(Account)).one().person_id == before.id
    assert changes.of("role") == []
    again = bring(session, newham, write, row, BO.replace("Ana Costa", "Ana Reid"))
    assert (again.changes, again.missing) == ((), ())


def test_a_number_that_lost_its_noughts_is_the_same_number(session: Session, newham: Framework, write: Write) -> None:
    ana, boss = ANA.replace("1001", "001001"), BO.replace("Ana Costa", "001001")
    bring(session, newham, write, ana, BO)
    before = session.exec(select(Person).where(Person.name == "Ana Costa")).one()
    assert plan(session, newham, write, ANA, boss).changes == ()
    bring(session, newham, write, ANA.replace("Costa", "Reid").replace("ana@", "ana.reid@"), boss)
    after = session.exec(select(Person).where(Person.name == "Ana Reid")).one()
    assert (after.id, after.employee_id) == (before.id, "001001")


def test_a_number_that_brings_another_name_and_address_is_asked_about(
    session: Session, newham: Framework, write: Write
) -> None:
    """A number that was given away anew, or a row that slipped, would hand somebody's work to a stranger."""
    bring(session, newham, write, ANA, BO)
    changes = plan(session, newham, write, ANA, BO.replace("Bo Lim", "Di Ede").replace("bo@", "di@"))
    [doubt] = [each.what for each in changes.warnings if "is it one person" in each.what]
    assert doubt.startswith("is the number of Bo Lim (bo@council.example) here")
    moved = plan(session, newham, write, ANA.replace("Costa", "Reid").replace("ana@", "ana.reid@"))
    assert not [each for each in moved.warnings if "is it one person" in each.what]


def test_two_people_may_change_addresses(session: Session, newham: Framework, write: Write) -> None:
    bring(session, newham, write, ANA, BO)
    ids = {each.employee_id: each.id for each in session.exec(select(Person))}
    rows = [ANA.replace("ana@", "a.costa@"), BO.replace("bo@", "b.lim@").replace("Ana Costa", "1001")]
    bring(session, newham, write, *rows)
    assert {each.employee_id: each.id for each in session.exec(select(Person))} == ids


def test_numbers_and_addresses_that_contradict_are_refused(session: Session, newham: Framework, write: Write) -> None:
    bring(session, newham, write, ANA, BO)
    words = refused(session, newham, write, ANA.replace("1001", "1002"), BO.replace("1002", ""))
    assert "is the number of Bo Lim (bo@council.example) here" in words
    assert "the same number as in line 2" in refused(session, newham, write, ANA, BO.replace("1002", "1001"))
    stranger = "Cy Vale,cy@council.example,,nobody@council.example,East,Assessment,,,"
    assert "nobody with the e-mail nobody@council.example is known" in refused(session, newham, write, stranger)


def test_somebody_new_who_is_likely_somebody_missing_is_asked_about(
    session: Session, newham: Framework, write: Write
) -> None:
    bring(session, newham, write, ANA, BO)
    row = ANA.replace("Costa", "Reid").replace("ana@", "ana.reid@").replace("1001", "")
    boss = BO.replace("Ana Costa", "")
    assert "Ana Reid is new here, and Ana Costa (ana@council.example)" in refused(session, newham, write, row, boss)
    changes = plan(session, newham, write, row, boss, all_new=True)
    assert [each.name for each in changes.of("person", new=True)] == ["Ana Reid (ana.reid@council.example)"]
    assert any("is held by Ana Reid and Ana Costa" in each.what for each in changes.warnings)


def test_whoever_is_not_in_the_file_has_left_when_that_is_said(
    session: Session, newham: Framework, write: Write
) -> None:
    bring(session, newham, write, ANA, BO)
    assert plan(session, newham, write, ANA).missing == ("Bo Lim (bo@council.example)",)
    changes = bring(session, newham, write, ANA, absent_have_left=True)
    assert (changes.missing, len(changes.changes)) == ((), 1)
    assert [each.name for each in session.exec(select(Person)) if each.active] == ["Ana Costa"]
    assert bring(session, newham, write, ANA, absent_have_left=True).changes == ()


def test_a_manager_who_has_left_is_a_warning(session: Session, newham: Framework, write: Write) -> None:
    bring(session, newham, write, ANA, BO)
    bring(session, newham, write, BO, absent_have_left=True)
    changes = plan(session, newham, write, BO.replace("Ana Costa", "ana@council.example"))
    (told,) = [each for each in changes.warnings if "has left, and is told nothing" in each.what]
    assert (told.line, told.where) == (2, "line_manager")


def test_whoever_has_left_and_is_in_a_later_file_is_told_of_or_is_back(
    session: Session, newham: Framework, write: Write
) -> None:
    bring(session, newham, write, ANA, BO)
    bring(session, newham, write, ANA, absent_have_left=True)
    # The file says nothing of who works here: Bo stays away, and whoever imports it reads that.
    changes = plan(session, newham, write, ANA, BO)
    assert changes.changes == ()
    (told,) = [each for each in changes.warnings if "has left by an earlier import" in each.what]
    assert (told.line, told.where) == (3, "email")
    assert "nobody in the whole council holds the role slt" in str(changes.vacant)
    # A file of everybody who works here: Bo is back.
    bring(session, newham, write, ANA, BO, absent_have_left=True)
    assert {each.name for each in session.exec(select(Person)) if each.active} == {"Ana Costa", "Bo Lim"}


def test_two_active_people_with_one_single_role_are_a_warning(
    session: Session, newham: Framework, write: Write
) -> None:
    changes = plan(session, newham, write, ANA, BO.replace("Assessment,,", "Assessment,Practice LEAD,"))
    assert "practice-lead for East is held by Ana Costa and Bo Lim: is that so?" in [
        each.what for each in changes.warnings
    ]


def test_several_may_hold_a_role_that_neither_leads_nor_oversees(session: Session, write: Write) -> None:
    whole = load("newham-whole", [SHIPPED])
    rows = [row.replace("practice-lead", "social-worker") for row in (ANA, BO.replace(",,Ana", ",social-worker,Ana"))]
    assert not [each.what for each in plan(session, whole, write, *rows).warnings if "is that so" in each.what]


@pytest.mark.parametrize(
    ("one", "other", "likely"),
    [
        ("Assesment East", "Assessment East", True),
        ("Asessment East", "Assessment East", True),
        ("Children Looked Aftre 1", "Children Looked After 1", False),
        ("Saffeguarding", "Safeguarding", True),
        ("Assessment East", "Assessment West", False),
        ("Children Looked After 1", "Children Looked After 2", False),
        ("Eastern Team", "Western Team", False),
        ("Leaving Care", "Leaving Care Plus", False),
    ],
)
def test_a_place_that_is_nearly_another_is_a_warning(
    session: Session, newham: Framework, write: Write, one: str, other: str, likely: bool
) -> None:
    assert nearly(one, other) == likely
    rows = [ANA.replace("East", other), BO.replace("East", one)]
    warned = [each for each in plan(session, newham, write, *rows).warnings if "are they one team?" in each.what]
    assert bool(warned) == likely


@pytest.mark.parametrize("other", ["east", "EAST", "East ", "Ea-st"])
def test_a_place_that_is_written_otherwise_is_refused(
    session: Session, newham: Framework, write: Write, other: str
) -> None:
    rows = [ANA.replace("East", "Ea st") if other == "Ea-st" else ANA, BO.replace("East", other)]
    if other.strip() == "East":
        plan(session, newham, write, *rows)
    else:
        assert "write it the same" in refused(session, newham, write, *rows)


@pytest.fixture
def cases(session: Session, newham: Framework, write: Write) -> Session:
    bring(session, newham, write, ANA, BO)
    rows = read_cases(write("reference,team\n" + "".join(f"010452{number},East\n" for number in range(5))))
    apply_cases(session, plan_cases(session, rows, newham))
    return session


def test_a_reference_that_lost_its_zeros_is_refused_where_the_case_is_here(
    cases: Session, newham: Framework, write: Write
) -> None:
    with pytest.raises(BadFile, match="lost its leading zeros") as wrong:
        plan_cases(cases, read_cases(write("reference,team\n104521,East\n")), newham)
    assert "104521" not in str(wrong.value), "a reference is not repeated"
    rows = "case_reference,activity,cycle,auditor\n104521,practice-learning-review,2026-10-01,Ana Costa\n"
    with pytest.raises(BadFile, match="lost its leading zeros"):
        plan_audits(cases, read_audits(write(rows), newham), newham)


def test_references_that_are_shorter_than_nearly_all_are_a_warning(
    cases: Session, newham: Framework, write: Write
) -> None:
    text = "reference,team\n" + "".join(f"120452{number},East\n" for number in range(9)) + "777777,East\n"
    changes = plan_cases(cases, read_cases(write(text)), newham)
    assert [(each.line, "lost a leading zero" in each.what) for each in changes.warnings] == [(11, True)]
    mixed = "reference,team\n" + "".join(f"{10 ** (5 + number % 2) + number},East\n" for number in range(8))
    assert plan_cases(cases, read_cases(write(mixed)), newham).warnings == ()


def test_few_of_a_kind_are_told_one_by_one_and_many_in_one_line() -> None:
    def wrong(line: int, what: str) -> Problem:
        return Problem("f.csv", line, 2, "email", what)

    few = [wrong(number, f"'{number}' is no address") for number in (2, 3, 4)]
    assert said(few) == [str(each) for each in few]
    many = [*few, wrong(5, "is empty"), *(wrong(number, f"'{number}' is no address") for number in range(6, 2000))]
    assert said(many) == [
        "f.csv: email (lines 2, 3, 4 and 1,994 more): '2' is no address",
        "f.csv:5:2: email: is empty",
    ]


def test_days_name_people_and_cases_as_the_other_files_do(
    cases: Session, newham: Framework, write: Write, tmp_path: Path
) -> None:
    events = {
        "visit": ImportedEvent(rule="NEW-QUO-1", title="A visit", about="person"),
        "hearing": ImportedEvent(rule="NEW-QUO-1", title="A hearing", about="case"),
    }
    framework = newham.model_copy(update={"events": events})
    (tmp_path / "map.yaml").write_text(
        "columns: {What: event, When: day, Who: person, Case: case}\nsurname-first: yes\n"
    )
    reader = Reader(read_map(tmp_path / "map.yaml"))
    text = 'List of days,,,\nWhat,When,Who,Case,Room\nvisit,1-Dec-26,"Costa, Ana",,4\nhearing,46357,,{},5\n'
    changes = plan_days(cases, read_days(write(text.format("0104521")), reader), framework, NOW.date())
    assert [each.name for each in changes.changes] == ["A visit (ana@council.example)", "A hearing (0104521)"]
    assert changes.notes == ("columns left out: Room",)
    with pytest.raises(BadFile, match="lost its leading zeros"):
        plan_days(cases, read_days(write(text.format("104521")), reader), framework, NOW.date())


def test_of_many_who_are_unknown_it_is_guessed_of_the_first_who_is_meant(
    session: Session, newham: Framework, write: Write
) -> None:
    """A file with an old address of every manager is refused at once: looking for each among all took hours."""
    looked_for = []

    def guess(given: str) -> str:
        looked_for.append(given)
        return did_you_mean(given, ["ana@council.example"])

    meant = Guesses((), guess)
    for _ in range(2):
        said = [meant.nobody(f"ana{number}@council.example") for number in range(MOST_GUESSES + 5)]
    assert len(looked_for) == MOST_GUESSES
    assert said[0] == "nobody with the e-mail ana0@council.example is known: did you mean 'ana@council.example'?"
    assert said[-1] == f"nobody with the e-mail ana{MOST_GUESSES + 4}@council.example is known"

    people = [f"Ana Costa,ana{number}@council.example,boss{number}@council.example" for number in range(40)]
    read = read_people(write("\n".join(["name,email,line_manager", *people, "Bo Lim,boss@council.example,"])))
    with pytest.raises(BadFile) as caught:
        plan_people(session, read, newham, NOW)
    guessed = [each.what.endswith("did you mean 'boss@council.example'?") for each in caught.value.problems]
    assert (len(guessed), sum(guessed[:MOST_GUESSES]), sum(guessed[MOST_GUESSES:])) == (40, MOST_GUESSES, 0)
