"""One page that explains a recording: video, curves, events, data quality and how it was made."""

from kinema.report.film import VideoPlace
from kinema.report.write import write_report

__all__ = ["VideoPlace", "write_report"]
