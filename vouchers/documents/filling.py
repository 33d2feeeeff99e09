"""Papers as HTML, from the templates of papers."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

TEMPLATES = Path(__file__).resolve().parents[2] / "templates"


def fill(template: str, values: Mapping[str, object]) -> str:
    """A paper's HTML; values are escaped, a missing one raises. Papers are always Chinese, whoever prints them."""
    return _environment().get_template(template).render(values)


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        extensions=["jinja2.ext.i18n"],
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.install_null_translations()  # type: ignore[attr-defined]  # added by the extension
    return environment
