"""Forms of accounts: what is typed to sign in and to look after people."""

from flask_babel import lazy_gettext as _l
from wtforms import HiddenField, PasswordField, RadioField, StringField

from vouchers.web.fields import Filled, at_most
from vouchers.web.forms import BaseForm

_ONE_TIME = {"autocomplete": "one-time-code", "inputmode": "numeric"}


class SignInForm(BaseForm):
    """登录: name and password."""

    next = HiddenField()
    sign_in = StringField(
        _l("登录名"), [Filled(), at_most(80)], render_kw={"autocomplete": "username", "autocapitalize": "none"}
    )
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
