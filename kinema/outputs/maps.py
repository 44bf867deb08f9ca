"""Pictures of what a network sees: its maps over the frame."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from kinema.errors import InputError, did_you_mean
from kinema.media.draw_maps import draw_all_maps, draw_confidence_map, draw_fields
from kinema.media.frame import Frame, Image
from kinema.models.model import Job, MapJob, Model
from kinema.models.openpose.part_fields import PartLayout, PartMaps
from kinema.outputs.products import Painter


def map_painter(model: Model, what: str) -> Painter:
    """Paints what the network sees; `what` as in `Plan.maps`.

    Raises:
        InputError: If the model has no maps, or none of that name.
    """
    layout = getattr(model, "layout", None)
    if not isinstance(layout, PartLayout):
        raise InputError(f"the model {model.name} has no maps to show")
    show = _map_view(layout, what)
    return lambda job, poses: show(_maps_of(job), job.frame)


def _maps_of(job: Job) -> PartMaps:
    assert isinstance(job, MapJob)
    return job.maps


def _map_view(layout: PartLayout, what: str) -> Callable[[PartMaps, Frame], Image]:
    joints: Sequence[str] = layout.skeleton.keypoints
    limbs = {f"{a}-{b}": i for i, (a, b) in enumerate(layout.limbs)}
    if what == "all":
        return lambda maps, frame: draw_all_maps(frame.image, maps.heatmaps.transpose(1, 2, 0))
    if what == "fields":
        return lambda maps, frame: draw_fields(frame.image, maps.fields.transpose(2, 3, 0, 1))
    if what in limbs:
        number = limbs[what]
        return lambda maps, frame: draw_fields(
            frame.image, maps.fields[[number]].transpose(2, 3, 0, 1), label=what
        )
    if what in joints:
        return lambda maps, frame: draw_confidence_map(frame.image, maps.heatmap(what), label=what)
    hint = did_you_mean(what, ["all", "fields", *joints, *limbs])
    raise InputError(f"the model has no map called {what!r}; {hint}")
