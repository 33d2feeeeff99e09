"""Acts on the ways to sign in."""

from vouchers.signin.services.identities import Identity, accept_invitation, link_identity, unlink_identity
from vouchers.signin.services.links import (
    ask_for_password_link,
    end_lapsed_links,
    forget_old_links,
    invite,
    set_password_by_link,
)
from vouchers.signin.services.recovery import (
    confirm_reset,
    make_recovery_codes,
    propose_reset,
    remove_own_factor,
    reset_password,
    use_recovery_code,
    withdraw_reset,
)
from vouchers.signin.services.setup import FirstAccount, make_setup_code, set_up

__all__ = [
    "FirstAccount",
    "Identity",
    "accept_invitation",
    "ask_for_password_link",
    "confirm_reset",
    "end_lapsed_links",
    "forget_old_links",
    "invite",
    "link_identity",
    "make_recovery_codes",
    "make_setup_code",
    "propose_reset",
    "remove_own_factor",
    "reset_password",
    "set_password_by_link",
    "set_up",
    "unlink_identity",
    "use_recovery_code",
    "withdraw_reset",
]
