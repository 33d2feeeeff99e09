"""Forms of policy: bringing a pack in, signing a version, opening a window, and the calculator."""

from collections.abc import Mapping
from datetime import datetime

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, StringField, TextAreaField

from vouchers.kernel.clock import BEIJING
from vouchers.kernel.money import decimal_yuan
from vouchers.policy.services import NewWindow, Signing
from vouchers.web.fields import ChoiceField, DayField, Filled, YuanField, at_least, at_most, choices_from
from vouchers.web.forms import BaseForm, SeenForm

_SIZES = {"micro": _l("微型企业"), "small": _l("小型企业"), "medium": _l("中型企业"), "large": _l("大型企业")}
_PLACES = {"here": _l("在本地登记"), "operating": _l("登记在外地，在本地经营"), "elsewhere": _l("登记和经营都在外地")}
_RECORDS = {"none": _l("近三年没有失信记录"), "recent": _l("近三年有失信记录")}
_MOST_PACK = 200_000


class ImportForm(BaseForm):
    """导入政策包: a shipped pack, or the text of one."""

    shipped = ChoiceField(_l("随系统提供的政策包"), description=_l("选了就不用粘贴全文。"))
    text = TextAreaField(_l("政策包全文（YAML）"), [at_most(_MOST_PACK)], render_kw={"rows": 24, "spellcheck": "false"})


class SignForm(SeenForm):
    """签署: the issued document and the conclusion of the 公平竞争审查."""

    document_number = StringField(
        _l("实施细则文号"), [at_most(120)], description=_l("正式执行前填写；演示和起步方案可以不填。")
    )
    fair_competition = TextAreaField(
        _l("公平竞争审查结论"), [at_least(4), at_most(2000)], description=_l("有限定地域等提示的，逐项写明理由。")
    )

    def to_signing(self) -> Signing:
        """What the second person states."""
        return Signing(self.document_number.data or "", self.fair_competition.data or "")


class StopForm(SeenForm):
    """停止执行: with a reason."""

    reason = TextAreaField(_l("原因"), [Filled(), at_least(4), at_most(500)])


class WindowForm(BaseForm):
    """打开申报窗口: which kind, from when to when."""

    voucher_kind = ChoiceField(_l("券种"), [Filled()])
    title = StringField(_l("窗口名称"), [Filled(), at_most(100)], description=_l("例如“2026年第一批算力券”。"))
    first = DayField(_l("第一天"), [Filled()], description=_l("从这一天 0 点起受理。"))
    last = DayField(_l("最后一天"), [Filled()], description=_l("到这一天 24 点截止。"))

    def to_window(self, version_public_id: str) -> NewWindow:
        """The window from the first instant of its first day to the last of its last, in Beijing."""
        first, last = self.first.data, self.last.data
        if first is None or last is None:
            raise ValueError("the form was not validated")
        return NewWindow(
            version_public_id=version_public_id,
            voucher_kind=self.voucher_kind.data,
            title=self.title.data or "",
            opens_at=datetime(first.year, first.month, first.day, tzinfo=BEIJING),
            closes_at=datetime(last.year, last.month, last.day, 23, 59, 59, 999_999, tzinfo=BEIJING),
        )


class CalculatorForm(BaseForm):
    """政策测算: a few facts; sent by GET, so that the answer has an address and nothing is kept."""

    class Meta(BaseForm.Meta):
        """No token: nothing changes."""

        csrf = False

    size_class = ChoiceField(_l("单位规模"), [Filled()], choices=choices_from(_SIZES))
    place = ChoiceField(_l("登记和经营地"), [Filled()], choices=choices_from(_PLACES))
    field = ChoiceField(_l("应用领域"), [Filled()])
    planned = YuanField(_l("预计服务费用（不含税）"), [Filled()], least=100)
    granted = YuanField(_l("今年已获券面额"), [Filled()], description=_l("没有就填 0。"))
    record = ChoiceField(_l("信用"), [Filled()], choices=choices_from(_RECORDS))
    green = BooleanField(_l("所用算力绿色电力占比超过 55%"))
    usual = BooleanField(_l("正常经营，不是算力服务商，同一合同没有其他财政支持"))

    def to_facts(self, region: str, today: str) -> Mapping[str, object]:
        """What was given, as facts of the vocabulary; what was not given stays missing."""
        elsewhere = _l("其他地区")
        given: dict[str, object] = {
            "size_class": self.size_class.data,
            "registered_in": region if self.place.data == "here" else str(elsewhere),
            "operates_in": str(elsewhere) if self.place.data == "elsewhere" else region,
            "field": self.field.data,
            "planned_net": decimal_yuan(self.planned.data or 0),
            "dishonesty": [today] if self.record.data == "recent" else [],
        }
        if self.green.data:
            given["green_share"] = "55.01%"
        if self.usual.data:
            given |= {"operating_status": "operating", "is_admitted_provider": False, "other_support_contract": "0.00"}
        return given

    def granted_fen(self) -> int:
        """What was granted before this year."""
        return self.granted.data or 0
