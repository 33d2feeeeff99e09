"""The shell of every page: what templates know, and the pages that belong to no slice."""

from flask import Flask
from flask.json.provider import DefaultJSONProvider

from vouchers.config import Settings
from vouchers.web.cells import add_cells
from vouchers.web.controls import add_controls
from vouchers.web.display import Site, add_display
from vouchers.web.errors import add_error_pages
from vouchers.web.figures import add_figures
from vouchers.web.filters import add_filters
from vouchers.web.security import add_security


def add_shell(app: Flask, settings: Settings) -> None:
    """Plug the shell into the application: headers, refusals, filters and globals of templates."""
    ids = tuple(part.strip() for part in settings.site_ids.split("|") if part.strip())
    if isinstance(app.json, DefaultJSONProvider):
        app.json.ensure_ascii = False  # Chinese stays readable in answers to scripts
    add_security(app)
    add_error_pages(app)
    add_filters(app)
    add_figures(app)
    add_controls(app)
    add_cells(app)
    add_display(app, Site(settings.site_name, settings.authority, settings.contact, ids))
