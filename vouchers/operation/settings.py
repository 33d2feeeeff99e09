"""Every setting as it may be shown on a screen: secrets say only whether they are set."""

from dataclasses import dataclass

from sqlalchemy.engine import make_url

from vouchers.config import Settings

SECRET = frozenset(
    {
        "SECRET_KEY",
        "SECRET_KEY_FALLBACKS",
        "DATA_KEY",
        "SIGNING_KEY",
        "SMTP_URL",
        "SMS_URL",
        "METRICS_KEY",
        "OIDC_CLIENT_SECRET",
    }
)
ATTRIBUTES = {"APP_ENV": "environment"}


@dataclass(frozen=True, slots=True)
class ShownSetting:
    """A setting, its value and where it came from."""

    name: str
    value: str
    source: str


def shown_settings(settings: Settings) -> list[ShownSetting]:
    """All settings in the order in which they are read."""
    return [ShownSetting(name, shown(settings, name), source) for name, source in settings.sources.items()]


def shown(settings: Settings, name: str) -> str:
    """A value as it may be shown on a screen."""
    value = getattr(settings, ATTRIBUTES.get(name, name.lower()))
    if name in SECRET:
        return "已设" if value else "未设"
    if name == "DATABASE_URL":
        return make_url(value).render_as_string(hide_password=True)
    if isinstance(value, frozenset):
        return "、".join(sorted(value))
    return "" if value is None else str(value)
