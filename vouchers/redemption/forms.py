"""Forms of redemption: the code, the claim with its papers, and the office's findings."""

from collections.abc import Mapping

from flask_babel import lazy_gettext as _l
from wtforms import StringField, TextAreaField, ValidationError

from vouchers.files.rules import SUFFIXES, Upload
from vouchers.files.states import FileKind
from vouchers.policy.explanation import of_plan
from vouchers.policy.pack.model import PolicyPack
from vouchers.policy.pack.process import DocumentRule
from vouchers.redemption.rules.papers import further_papers
from vouchers.redemption.services import Approval, Verification
from vouchers.web.fields import DayField, Filled, UploadField, VoucherCodeField, YuanField, at_least, at_most
from vouchers.web.forms import BaseForm, MoneyForm

_LEAST_REASON, _MOST_REASON = 5, 500


class CodeForm(BaseForm):
    """The code of a voucher, as typed or scanned."""

    code = VoucherCodeField(_l("券码"), [Filled()], description=_l("12 位，印在凭证上，分隔的短横可省略。"))


class ClaimForm(MoneyForm):
    """A claim with its papers; in a revision, papers not handed in again stay."""

    amount = YuanField(_l("本次券抵扣金额"), [Filled()], least=1)
    service_from = DayField(_l("服务开始日期"), [Filled()])
    service_until = DayField(_l("服务结束日期"), [Filled()])
    invoice = UploadField(
        _l("数电票 XML 原件"), accept=".xml", description=_l("请上传电子税务局下载的 XML 文件，内容会自动读出。")
    )
    base = YuanField(_l("本次计入的发票金额"), description=_l("不填表示发票可计入的金额全部用于本次。"))
    delivery = UploadField(_l("交付确认单"), description=_l("企业签认的交付确认单或用量清单。"))
    delivery_on = DayField(_l("交付确认日期"))
    proof = UploadField(_l("企业自付部分的付款凭证"))
    proof_amount = YuanField(_l("付款金额"), least=1)
    proof_on = DayField(_l("付款日期"))
    proof_reference = StringField(_l("银行流水号"), [at_most(80)])
    coupons = YuanField(_l("优惠券抵减"), [Filled()], description=_l("没有就填 0。"))
    gifts = YuanField(_l("赠送时长折价"), [Filled()])
    refunds = YuanField(_l("已退款"), [Filled()])
    further: Mapping[str, DocumentRule] = {}

    def validate_service_until(self, field: DayField) -> None:
        """The end is not before the beginning."""
        if field.data and self.service_from.data and field.data < self.service_from.data:
            raise ValidationError(_l("结束日期早于开始日期"))

    def validate_delivery_on(self, field: DayField) -> None:
        """A paper of delivery has its day."""
        if self.delivery.data and not field.data:
            raise ValidationError(_l("请填写交付确认日期"))

    def validate_proof_amount(self, field: YuanField) -> None:
        """A proof of payment has its amount."""
        if self.proof.data and field.data is None:
            raise ValidationError(_l("请填写付款金额"))

    def validate_proof_on(self, field: DayField) -> None:
        """A proof of payment has its day."""
        if self.proof.data and not field.data:
            raise ValidationError(_l("请填写付款日期"))

    def upload(self, name: str) -> Upload | None:
        """The file of this field, when one was chosen."""
        field = self[name]
        return None if field.data is None else Upload(str(field.data.filename), field.content())

    @property
    def further_fields(self) -> list[UploadField]:
        """The fields of the papers that the pack asks for beside, in its order."""
        return [self[name] for name in self.further]

    @property
    def reductions(self) -> dict[str, int]:
        """What is taken off the base first, in fen."""
        return {"coupons": self.coupons.data or 0, "gifts": self.gifts.data or 0, "refunds": self.refunds.data or 0}


def claim_form(pack: PolicyPack, kind: str, **values: object) -> ClaimForm:
    """The form with a field for each paper that the pack asks for beside; why it is asked for is its description."""
    rules = {f"paper_{position}": rule for position, rule in enumerate(further_papers(pack, kind))}
    fields = {name: _paper_field(pack, rule) for name, rule in rules.items()}
    form_class: type[ClaimForm] = type("PackClaimForm", (ClaimForm,), {**fields, "further": rules})
    return form_class(**values)


def _paper_field(pack: PolicyPack, rule: DocumentRule) -> UploadField:
    endings = [f".{suffix}" for name in rule.formats for suffix in SUFFIXES[FileKind(name)]]
    return UploadField(of_plan(pack, rule.name), accept=",".join(endings), description=of_plan(pack, rule.say))


class RedLetterForm(MoneyForm):
    """红字发票: the file alone; everything else stands in it."""

    invoice = UploadField(
        _l("红字数电票 XML 原件"), [Filled()], accept=".xml", description=_l("原发票号码、金额和双方从文件读出。")
    )

    @property
    def upload(self) -> Upload:
        """The file."""
        name = self.invoice.data.filename if self.invoice.data else ""
        return Upload(str(name), self.invoice.content())


class VerifyForm(MoneyForm):
    """What the verifier found."""

    finding = TextAreaField(
        _l("查验结果"),
        [Filled(), at_least(_LEAST_REASON), at_most(_MOST_REASON)],
        description=_l("写明在税务机关查验平台查验的时间和结果，以及核对了哪些材料。"),
    )

    def to_verification(self) -> Verification:
        """As the service takes it."""
        return Verification(self.seen_version.data or 0, self.finding.data)


class ApproveForm(MoneyForm):
    """The amount approved; less than asked needs a reason."""

    amount = YuanField(_l("核定金额"), [Filled()], least=1)
    reason = TextAreaField(_l("核减原因"), [at_most(_MOST_REASON)], description=_l("核定金额少于申请金额时填写。"))

    def to_approval(self) -> Approval:
        """As the service takes it."""
        return Approval(self.seen_version.data or 0, self.amount.data or 0, self.reason.data or "")


class ReasonForm(MoneyForm):
    """Why a claim is sent back or refused."""

    reason = TextAreaField(_l("原因"), [Filled(), at_least(_LEAST_REASON), at_most(_MOST_REASON)])
