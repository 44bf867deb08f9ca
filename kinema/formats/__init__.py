"""Recordings of poses in files: reading, writing and converting.

To add a format, write one file with a reader `(Path) -> PoseReader` and a writer
`(Path, Header) -> PoseWriter`, and add one row to `kinema.formats.registry.FORMATS`.
`PoseStream` makes a reader of any iterator of poses.
"""

from kinema.formats.conversion import ConversionReport, convert
from kinema.formats.encoding import decode_header, decode_poses, encode_header, encode_poses
from kinema.formats.opening import open_writer, read_poses
from kinema.formats.recording import Header, PoseReader, PoseStream, PoseWriter
from kinema.formats.registry import FORMATS, Format, find_format

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
    "read_poses",
]
