"""The page reader refuses what it should: it is the judge of every page test."""

import pytest

from tests.pages import BadPage, read_page

CSP = {"Content-Security-Policy": "default-src 'none'; script-src 'self'"}
GOOD = """<!doctype html><html lang="zh-CN"><head><meta charset="utf-8"><title>{title}</title></head>
<body><h1>我的券 <span class="v-tag">可用</span></h1>{body}</body></html>"""


def page(body: str = "", title: str = "我的券 · 算力券") -> str:
    return GOOD.format(body=body, title=title)


def test_a_good_page_is_read() -> None:
    html = page(
        '<form action="/a" method="post"><input type="hidden" name="key" value="k">'
        '<select name="kind"><option value="1">一</option><option value="2" selected>二</option></select>'
        '<input type="checkbox" name="agree"><textarea name="note">\n好</textarea>'
        '<button name="act" value="go">提交</button></form>'
    )

    found = read_page(html, path="/", headers=CSP)

    assert found.heading == "我的券"
    assert "提交" in found.text
    assert found.forms[0].values == {"key": ["k"], "kind": ["2"], "note": ["好"]}
    assert found.forms[0].buttons == [("act", "go")]


@pytest.mark.parametrize(
    ("html", "complaint"),
    [
        (page("<p><div></p></div>"), "unexpected-end-tag"),
        (page("<h1>再来</h1>"), "2 h1 elements"),
        (page(title="首页"), "should begin with the heading"),
        (page('<p id="a"></p><p id="a"></p>'), "id 'a' twice"),
        (page("<form action='/x'></form>"), "without action or method"),
        (page("<form method='post'></form>"), "without action or method"),
        (page("<script>1</script>"), "inline script"),
        (page("<p style='color:red'></p>"), "inline code"),
        (page("<p onclick='x()'></p>"), "inline code"),
        (page("<a href='javascript:x()'>x</a>"), "inline code"),
        (page("<img src='/a.png'>"), "img without alt"),
        (page("<label for='x'>x</label>"), "label for 'x'"),
    ],
)
def test_a_bad_page_is_refused(html: str, complaint: str) -> None:
    with pytest.raises(BadPage, match=complaint):
        read_page(html, path="/", headers=CSP)


@pytest.mark.parametrize("policy", ["", "default-src 'self'", "default-src 'none'; script-src 'unsafe-inline'"])
def test_a_page_without_a_strict_policy_is_refused(policy: str) -> None:
    with pytest.raises(BadPage, match="Content-Security-Policy"):
        read_page(page(), path="/", headers={"Content-Security-Policy": policy})
