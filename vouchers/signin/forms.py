"""Forms of the ways to sign in."""

from flask_babel import lazy_gettext as _l
from wtforms import HiddenField, PasswordField, StringField

from vouchers.signin.services import FirstAccount
from vouchers.web.fields import Filled, at_least, at_most
from vouchers.web.forms import BaseForm

_ONE_TIME = {"autocomplete": "one-time-code", "autocapitalize": "characters", "spellcheck": "false"}
_NEW = {"autocomplete": "new-password"}


class AskLinkForm(BaseForm):
    """忘记密码: whose."""

    sign_in = StringField(
        _l("登录名"), [Filled(), at_most(80)], render_kw={"autocomplete": "username", "autocapitalize": "none"}
    )


class NewPasswordForm(BaseForm):
    """设置新密码: twice."""

    new_password = PasswordField(_l("新密码"), [Filled(), at_most(1024)], render_kw=_NEW)
    again = PasswordField(_l("再输入一次新密码"), [Filled()], render_kw=_NEW)

    def is_typed_alike(self) -> bool:
        """Whether both are the same; says so beside the field when not."""
        is_alike: bool = self.new_password.data == self.again.data
        if not is_alike:
            self.again.errors = [*self.again.errors, _l("两次输入的新密码不一样")]
        return is_alike


class RecoveryForm(BaseForm):
    """备用码: one of the ten."""

    next = HiddenField()
    code = StringField(_l("备用码"), [Filled(), at_most(40)], render_kw=_ONE_TIME)


class CodeForm(BaseForm):
    """重置码: handed over by an administrator."""

    code = StringField(_l("重置码"), [Filled(), at_most(40)], render_kw=_ONE_TIME)


class InvitationForm(BaseForm):
    """关联码: handed over by an administrator."""

    code = StringField(_l("关联码"), [Filled(), at_most(40)], render_kw=_ONE_TIME)


class SetUpForm(NewPasswordForm):
    """首次设置: the office and its first administrator."""

    code = StringField(_l("设置码"), [Filled(), at_most(40)], render_kw=_ONE_TIME)
    office = StringField(_l("主管部门"), [Filled(), at_least(2), at_most(200)])
    name = StringField(_l("姓名"), [Filled(), at_most(100)], render_kw={"autocomplete": "name"})
    phone = StringField(_l("手机号"), [Filled(), at_most(20)], render_kw={"autocomplete": "tel", "inputmode": "tel"})
    sign_in = StringField(_l("登录名"), [Filled(), at_least(3), at_most(80)], render_kw={"autocapitalize": "none"})

    def to_first(self, *, needs_classes: bool) -> FirstAccount:
        """What was typed, as the service takes it."""
        return FirstAccount(
            office=str(self.office.data),
            name=str(self.name.data),
            phone=str(self.phone.data),
            sign_in=str(self.sign_in.data),
            password=str(self.new_password.data),
            needs_classes=needs_classes,
        )
