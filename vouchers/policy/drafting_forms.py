"""Forms of a draft: its whole text, or the small values of one rule."""

from collections.abc import Sequence
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, StringField, TextAreaField

from vouchers.policy.editing import Place, Value
from vouchers.web.fields import Filled, WholeField, at_most
from vouchers.web.forms import SeenForm

MOST_PACK = 200_000  # characters
_LONG = 24
_KEYS = {
    "say": "规则的话",
    "note": "说明",
    "cite": "依据",
    "provenance": "来源（plan 规划原文，derived 推定，local 本地设定）",
    "kinds": "券种",
    "at": "环节",
    "limit": "上限",
    "flat": "比例",
    "rate": "比例",
    "rows": "逐项",
    "working_days": "工作日",
    "least": "最低",
    "most": "最高",
    "add": "加成",
    "name": "名称",
    "from": "起",
    "to": "止",
    "when": "条件",
    "then": "则为",
    "required": "必须提供",
}


class TextForm(SeenForm):
    """改全文: the text of a pack."""

    text = TextAreaField(
        _l("政策包全文（YAML）"), [Filled(), at_most(MOST_PACK)], render_kw={"rows": 40, "spellcheck": "false"}
    )


class RuleForm(SeenForm):
    """改一条规则: a field for each of its small values."""

    def changes(self, places: Sequence[Place]) -> dict[str, Value]:
        """The values that were changed, under the keys of their places; a whole number stays one."""
        return {one.key: _kept_type(one.value, self[one.key].data) for one in places if self[one.key].data != one.value}


def rule_form(places: Sequence[Place], depth: int) -> type[RuleForm]:
    """The form of a rule; `depth` steps of each path lead to the rule and are left out of the names."""
    return type("Rule", (RuleForm,), {one.key: _place_field(one, depth) for one in places})


def _place_field(place: Place, depth: int) -> Any:
    path = [str(step) for step in place.path[depth:]]
    label = " · ".join(str(gettext(_KEYS.get(step, step))) for step in path)
    line = _l("第 %(n)s 行", n=place.line)
    if isinstance(place.value, bool):
        return BooleanField(label, description=line)
    if isinstance(place.value, int):
        return WholeField(label, [Filled()], description=line)
    is_long = path[-1] in {"say", "note"} or len(place.value) > _LONG
    return StringField(label, [at_most(300)], description=line, render_kw={"size": 60} if is_long else None)


def _kept_type(before: Value, typed: Any) -> Value:
    return typed if isinstance(before, bool | int) else str(typed or "")
