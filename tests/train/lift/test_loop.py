import json
from dataclasses import replace

import numpy as np
import pytest

from kinema.errors import InputError
from kinema.models.lifter import load_lifter
from kinema.train.lift.plan import LiftPlan

torch = pytest.importorskip("torch")
torch.set_num_threads(1)  # so small networks are not sped up by more, but held up
pytest.importorskip("lightning")
pytest.importorskip("onnxscript")
from kinema.train.lift.loop import split_labels, train_lifter  # noqa: E402
from kinema.train.session import Progress  # noqa: E402

TINY = LiftPlan(channels=16, epochs=3, views=2, batch=64, held_out=("02",), noise=0.5)


class Stopped(Exception):
    pass


@pytest.fixture
def motions(motion):
    return [motion("01"), motion("02"), motion("03")]


def weights(trained):
    return torch.cat([value.flatten().float() for value in trained.network.state_dict().values()])


def test_a_training_leaves_a_network_and_its_card(motions, tmp_path):
    steps, records = [], []
    progress = Progress(on_step=lambda: steps.append(1), on_epoch=records.append)
    trained = train_lifter(motions, TINY, tmp_path, progress=progress)
    card = json.loads((tmp_path / "lifter.json").read_text())
    assert [record["epoch"] for record in records] == [1, 2, 3]
    assert card["log"] == records == trained.log
    assert card["errors_held_out_mm"] == records[-1]
    assert card["held_out"] == {"recordings": 1, "minutes": 0.03, "subjects": ["02"]}
    assert card["trained_on"]["subjects"] == ["01", "03"]
    assert LiftPlan.of_dict(card["plan"]) == TINY
    assert len(steps) >= 3
    assert records[-1]["loss"] < records[0]["loss"]
    lifter = load_lifter(tmp_path / "lifter.onnx")
    assert lifter.spec == TINY.spec
    frames = np.random.default_rng(0).normal(size=(4, 27, 39)).astype(np.float32)
    with torch.no_grad():
        expected = trained.network(torch.from_numpy(frames)).numpy()
    assert np.abs(lifter(frames) - expected).max() < 1e-4


def test_a_stopped_training_goes_on_as_if_it_had_not(motions, tmp_path):
    plan = replace(TINY, epochs=2)
    whole = train_lifter(motions, plan, tmp_path / "whole")

    def stop(record):
        if record["epoch"] == 2:
            raise Stopped

    with pytest.raises(Stopped):
        train_lifter(motions, plan, tmp_path / "cut", progress=Progress(on_epoch=stop))
    resumed = train_lifter(motions, plan, tmp_path / "cut", resume=True)
    assert torch.equal(weights(whole), weights(resumed))  # the same seed, too
    assert [record["epoch"] for record in resumed.log] == [1, 2]


def test_what_it_does_not_go_on_with(motions, tmp_path, capfd):
    with pytest.raises(InputError, match="there is no training in"):
        train_lifter(motions, TINY, tmp_path / "none", resume=True)
    short = LiftPlan(channels=8, epochs=1, views=1)
    train_lifter(motions, short, tmp_path)
    assert capfd.readouterr() == ("", "")  # no word of Lightning's or the exporter's
    with pytest.raises(InputError, match="channels 8, not 16; held_out none, not 02"):
        other = LiftPlan(channels=16, epochs=1, views=1, held_out=("02",))
        train_lifter(motions, other, tmp_path, resume=True)
    (tmp_path / "last.ckpt").unlink()
    with pytest.raises(InputError, match="nothing for --semi"):
        all_known = LiftPlan(screen="picture", sigma=False, focal=1.1, semi=True, epochs=1)
        train_lifter(motions, all_known, tmp_path / "semi")
    with pytest.raises(InputError, match=r"no last\.ckpt"):
        train_lifter(motions, short, tmp_path, resume=True)


def test_semi_supervised(motions, tmp_path):
    plan = LiftPlan(
        screen="picture",
        sigma=False,
        channels=16,
        epochs=2,
        views=1,
        batch=32,
        causal=True,
        held_out=("02",),
        focal=1.1,
        labelled=0.5,
        semi=True,
    )
    card = train_lifter(motions, plan, tmp_path).card
    assert card["trained_on"]["recordings"] == 1
    assert card["trained_on_in_the_picture_alone"]["recordings"] == 1
    assert np.isfinite(card["errors_held_out_mm"]["mpjpe"])
    assert load_lifter(tmp_path / "lifter.onnx").spec == plan.spec


def test_labels_go_by_subject(motion):
    motions = [motion(f"{subject:02}", name=f"{subject:02}_{i}")
               for subject in range(10) for i in range(2)]  # fmt: skip
    labelled, others = split_labels(motions, LiftPlan(labelled=0.3))
    assert len(labelled) == 6
    assert {m.subject for m in labelled}.isdisjoint(m.subject for m in others)
    assert len(split_labels(motions, LiftPlan(labelled=0.001))[0]) == 2
    assert split_labels(motions, LiftPlan())[1] == []


def test_labels_are_a_share_of_the_time(motion):
    motions = [motion("long", frames=1200), *(motion(f"s{i}", frames=120) for i in range(10))]
    labelled, _ = split_labels(motions, LiftPlan(labelled=0.25))  # of 20 s, not the long one
    assert [m.seconds for m in labelled] == [1.0] * 5
    labelled, _ = split_labels(motions, LiftPlan(labelled=0.6, seed=1))
    assert sum(m.seconds for m in labelled) in (10, 12)
