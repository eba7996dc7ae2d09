"""Block Kit as HTML, near to how Slack's client shows it, for looking at. Anything that it cannot draw is an error."""

import html
import re

from tests.support.slack.elements import elements
from tests.support.slack.records import Json

STYLE = """
body{font:15px/1.46 Lato,Arial,sans-serif;margin:0;padding:16px;width:600px;color:#1d1c1d;background:#fff}
.from{font-weight:900}.preview{color:#616061;font-size:13px;margin:0 0 8px}
h3{font-size:18px;line-height:1.3;margin:10px 0 6px}.section{margin:8px 0;display:flex;gap:16px}
.section>.words{flex:1;min-width:0;overflow-wrap:anywhere}
.fields{display:grid;grid-template-columns:1fr 1fr;gap:8px 16px;overflow-wrap:anywhere}
.context{font-size:13px;color:#616061;margin:8px 0;overflow-wrap:anywhere}
.actions{display:flex;flex-wrap:wrap;gap:8px;margin:8px 0}
.button{border:1px solid #bbb;border-radius:8px;padding:5px 12px;font-weight:700;height:max-content;max-width:400px}
.primary{background:#007a5a;border-color:#007a5a;color:#fff}.danger{background:#e01e5a;border-color:#e01e5a;color:#fff}
.input{margin:14px 0}.input>b{display:block}
.box{border:1px solid #868686;border-radius:4px;padding:6px 10px;min-height:20px}
.tall{min-height:72px}.hint{font-size:13px;color:#616061}.option{margin:4px 0}.option small{display:block;color:#616061}
a{color:#1264a3;text-decoration:none}hr{border:0;border-top:1px solid #ddd}.submit{text-align:right}
"""


def message(payload: Json) -> str:
    """A page with a message as its reader sees it, its preview above it."""
    preview = f'<p class="preview">Preview: {mrkdwn(payload["text"])}</p>'
    return page(f'<div class="from">qabot</div>{preview}{"".join(map(block, payload["blocks"]))}')


def view(shown: Json) -> str:
    """A page with a modal or a home tab."""
    title = f"<h3>{_plain(shown['title'])}</h3><hr>" if "title" in shown else ""
    parts = [f'<span class="button {style}">{_plain(shown[name])}</span>' for name, style in _FRAME if shown.get(name)]
    foot = f'<p class="submit">{" ".join(parts)}</p>' if parts else ""
    return page(title + "".join(map(block, shown["blocks"])) + foot)


_FRAME = (("close", ""), ("submit", "primary"))


def page(body: str) -> str:
    """A whole page."""
    return f'<!doctype html><html lang="en"><meta charset="utf-8"><style>{STYLE}</style><body>{body}</body></html>'


def block(item: Json) -> str:
    """One block."""
    match item["type"]:
        case "header":
            return f"<h3>{_plain(item['text'])}</h3>"
        case "section":
            return _section(item)
        case "context":
            return "".join(f'<div class="context">{_text(element)}</div>' for element in item["elements"])
        case "actions":
            return f'<div class="actions">{"".join(map(_button, elements(item)))}</div>'
        case "input":
            return _input(item)
        case "rich_text":
            return f'<div class="section"><div class="words">{"".join(map(_rich, item["elements"]))}</div></div>'
        case "divider":
            return "<hr>"
        case "data_table":
            return _data_table(item)
        case "image":
            return f'<p>{_plain(item["title"])}</p><img alt="{html.escape(item["alt_text"])}">'
    raise AssertionError(f"no picture of a {item['type']}")


def _rich(section: Json) -> str:
    return "".join(_rich_part(part) for part in section["elements"])


def _rich_part(part: Json) -> str:
    shown = html.escape(part["text"]).replace("\n", "<br>")
    for name, tag in (("bold", "b"), ("italic", "i")):
        shown = f"<{tag}>{shown}</{tag}>" if part.get("style", {}).get(name) else shown
    return f'<a href="{html.escape(part["url"])}">{shown}</a>' if part["type"] == "link" else shown


def _data_table(item: Json) -> str:
    rows = ["".join(f"<td>{html.escape(_cell(cell))}</td>" for cell in row) for row in item["rows"]]
    return (
        f"<table><caption>{html.escape(item['caption'])}</caption>{''.join(f'<tr>{row}</tr>' for row in rows)}</table>"
    )


def _cell(cell: Json) -> str:
    if cell["type"] == "raw_text":
        return str(cell["text"])
    return "".join(str(each["text"]) for part in cell["elements"] for each in part["elements"])


def _section(item: Json) -> str:
    words = f'<div class="words">{_text(item["text"])}</div>' if "text" in item else ""
    fields = "".join(f"<div>{_text(field)}</div>" for field in item.get("fields", []))
    beside = _button(item["accessory"]) if "accessory" in item else ""
    inner = words + (f'<div class="words fields">{fields}</div>' if fields else "") + beside
    return f'<div class="section">{inner}</div>'


def _button(item: Json) -> str:
    return f'<span class="button {item.get("style", "")}">{_plain(item["text"])}</span>'


def _input(item: Json) -> str:
    optional = " (optional)" if item["optional"] else ""
    hint = f'<div class="hint">{_plain(item["hint"])}</div>' if "hint" in item else ""
    return f'<div class="input"><b>{_plain(item["label"])}{optional}</b>{_element(item["element"])}{hint}</div>'


def _element(item: Json) -> str:
    if item["type"] in ("radio_buttons", "checkboxes"):
        chosen = [item.get("initial_option"), *item.get("initial_options", [])]
        return "".join(_option(option, "●" if option in chosen else "○") for option in item["options"])
    first = item.get("initial_value") or item.get("initial_date") or ""
    if option := item.get("initial_option"):
        first = option["text"]["text"]
    placeholder = item.get("placeholder", {}).get("text", "")
    tall = " tall" if item.get("multiline") else ""
    return f'<div class="box{tall}">{html.escape(first or placeholder)}</div>'


def _option(option: Json, mark: str) -> str:
    more = f"<small>{_plain(option['description'])}</small>" if "description" in option else ""
    return f'<div class="option">{mark} {_plain(option["text"])}{more}</div>'


def _text(item: Json) -> str:
    return mrkdwn(item["text"]) if item["type"] == "mrkdwn" else _plain(item)


def _plain(item: Json) -> str:
    return html.escape(item["text"]).replace("\n", "<br>")


def mrkdwn(words: str) -> str:
    """Slack's markup as HTML."""
    parts = re.split(r"<([^<>\n]*)>", words)
    return "".join(_link(part) if at % 2 else _styled(part) for at, part in enumerate(parts))


def _link(inner: str) -> str:
    address, _, label = inner.partition("|")
    return f'<a href="{html.escape(address)}">{_styled(label or address)}</a>'


def _styled(words: str) -> str:
    shown = html.escape(words.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&"))
    for mark, tag in (("*", "b"), ("_", "i")):
        inner = (
            rf"(?<![\w{re.escape(mark)}]){re.escape(mark)}(?=\S)([^{re.escape(mark)}\n]+)(?<=\S){re.escape(mark)}(?!\w)"
        )
        shown = re.sub(inner, rf"<{tag}>\1</{tag}>", shown)
    return shown.replace("\n", "<br>")
