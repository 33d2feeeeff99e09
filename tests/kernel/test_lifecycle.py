"""Lifecycles as tables."""

from enum import StrEnum

import pytest

from vouchers.kernel.errors import Conflict
from vouchers.kernel.lifecycle import Lifecycle, Transition


class Light(StrEnum):
    """A lamp for tests."""

    ON = "on"
    OFF = "off"


SWITCH = Lifecycle("lamp", [Transition("turn_off", frozenset({Light.ON}), Light.OFF, "关")])


def test_a_declared_edge_leads_on_and_any_other_is_a_conflict() -> None:
    assert SWITCH.after(Light.ON, "turn_off") is Light.OFF
    with pytest.raises(Conflict):
        SWITCH.after(Light.OFF, "turn_off")
    with pytest.raises(Conflict):
        SWITCH.after(Light.ON, "explode")


def test_pages_learn_what_may_be_done() -> None:
    assert SWITCH.actions_in(Light.ON) == ("turn_off",)
    assert SWITCH.actions_in(Light.OFF) == ()
    assert SWITCH.label("turn_off") == "关"


def test_two_ways_for_one_action_are_a_mistake() -> None:
    with pytest.raises(ValueError, match="two ways"):
        Lifecycle(
            "lamp",
            [
                Transition("turn", frozenset({Light.ON}), Light.OFF, "关"),
                Transition("turn", frozenset({Light.ON}), Light.ON, "开"),
            ],
        )
