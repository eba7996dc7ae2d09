"""Message files in a folder of their own, and cards rendered from them."""

import shutil
from pathlib import Path

import pytest

from qabot.messaging.card import Card
from qabot.messaging.files import Catalogue
from qabot.messaging.house import FILE
from qabot.messaging.samples import sample_context
from tests.unit.messaging.writing import FRONT, Render, Write, button

SHIPPED = Path(__file__).parents[3] / "messages"


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def write(body: str, *, more: str = "", name: str = "message", folder: str = "messages") -> Path:
        place = tmp_path / folder
        place.mkdir(exist_ok=True)
        shutil.copy(SHIPPED / FILE, place)
        (place / f"{name}.md").write_text(FRONT.format(more=more) + body, "utf-8")
        return place

    return write


@pytest.fixture
def render(write: Write) -> Render:
    """Render a body with a sample, changed by `context`."""

    def render(body: str, *, more: str = "", sample: str = "audit", **context: object) -> Card:
        catalogue = Catalogue.load([write(body, more=more)])
        return catalogue.render("message", sample_context(sample) | context, button)

    return render
