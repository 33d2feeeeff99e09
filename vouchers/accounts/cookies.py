"""The token of a session on its way to the browser, and what a browser says of itself."""

from flask import g, request, session

from vouchers.accounts import queries
from vouchers.accounts.rules import device_of
from vouchers.accounts.services import Way
from vouchers.accounts.states import SignInMethod


def carry(token: str) -> None:
    """Send this token with the answer and start the browser's small session anew; an empty one is dropped."""
    session.clear()
    if token:
        session["bound"] = binding(queries.token_hash(token))
    g.new_token = token


def this_way(method: SignInMethod = SignInMethod.PASSWORD, *, has_factor: bool = False) -> Way:
    """The way this request's sender comes in."""
    return Way(method, device_of(request.user_agent.string), has_factor)


def binding(token_hash: str) -> str:
    """What the browser's small session remembers of the session it belongs to."""
    return token_hash[:16]
