"""Templates compiled once for each language: a list has a thousand sentences known beforehand."""

from collections.abc import MutableMapping
from keyword import iskeyword
from typing import Any

from flask import Flask
from flask.templating import Environment
from flask_babel import Babel, get_locale, get_translations
from jinja2 import StrictUndefined, Template, nodes, pass_eval_context
from jinja2.compiler import CodeGenerator, Frame
from jinja2.nodes import EvalContext
from jinja2.visitor import NodeTransformer
from markupsafe import Markup

from vouchers.web.cells import safe
from vouchers.web.display import select_locale

TOLD = frozenset({"_", "gettext", "ngettext", "pgettext", "npgettext"})  # want to know whether the page escapes


class Code(CodeGenerator):
    """Calls functions and macros as they are, and leaves markup as it is: a list does both a thousand times.

    Jinja asks at each call what the function wants to be told of the page. Of ours only those want anything that
    stand in `TOLD`; everything else is a macro, or a function that takes what it is given.
    """

    def visit_Call(self, node: nodes.Call, frame: Frame, forward_caller: bool = False) -> None:  # noqa: FBT001, FBT002, N802  Jinja's shape
        """Write a call; by Jinja's way where it is not of a plain name with plain arguments."""
        is_plain = isinstance(node.node, nodes.Name) and node.node.name not in TOLD
        if not is_plain or node.dyn_args or node.dyn_kwargs or any(iskeyword(one.key) for one in node.kwargs):
            super().visit_Call(node, frame, forward_caller=forward_caller)
            return
        self.visit(node.node, frame)
        self.write("(")
        for argument in (*node.args, *node.kwargs):
            self.visit(argument, frame)
            self.write(", ")
        self.write("caller=caller)" if forward_caller else ")")

    def _output_child_pre(self, node: nodes.Expr, frame: Frame, finalize: Any) -> None:
        if frame.eval_ctx.autoescape and not frame.eval_ctx.volatile:
            self.write(f"environment.safe({finalize.src or ''}")
        else:
            super()._output_child_pre(node, frame, finalize)


class Templates(Environment):
    """Flask's templates; a page is rendered from those in which the sentences of its language stand already."""

    code_generator_class = Code
    safe = staticmethod(safe)
    language = ""
    _languages: dict[str, "Templates"] | None = None
    _catalogue: Any = None

    def in_words(self, text: str) -> str:
        """A sentence in the language of these templates; in the reader's where they are of none."""
        found: str = (self._catalogue or get_translations()).ugettext(text)
        return found

    def get_or_select_template(self, names: Any, parent: str | None = None, globals: Any = None) -> Template:  # noqa: A002
        """The template as the reader's language has it; without a reader as it stands."""
        locale = "" if self.language else str(get_locale() or "")
        if not locale:
            return super().get_or_select_template(names, parent, globals)
        return self._in(locale).get_or_select_template(names, parent, globals)

    def make_globals(self, d: MutableMapping[str, Any] | None) -> MutableMapping[str, Any]:
        """What every template knows, as it is: Jinja's chain of mappings is slow to compare at each import."""
        return super().make_globals(d) if d else self.globals

    def _in(self, locale: str) -> "Templates":
        if self._languages is None:
            self._languages = {}
        found = self._languages.get(locale)
        if found is None:
            found = self.overlay()
            found.language, found._catalogue = locale, get_translations()  # noqa: SLF001  one of ourselves
            self._languages[locale] = found
        return found

    def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
        tree = super()._parse(source, name, filename)
        return _Sentences(self).visit(tree) if self.language else tree


def add_templates(app: Flask) -> None:
    """Use these templates, and look sentences up in one step that are known only at run time, as Jinja does in five."""
    app.jinja_environment = Templates  # before they are asked for the first time
    app.jinja_env.undefined = StrictUndefined
    Babel(app, default_locale="zh_Hans_CN", default_timezone="Asia/Shanghai", locale_selector=select_locale)
    app.jinja_env.globals.update(_=_say, gettext=_say)


@pass_eval_context
def _say(place: EvalContext, text: str, /, **values: object) -> str:
    templates: Any = place.environment
    told = templates.in_words(text)
    shown: str = (Markup(told) if place.autoescape else told) % values  # noqa: S704  the words are ours, values are not
    return shown


class _Sentences(NodeTransformer):
    """Puts each sentence without values in the place of the call that would look it up."""

    def __init__(self, templates: Templates) -> None:
        self._templates = templates

    def visit_Call(self, node: nodes.Call) -> nodes.Node:  # noqa: N802  Jinja's name
        self.generic_visit(node)
        is_plain = isinstance(node.node, nodes.Name) and node.node.name in {"_", "gettext"}
        if not is_plain or len(node.args) != 1 or node.kwargs or node.dyn_args or node.dyn_kwargs:
            return node
        (said,) = node.args
        if not isinstance(said, nodes.Const):
            return node
        text = self._templates.in_words(said.value) % {}  # as Jinja does: a sign for per cent stands twice
        return nodes.TemplateData(text, lineno=node.lineno)
