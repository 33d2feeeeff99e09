"""The token of a session on its way to the browser; `routes.presence` sets it as a cookie."""

from flask import g, session

from vouchers.accounts import queries


def carry(token: str) -> None:
    """Send this token with the answer and start the browser's small session anew; an empty one is dropped."""
    session.clear()
    if token:
        session["bound"] = binding(queries.token_hash(token))
    g.new_token = token


def binding(token_hash: str) -> str:
    """What the browser's small session remembers of the session it belongs to."""
    return token_hash[:16]
