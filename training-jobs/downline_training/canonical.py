"""Canonical JSON, to the byte as lib/events/canonical-json.ts writes it: a digest must not depend on the language."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from decimal import Decimal

Json = None | bool | int | float | str | Sequence["Json"] | Mapping[str, "Json"]


def canonical_json(value: Json) -> str:
    """Keys in order, no spaces, numbers as ECMAScript writes them. Raises `ValueError` for NaN and infinities."""
    if isinstance(value, Mapping):
        return "{" + ",".join(f"{_text(key)}:{canonical_json(value[key])}" for key in sorted(value)) + "}"
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, Sequence):
        return "[" + ",".join(canonical_json(each) for each in value) + "]"
    if isinstance(value, bool) or value is None:
        return json.dumps(value)
    return _number(float(value)) if isinstance(value, float) else str(value)


def _text(value: str) -> str:
    return json.dumps(value, ensure_ascii=False)


def _number(value: float) -> str:
    """Both languages give the shortest digits that read back equal; they differ in when they use an exponent."""
    if not math.isfinite(value):
        raise ValueError(f"{value} is not a JSON number")
    if value == 0:
        return "0"
    size = abs(value)
    if 1e-6 <= size < 1e21:
        text = format(Decimal(repr(value)), "f")
        return text.rstrip("0").rstrip(".") if "." in text else text
    digits, exponent = repr(value).split("e")
    return f"{digits.removesuffix('.0')}e{int(exponent):+d}"
