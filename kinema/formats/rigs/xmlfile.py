"""XML files, with errors that name the file."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from pathlib import Path

from kinema.errors import FormatError
from kinema.formats.staging import file_errors


def read_xml(path: Path) -> ElementTree.Element:
    """The root of a file.

    Raises:
        InputError: If it cannot be opened.
        FormatError: If it is not XML.
    """
    with file_errors("read", path):
        data = path.read_bytes()
    try:
        return ElementTree.fromstring(data)
    except (ElementTree.ParseError, LookupError, ValueError) as error:
        raise FormatError(f"{path} is not XML: {error}") from error
