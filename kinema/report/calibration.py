"""One page of HTML on a calibration: errors, coverage, bad pictures, and where cameras stand."""

from __future__ import annotations

import platform
from importlib import metadata, resources
from pathlib import Path

import numpy as np
import numpy.typing as npt

from kinema.calibration import Calibrated
from kinema.errors import MissingExtra
from kinema.formats.staging import replace_text
from kinema.media.scene.rig_drawing import colour_of
from kinema.report.calibration_figures import calibrated_rig_svg, coverage_svg, errors_svg
from kinema.space.calibration.result import CalibratedCamera, Calibration


def write_calibration_report(
    path: Path, calibrated: Calibrated, *, command: str | None = None
) -> None:
    """Writes the page; it opens without a network.

    Args:
        path: Of the page; ends in .html.
        calibrated: What came of the calibration.
        command: The command line that repeats this, to be shown.

    Raises:
        MissingExtra: If jinja2 is not installed.
        InputError: If the page cannot be written.
    """
    try:
        import jinja2
    except ImportError as error:
        raise MissingExtra("jinja2", "report") from error
    environment = jinja2.Environment(
        autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True
    )
    calibration = calibrated.calibration
    text = environment.from_string(_asset("calibration.html.jinja")).render(
        subtitle=_subtitle(calibration),
        facts=_facts(calibrated),
        warnings=calibration.warnings,
        rig=calibrated_rig_svg(calibration) if calibration.has_poses else None,
        world=calibration.world,
        cameras=_cameras(calibrated),
        rejected=calibrated.rejected,
        command=command,
        settings=_settings(calibration),
        version=metadata.version("kinema"),
        style=_asset("report.css"),
    )
    replace_text(path, text)


def _asset(name: str) -> str:
    return resources.files("kinema.report").joinpath("page", name).read_text("utf-8")


def _subtitle(calibration: Calibration) -> str:
    count = len(calibration.cameras)
    cameras = "One camera" if count == 1 else f"{count} cameras"
    return f"{cameras}, calibrated with the board {calibration.board}"


def _facts(calibrated: Calibrated) -> list[tuple[str, str]]:
    calibration = calibrated.calibration
    used = sum(len(each.views) for each in calibration.cameras)
    facts = [
        ("Cameras", str(len(calibration.cameras))),
        ("Reprojection error", f"{calibration.error:.2f} px"),
        ("Pictures used", str(used)),
        ("Pictures looked at", str(sum(each.looked_at for each in calibrated.seen))),
        ("Left out as bad", str(len(calibrated.rejected))),
    ]
    sigmas = [each.position_sigma for each in calibration.cameras[1:]]
    if calibration.has_poses and sigmas:
        facts.append(("Positions known to", f"{1000 * max(sigmas):.1f} mm"))
    return facts


def _cameras(calibrated: Calibrated) -> list[dict[str, object]]:
    calibration = calibrated.calibration
    highest = max(float(np.max(each.errors)) for each in calibration.cameras)
    rows: list[dict[str, object]] = []
    for number, each in enumerate(calibration.cameras):
        colour = colour_of(number)
        seen = next(seen for seen in calibrated.seen if seen.name == each.camera.name)
        rows.append(
            {
                "name": each.camera.name,
                "error": f"{each.error:.2f}",
                "worst": f"{float(np.max(each.errors)):.2f}",
                "pictures": f"{len(each.views)} of {len(seen.views)}",
                "covered": f"{each.covered:.0%}",
                "values": _values(each, calibration.has_poses),
                "coverage": coverage_svg(each, colour),
                "errors": errors_svg(each, highest, colour),
                "missed": [] if seen.is_video else list(seen.missed),
            }
        )
    return rows


def _values(each: CalibratedCamera, has_pose: bool) -> list[tuple[str, str, str]]:
    """Name, value and standard deviation of what describes the camera."""
    k, sigma = each.camera.matrix, each.sigma
    rows = [
        ("focal length x, y, px", f"{k[0, 0]:.1f}, {k[1, 1]:.1f}", _pair(sigma[:2], 1)),
        ("principal point, px", f"{k[0, 2]:.1f}, {k[1, 2]:.1f}", _pair(sigma[2:4], 1)),
    ]
    names = ("k1", "k2", "p1", "p2", "k3", "k4", "k5", "k6", "s1", "s2", "s3", "s4")
    for name, value, spread in zip(
        names, each.camera.distortion, (*sigma[4:], *[0.0] * 7), strict=False
    ):
        rows.append((name, f"{value:.5f}", f"{spread:.5f}" if spread else "held"))
    if has_pose:
        x, y, z = each.camera.centre
        place = f"{1000 * each.position_sigma:.1f} mm" if each.position_sigma else "reference"
        rows.append(("position x, y, z, m", f"{x:.3f}, {y:.3f}, {z:.3f}", place))
        turn = f"{each.turn_sigma_deg:.3f}°" if each.turn_sigma_deg else "reference"
        rows.append(("direction", _direction(each), turn))
    return rows


def _direction(each: CalibratedCamera) -> str:
    ahead = each.camera.rotation[2]
    bearing = np.degrees(np.arctan2(ahead[1], ahead[0]))
    pitch = np.degrees(np.arcsin(np.clip(ahead[2], -1, 1)))
    return f"{bearing:.1f}° from x, {abs(pitch):.1f}° {'up' if pitch > 0 else 'down'}"


def _pair(values: npt.NDArray[np.float64], digits: int) -> str:
    if not values.any():
        return "held"
    return ", ".join(f"{value:.{digits}f}" for value in values)


def _settings(calibration: Calibration) -> list[tuple[str, str]]:
    versions = ", ".join(f"{name} {metadata.version(name)}" for name in ("numpy", "scipy"))
    return [
        ("board", str(calibration.board)),
        ("world", calibration.world),
        ("Kinema", f"{metadata.version('kinema')}, Python {platform.python_version()}"),
        ("with", versions),
    ]
