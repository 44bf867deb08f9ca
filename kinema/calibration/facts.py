"""A calibration in numbers, for files and machines."""

from __future__ import annotations

import math

from kinema.calibration.calibrate import Calibrated
from kinema.space.calibration.result import CalibratedCamera

INTRINSICS = ("fx", "fy", "cx", "cy", "k1", "k2", "p1", "p2", "k3")


def calibration_facts(calibrated: Calibrated) -> dict[str, object]:
    """All that was found, as JSON can hold it; lengths in metres, errors in pixels."""
    calibration = calibrated.calibration
    return {
        "board": str(calibration.board),
        "reprojection_px": _number(calibration.error),
        "world": calibration.world,
        "has_poses": calibration.has_poses,
        "cameras": [_camera_facts(calibrated, each) for each in calibration.cameras],
        "rejected": [
            {"camera": line.camera, "picture": line.label, "reason": line.reason}
            for line in calibrated.rejected
        ],
        "warnings": calibration.warnings,
    }


def _camera_facts(calibrated: Calibrated, each: CalibratedCamera) -> dict[str, object]:
    camera = each.camera
    seen = next(seen for seen in calibrated.seen if seen.name == camera.name)
    has_poses = calibrated.calibration.has_poses
    return {
        "name": camera.name,
        "size": list(camera.size),
        "matrix": camera.matrix.tolist(),
        "distortion": camera.distortion.tolist(),
        "sigma": dict(zip(INTRINSICS, map(_number, each.sigma), strict=True)),
        "position_m": camera.centre.tolist() if has_poses else None,
        "position_sigma_m": _number(each.position_sigma),
        "turn_sigma_deg": _number(each.turn_sigma_deg),
        "reprojection_px": _number(each.error),
        "coverage": each.covered,
        "pictures": {
            "looked_at": seen.looked_at,
            "with_board": len(seen.views),
            "used": len(each.views),
        },
        "views": [
            {"picture": view.label, "corners": len(view.corners), "error_px": _number(error)}
            for view, error in zip(each.views, each.errors, strict=True)
        ],
        "without_board": list(seen.missed) if not seen.is_video else [],
    }


def _number(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None
