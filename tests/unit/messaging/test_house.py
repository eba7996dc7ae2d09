"""The words that the check knows come from the folders of messages, and a malformed file is told with its line."""

from pathlib import Path

import pytest

from qabot.errors import BadFile
from qabot.messaging.check import check_catalogue, style
from qabot.messaging.files import Catalogue
from qabot.messaging.house import FILE, House, read_house
from tests.unit.messaging.writing import Write

SHIPPED = Path(__file__).parents[3] / "messages"


def own(tmp_path: Path, text: str) -> Path:
    folder = tmp_path / "own"
    folder.mkdir()
    (folder / FILE).write_text(text, "utf-8")
    return folder


def test_a_councils_own_words_are_added(tmp_path: Path) -> None:
    folder = own(tmp_path, "abbreviations: [MASH]\ncolours: {PURPLE: Poor}\nnever_in_previews: [rating]\n")
    house = read_house([SHIPPED, folder])
    assert list(style("MASH and QA saw RED (Inadequate) and PURPLE (Poor).", house)) == []
    assert list(style("It is PURPLE.", house)) == ["a colour is never alone: PURPLE (Poor)"]
    assert house.telling("A Rating is here.") == "Rating"
    assert house.telling("A child is here.") == "child"
    assert house.grade_in("It is Poor")


def test_without_a_file_no_word_is_known(tmp_path: Path) -> None:
    house = read_house([tmp_path])
    assert house.telling("A child is here.") is None
    assert house.telling("There are 2.") == "2"
    assert list(style("RED", house)) == ['"RED" in capitals reads as shouting: use lower case, or write it out']


def test_the_check_of_a_catalogue_heeds_its_own_folder(write: Write, tmp_path: Path) -> None:
    place = write("# Title\n\nAsk MASH for help.\n")
    assert ['"MASH"' in each.what for each in check_catalogue(Catalogue.load([place]), {}, {})] == [True]
    folder = own(tmp_path, "abbreviations: [MASH]\n")
    assert check_catalogue(Catalogue.load([place, folder]), {}, {}) == []


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("abbreviations: QA\n", ":1:1: abbreviations: expected a list of words in capitals"),
        ("abbreviations: [QA]\ncolors: {RED: Bad}\n", ":2:1: colors: no such key; expected abbreviations, colours"),
        ("colours: {red: Bad}\n", ":1:1: colours: expected colours in capitals"),
        ("colours: {RED: 1}\n", ":1:1: colours: expected colours in capitals"),
        ("never_in_previews: [1]\n", ":1:1: never_in_previews: expected a list of words"),
        ("- QA\n", ":1:1: expected the keys abbreviations"),
        ("colours: {RED: [\n", ": this is not YAML: "),
        ("colours: {RED: Bad}\ncolours: {RED: Bad}\n", ":2:1: this is not YAML: "),
    ],
)
def test_a_malformed_file_is_told_with_its_line(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(BadFile) as wrong:
        Catalogue.load([SHIPPED, own(tmp_path, text)])
    assert told in str(wrong.value)


@pytest.mark.parametrize("words", ["It is due tomorrow.", "Next week we ask again.", "In two weeks we ask you."])
def test_a_message_speaks_of_no_day_that_passes(words: str) -> None:
    """It stays in the chat, the inbox and the mail, and is read again."""
    (told,) = style(words, House())
    assert told.endswith("is wrong when it is read again another day: say the date")
