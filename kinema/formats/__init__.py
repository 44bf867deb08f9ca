"""Recordings of poses in files: reading, writing and converting.

To add a format, write one file with a reader `(Path) -> PoseReader` and a writer
`(Path, Header) -> PoseWriter`, and add one row to `kinema.formats.known.FORMATS`.
`PoseStream` makes a reader of any iterator of poses.
"""

from kinema.formats.c3d import read_c3d_events
from kinema.formats.card import Format
from kinema.formats.conversion import ConversionReport, convert
from kinema.formats.curves import read_curves, write_curves
from kinema.formats.encoding import decode_header, decode_poses, encode_header, encode_poses
from kinema.formats.events import read_events, write_events
from kinema.formats.known import FORMATS
from kinema.formats.mot import read_mot, write_mot
from kinema.formats.opening import open_writer, read_poses
from kinema.formats.recording import Header, PoseReader, PoseStream, PoseWriter
from kinema.formats.registry import find_format

__all__ = [
    "FORMATS",
    "ConversionReport",
    "Format",
    "Header",
    "PoseReader",
    "PoseStream",
    "PoseWriter",
    "convert",
    "decode_header",
    "decode_poses",
    "encode_header",
    "encode_poses",
    "find_format",
    "open_writer",
    "read_c3d_events",
    "read_curves",
    "read_events",
    "read_mot",
    "read_poses",
    "write_curves",
    "write_events",
    "write_mot",
]
