"""The form of oversight: why a case is opened."""

from flask_babel import lazy_gettext as _l
from wtforms import TextAreaField

from vouchers.oversight.states import BASIS_LABELS
from vouchers.web.fields import Filled, OptionField, at_least, at_most, choices_from
from vouchers.web.forms import BaseForm

_LEAST, _MOST = 4, 200


class LookForm(BaseForm):
    """查阅原因: what the look rests on, and which complaint, sample or inspection it is."""

    basis = OptionField(_l("查阅原因"), [Filled()], choices=choices_from(BASIS_LABELS))
    why = TextAreaField(
        _l("具体事由"),
        [Filled(), at_least(_LEAST), at_most(_MOST)],
        description=_l("写明哪一件投诉、哪一次抽查或专项，例如 2026 年第一季度抽查第 3 件。不要写投诉人的姓名。"),
    )
