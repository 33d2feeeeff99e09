"""Forms of operation."""

from wtforms import IntegerField
from wtforms.validators import InputRequired

from vouchers.web.forms import BaseForm


class RetryForm(BaseForm):
    """重试: which job."""

    job = IntegerField(validators=[InputRequired()])
