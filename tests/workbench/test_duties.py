"""What waits for somebody leads to a page they may open."""

from flask import Flask

from vouchers.accounts.permissions import ROLES
from vouchers.accounts.states import LABELS
from vouchers.navigation import MENU
from vouchers.workbench.duties import WORKS


def test_every_kind_of_work_leads_to_a_page_that_whoever_does_it_may_open(app: Flask) -> None:
    closed = [
        f"{LABELS[role]}: {work.name}"
        for role, held in ROLES.items()
        for work in WORKS
        if work.permission in held and getattr(app.view_functions[work.endpoint], "required_permission", "") not in held
    ]

    assert not closed


def test_every_entry_of_the_menu_leads_to_a_page(app: Flask) -> None:
    """One that leads nowhere is left out without a word, and with it the way to its pages."""
    named = {entry.endpoint for entries in MENU.values() for entry in entries}

    assert named <= set(app.view_functions)
