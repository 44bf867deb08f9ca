"""Calibration: what cameras are like and where they stand, from pictures of a flat board."""
