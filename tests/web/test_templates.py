"""Sentences stand in the templates of each language, addresses are put together once: the same words as ever."""

from typing import Any

import pytest
from flask import Flask, render_template, url_for
from flask_babel import force_locale, gettext
from hypothesis import given
from hypothesis import strategies as st
from jinja2 import DictLoader, UndefinedError
from markupsafe import escape

from tests.databases import SETTINGS
from vouchers import config
from vouchers.factory import create_app
from vouchers.kernel.identifiers import new_public_id
from vouchers.web.addresses import address_of
from vouchers.web.cells import draw_cell, draw_head, draw_tag
from vouchers.web.filters import hand
from vouchers.web.templates import TOLD

TEMPLATES = {
    "page.html": '{% from "part.html" import said %}{{ _("公示") }}|{{ said() }}|'
    '{{ _("%(name)s 任职：%(role)s", name="A", role="B") }}|{{ _(word) }}',
    "part.html": '{% macro said() %}{{ _("登录") }}{% endmacro %}',
    "share.html": '{{ _("占 100%% 以上") }}',
    "plain.txt": '{{ _("公示") }}',
}
CALLS = (
    '{% macro m(a, b=2, c="") %}{{ a }}-{{ b }}-{{ c }}-'
    '{% if caller is defined %}({{ caller("<b>") }}){% endif %}{% endmacro %}'
    '{{ m(1, c=word, **keys) }}|{% call(text) m(4, c="x") %}{{ text | safe }}{% endcall %}'
)


@pytest.fixture
def translated(app: Flask) -> Flask:
    """An application of its own on the same database, with the pages above."""
    settings = app.config["SETTINGS"]
    made = create_app(config.load({**SETTINGS, "DATABASE_URL": settings.database_url}, settings.instance))
    made.jinja_env.loader = DictLoader(TEMPLATES)
    return made


def test_whatever_wants_to_know_of_the_page_is_named(app: Flask) -> None:
    with app.test_request_context("/"):
        wanting = {name for name, value in app.jinja_env.globals.items() if hasattr(value, "jinja_pass_arg")}

    assert wanting <= TOLD
    assert wanting >= {"_", "gettext"}


def test_calls_are_as_jinja_makes_them(translated: Flask) -> None:
    with translated.test_request_context("/"):
        assert translated.jinja_env.from_string(CALLS).render(keys={"b": 2}, word="<i>") == "1-2-&lt;i&gt;-|4-2-x-(<b>)"
        with pytest.raises(UndefinedError, match="nowhere"):
            translated.jinja_env.from_string("{{ nowhere() }}").render()


def test_each_language_has_its_words(translated: Flask) -> None:
    def shown(locale: str) -> str:
        with translated.test_request_context(), force_locale(locale):
            expected = "|".join(
                (
                    gettext("公示"),
                    gettext("登录"),
                    gettext("%(name)s 任职：%(role)s", name="A", role="B"),
                    gettext("状态"),
                )
            )
            page = render_template("page.html", word="状态")
        assert page == str(escape(expected))
        return page

    pages = [shown(locale) for locale in ("zh_Hans_CN", "en", "zh_Hans_CN")]

    assert pages[0] == pages[2] == "公示|登录|A 任职：B|状态"
    assert pages[1] != pages[0]
    assert not any("一" <= letter <= "鿿" for letter in pages[1])


def test_a_sign_for_per_cent_is_written_as_ever(translated: Flask) -> None:
    with translated.test_request_context():
        assert render_template("share.html") == "占 100% 以上"
        assert render_template("plain.txt") == "公示"


@given(st.text(min_size=1))
def test_whatever_stands_in_a_cell_stands_there_as_text(text: str) -> None:
    def drawn(what: str) -> str:
        parts = draw_cell(what, what, note=what, url=what), draw_head(what, what, what), draw_tag(what, what, what)
        return "".join(map(str, (*parts, draw_cell("", what))))

    assert drawn(text) == drawn("WORD").replace("WORD", str(escape(text)))


def test_addresses_are_those_of_flask(app: Flask) -> None:
    asked = 0
    with app.test_request_context("/notices/"):
        for rule in app.url_map.iter_rules():
            values: dict[str, Any] = {name: new_public_id() for name in rule.arguments}
            if rule.arguments <= {"public_id"} and "GET" in (rule.methods or ()):
                assert address_of(rule.endpoint, **values) == url_for(rule.endpoint, **values)
                asked += 1
        for odd in ("a b", "ä", "a/b", "", None, 3, "%2e"):
            assert address_of(".show_notice", public_id=odd or "-") == url_for(".show_notice", public_id=odd or "-")
        assert address_of(".list_notices", q="x y") == url_for(".list_notices", q="x y")

    assert asked > 100


def test_an_address_below_a_path_stays_below_it(app: Flask) -> None:
    def at(root: str) -> str:
        with app.test_request_context("/notices/", environ_overrides={"SCRIPT_NAME": root}):
            return address_of(".list_notices")

    assert [at(""), at("/below"), at("")] == ["/notices/", "/below/notices/", "/notices/"]


def test_what_runs_by_itself_is_not_named_as_its_makers_name_it(app: Flask) -> None:
    with app.test_request_context():
        told = [hand(name, kind) for name, kind in (("王芳", "user"), ("daily", "job"), ("flask notices", "command"))]

    assert told == ["王芳", "系统自动", "运维人员以命令办理"]
