"""`run` with a family of models in pure numpy: the brightest pixel is the one joint."""

import tracemalloc
import weakref
from itertools import count, islice

import numpy as np
import pytest

from kinema.errors import MediaError, ModelError
from kinema.media.frame import Frame
from kinema.models.model import MapJob, run, run_jobs
from kinema.poses import Poses
from kinema.skeleton import Skeleton

POINT = Skeleton("point", ("spot",))


class BrightestPixelJob:
    def __init__(self, frame):
        self.frame = frame

    def poses(self):
        brightness = self.frame.image.sum(axis=2)
        if brightness.max() == 0:
            return Poses.empty(POINT, frame=self.frame.index, time=self.frame.time)
        if brightness.max() == 765:
            raise ModelError(f"frame {self.frame.index} is too bright")
        y, x = np.unravel_index(brightness.argmax(), brightness.shape)
        return Poses(
            POINT,
            np.array([[[x, y]]]),
            np.ones((1, 1)),
            frame=self.frame.index,
            time=self.frame.time,
        )


class BrightestPixel:
    name = "brightest"
    skeleton = POINT

    def __init__(self, parallel=2, refuses=None):
        self.parallel = parallel
        self.refuses = refuses
        self.started = 0
        self.jobs = weakref.WeakSet()

    def start(self, frame):
        if frame.index == self.refuses:
            raise ModelError(f"frame {frame.index} is refused")
        self.started += 1
        job = BrightestPixelJob(frame)
        self.jobs.add(job)
        return job


def spot(index, value=200, size=(4, 4)):
    image = np.zeros((*size, 3), np.uint8)
    image[index % 4, (index // 4) % 4] = value
    return Frame(image, index=index, time=index / 10)


def spots(stop=None, start=0):
    return map(spot, range(start, stop) if stop is not None else count(start))


def failing(frames, error):
    yield from frames
    raise error


@pytest.mark.parametrize("parallel", [1, 2, 7])
@pytest.mark.parametrize("frames", [0, 1, 2, 3, 4, 20])
def test_poses_come_in_the_order_of_the_frames(frames, parallel):
    poses = list(run(BrightestPixel(parallel), spots(frames)))
    assert [(p.frame, p.time) for p in poses] == [(i, i / 10) for i in range(frames)]
    assert [p.keypoints.ravel().tolist() for p in poses] == [
        [(i // 4) % 4, i % 4] for i in range(frames)
    ]


def test_jobs_carry_their_frames():
    frames = list(spots(9))
    jobs = list(run_jobs(BrightestPixel(), frames))
    assert [job.frame for job in jobs] == frames
    assert not isinstance(jobs[0], MapJob)


@pytest.mark.parametrize("parallel", [1, 2, 7])
def test_frames_are_taken_only_as_they_are_needed(parallel):
    model = BrightestPixel(parallel)
    poses = run(model, spots())  # without an end
    assert model.started == 0
    for given in range(1, 30):
        next(poses)
        assert model.started == given + parallel + 1
        assert len(model.jobs) <= parallel + 2


def test_frames_with_nobody():
    assert [len(p) for p in run(BrightestPixel(), [spot(0, value=0), spot(1)])] == [0, 1]


@pytest.mark.parametrize("parallel", [1, 2, 7])
@pytest.mark.parametrize("at", [0, 1, 2, 3, 10])
def test_an_error_in_reading_comes_after_the_poses_before_it(at, parallel):
    poses = run(BrightestPixel(parallel), failing(spots(at), MediaError("the file ends here")))
    assert [p.frame for p in islice(poses, at)] == list(range(at))
    with pytest.raises(MediaError, match="ends here"):
        next(poses)
    assert next(poses, None) is None


@pytest.mark.parametrize("at", [0, 1, 2, 3, 10])
def test_an_error_in_starting_comes_after_the_poses_before_it(at):
    poses = run(BrightestPixel(refuses=at), spots())
    assert [p.frame for p in islice(poses, at)] == list(range(at))
    with pytest.raises(ModelError, match=f"frame {at} is refused"):
        next(poses)


@pytest.mark.parametrize("at", [0, 1, 2, 3, 10])
def test_an_error_in_the_model_comes_at_its_frame(at):
    frames = [*spots(at), spot(at, value=255), *spots(20, start=at + 1)]
    poses = run(BrightestPixel(), frames)
    assert [p.frame for p in islice(poses, at)] == list(range(at))
    with pytest.raises(ModelError, match=f"frame {at} is too bright"):
        next(poses)
    assert next(poses, None) is None


def test_of_two_errors_the_earlier_frame_s_comes_first():
    frames = failing([spot(0), spot(1, value=255), spot(2)], MediaError("the file ends here"))
    poses = run(BrightestPixel(), frames)
    assert next(poses).frame == 0
    with pytest.raises(ModelError, match="frame 1 is too bright"):
        next(poses)


def test_ctrl_c_is_not_held_up():
    poses = run(BrightestPixel(), failing(spots(3), KeyboardInterrupt()))
    with pytest.raises(KeyboardInterrupt):
        next(poses)


@pytest.mark.parametrize("runner", [run, run_jobs])
def test_closing_early_lets_go_of_everything(runner):
    model = BrightestPixel()
    results = runner(model, spots())
    next(results)
    results.close()
    assert len(model.jobs) == 0
    assert next(results, None) is None
    assert model.started == model.parallel + 2


def test_closing_early_leaves_the_source_to_the_caller():
    frames = spots(10)
    poses = run(BrightestPixel(parallel=1), frames)
    next(poses)
    poses.close()
    assert next(frames).index == 3


def test_a_real_model_can_be_left_early_and_used_again(openpose, clip_frames):
    frame = clip_frames[0]
    poses = run(openpose, (frame for _ in count()))
    first = next(poses)
    poses.close()
    np.testing.assert_array_equal(openpose(frame).keypoints, first.keypoints)


def test_a_real_model_gives_the_same_one_by_one_and_as_a_stream(openpose, clip_frames):
    frames = list(clip_frames.values())
    for poses, frame in zip(run(openpose, frames), frames, strict=True):
        assert poses.frame == frame.index
        np.testing.assert_array_equal(poses.keypoints, openpose(frame).keypoints)


def test_a_long_stream_takes_little_memory():
    """100,000 frames of 48 kB are 4.8 GB; at most 4 of them are held."""
    frames = (Frame(np.zeros((128, 128, 3), np.uint8), index=i) for i in range(100_000))
    tracemalloc.start()
    try:
        last = None
        for job in run_jobs(BrightestPixel(), frames):
            last = job.frame.index
        assert last == 99_999
        assert tracemalloc.get_traced_memory()[1] < 1e6
    finally:
        tracemalloc.stop()
