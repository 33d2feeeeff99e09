"""PNG and JPEG, drawn anew: no place, no device, no text, nothing behind the end. Runs in the sandbox."""

import base64
from io import BytesIO

from PIL import Image, ImageOps

from vouchers.files.rules import MOST_BYTES
from vouchers.kernel.errors import RuleViolation
from vouchers.kernel.findings import Finding

MOST_PIXELS = 40_000_000
_AGAIN = "，请重新拍照或截图后上传。"


def redraw(content: bytes) -> str:
    """The same picture as a new file in base64, turned upright, without anything but its pixels."""
    try:
        with Image.open(BytesIO(content), formats=["PNG", "JPEG"]) as picture:
            kind = "PNG" if picture.format == "PNG" else "JPEG"
            if picture.width * picture.height > MOST_PIXELS:
                params: dict[str, str | int] = {"width": picture.width, "height": picture.height}
                message = "图片有 {width}×{height} 个像素，太大"
                raise _refused("picture.pixels", message, "，请缩小到 4000 万像素以内后上传。", params)
            drawn = _written(picture, kind)
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        raise _refused("picture.broken", "图片打不开，可能不完整", _AGAIN) from None
    if len(drawn) > MOST_BYTES:
        raise _refused("picture.large", "图片重新保存后太大", "，请缩小后上传。")
    return base64.b64encode(drawn).decode()


def _written(picture: Image.Image, kind: str) -> bytes:
    upright = ImageOps.exif_transpose(picture)
    if kind == "JPEG":
        plain = upright if upright.mode in {"L", "RGB"} else upright.convert("RGB")
        options: dict[str, int | str] = {"quality": 92}
    else:
        plain = upright if upright.mode in {"1", "L", "LA", "RGB", "RGBA"} else upright.convert("RGBA")
        options = {"compress_level": 3}
    plain.info.clear()
    out = BytesIO()
    plain.save(out, kind, **options)
    return out.getvalue()


def _refused(code: str, message: str, way: str, params: dict[str, str | int] | None = None) -> RuleViolation:
    return RuleViolation([Finding(code, message, params or {}, way)])
