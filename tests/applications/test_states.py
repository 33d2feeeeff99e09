"""The life of a case: every state, every action."""

import pytest

from vouchers.applications.states import APPLICATIONS, BEFORE_APPROVAL, LABELS, LIVE, REJECTABLE, TONES
from vouchers.applications.states import ApplicationState as S
from vouchers.kernel.errors import Conflict

EDGES: dict[tuple[S, str], S] = {
    (S.DRAFT, "hand_over"): S.TO_CONFIRM,
    (S.TO_CONFIRM, "take_back"): S.DRAFT,
    (S.TO_CONFIRM, "confirm"): S.SUBMITTED,
    (S.TO_CONFIRM, "confirm_at_once"): S.APPROVED,
    (S.SUBMITTED, "accept"): S.IN_STAGE,
    (S.SUBMITTED, "accept_to_decide"): S.TO_DECIDE,
    (S.IN_STAGE, "pass_stage_by_time"): S.IN_STAGE,
    (S.IN_STAGE, "pass_last_stage_by_time"): S.TO_DECIDE,
    (S.IN_STAGE, "return_stage_by_time"): S.IN_STAGE,
    (S.TO_DECIDE, "return_stage_by_time"): S.IN_STAGE,
    (S.IN_STAGE, "return_to_acceptance_by_time"): S.SUBMITTED,
    (S.TO_DECIDE, "return_to_acceptance_by_time"): S.SUBMITTED,
    (S.IN_STAGE, "pass_stage"): S.IN_STAGE,
    (S.IN_STAGE, "pass_last_stage"): S.TO_DECIDE,
    (S.SUBMITTED, "request_correction"): S.CORRECTION,
    (S.IN_STAGE, "request_correction"): S.CORRECTION,
    (S.CORRECTION, "resubmit"): S.SUBMITTED,
    (S.CORRECTION, "resubmit_to_stage"): S.IN_STAGE,
    (S.CORRECTION, "lapse"): S.LAPSED,
    (S.TO_DECIDE, "decide"): S.DECIDED,
    (S.WAITING, "decide"): S.DECIDED,
    (S.TO_DECIDE, "queue"): S.WAITING,
    (S.TO_DECIDE, "run_out"): S.OUT_OF_FUNDS,
    (S.WAITING, "run_out"): S.OUT_OF_FUNDS,
    (S.DECIDED, "open_notice"): S.ON_NOTICE,
    (S.ON_NOTICE, "object"): S.OBJECTED,
    (S.OBJECTED, "dismiss_objection"): S.ON_NOTICE,
    (S.ON_NOTICE, "end_notice"): S.NOTICE_ENDED,
    (S.ON_NOTICE, "withdraw_notice"): S.DECIDED,
    (S.NOTICE_ENDED, "approve"): S.APPROVED,
    (S.DECIDED, "approve_without_notice"): S.APPROVED,
    (S.APPROVED, "issue"): S.ISSUED,
    (S.APPROVED, "award"): S.AWARDED,
    **{(state, "reject"): S.REJECTED for state in REJECTABLE},
    **{(state, "withdraw"): S.WITHDRAWN for state in BEFORE_APPROVAL},
}
ACTIONS = sorted({transition.action for transition in APPLICATIONS.transitions})


@pytest.mark.parametrize("state", S)
@pytest.mark.parametrize("action", ACTIONS)
def test_every_action_in_every_state_leads_where_the_table_says_or_is_refused(state: S, action: str) -> None:
    target = EDGES.get((state, action))

    if target is None:
        with pytest.raises(Conflict):
            APPLICATIONS.after(state, action)
    else:
        assert APPLICATIONS.after(state, action) is target


@pytest.mark.parametrize("state", [S.ISSUED, S.AWARDED, S.REJECTED, S.WITHDRAWN, S.LAPSED, S.OUT_OF_FUNDS])
def test_an_ended_case_has_no_way_out(state: S) -> None:
    assert APPLICATIONS.actions_in(state) == ()
    assert state not in LIVE


def test_every_state_has_a_word_and_a_tone() -> None:
    assert set(LABELS) == set(TONES) == set(S)
