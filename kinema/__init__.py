"""Kinema measures human movement with any camera."""

__version__ = "0.1.0"
