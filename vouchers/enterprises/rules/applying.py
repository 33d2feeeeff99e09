"""Whether an applicant may hand anything in, by the state of its registration."""

from vouchers.enterprises.states import EnterpriseState
from vouchers.kernel.findings import Finding

E = EnterpriseState


def applying_findings(state: EnterpriseState) -> list[Finding]:
    """Why nothing can be handed in for this enterprise now.

    >>> [[one.code for one in applying_findings(state)] for state in (E.REGISTERED, E.IN_REVIEW, E.BARRED)]
    [[], ['enterprise-in-review'], ['enterprise-barred']]
    """
    if state is E.IN_REVIEW:
        message = "本单位的统一社会信用代码还在核实，现在不能提交。"
        way = "草稿会保留；工作人员与营业执照核对通过后即可提交，也可以联系主管部门。"
        return [Finding("enterprise-in-review", message, way=way)]
    if state is E.BARRED:
        return [Finding("enterprise-barred", "本单位目前被限制申报。", way="请联系主管部门核实原因，恢复后再提交。")]
    return []
