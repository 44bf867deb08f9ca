"""People in space as pictures: upright scenes, viewpoints, drawings, films, and rigs of cameras."""

from kinema.media.scene.film import write_film
from kinema.media.scene.painter import ScenePainter
from kinema.media.scene.rig_drawing import draw_rig, rig_svg, write_rig_picture
from kinema.media.scene.upright import Scene, in_picture, scene_of
from kinema.media.scene.viewpoint import Orbit, side_view

__all__ = [
    "Orbit",
    "Scene",
    "ScenePainter",
    "draw_rig",
    "in_picture",
    "rig_svg",
    "scene_of",
    "side_view",
    "write_film",
    "write_rig_picture",
]
