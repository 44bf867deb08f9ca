"""The cards of networks that Kinema trains: JSON beside an ONNX file."""

from __future__ import annotations

import json
from pathlib import Path

from kinema.errors import FormatError, InputError


def read_card(path: Path, what: str, format_name: str, version: int) -> dict[str, object]:
    """What a card holds.

    Args:
        path: Of the card.
        what: Whose card it is, in errors: `a lifting network`.
        format_name: That the card must name.
        version: Of the format.

    Raises:
        InputError: If it cannot be read.
        FormatError: If it is no such card.
    """
    try:
        card = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        reason = error.strerror or error
        raise InputError(
            f"cannot read {path}, the card of {what}, which lies beside its network: {reason}"
        ) from error
    except ValueError as error:
        raise FormatError(f"{path} is not JSON, so no card of {what}") from error
    known = isinstance(card, dict) and (card.get("format"), card.get("version"))
    if known != (format_name, version):
        raise FormatError(f"{path} is no card of {what} of version {version}")
    return dict(card)
