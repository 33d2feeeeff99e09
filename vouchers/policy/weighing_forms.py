"""Forms of weighing a version before it is in force: the 公平竞争审查, and the simulation on a register."""

from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from wtforms import Field, StringField, TextAreaField, ValidationError

from vouchers.kernel.money import MOST_FEN
from vouchers.policy.fairness import Answer, Assessment, article_field, reason_field
from vouchers.policy.models import FairnessReview, SchemeVersion
from vouchers.policy.simulating import ENDINGS, NewSimulation
from vouchers.policy.states import LABELS, Conclusion
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

_FIRST_YEAR = 2000


class FairnessForm(SeenForm):
    """公平竞争审查: article and reason for each pointed item, the conclusion, the opinion."""

    count = 0
    conclusion = OptionField(
        _l("审查结论"), [Filled()], choices=choices_from({one.value: LABELS[one] for one in Conclusion})
    )
    opinion = TextAreaField(
        _l("审查意见"),
        [Filled(), at_least(4), at_most(2000)],
        description=_l("适用例外规定的，写明是哪一项和怎样满足。"),
    )

    def to_assessment(self) -> Assessment:
        """What the first person states."""
        names = [(article_field(i), reason_field(i)) for i in range(self.count)]
        answers = tuple(Answer(self[article].data or "", self[reason].data or "") for article, reason in names)
        return Assessment(answers, Conclusion(self.conclusion.data), self.opinion.data or "")

    def pairs(self) -> list[tuple[Field, Field]]:
        """The fields of each item, in its order."""
        return [(self[article_field(i)], self[reason_field(i)]) for i in range(self.count)]


def fairness_form(version: SchemeVersion, count: int, review: FairnessReview | None) -> FairnessForm:
    """The form of a review of so many pointed items, with what was recorded before."""
    fields: dict[str, Any] = {"count": count}
    given: dict[str, Any] = {"conclusion": review.conclusion.value, "opinion": review.opinion} if review else {}
    for i in range(count):
        fields[article_field(i)] = StringField(
            _l("依据的条款"), [Filled(), at_most(200)], description=_l("写明文件和第几条。")
        )
        fields[reason_field(i)] = TextAreaField(_l("理由"), [Filled(), at_least(4), at_most(1000)])
        if review:
            given |= {article_field(i): review.answers[i]["article"], reason_field(i): review.answers[i]["reason"]}
    kind: type[FairnessForm] = type("VersionFairnessForm", (FairnessForm,), fields)
    return kind(seen_version=version.version, **given)


class SimulationForm(BaseForm):
    """测算: a register, a kind, a day; a budget; what holds on every row; another version."""

    register = UploadField(
        _l("登记册"),
        [Filled()],
        accept=",".join(ENDINGS),
        description=_l("CSV（UTF-8，逗号分隔）或 Parquet。算完即删除。"),
    )
    kind = ChoiceField(_l("券种"), [Filled()])
    on = DayField(_l("按哪一天判断"), [Filled()])
    budget = YuanField(_l("预算"), least=1, most=MOST_FEN, description=_l("填了就算何时用完。"))
    per_day = WholeField(
        _l("每天多少件申请"), least=1, unit=_l("件"), description=_l("不填就按登记册里的“申请日期”一列。")
    )
    assumed = TextAreaField(
        _l("全册相同的事实"),
        [at_most(2000)],
        description=_l("每行一项，写“事实=值”，例如 granted:cap-applicant-year=0 元；登记册没有的列按它计。"),
    )
    against = ChoiceField(_l("与哪一版比较"))

    def validate_register(self, field: Field) -> None:
        """Refuse what is neither CSV nor Parquet by its name."""
        if field.data and not field.data.filename.lower().endswith(ENDINGS):
            raise ValidationError(gettext("只接受 .csv 和 .parquet"))

    def validate_on(self, field: Field) -> None:
        """Refuse a day long before any plan."""
        if field.data and field.data.year < _FIRST_YEAR:
            raise ValidationError(gettext("从 %(year)s 年起", year=_FIRST_YEAR))

    def facts(self) -> dict[str, str]:
        """What holds on every row, as it was typed."""
        lines = [line.partition("=") for line in (self.assumed.data or "").splitlines() if line.strip()]
        return {name.strip(): value.strip() for name, _equals, value in lines}

    def to_simulation(self) -> NewSimulation:
        """What to try, with the bytes of the register."""
        if self.on.data is None or self.register.data is None:
            raise ValueError("the form was not validated")
        return NewSimulation(
            kind=self.kind.data,
            on=self.on.data,
            file_name=self.register.data.filename or "",
            content=self.register.content(),
            budget=self.budget.data,
            per_day=self.per_day.data,
            assumed=self.facts(),
            against=self.against.data,
        )
