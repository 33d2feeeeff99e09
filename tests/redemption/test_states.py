"""The lifecycle of a claim, edge by edge."""

import pytest

from vouchers.kernel.errors import Conflict
from vouchers.redemption.states import CLAIMS, ClaimState

ENDS = {ClaimState.REJECTED, ClaimState.WITHDRAWN, ClaimState.REVERSED}
ACTIONS = sorted({transition.action for transition in CLAIMS.transitions})


@pytest.mark.parametrize("state", ClaimState)
@pytest.mark.parametrize("action", ACTIONS)
def test_only_declared_edges_lead_anywhere(state: ClaimState, action: str) -> None:
    edge = next((t for t in CLAIMS.transitions if t.action == action and state in t.sources), None)

    if edge is None:
        with pytest.raises(Conflict):
            CLAIMS.after(state, action)
    else:
        assert CLAIMS.after(state, action) is edge.target


def test_what_has_ended_stays_ended() -> None:
    assert {state for state in ClaimState if not CLAIMS.actions_in(state)} == ENDS


def test_nothing_is_paid_that_was_not_approved() -> None:
    before_paid = {source for t in CLAIMS.transitions if t.target is ClaimState.PAID for source in t.sources}
    before_batched = {source for t in CLAIMS.transitions if t.target is ClaimState.BATCHED for source in t.sources}

    assert before_paid == {ClaimState.BATCHED}
    assert before_batched == {ClaimState.APPROVED}
