"""An operator's round and a look at every first page, for a test of the role that the product runs under."""

from pathlib import Path

from flask import Flask

from tests.hostile.crowd import gather

LEAST_LINKS = 5  # that everybody has on the first page


def refused_acts(app: Flask, folder: Path) -> dict[str, str]:
    """What jobs, sweeps, verification and backup say where they do not go through."""
    acts = ("jobs run --once", "jobs daily", "audit verify", "ledger verify")
    head, backup = folder / "head.json", folder / "backup"
    kept = (
        f"audit export-head {head}",
        f"audit verify --head {head}",
        f"backup make {backup}",
        f"backup verify {backup}",
    )
    answers = {one: app.test_cli_runner().invoke(args=one.split()) for one in (*acts, *kept)}
    return {one: answer.output for one, answer in answers.items() if answer.exit_code}


def refused_pages(app: Flask) -> dict[str, int]:
    """What everybody of the demonstration gets who follows each link of the first page; those that are no good."""
    crowd, found = gather(app), dict[str, int]()
    for name, browser in crowd.browsers.items():
        browser.get("/", follow_redirects=True)
        assert browser.page is not None
        own = {link.partition("#")[0] for link in browser.page.links() if link.startswith("/")} - {"/sign-out"}
        found.update({f"{name} {link}": crowd.get(name, link).status_code for link in own})
    assert len(found) > len(crowd.browsers) * LEAST_LINKS
    return {link: status for link, status in found.items() if status not in {200, 303}}
