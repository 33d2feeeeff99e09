"""Every page is guarded or openly public, and its template is found where its name says."""

import ast
from collections.abc import Iterator
from pathlib import Path

from flask import Flask

from vouchers.accounts.permissions import ROLES, Permission

ROOT = Path(__file__).parents[2]
PACKAGE, TEMPLATES = ROOT / "vouchers", ROOT / "templates"
AUDIENCES = frozenset({"public", "enterprise", "provider", "office", "oversight", "inbox"})
OPEN_BY_NATURE = frozenset({"static"})


def test_every_endpoint_says_who_may_use_it(app: Flask) -> None:
    unmarked = [name for name, view in app.view_functions.items() if not _is_marked(name, view)]

    assert not unmarked


def test_public_pages_live_in_public_modules(app: Flask) -> None:
    elsewhere = [
        name
        for name, view in app.view_functions.items()
        if getattr(view, "is_public", False) and not view.__module__.endswith(".routes.public")
    ]

    assert not elsewhere


def test_public_modules_hold_public_pages_or_ones_own_account(app: Flask) -> None:
    guarded = [
        name
        for name, view in app.view_functions.items()
        if view.__module__.endswith(".routes.public")
        and getattr(view, "required_permission", Permission.ACCOUNT_SELF) != Permission.ACCOUNT_SELF
    ]

    assert not guarded


def test_every_guarded_page_can_be_opened_by_some_role(app: Flask) -> None:
    held = frozenset[Permission]().union(*ROLES.values())

    unreachable = [
        name
        for name, view in app.view_functions.items()
        if getattr(view, "required_permission", None) not in {None, *held}
    ]
    assert not unreachable


def test_pages_that_change_something_do_not_answer_to_get_alone(app: Flask) -> None:
    """A view that opens a transaction answers POST: a link, a crawler or a preview must not change anything."""
    writing = {
        f"{_slice(path)}_{path.stem}.{function.name}"
        for path in _route_modules()
        for function in _views(path)
        if "transaction()" in ast.unparse(function)
    }

    get_only = [
        rule.endpoint
        for rule in app.url_map.iter_rules()
        if rule.endpoint in writing and not (rule.methods or set()) & {"POST", "PUT", "DELETE"}
    ]
    assert not get_only


def test_money_forms_leave_transaction_and_key_to_the_one_home_of_presses() -> None:
    """What is marked repeatable goes through `accounts.pressing`; a flow of its own would forget key or JSON."""
    repeatable = [
        (f"{_slice(path)}/{path.stem}.{node.name}", ast.unparse(node), path.read_text(encoding="utf-8"))
        for path in _route_modules()
        for node in ast.parse(path.read_text(encoding="utf-8")).body
        if isinstance(node, ast.FunctionDef) and "repeatable" in map(ast.unparse, node.decorator_list)
    ]

    own = [name for name, view, _module in repeatable if "transaction()" in view or "validate_on_submit" in view]
    elsewhere = [name for name, _view, module in repeatable if "pressing" not in module and "_acts" not in module]
    assert (own, elsewhere) == ([], [])
    assert repeatable


def test_templates_are_named_after_their_views() -> None:
    misnamed = [
        f"{_slice(path)}/{path.stem}.{function.name}: {template}"
        for path in _route_modules()
        for function in _views(path)
        for template in _templates(function)
        if template != f"{_slice(path)}/{path.stem}/{function.name}.html"
    ]

    assert not misnamed


def test_every_template_has_its_view() -> None:
    known = {
        template
        for path in PACKAGE.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and (template := node.value).endswith(".html")
    }

    pages = [
        str(path.relative_to(TEMPLATES))
        for path in TEMPLATES.rglob("*.html")
        if path.parent.name in AUDIENCES and not path.name.startswith("_")
    ]
    assert not [page for page in pages if page not in known]


def test_templates_hold_no_style_and_no_script() -> None:
    inline = [
        f"{path.relative_to(TEMPLATES)}: {mark}"
        for path in TEMPLATES.rglob("*.html")
        if "print" not in path.parts and path.name not in {"letter.html", "print.html"}
        for mark in (" style=", "<style", "<script>", " onclick=", " onchange=", " onsubmit=", "javascript:")
        if mark in path.read_text()
    ]

    assert not inline


def _is_marked(endpoint: str, view: object) -> bool:
    name = endpoint.rpartition(".")[2]
    return name in OPEN_BY_NATURE or hasattr(view, "required_permission") != bool(getattr(view, "is_public", False))


def _route_modules() -> list[Path]:
    return sorted(PACKAGE.glob("*/routes/[!_]*.py"))


def _slice(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0]


def _views(path: Path) -> Iterator[ast.FunctionDef]:
    for node in ast.parse(path.read_text()).body:
        if isinstance(node, ast.FunctionDef) and any(".route(" in ast.unparse(d) for d in node.decorator_list):
            yield node


def _templates(function: ast.FunctionDef) -> Iterator[str]:
    for call in ast.walk(function):
        if isinstance(call, ast.Call) and ast.unparse(call.func) == "render_template" and call.args:
            template = call.args[0]
            if isinstance(template, ast.Constant) and not str(template.value).startswith(("errors/", "components/")):
                yield str(template.value)
