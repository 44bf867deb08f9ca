"""Gait: heel strikes and toe-offs, what follows from them, and how the feet land."""

from kinema.analysis.gait.analysis import analyse_gait
from kinema.analysis.gait.result import (
    Check,
    FootStrike,
    Gait,
    Pronation,
    Row,
    Shoe,
)

__all__ = ["Check", "FootStrike", "Gait", "Pronation", "Row", "Shoe", "analyse_gait"]
