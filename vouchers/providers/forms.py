"""Forms of providers: registering, papers, offerings, and the officer's admission."""

import re
from datetime import date
from decimal import Decimal

from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from wtforms import Field, Form, SelectMultipleField, StringField, TextAreaField, ValidationError
from wtforms.widgets import CheckboxInput, ListWidget

from vouchers.accounts.services import PersonDetails
from vouchers.accounts.states import LABELS as ROLE_LABELS
from vouchers.accounts.states import Role
from vouchers.files.services import Received
from vouchers.parties.forms import OrganisationForm, PersonForm
from vouchers.parties.services import NewMember
from vouchers.parties.states import MandateKind
from vouchers.providers.models import Offering
from vouchers.providers.rules import MOST_PRICE, WHOLE_BP
from vouchers.providers.services import AdmissionDecision, OfferingTerms, Registration
from vouchers.providers.states import LABELS, OfferingKind, Precision, Unit
from vouchers.web.fields import (
    ChoiceField,
    DayField,
    Filled,
    OptionField,
    UploadField,
    WholeField,
    YuanField,
    at_least,
    at_most,
    choices_from,
)
from vouchers.web.forms import BaseForm, SeenForm

_KINDS = {kind: LABELS[kind] for kind in OfferingKind}
_UNITS = {unit: LABELS[unit] for unit in Unit}
_PRECISIONS = {precision: LABELS[precision] for precision in Precision}
_OF_A_CARD = ("card", "precision", "gflops", "green_share")
_ROLES = {role: ROLE_LABELS[role] for role in (Role.PROVIDER_OPERATOR, Role.PROVIDER_FINANCE)}
_PERCENT = re.compile(r"^\d{1,3}(\.\d{1,2})?$", re.ASCII)


def a_percentage(_: Form, field: Field) -> None:
    """A check that this is between 0 and 100, with at most two decimals."""
    if field.data and (not _PERCENT.fullmatch(field.data) or Decimal(field.data) * 100 > WHOLE_BP):
        raise ValidationError(gettext("占比应为 0 到 100 之间、最多两位小数的数，例如 62.5"))


class RegistrationForm(OrganisationForm):
    """服务商注册."""

    def to_registration(
        self, licence: Received | None, letter: Received | None, *, needs_classes: bool
    ) -> Registration:
        """The registration as the service takes it."""
        return Registration(
            name=self.name.data,
            uscc=self.uscc.data,
            person_name=self.person_name.data,
            phone=self.phone.data,
            sign_in=self.sign_in.data,
            password=self.password.data,
            kind=MandateKind(self.kind.data),
            identity_number=self.identity_number.data or "",
            address=self.address.data or "",
            licence=licence,
            letter=letter,
            needs_classes=needs_classes,
        )


class IntroductionForm(BaseForm):
    """单位介绍, for the catalogue."""

    introduction = TextAreaField(_l("单位介绍"), [Filled(), at_least(10), at_most(1000)])


class PaperForm(BaseForm):
    """入库材料: one paper and until when it holds."""

    file = UploadField(_l("文件"), [Filled()])
    valid_until = DayField(_l("有效期至"))


class ProviderMemberForm(PersonForm):
    """添加人员 of a provider, with the role they take."""

    role = OptionField(_l("岗位"), [Filled()], choices=choices_from(_ROLES))

    def to_member(self, letter: Received | None, *, valid_from: date) -> NewMember:
        """The member as the service takes it."""
        return NewMember(
            PersonDetails(self.name.data, phone=self.phone.data),
            self.sign_in.data,
            MandateKind.HANDLER,
            Role(self.role.data),
            valid_from,
            self.valid_until.data,
            letter,
        )


class OfferingForm(SeenForm):
    """目录条目: what is offered, by which unit, at which price; of card-hours which card and how fast."""

    kind = ChoiceField(_l("服务类别"), [Filled()], choices=choices_from(_KINDS))
    unit = ChoiceField(_l("计价单位"), [Filled()], choices=choices_from(_UNITS))
    name = StringField(_l("名称"), [Filled(), at_least(2), at_most(200)])
    price = YuanField(_l("单价（含税）"), [Filled()], least=1, most=MOST_PRICE)
    region = StringField(_l("所在地"), [Filled(), at_most(80)])
    card = StringField(_l("加速卡"), [at_most(80)])
    precision = ChoiceField(_l("精度"), choices=choices_from(_PRECISIONS, blank="—"))
    gflops = WholeField(_l("单卡算力"), least=1, unit="GFLOPS")
    green_share = StringField(_l("绿电占比"), [a_percentage], render_kw={"inputmode": "decimal"})
    description = TextAreaField(_l("说明"), [at_most(1000)])

    def to_terms(self, unit: Unit | None = None) -> OfferingTerms:
        """The entry as the service takes it, of a unit that is no question any more."""
        if self.price.data is None:
            raise ValueError("read a form only after it was found complete")
        card, precision, gflops, green = (self._fields[name].data if name in self else None for name in _OF_A_CARD)
        return OfferingTerms(
            kind=OfferingKind(self.kind.data),
            unit=unit or Unit(self.unit.data),
            name=self.name.data,
            price=self.price.data,
            region=self.region.data,
            card=card or None,
            precision=Precision(precision) if precision else None,
            gflops_per_card=gflops,
            green_share_bp=int(Decimal(green) * 100) if green else None,
            description=self.description.data or "",
        )

    @classmethod
    def showing(cls, entry: Offering) -> "OfferingForm":
        """The form with what an entry says today; its unit is no question, and without a card there is none of it."""
        form = cls(
            seen_version=entry.version,
            kind=entry.kind.value,
            name=entry.name,
            price=entry.price,
            region=entry.region,
            card=entry.card,
            precision=entry.precision and entry.precision.value,
            gflops=entry.gflops_per_card,
            green_share=None if entry.green_share_bp is None else percent_text(entry.green_share_bp),
            description=entry.description,
        )
        for name in ("unit", *(() if entry.unit is Unit.CARD_HOUR else _OF_A_CARD)):
            del form[name]
        return form


class AdmissionForm(SeenForm):
    """入库: batch, kinds of service, days and reason."""

    batch = StringField(_l("批次"), [Filled(), at_most(80)])
    kinds = SelectMultipleField(
        _l("服务类别"),
        choices=choices_from(_KINDS),
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
    )
    valid_from = DayField(_l("有效期自"), [Filled()])
    valid_until = DayField(_l("有效期至"))
    reason = TextAreaField(_l("审核意见"), [Filled(), at_least(4), at_most(500)])

    def to_decision(self) -> AdmissionDecision:
        """The decision as the service takes it."""
        if self.valid_from.data is None:
            raise ValueError("read a form only after it was found complete")
        return AdmissionDecision(
            batch=self.batch.data,
            kinds=tuple(OfferingKind(kind) for kind in self.kinds.data or []),
            valid_from=self.valid_from.data,
            reason=self.reason.data,
            seen_version=self.seen_version.data,
            valid_until=self.valid_until.data,
        )


class ApplyForm(SeenForm):
    """提交入库申请: the version that the page showed."""


def percent_text(basis_points: int) -> str:
    """Basis points as a percentage for a form.

    >>> percent_text(6250), percent_text(6200)
    ('62.5', '62')
    """
    return (
        f"{Decimal(basis_points) / 100:f}".rstrip("0").rstrip(".") if basis_points % 100 else str(basis_points // 100)
    )
