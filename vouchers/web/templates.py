"""Templates compiled once for each language: a list has a thousand sentences known beforehand."""

from collections.abc import MutableMapping
from typing import Any

from flask.templating import Environment
from flask_babel import get_locale, get_translations
from jinja2 import Template, nodes
from jinja2.visitor import NodeTransformer


class Templates(Environment):
    """Flask's templates; a page is rendered from those in which the sentences of its language stand already."""

    language = ""
    _languages: dict[str, "Templates"] | None = None

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
            found.language = locale
            self._languages[locale] = found
        return found

    def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
        tree = super()._parse(source, name, filename)
        return _Sentences().visit(tree) if self.language else tree


class _Sentences(NodeTransformer):
    """Puts each sentence without values in the place of the call that would look it up."""

    def visit_Call(self, node: nodes.Call) -> nodes.Node:  # noqa: N802  Jinja's name
        self.generic_visit(node)
        is_plain = isinstance(node.node, nodes.Name) and node.node.name in {"_", "gettext"}
        if not is_plain or len(node.args) != 1 or node.kwargs or node.dyn_args or node.dyn_kwargs:
            return node
        (said,) = node.args
        if not isinstance(said, nodes.Const):
            return node
        text = get_translations().ugettext(said.value) % {}  # as Jinja does: a sign for per cent stands twice
        return nodes.TemplateData(text, lineno=node.lineno)
