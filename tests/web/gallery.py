"""A page with every component, for looking at and for the accessibility check; not shipped."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from secrets import token_bytes
from types import SimpleNamespace

from flask import Flask, render_template
from flask.typing import ResponseReturnValue
from flask_babel import Babel
from jinja2 import ChoiceLoader, FileSystemLoader, StrictUndefined
from wtforms import BooleanField, TextAreaField

from vouchers.config import Environment, Settings
from vouchers.web import shell
from vouchers.web.display import select_locale
from vouchers.web.fields import (
    ChoiceField,
    DayField,
    Filled,
    OptionField,
    UploadField,
    UsccField,
    WholeField,
    YuanField,
    at_most,
    choices_from,
)
from vouchers.web.forms import BaseForm, MoneyForm
from vouchers.web.routes import public

ROOT = Path(__file__).parents[2]
SIZES = {"micro": "微型企业", "small": "小型企业"}
SETTINGS = Settings(
    environment=Environment.TEST,
    instance=ROOT / "instance",
    database_url="sqlite://",
    secret_key=token_bytes(32),
    data_key=token_bytes(32),
    site_ids="政府网站标识码：0000000000|ICP 备案号：×ICP备00000000号",
)


class GalleryForm(MoneyForm):
    net = YuanField("合同金额（不含税）", [Filled()])
    until = DayField("服务期止", [Filled()], description="如 2027-09-30")
    uscc = UsccField("统一社会信用代码", [Filled()])
    heads = WholeField("从业人员", [Filled()], unit="人")
    size = ChoiceField("规模", choices=choices_from(SIZES, blank="请选择"))
    payee = OptionField("收款方式", choices=choices_from({"us": "企业先付", "them": "服务商抵扣"}), default="us")
    purpose = TextAreaField("用途", [Filled(), at_most(10)])
    paper = UploadField("合同", [Filled()])
    agree = BooleanField("我确认以上内容属实")


class ReasonForm(BaseForm):
    reason = TextAreaField("理由", [Filled()])


@dataclass(frozen=True)
class Case:
    number: str
    name: str
    left: int | None
    promised: int
    used: int
    due: date | None
    fen: int
    is_stopped: bool = False


CASES = [
    Case("SQ01-2026-00391", "远汀医学影像（江澜）有限公司", -1, 10, 11, date(2026, 11, 19), 21200000),
    Case("SQ01-2026-00417", "澜图智能科技（江澜）有限公司", 2, 10, 8, date(2026, 11, 24), 48600000),
    Case("SQ01-2026-00436", "江澜示例大学计算中心", 6, 10, 4, None, 60000000, is_stopped=True),
]
FOUND = [
    {"level": "bad", "text": "合同期限不超过 12 个月", "seen": "13 个月", "wanted": "≤ 12 个月", "prov": "local",
     "clause": "细则第七条（一）", "clause_url": "/gallery", "quote": "合同期限不超过一年",
     "fix": "把服务期改到 2027-09-30。"},
    {"level": "warn", "text": "申领企业与服务商无关联", "seen": "间接持股 3.2%", "fix": "低于阈值。",
     "fix_lead": "需要您判断："},
    {"level": "wait", "text": "每期付款都有凭证", "prov": "rules", "clause": "细则第十二条（二）",
     "fix": "补第 2 期付款凭证。"},
    {"level": "ok", "text": "在本市登记", "seen": "江澜市云岭区", "wanted": "江澜市", "prov": "plan",
     "clause": "第四条"},
    {"level": "ok", "text": "中小微企业"},
]  # fmt: skip
ROWS = [
    {"group": "补贴基数"},
    {"name": "合同金额（不含税）", "how": "细则第八条", "fen": 135000000},
    {"name": "减：赠送卡时折价", "fen": 9000000, "minus": True},
    {"name": "基数", "fen": 126000000, "kind": "sub"},
    {"name": "比例", "text": "40%"},
    {"name": "本单位全年剩余额度", "how": "1,000,000.00 − 514,000.00", "fen": 48600000, "kind": "binding"},
    {"name": "可申领", "how": "舍去不足 1 元的部分", "fen": 48600000, "kind": "total"},
]
MOVES = [
    {"day": date(2026, 3, 2), "kind": "发放", "note": "江澜数〔2026〕12 号", "document": "发放单 318", "fen": 51400000,
     "balance": 51400000, "document_url": "/gallery"},
    {"day": date(2026, 3, 10), "kind": "占用", "document": "DD01-2026-00031", "fen": -12000000, "balance": 39400000},
]  # fmt: skip
PAPER = {
    "title": "电子发票（增值税专用发票）", "number": "26991000000123456789", "issued_on": date(2026, 11, 5),
    "read_from": "XML", "buyer_name": "澜图智能科技", "buyer_uscc": "91990000MA0000012Q", "seller_name": "云枢算力",
    "seller_uscc": "91990000MA0000045T", "net": 27000000, "tax": 1620000, "gross": 28620000,
    "words": "贰拾捌万陆仟贰佰元整",
    "lines": [
        {"name": "智能算力租赁服务费", "quantity": "18,000 卡时", "price": "14.50", "fen": 26100000,
         "is_counted": True},
        {"name": "对象存储服务费", "fen": 900000, "is_counted": False},
    ],
}  # fmt: skip


def sort_state(key: str) -> SimpleNamespace:
    shown = ("ascending", "-due", "▲") if key == "due" else ("none", key, "")
    return SimpleNamespace(aria=shown[0], next=shown[1], mark=shown[2])


def gallery_page() -> ResponseReturnValue:
    form = GalleryForm(seen_version=3)
    if not form.is_submitted():
        form.uscc.data = "91350100M000100Y43"
    form.validate_on_submit()
    page = SimpleNamespace(
        rows=CASES, count=10000, is_capped=True, next_cursor="n", previous_cursor="p", sort_state=sort_state
    )
    values = {"rows": ROWS, "moves": MOVES, "paper": PAPER, "found": FOUND, "page": page}
    return render_template("gallery.html", form=form, empty_form=ReasonForm(prefix="r-"), **values), form.status


def make_gallery() -> Flask:
    """The shell alone, without a database, with the gallery in it."""
    app = Flask("vouchers", template_folder=str(ROOT / "templates"))
    app.config.update(SECRET_KEY=SETTINGS.derived_key("session"), TESTING=True)
    own = FileSystemLoader(Path(__file__).parent)
    app.jinja_loader = ChoiceLoader([own, FileSystemLoader(ROOT / "templates")])
    app.jinja_env.undefined = StrictUndefined
    Babel(app, default_locale="zh_Hans_CN", default_timezone="Asia/Shanghai", locale_selector=select_locale)
    shell.add_shell(app, SETTINGS)
    app.register_blueprint(public.bp)
    app.add_url_rule("/gallery", "gallery", gallery_page, methods=["GET", "POST"])
    return app


if __name__ == "__main__":
    make_gallery().run(port=5877)
