"""Calibrating cameras from videos and pictures of a board, and the board itself to print."""

from kinema.calibration.calibrate import Calibrated, CalibrationPlan, calibrate

__all__ = ["Calibrated", "CalibrationPlan", "calibrate"]
