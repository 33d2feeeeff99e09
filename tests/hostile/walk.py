"""A walk through the whole site as everybody: along the links, then to the same addresses as somebody else."""

import re
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from html import unescape
from itertools import cycle, islice
from urllib.parse import parse_qsl, urlsplit

from werkzeug.exceptions import HTTPException
from werkzeug.routing import Rule

from tests.hostile import SIEGE
from tests.hostile.crowd import Crowd
from tests.pages import REDIRECT
from vouchers.accounts.permissions import ROLES
from vouchers.accounts.states import Role

MOST_PER_PAGE = 3 if SIEGE else 1  # so many examples of one page per role; a third list of vouchers shows nothing new
ENOUGH_READERS = 99 if SIEGE else 2  # a page shown to so many roles looks the same to the next
STRANGERS = 99 if SIEGE else 1  # so many other roles try an address
MACHINES = ("operation_public.",)  # asked by what watches over the server; may say that something else is wrong
PROGRAMS = "/api/"
_LINK = re.compile(r'<(?:a|form)\b[^>]*?\b(?:href|action)="(/[^"]*)"')
_HOME = ".home"


@dataclass(frozen=True)
class Answered:
    """What came back for an address."""

    role: str
    endpoint: str
    address: str
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def where(self) -> str:
        """For a message."""
        return f"{self.role} GET {self.address} → {self.status}"

    @property
    def is_page(self) -> bool:
        """Whether somebody is shown HTML."""
        return self.headers["Content-Type"].startswith("text/html") and self.status // 100 != REDIRECT

    @property
    def is_file(self) -> bool:
        """Whether somebody is given a file; what programs read is none."""
        return self.status == 200 and not self.is_page and not self.address.startswith(PROGRAMS)


@dataclass
class Walk:
    """Everything that was answered, and for each page who may see which address."""

    before: dict[str, str]
    answers: list[Answered] = field(default_factory=list)
    examples: dict[str, dict[str, str]] = field(default_factory=dict)  # endpoint → role → address
    after: dict[str, str] = field(default_factory=dict)

    def pages(self) -> Iterator[Answered]:
        """The answers that are pages."""
        return (one for one in self.answers if one.is_page)


def walk(crowd: Crowd) -> Walk:
    """Along the links as each role; then the addresses that were found, as roles that have no link there."""
    found = Walk(before=crowd.business())
    for role in crowd.browsers:
        _follow_links(crowd, role, found)
    for role in crowd.browsers:
        _type_addresses(crowd, role, found)
    others = cycle(crowd.browsers)
    seen = {(one.role, one.endpoint) for one in found.answers}
    for endpoint, by_role in found.examples.items():
        strangers = [role for role in islice(others, len(crowd.browsers)) if (role, endpoint) not in seen]
        for role in strangers[:STRANGERS]:
            found.answers.append(_answer(crowd, role, next(iter(by_role.values())), endpoint=endpoint))
        next(others)
    found.after = crowd.business()
    return found


def stroll(crowd: Crowd, *, readers: int) -> Walk:
    """Along the links as each role and to what has no link, until so many roles have seen a page; nobody strays."""
    found = Walk(before={})
    for role in crowd.browsers:
        _follow_links(crowd, role, found, readers=readers)
    for role in crowd.browsers:
        _type_addresses(crowd, role, found, readers=readers)
    return found


def get_rules(crowd: Crowd) -> list[Rule]:
    """The rules of the URL map that answer GET, static files aside."""
    rules = crowd.app.url_map.iter_rules()
    return [rule for rule in rules if "GET" in (rule.methods or set()) and rule.endpoint != "static"]


def endpoint_of(crowd: Crowd, address: str) -> str:
    """The page behind an address of ours; empty for any other."""
    parts = urlsplit(address)
    if parts.netloc or not parts.path.startswith("/") or parts.path.startswith("/static/"):
        return ""
    try:
        found: str = crowd.app.url_map.bind("localhost").match(parts.path, method="GET")[0]
    except HTTPException:
        return ""
    return found


def _follow_links(crowd: Crowd, role: str, found: Walk, *, readers: int = ENOUGH_READERS) -> None:
    waiting, known, count = deque(["/", "/start"]), set[str](), dict[str, int]()
    while waiting:
        address = waiting.popleft()
        endpoint = endpoint_of(crowd, address)
        names = sorted({name for name, _ in parse_qsl(urlsplit(address).query)})
        shape = f"{endpoint}?{','.join(names)}"
        is_enough = len(found.examples.get(endpoint, {})) >= readers and not endpoint.endswith(_HOME)
        if not endpoint or address in known or is_enough or count.get(shape, 0) >= MOST_PER_PAGE:
            continue
        known.add(address)
        count[shape] = count.get(shape, 0) + 1
        answer = _answer(crowd, role, address, endpoint=endpoint)
        found.answers.append(answer)
        if answer.status == 200:
            found.examples.setdefault(endpoint, {}).setdefault(role, address)
        waiting.extend(_onward(answer))


def _type_addresses(crowd: Crowd, role: str, found: Walk, *, readers: int = ENOUGH_READERS) -> None:
    """Whatever has an address without arguments and no link that this role came along."""
    held = ROLES[Role(role)] if role in {one.value for one in Role} else frozenset()
    for rule in get_rules(crowd):
        asked = getattr(crowd.app.view_functions[rule.endpoint], "required_permission", None)
        is_known = len(found.examples.get(rule.endpoint, {})) >= readers
        is_closed = asked is not None and asked not in held
        if rule.arguments or is_known or is_closed or rule.endpoint.startswith(MACHINES):
            continue
        answer = _answer(crowd, role, rule.rule, endpoint=rule.endpoint)
        found.answers.append(answer)
        if answer.status == 200:
            found.examples.setdefault(rule.endpoint, {}).setdefault(role, rule.rule)


def _onward(answer: Answered) -> list[str]:
    if answer.status // 100 == REDIRECT:
        return [answer.headers.get("Location", "")]
    return [unescape(link) for link in _LINK.findall(answer.body.decode())] if answer.is_page else []


def _answer(crowd: Crowd, role: str, address: str, *, endpoint: str) -> Answered:
    reply = crowd.get(role, address)
    return Answered(role, endpoint, address, reply.status_code, dict(reply.headers), reply.get_data())
