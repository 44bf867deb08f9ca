import json
import zipfile
from dataclasses import replace

import numpy as np
import pytest

from kinema.actions.examples import PARTS, Example, check_examples, material_of, spec_for
from kinema.actions.recogniser import Recogniser, windows_of
from kinema.actions.strange import border_of
from kinema.actions.taught_file import is_taught, read_taught, save_taught
from kinema.actions.teaching import UNKNOWN, teach
from kinema.errors import FormatError, InputError
from kinema.skeletons import BODY25
from kinema.track import Track


@pytest.fixture(scope="module")
def still(examples):
    """Taught to tell standing, squatting and arms to the sides."""
    return teach(examples("stand", "squat", "cross"), kind="pose")


def test_poses_are_told_and_others_are_unknown(still, person):
    recogniser = Recogniser(still, still.spec)
    for what in ("stand", "squat", "cross"):
        scores = recogniser.predict([person(what, seed=99)])
        assert (scores.label, scores.labels[-1]) == (what, UNKNOWN)
        assert scores.probabilities.sum() == pytest.approx(1, abs=1e-5)
    upside_down = person("stand", seed=98)
    upside_down = replace(upside_down, keypoints=upside_down.keypoints * (1, -1))
    assert recogniser.predict([upside_down]).label is None


def test_it_says_how_sure_it_is(still):
    lesson = still.lesson
    assert lesson.labels == ("stand", "squat", "cross")
    assert lesson.recordings == (2, 2, 2)
    assert lesson.by_recording
    assert lesson.accuracy == 1
    assert lesson.confusion.sum() == sum(lesson.clips)  # each clip was held out once
    assert lesson.confused() == [] and lesson.doubtful == ()
    assert lesson.calibration < 0.02


def test_the_kind_is_found(examples):
    assert teach(examples("stand", "squat", count=1)).kind == "pose"
    # Slow and fast: single moments look alike.
    taught = teach(examples("flap", "flutter"))
    assert taught.kind == "movement"
    assert taught.spec.seconds == 2.5  # recordings last 4 s
    assert taught.lesson.accuracy > 0.95
    assert teach(examples("flap", "flutter"), kind="pose").lesson.accuracy < 0.9


def test_movements_are_told_live_and_at_any_moment(examples, person):
    taught = teach(examples("flap", "bob", "stand"), kind="movement", seconds=1.0)
    recogniser = Recogniser(taught, taught.spec)
    for what in ("flap", "bob", "stand"):
        timeline = recogniser.timeline(person(what, seed=77, seconds=3))
        assert set(timeline.actions) == {what}
        (interval,) = timeline.intervals()
        assert (interval.label, interval.person) == (what, 1)


def test_mirrored_examples(person):
    def lean(side: int, seed: int) -> Track:
        track = person("cross", seed=seed)
        points = track.keypoints.copy()
        points[:, [7 + side, 9 + side]] += (0, 60)  # one arm lower
        return replace(track, keypoints=points)

    taught = [Example("lean", lean(0, n), f"lean{n}") for n in range(2)]
    taught += [Example("cross", person("cross", seed=5 + n), f"cross{n}") for n in range(2)]
    other = lean(1, 9)
    plain, both = teach(taught, kind="pose"), teach(taught, kind="pose", mirror=True)
    assert Recogniser(both, both.spec).predict([other]).label == "lean"
    clips = windows_of(other, other.times, both.spec)
    lean_at = both.spec.labels.index("lean")
    chances = [Recogniser(t, t.spec).probabilities(clips)[:, lean_at] for t in (plain, both)]
    assert np.nanmean(chances[0]) < np.nanmean(chances[1])
    assert both.lesson.mirror


def test_what_is_unknown_may_be_taught(examples):
    shown = examples("stand", "squat", "cross")
    rest = [Example(UNKNOWN if e.label == "cross" else e.label, e.track, e.name) for e in shown]
    taught = teach(rest, kind="pose")
    assert taught.spec.labels == ("stand", "squat", UNKNOWN)
    recogniser = Recogniser(taught, taught.spec)
    scores = recogniser.predict([shown[-1].track])
    assert scores.label is None and scores.best(1)[0][0] == UNKNOWN


def test_one_recording_a_label_is_cut_in_parts(examples):
    shown = examples("stand", "squat", count=1)
    spec = spec_for("pose", ("stand", "squat", UNKNOWN), shown, None)
    material = material_of(shown, spec, "pose")
    assert material.names == ("stand0.mp4",) * PARTS + ("squat0.mp4",) * PARTS
    assert np.unique(material.groups).tolist() == list(range(2 * PARTS))
    assert not teach(shown, kind="pose").lesson.by_recording


def test_one_frame_a_label(person):
    shown = [Example(what, first_frame(person(what)), what) for what in ("stand", "squat")]
    taught = teach(shown)
    assert taught.kind == "pose"
    assert np.isnan(taught.lesson.accuracy) and np.isnan(taught.lesson.recalls).all()
    recogniser = Recogniser(taught, taught.spec)
    assert recogniser.predict([person("squat", seed=3)]).label == "squat"


def first_frame(track: Track) -> Track:
    return replace(
        track, keypoints=track.keypoints[:1], scores=track.scores[:1], times=track.times[:1]
    )


def test_a_recording_with_the_wrong_label_is_noticed(examples):
    shown = examples("stand", "squat", count=4)
    shown[1] = Example("stand", examples("squat", count=5)[4].track, "wrong.mp4")
    assert teach(shown, kind="pose").lesson.doubtful == (("wrong.mp4", "stand", "squat"),)


def test_the_result_is_the_same_each_time(examples, still):
    again = teach(examples("stand", "squat", "cross"), kind="pose")
    np.testing.assert_array_equal(again.classifier.weights, still.classifier.weights)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        pytest.param(lambda shown: [], "no examples", id="nothing"),
        pytest.param(lambda shown: shown[:2], "only the label 'stand'", id="one label"),
        pytest.param(
            lambda shown: [*shown, replace(shown[0], label="Squat", name="x")],
            "'squat' and 'Squat' differ in case",
            id="case",
        ),
        pytest.param(
            lambda shown: [*shown, replace(shown[0], label="squat")],
            "stand0.mp4 is an example of 'stand' and of 'squat'",
            id="mixed up",
        ),
        pytest.param(
            lambda shown: [*shown, replace(shown[0], label=" ", name="x")], "is empty", id="blank"
        ),
        pytest.param(
            lambda shown: [*shown[:2], replace(shown[2], track=unseen(shown[2].track))],
            "nothing can be learned of 'squat'.*squat0.mp4",
            id="no joints",
        ),
        pytest.param(
            lambda shown: [*shown[:2], replace(shown[2], track=in_space(shown[2].track))],
            "squat0.mp4 has poses in world space",
            id="spaces",
        ),
    ],
)
def test_examples_that_cannot_be_learned_from(examples, change, message):
    with pytest.raises(InputError, match=message):
        teach(change(examples("stand", "squat")), kind="pose")


def unseen(track: Track) -> Track:
    return replace(track, keypoints=np.full_like(track.keypoints, np.nan))


def in_space(track: Track) -> Track:
    points = np.concatenate([track.keypoints, track.keypoints[..., :1]], axis=2)
    return replace(track, keypoints=points, space="world")


def test_examples_that_can_be_learned_from(examples):
    check_examples(examples("stand", "squat"))


def test_the_border_of_what_is_like_the_examples():
    away = np.array([[0.1, 1.0], [0.2, 1.0], [1.0, 0.4], [1.0, 0.5]])
    truth = np.array([0, 0, 1, 1])
    border = border_of(away, truth, truth, np.array([1.0, 1.0]))
    unlike = border.unlike(np.vstack([away, [[0.9, 1.0]], [[3.0, 3.1]]]), np.array([*truth, 0, 1]))
    assert (unlike[:4] < 0.6).all() and (unlike[4:] > 0.95).all()
    unmeasured = border_of(np.zeros((0, 2)), truth[:0], truth[:0], np.array([1.0, 3.0]))
    assert unmeasured.reach.tolist() == [0.5, 1.5]


def test_there_and_back(still, person, tmp_path):
    path = tmp_path / "still.npz"
    save_taught(still, path)
    assert is_taught(path) and path.stat().st_size < 100_000
    again = read_taught(path)
    assert (again.spec, again.kind) == (still.spec, still.kind)
    assert json.dumps(again.lesson.as_dict()) == json.dumps(still.lesson.as_dict())
    track = person("squat", seed=8)
    clips = windows_of(track, track.times[::20], still.spec)
    np.testing.assert_allclose(again(clips), still(clips), atol=0.02)


def rewritten(path, **changes) -> None:
    with np.load(path) as archive:
        arrays = {**archive}
    card = json.loads(str(arrays["card"]))
    for name, value in changes.items():
        if name in arrays:
            arrays[name] = value
        else:
            card[name] = value
    arrays["card"] = np.array(json.dumps(card))
    np.savez(path, **arrays)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        pytest.param({"version": 2}, "of version 1", id="later version"),
        pytest.param({"kind": "dance"}, "its kind is 'dance'", id="kind"),
        pytest.param({"weights": np.zeros((3, 3))}, "weights is", id="another size"),
        pytest.param({"mean": np.full(66, np.nan)}, "mean is not finite", id="NaN"),
        pytest.param({"owners": np.full(333, 7)}, "damaged", id="no such label"),
        pytest.param({"width": -1}, "no positive number", id="width"),
        pytest.param({"spec": {"labels": ["a"]}}, "unknown skeleton", id="spec"),
        pytest.param({"lesson": {}}, "'?labels'? is missing", id="lesson"),
    ],
)
def test_damaged_files(still, tmp_path, changes, message):
    path = tmp_path / "still.npz"
    save_taught(still, path)
    rewritten(path, **changes)
    with pytest.raises(FormatError, match=message):
        read_taught(path)


def test_files_that_are_something_else(tmp_path):
    for name, content in {"empty": b"", "text": b"hello", "cut": b"PK\x03\x04"}.items():
        (tmp_path / name).write_bytes(content)
        assert not is_taught(tmp_path / name)
        with pytest.raises(FormatError, match="cannot be read as a recogniser"):
            read_taught(tmp_path / name)
    np.savez(tmp_path / "a.npz", x=np.zeros(3))
    with pytest.raises(FormatError, match="of no recogniser"):
        read_taught(tmp_path / "a.npz")
    np.savez(tmp_path / "b.npz", card=np.array([{"code": 1}], dtype=object))
    with pytest.raises(FormatError, match="allow_pickle"):
        read_taught(tmp_path / "b.npz")
    with zipfile.ZipFile(tmp_path / "c.npz", "w") as archive:
        archive.writestr("notes.txt", "hello")
    with pytest.raises(FormatError):
        read_taught(tmp_path / "c.npz")
    with pytest.raises(InputError, match="cannot read"):
        read_taught(tmp_path / "none.npz")


def test_nobody_is_said_nothing_of(still, person):
    recogniser = Recogniser(still, still.spec)
    scores = recogniser.predict([unseen(person("stand"))])
    assert scores.label is None and np.isnan(scores.probability) and scores.best() == []
    with pytest.raises(InputError, match="nobody"):
        recogniser.predict([])
    with pytest.raises(InputError, match="in space"):
        recogniser.predict([in_space(person("stand"))])


def test_poses_of_other_skeletons_are_told_by_names(still, person):
    track = person("squat", seed=4).to(BODY25)
    assert Recogniser(still, still.spec).predict([track]).label == "squat"
