"""A search of the office's lists finds every row that shows the text, and no other."""

from collections.abc import Callable, Sequence
from typing import Any

import pytest

from tests.access.world import NOON, World, actor_at
from vouchers.applications.queries import list_cases
from vouchers.issuance.queries import list_vouchers
from vouchers.kernel.actor import Actor
from vouchers.kernel.clock import beijing_date
from vouchers.redemption.queries import list_claims

TODAY = beijing_date(NOON)
Lister = Callable[[dict[str, str], Actor], Sequence[Any]]
LISTS: dict[str, tuple[Lister, tuple[str, ...]]] = {
    "cases": (lambda asked, actor: list_cases(actor, asked, on=TODAY).rows, ("number", "name")),
    "vouchers": (lambda asked, actor: list_vouchers(asked, actor, on=TODAY).rows, ("number", "holder")),
    "claims": (
        lambda asked, actor: list_claims(asked, actor, on=TODAY).rows,
        ("number", "order_number", "buyer", "seller"),
    ),
}


@pytest.mark.parametrize("name", LISTS)
def test_a_search_finds_every_row_that_shows_the_text(world: World, name: str) -> None:
    rows_of, shown = LISTS[name]
    decider = actor_at("shending")
    everywhere = {"where": "all"}
    rows = {row.public_id: [getattr(row, one) for one in shown] for row in rows_of(everywhere, decider)}
    parts = {text[start : start + 4] for texts in rows.values() for text in texts for start in range(0, len(text), 3)}
    texts = {text for text in parts if not (text.isascii() and text.isalnum())}  # these stand in codes not shown, too

    assert len(rows) > 2
    for text in sorted(texts):
        expected = {key for key, found in rows.items() if any(text.lower() in one.lower() for one in found)}
        assert {row.public_id for row in rows_of({"q": text, **everywhere}, decider)} == expected, text
