"""Recordings of the same movement held against each other, in time, space and angles."""

from kinema.analysis.compare.agreement import Agreement, BlandAltman, agreement, bland_altman
from kinema.analysis.compare.comparison import (
    TIME_ALIGNMENTS,
    Comparison,
    Method,
    TimeAlign,
    compare,
)
from kinema.analysis.compare.errors import Errors, JointError
from kinema.analysis.compare.placement import ALIGNMENTS, Align, Similarity, best_similarity
from kinema.analysis.compare.ranking import Rank, Ranking
from kinema.analysis.compare.timing import Timing, best_timing

__all__ = [
    "ALIGNMENTS",
    "TIME_ALIGNMENTS",
    "Agreement",
    "Align",
    "BlandAltman",
    "Comparison",
    "Errors",
    "JointError",
    "Method",
    "Rank",
    "Ranking",
    "Similarity",
    "TimeAlign",
    "Timing",
    "agreement",
    "best_similarity",
    "best_timing",
    "bland_altman",
    "compare",
]
