"""The API as an application of its own, below /api/v1 of the web application."""

from collections.abc import Iterator
from typing import Any

from fastapi import FastAPI

from qabot import __version__
from qabot.web.api import figures, problems, staff, work, writing
from qabot.web.api.callers import Callers
from qabot.web.ports import UnitsOfWork
from qabot.web.site import Site

PATH = "/api/v1"
TITLE = "qabot"
ABOUT = "What a council's quality-assurance programme knows, for its other programs. docs/api.md has recipes."


class _Described(FastAPI):
    """An application whose description has the problems too."""

    def openapi(self) -> dict[str, Any]:
        """The description: what FastAPI makes of the types, with what every address can answer."""
        if self.openapi_schema is None:
            made = super().openapi()
            schema = problems.Problem.model_json_schema(ref_template="#/components/schemas/{model}")
            kept = made.setdefault("components", {}).setdefault("schemas", {})
            kept |= {**schema.pop("$defs", {}), "Problem": schema}
            for parameter in _parameters(made):
                parameter["schema"] = _without_null(parameter["schema"])
            self.openapi_schema = made
        return self.openapi_schema


def _parameters(description: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for path in description["paths"].values():
        for operation in path.values():
            yield from operation.get("parameters", ())


def _without_null(schema: dict[str, Any]) -> dict[str, Any]:
    """A parameter is there or not: there is no null in an address."""
    kinds = [each for each in schema.get("anyOf", ()) if each != {"type": "null"}]
    return {**{key: value for key, value in schema.items() if key != "anyOf"}, **kinds[0]} if kinds else schema


def create_api(site: Site, units: UnitsOfWork) -> FastAPI:
    """Everything below `PATH`. Its description, /openapi.json, is made from the types that check what comes in."""
    app = _Described(
        title=TITLE,
        version=__version__,
        description=ABOUT,
        docs_url=None,
        redoc_url=None,
        openapi_url="/openapi.json",
        redirect_slashes=False,
        servers=[{"url": f"{site.parts.settings.base_url}{PATH}"}],
        root_path_in_servers=False,
        separate_input_output_schemas=False,
    )
    app.state.callers = Callers(site, units)
    problems.put_on(app)
    for each in (work, staff, figures, writing):
        app.include_router(each.router)
    return app
