"""Reports as files to print and to send: a tagged PDF, and a document for Word."""

import io
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from qabot.messaging.letters import clean
from qabot.planning.figures import Figure, Line
from qabot.web.drawing import draw, moment
from qabot.web.figure_words import against_target, compared_number, target_words
from qabot.workflows.verbs.reports import ShownReport

NO_PDF = (
    "This service cannot make PDF files: whoever runs it installs the extra 'pdf' (docs/commands.md, Installing). "
    "Print the page instead, and choose to save it as a PDF."
)


@lru_cache
def can_pdf() -> bool:
    """Whether what makes PDF files is installed, and finds Pango on this machine."""
    try:
        import weasyprint  # noqa: F401
    except (ImportError, OSError):
        return False
    return True


def issued_words(shown: ShownReport) -> str:
    """Who issued it and when; that it is a draft, if nobody has."""
    if shown.issued is None:
        return "Draft: not issued"
    return f"{moment(shown.issued.at)}, by {shown.issued.by}; issue {shown.issued.number}"


def as_pdf(shown: ShownReport, groups: Mapping[str, str], measures: Sequence[Sequence[Figure]]) -> bytes:
    """A PDF that screen readers can read (PDF/UA-1). Nothing is fetched for it."""
    from weasyprint import HTML

    text = as_page(shown, groups, measures)
    made: bytes = HTML(string=text, url_fetcher=_nothing).write_pdf(pdf_variant="pdf/ua-1")
    return made


def as_page(shown: ShownReport, groups: Mapping[str, str], measures: Sequence[Sequence[Figure]]) -> str:
    """One page of HTML that stands by itself: all that is in the report, and no link to anything else."""
    return draw("report-paper.html", shown=shown, groups=groups, measures=measures, issued=issued_words(shown))


def _nothing(url: str, *args: Any, **kwargs: Any) -> Any:
    raise ValueError("a report fetches nothing")


def as_word(shown: ShownReport, groups: Mapping[str, str]) -> bytes:
    """A document whose headings, tables and language Word and screen readers know."""
    from docx import Document

    content, document = shown.content, Document()
    document.core_properties.title = clean(f"{content.title}, {content.period}")
    document.core_properties.author, document.core_properties.language = "qabot", "en-GB"
    document.add_heading(clean(f"{content.title}: {content.period}"), 0)
    document.add_paragraph(clean(f"{content.council}. {issued_words(shown)}."))
    for name, label in content.labels.items():
        document.add_heading(clean(label), 1)
        for each in (shown.texts.get(name) or "Nothing was written.").split("\n"):
            document.add_paragraph(clean(each))
    document.add_heading("At a glance", 1)
    _table(document, ["What", "How many", *content.periods], [_at_a_glance(*each) for each in content.headline])
    seen = ""
    for figure in content.figures:
        if figure.key != seen:
            document.add_heading(clean(figure.title), 1)
            document.add_paragraph(clean(figure.method))
            if aim := against_target(figure):
                document.add_paragraph(clean(aim))
        seen = figure.key
        rows = [[line.name or "All", *_numbers(figure, line)] for line in figure.lines]
        base = [] if figure.is_one_number else [figure.base]
        head = [groups[figure.by], *base, *figure.columns, figure.headline_with_unit, *figure.periods[1:]]
        _table(document, head, rows)
    for sheet in content.sheets:
        document.add_heading(clean(sheet.title), 1)
        _table(document, sheet.headings, sheet.rows)
    document.add_heading("How this was counted", 1)
    for each in content.method:
        document.add_paragraph(clean(each), style="List Bullet")
    file = io.BytesIO()
    document.save(file)
    return file.getvalue()


def _at_a_glance(title: str, figure: Figure) -> list[str]:
    """What the page says of the whole council in one line."""
    aim = f" (target: {target_words(figure)})" if figure.target is not None else ""
    size = figure.whole.sizes[0]
    numbers = (compared_number(figure, figure.whole, at) for at in range(len(figure.periods)))
    return [f"{title}: {figure.headline}{aim}", "hidden" if size is None else str(size), *numbers]


def _numbers(figure: Figure, line: Line) -> list[str]:
    counts = line.counts[0]
    every: list[int | None] = [None] * (1 + len(figure.columns)) if counts is None else [line.sizes[0], *counts]
    shown = ["hidden" if each is None else str(each) for each in every]
    shown = shown[1:] if figure.is_one_number else shown
    return [*shown, *(compared_number(figure, line, at) for at in range(len(figure.periods)))]


def _table(document: Any, headings: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    table: Any = document.add_table(rows=1, cols=len(headings), style="Table Grid")
    for cell, heading in zip(table.rows[0].cells, headings, strict=True):
        cell.text = ""
        cell.paragraphs[0].add_run(clean(heading)).bold = True
    repeated = OxmlElement("w:tblHeader")
    repeated.set(qn("w:val"), "true")
    table.rows[0]._tr.get_or_add_trPr().append(repeated)
    for row in rows:
        for cell, text in zip(table.add_row().cells, row, strict=True):
            cell.text = clean(text)
    document.add_paragraph()
