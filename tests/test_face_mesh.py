import numpy as np
import pytest

from kinema.face_mesh import FACE468, ibug_face, openpose_face
from kinema.skeletons import FACE68, FACE70

MESH = np.stack([np.arange(468), 1000 + np.arange(468)], axis=1).astype(np.float32)  # x tells which


@pytest.mark.parametrize(
    ("joint", "x"),
    [
        pytest.param("jaw_00", 127, id="at the right ear"),
        pytest.param("jaw_03", (132 + 58) / 2, id="between two"),
        pytest.param("jaw_08", 152, id="chin"),
        pytest.param("nose_bridge_3", 4, id="tip of the nose"),
        pytest.param("right_eye_0", 33, id="outer corner of the right eye"),
        pytest.param("left_eye_3", 263, id="outer corner of the left eye"),
        pytest.param("outer_lip_00", 61, id="right corner of the mouth"),
        pytest.param("outer_lip_06", 291, id="left corner of the mouth"),
        pytest.param("inner_lip_6", 14, id="lower lip, inside"),
    ],
)
def test_points_of_ibug(joint, x):
    number = FACE68.index(joint)
    np.testing.assert_array_equal(ibug_face(MESH)[number], [x, 1000 + x])


def test_openpose_adds_the_middles_of_the_eyes():
    face = openpose_face(MESH)
    assert face.shape == (70, 2) and face.dtype == np.float32
    np.testing.assert_array_equal(face[:68], ibug_face(MESH))
    lids = (33, 7, 163, 144, 145, 153, 154, 155, 133, 173, 157, 158, 159, 160, 161, 246)
    assert face[FACE70.index("right_pupil"), 0] == pytest.approx(np.mean(lids))


def test_left_and_right_are_alike():
    """The face of a mirrored mesh is the mirrored face, point for point."""
    mirrored = openpose_face(MESH[FACE468.mirror_order])
    np.testing.assert_allclose(mirrored, openpose_face(MESH)[FACE70.mirror_order], rtol=1e-6)


def test_several_meshes_and_absent_ones():
    meshes = np.stack([MESH, np.full_like(MESH, np.nan)])
    faces = openpose_face(meshes)
    assert faces.shape == (2, 70, 2)
    np.testing.assert_array_equal(faces[0], openpose_face(MESH))
    assert np.isnan(faces[1]).all()
    assert openpose_face(np.empty((0, 468, 2), np.float32)).shape == (0, 70, 2)
