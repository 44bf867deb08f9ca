from fractions import Fraction

import pytest

from kinema.errors import FormatError, InputError
from kinema.formats import FORMATS, Header, find_format, open_writer, read_poses
from kinema.formats.registry import format_to_read, format_to_write
from kinema.media.frame import MediaInfo
from kinema.skeletons import BODY25, COCO17, SKELETONS

FORMAT_IDS = [known.name for known in FORMATS]


@pytest.mark.parametrize("known", FORMATS, ids=FORMAT_IDS)
def test_every_row_is_usable(known) -> None:
    assert find_format(known.name.upper()) is known
    assert known.can_read or known.can_write
    assert known.description
    assert all(suffix == suffix.lower() for suffix in known.suffixes)
    for skeleton in SKELETONS.values():  # what was stored once can be stored again
        assert known.stores(known.stores(skeleton)) == known.stores(skeleton)


def test_names_and_endings_are_unique() -> None:
    endings = [suffix for known in FORMATS for suffix in known.suffixes]
    assert len(set(FORMAT_IDS)) == len(FORMAT_IDS)
    assert len(set(endings)) == len(endings)


@pytest.mark.parametrize(
    "known",
    [known for known in FORMATS if known.can_read and known.can_write],
    ids=lambda known: known.name,
)
def test_every_format_reads_what_it_writes(tmp_path, make_poses, known) -> None:
    path = tmp_path / ("walk" + (known.suffixes[0] if known.suffixes else ".json"))
    people = 1 if known.one_person else 2
    space = "image" if "image" in known.spaces else "world"
    with open_writer(path, format=known.name) as out:
        out.write(make_poses(people, BODY25, space=space, time=0.0, ids=True, missing=False))
    with read_poses(path) as recording:
        assert len(next(recording)) == people


@pytest.mark.parametrize(
    ("name", "format", "read_as"),
    [
        pytest.param("walk.txt", "kinema", "kinema", id="JSON lines"),
        pytest.param("walk", "openpose", "openpose", id="OpenPose"),
        pytest.param("walk.json", "coco", "coco", id="COCO results"),
        pytest.param("walk.json", "coco-annotations", "coco", id="COCO annotations"),
        pytest.param("walk.txt", "trc", "trc", id="TRC"),
    ],
)
def test_content_tells_the_format_where_the_name_does_not(
    tmp_path, make_poses, name, format, read_as
) -> None:
    with open_writer(tmp_path / name, format=format) as out:
        out.write(make_poses(1, time=0.0))
    assert format_to_read(tmp_path / name).name == read_as


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        pytest.param("walk.jsonl", "kinema", id="JSON lines"),
        pytest.param("walk.poses.JSONL", "kinema", id="any case"),
        pytest.param("-", "kinema", id="standard output"),
        pytest.param("walk.openpose", "openpose", id="OpenPose by its ending"),
        pytest.param("somewhere/walk/", "openpose", id="OpenPose by the slash"),
        pytest.param("walk.coco.json", "coco", id="COCO"),
    ],
)
def test_formats_to_write(path, expected) -> None:
    assert format_to_write(path).name == expected


def test_an_existing_folder_is_openpose(tmp_path) -> None:
    assert format_to_write(tmp_path).name == "openpose"


@pytest.mark.parametrize("path", ["walk.json", "walk.mp4", "walk"])
def test_endings_that_mean_nothing(path) -> None:
    with pytest.raises(FormatError, match=r"cannot tell the format to write .*\.jsonl"):
        format_to_write(path)


def test_a_wrong_name_gets_a_hint() -> None:
    with pytest.raises(FormatError, match=r"unknown format 'opanpose'; did you mean openpose\?"):
        find_format("opanpose")
    with pytest.raises(FormatError, match=r"known are kinema, .*openpose, coco"):
        find_format("xyz")


def test_a_coco_file_that_is_named_like_openpose(tmp_path) -> None:
    """As `person_keypoints_val2017.json` is, once it is cut down and renamed."""
    path = tmp_path / "person_keypoints.json"
    path.write_text('{"images": [], "annotations": [], "categories": []}')
    assert format_to_read(path).name == "coco"


def test_what_cannot_be_recognised(tmp_path) -> None:
    with pytest.raises(InputError, match="no such file"):
        read_poses(tmp_path / "nothing.jsonl")
    (tmp_path / "a.json").write_text('{"recipe": "soup"}')
    for path in (tmp_path, tmp_path / "a.json"):
        with pytest.raises(FormatError, match="cannot tell the format of the f"):
            read_poses(path)


def test_the_header_of_a_video(tmp_path, make_poses) -> None:
    info = MediaInfo("walk.mp4", "video", (1768, 994), Fraction(30000, 1001), 230)
    with open_writer(tmp_path / "a.jsonl", info, model="openpose") as out:
        out.write(make_poses())
    with read_poses(tmp_path / "a.jsonl") as recording:
        assert recording.header == Header(COCO17, "walk.mp4", (1768, 994), 30000 / 1001, "openpose")


def test_poses_are_converted_where_a_skeleton_is_named(tmp_path, make_poses) -> None:
    with open_writer(tmp_path / "a.jsonl", skeleton=BODY25) as out:
        out.write(make_poses())
    assert [poses.skeleton.name for poses in read_poses(tmp_path / "a.jsonl")] == ["body25"]


def test_a_rate_gives_times_only_where_there_are_none(tmp_path, make_poses) -> None:
    with open_writer(tmp_path / "a.jsonl") as out:
        out.write(make_poses(frame=1, time=9.0))
        out.write(make_poses(frame=2))
    assert [poses.time for poses in read_poses(tmp_path / "a.jsonl", rate=10)] == [9.0, 0.2]


@pytest.mark.parametrize("rate", [0, -1, float("nan")])
def test_rates_must_be_positive(tmp_path, rate) -> None:
    with pytest.raises(InputError, match="more than 0 frames per second"):
        read_poses(tmp_path, rate=rate)


@pytest.mark.parametrize("name", ["openpose", "coco"])
def test_streams_are_json_lines(name, capsys) -> None:
    with pytest.raises(FormatError, match="only JSON lines can be written to standard output"):
        open_writer("-", format=name)
