"""Forms of applicants: registering, the profile, its papers, colleagues, breaches on record."""

from collections.abc import Mapping
from datetime import date

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import SelectMultipleField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.widgets import CheckboxInput, ListWidget

from vouchers.enterprises.rules import CREDIT_LABELS, INDUSTRIES, CreditKind
from vouchers.enterprises.services import Breach, Colleague, Registration
from vouchers.files.services import Received
from vouchers.parties.forms import DocumentForm, MemberForm, OrganisationForm
from vouchers.parties.queries import KnownFact
from vouchers.parties.states import MandateKind
from vouchers.web.fields import DayField, Filled, OptionField, at_least, at_most, choices_from
from vouchers.web.forms import BaseForm


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

    kind = OptionField(_l("类别"), [Filled()], choices=choices_from(CREDIT_LABELS))
    on = DayField(_l("日期"), [Filled()])
    source = StringField(_l("来源"), [Filled(), at_least(4), at_most(300)])

    def to_breach(self) -> Breach:
        """The breach as the service takes it."""
        if self.on.data is None:
            raise ValueError("read a form only after it was found complete")
        return Breach(CreditKind(self.kind.data), self.on.data, self.source.data)


def keeping(choices: list[SelectChoice], known: KnownFact | None) -> list[SelectChoice]:
    """The choices with the known value among them: a list that changed must not drop what was said before."""
    if known is None or str(known.value) in {choice.value for choice in choices}:
        return choices
    return [*choices, SelectChoice(str(known.value), known.shown)]


def industry_choices() -> list[SelectChoice]:
    """The list of industries, grouped by section."""
    listed = [
        SelectChoice(code, f"{code} {_(name)}", optgroup=f"{section[0]} {_(section[2:])}")
        for section, entries in INDUSTRIES.items()
        for code, name in entries.items()
    ]
    return [SelectChoice("", _l("请选择")), *listed]


def field_choices(fields: Mapping[str, str]) -> list[SelectChoice]:
    """The fields of application that schemes name, and any other."""
    return choices_from({**fields, "other": "其他领域"}, blank=_l("请选择"))
