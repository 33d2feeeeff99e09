"""故障点: the places where a test may break the program on purpose."""

import json

import click

from vouchers.kernel.faults import POINTS


@click.command("faultpoints", help="列出 APP_FAULT 可以指定的点；只能在 APP_ENV=test 时使用。")
@click.option("--json", "as_json", is_flag=True, help="机器可读的输出。")
def faultpoints(*, as_json: bool) -> None:
    """Print every point with its meaning."""
    if as_json:
        click.echo(json.dumps([{"point": name, "meaning": POINTS[name]} for name in POINTS], indent=2))
        return
    width = max(map(len, POINTS))
    for name, meaning in POINTS.items():
        click.echo(f"{name:<{width}}  {meaning}")
