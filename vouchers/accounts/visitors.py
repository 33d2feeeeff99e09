"""Pages as every visitor sees them, kept while nothing has changed: drawn once for each event in the audit chain."""

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import ParamSpec

from flask import current_app, make_response, request, session
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response

from vouchers.accounts.guards import current_presence
from vouchers.audit.queries import head_now
from vouchers.kernel.clock import today
from vouchers.web.display import is_large_text, select_locale

P = ParamSpec("P")
View = Callable[P, ResponseReturnValue]
Place = tuple[str, ...]

MOST_PAGES, MOST_BYTES, MOST_ADDRESS = 200, 200_000, 2_000
_OK = 200
_SHELF = "pages_of_visitors"


@dataclass(frozen=True, slots=True)
class Kept:
    """A page, and the head of the chain and the day that it was drawn at."""

    drawn_at: tuple[object, ...]
    body: bytes
    tag: str


class Shelf:
    """The pages asked for last, so many and no more."""

    def __init__(self) -> None:
        self._pages: OrderedDict[Place, Kept] = OrderedDict()
        self._turn = threading.Lock()

    def find(self, place: Place, drawn_at: tuple[object, ...]) -> Kept | None:
        """The page of this place, unless something has happened since it was drawn."""
        with self._turn:
            kept = self._pages.get(place)
            if kept is None or kept.drawn_at != drawn_at:
                return None
            self._pages.move_to_end(place)
            return kept

    def keep(self, place: Place, kept: Kept) -> None:
        """Put a page in its place; the one that nobody asked for longest goes."""
        with self._turn:
            self._pages[place] = kept
            self._pages.move_to_end(place)
            while len(self._pages) > MOST_PAGES:
                self._pages.popitem(last=False)


def kept_for_visitors(view: Callable[P, ResponseReturnValue]) -> View[P]:
    """Draw a page for visitors once and hand it out until the next event; stands below `public`.

    The chain's head is read before the page is: what is kept is at least as new as the head it is kept under, so no
    page is stale. Whoever is signed in, or whose session holds anything (a sentence to show once, a form token), gets
    a page of their own that is not kept.
    """

    @wraps(view)
    def shown(*args: P.args, **kwargs: P.kwargs) -> ResponseReturnValue:
        if request.method != "GET" or current_presence() is not None or session:
            return view(*args, **kwargs)
        shelf: Shelf = current_app.extensions.setdefault(_SHELF, Shelf())
        place = (request.host_url, request.full_path, select_locale(), str(is_large_text()))
        drawn_at = (*head_now(), today())
        kept = shelf.find(place, drawn_at)
        if kept is None:
            response = make_response(view(*args, **kwargs))
            if not _is_everybodys(response):
                return response
            body = response.get_data()
            kept = Kept(drawn_at, body, hashlib.sha256(body).hexdigest()[:32])
            if len(body) <= MOST_BYTES and len(request.full_path) <= MOST_ADDRESS:
                shelf.keep(place, kept)
        return _answer(kept)

    shown.is_kept = True  # type: ignore[attr-defined]
    return shown


def _is_everybodys(response: Response) -> bool:
    """Whether a page holds nothing of this visitor's: a form token would have put something into the session."""
    return response.status_code == _OK and not session and not response.headers.getlist("Set-Cookie")


def _answer(kept: Kept) -> Response:
    """The page, or that what the browser has is still right; it asks each time, and nobody between keeps it."""
    response = make_response(kept.body)
    response.headers["Cache-Control"] = "private, no-cache"
    response.set_etag(kept.tag)
    return response.make_conditional(request)
