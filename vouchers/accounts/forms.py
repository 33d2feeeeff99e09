"""Forms of accounts: what is typed to sign in and to look after people."""

from flask_babel import lazy_gettext as _l
from wtforms import HiddenField, PasswordField, RadioField, StringField, TextAreaField

from vouchers.accounts.services import NewAppointment, NewUser, PersonDetails
from vouchers.accounts.states import LABELS, Role
from vouchers.web.fields import ChoiceField, DayField, Filled, at_least, at_most, choices_from
from vouchers.web.forms import BaseForm, SeenForm

_ONE_TIME = {"autocomplete": "one-time-code", "inputmode": "numeric"}


class SignInForm(BaseForm):
    """登录: name and password."""

    next = HiddenField()
    sign_in = StringField(
        _l("登录名"), [Filled(), at_most(80)], render_kw={"autocomplete": "username", "autocapitalize": "none"}
    )
    password = PasswordField(_l("密码"), [Filled(), at_most(1024)], render_kw={"autocomplete": "current-password"})


class ProofForm(BaseForm):
    """再次确认: the password of whoever is signed in."""

    next = HiddenField()
    password = PasswordField(_l("密码"), [Filled(), at_most(1024)], render_kw={"autocomplete": "current-password"})


class FactorForm(BaseForm):
    """动态口令: the six digits of the moment."""

    next = HiddenField()
    code = StringField(_l("动态口令（6 位数字）"), [Filled(), at_most(20)], render_kw=_ONE_TIME)


class PostForm(BaseForm):
    """选择任职: which appointment to use."""

    next = HiddenField()
    post = RadioField(_l("任职"), [Filled()])


class PasswordForm(BaseForm):
    """修改密码: the old one, and the new one twice."""

    old_password = PasswordField(
        _l("原密码"), [Filled(), at_most(1024)], render_kw={"autocomplete": "current-password"}
    )
    new_password = PasswordField(_l("新密码"), [Filled(), at_most(1024)], render_kw={"autocomplete": "new-password"})
    again = PasswordField(_l("再输入一次新密码"), [Filled()], render_kw={"autocomplete": "new-password"})

    def is_typed_alike(self) -> bool:
        """Whether both new ones are the same; says so beside the field when not."""
        is_alike: bool = self.new_password.data == self.again.data
        if not is_alike:
            self.again.errors = [*self.again.errors, _l("两次输入的新密码不一样")]
        return is_alike


_ORGANISED = frozenset({Role.HANDLER, Role.REPRESENTATIVE, Role.PROVIDER_OPERATOR, Role.PROVIDER_FINANCE})
_STAFF = {str(role.value): LABELS[role] for role in Role if role not in _ORGANISED}


class UserForm(BaseForm):
    """开立账号: a member of an office; the first password is made by the system."""

    name = StringField(_l("姓名"), [Filled(), at_most(100)])
    phone = StringField(_l("手机号"), [Filled(), at_most(20)], description=_l("用来识别自然人：同一个人只有一份记录。"))
    sign_in = StringField(_l("登录名"), [Filled(), at_least(3), at_most(80)], render_kw={"autocapitalize": "none"})

    def to_user(self) -> NewUser:
        """What was typed, as the service takes it."""
        return NewUser(str(self.sign_in.data), PersonDetails(str(self.name.data), phone=str(self.phone.data)))


class AppointForm(BaseForm):
    """任职: a role in an office, from a day on."""

    role = ChoiceField(_l("角色"), [Filled()], choices=choices_from(_STAFF, blank=_l("请选择")))
    office = ChoiceField(_l("机构"), [Filled()])
    schemes = StringField(
        _l("方案"),
        [at_most(500)],
        description=_l("只办这些方案时填方案代码，用逗号分开；不填为全部，主管部门为本部门的方案。"),
    )
    stages = StringField(
        _l("环节"), [at_most(500)], description=_l("只办这些环节时填环节代码，用逗号分开；不填为全部。")
    )
    valid_from = DayField(_l("起始日"), [Filled()])
    valid_until = DayField(_l("截止日"), description=_l("不填为长期。"))

    def to_appointment(self, user_id: int) -> NewAppointment:
        """What was typed, as the service takes it."""
        if self.valid_from.data is None:
            raise ValueError("the form was not checked")
        return NewAppointment(
            user_id=user_id,
            role=Role(self.role.data),
            office_id=int(self.office.data),
            schemes=_keys(self.schemes.data),
            stages=_keys(self.stages.data),
            valid_from=self.valid_from.data,
            valid_until=self.valid_until.data,
        )


class ReasonForm(BaseForm):
    """An act that must say why."""

    reason = TextAreaField(_l("原因"), [Filled(), at_least(4), at_most(500)])


class RefusalForm(SeenForm):
    """不予确认: why a proposal comes to nothing."""

    reason = TextAreaField(_l("原因"), [Filled(), at_least(4), at_most(500)])


def _keys(text: str | None) -> tuple[str, ...]:
    parts = (text or "").replace("，", ",").split(",")
    return tuple(part.strip() for part in parts if part.strip())
