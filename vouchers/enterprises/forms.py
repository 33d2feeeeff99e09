"""Forms of applicants: registering, the profile, its papers, colleagues, breaches on record."""

from collections.abc import Mapping
from datetime import date

from flask_babel import lazy_gettext as _l
from wtforms import SelectMultipleField, StringField
from wtforms.widgets import CheckboxInput, ListWidget

from vouchers.enterprises.rules import INDUSTRIES, CreditKind
from vouchers.enterprises.services import Breach, Colleague, Registration
from vouchers.files.services import Received
from vouchers.parties.forms import DocumentForm, MemberForm, OrganisationForm
from vouchers.parties.states import MandateKind
from vouchers.policy.rules.vocabulary import VOCABULARY
from vouchers.web.fields import DayField, Filled, OptionField, at_least, at_most, choices_from
from vouchers.web.forms import BaseForm

_CREDIT = {kind: VOCABULARY[kind.value].label.removesuffix("的日期") for kind in CreditKind}


class RegistrationForm(OrganisationForm):
    """企业注册."""

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


class ColleagueForm(MemberForm):
    """添加人员."""

    def to_colleague(self, letter: Received | None, *, valid_from: date) -> Colleague:
        """The colleague as the service takes it."""
        return Colleague(
            name=self.name.data,
            phone=self.phone.data,
            sign_in=self.sign_in.data,
            kind=MandateKind(self.kind.data),
            valid_from=valid_from,
            valid_until=self.valid_until.data,
            letter=letter,
        )


class PaperForm(DocumentForm):
    """上传材料: a paper, what it proves, and until when."""

    proves = SelectMultipleField(
        _l("证明哪些信息"), widget=ListWidget(prefix_label=False), option_widget=CheckboxInput()
    )


class BreachForm(BaseForm):
    """登记失信: kind, day and source."""

    kind = OptionField(_l("类别"), [Filled()], choices=choices_from(_CREDIT))
    on = DayField(_l("日期"), [Filled()])
    source = StringField(_l("来源"), [Filled(), at_least(4), at_most(300)])

    def to_breach(self) -> Breach:
        """The breach as the service takes it."""
        if self.on.data is None:
            raise ValueError("read a form only after it was found complete")
        return Breach(CreditKind(self.kind.data), self.on.data, self.source.data)


def industry_choices() -> Mapping[str, list[tuple[str, str]]]:
    """The list of industries, grouped by section."""
    groups: dict[str, list[tuple[str, str]]] = {"": [("", str(_l("请选择")))]}
    for section, entries in INDUSTRIES.items():
        groups[section] = [(code, f"{code} {name}") for code, name in entries.items()]
    return groups


def field_choices(fields: Mapping[str, str]) -> list[tuple[str, str]]:
    """The fields of application that schemes name, and any other."""
    return [("", str(_l("请选择"))), *fields.items(), ("other", str(_l("其他领域")))]
