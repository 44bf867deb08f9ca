import json
import logging
from dataclasses import replace

import numpy as np
import pytest

from kinema.actions.spec import ActionSpec
from kinema.errors import InputError
from kinema.space.lifting import LIFT13

torch = pytest.importorskip("torch")
torch.set_num_threads(1)  # so small networks are not sped up by more, but held up
pytest.importorskip("lightning")
pytest.importorskip("onnxscript")
from kinema.train.actions.loop import learn, logits_of  # noqa: E402
from kinema.train.actions.material import Material, material_of  # noqa: E402
from kinema.train.actions.plan import ActionPlan, plan_for  # noqa: E402
from kinema.train.actions.training import parts_of, train_recogniser  # noqa: E402
from kinema.train.session import Progress  # noqa: E402

TINY = plan_for(
    "gru", channels=8, layers=1, frames=12, epochs=3, warm_up=1, batch=6, rate=0.01, noise=0.0
)
QUICK = {
    "stgcn": {"channels": 8, "blocks": (1,), "epochs": 12},
    "gru": {"channels": 16, "layers": 1, "epochs": 20},
    "lstm": {"channels": 16, "layers": 1, "epochs": 20},
    "encoding": {"channels": 16, "epochs": 8},
    "linear": {},
    "nearest": {},
}


class Stopped(Exception):
    pass


def weights(network):
    return torch.cat([value.flatten().float() for value in network.state_dict().values()])


def read(parts, plan):
    spec = plan.spec(parts.learned.labels, LIFT13, 3)
    return spec, material_of(parts.learned, spec), material_of(parts.tested, spec)


@pytest.mark.parametrize("model", QUICK)
def test_two_plain_actions_are_learned(parts, tmp_path, model):
    plan = plan_for(model, frames=12, batch=6, warm_up=1, dropout=0.0, rate=0.01, **QUICK[model])
    spec, material, tested = read(parts, plan)
    learned = learn(plan, spec, material, None, tmp_path)
    taken = logits_of(learned.network, tested).argmax(axis=1)
    assert (taken == tested.truth).mean() >= 0.9


def test_a_training_leaves_a_network_and_its_card(parts, tmp_path):
    steps, records = [], []
    progress = Progress(on_step=lambda: steps.append(1), on_epoch=records.append)
    trained = train_recogniser(parts, TINY, tmp_path, progress=progress)
    card = json.loads((tmp_path / "actions.json").read_text())
    assert (card["format"], card["version"]) == ("kinema.actions", 1)
    assert ActionSpec.of_dict(card["spec"]) == trained.spec
    assert ActionPlan.of_dict(card["plan"]) == TINY
    assert card["accuracy"] == round(trained.measured.accuracy, 4)
    assert card["measured"]["recordings"] == 12
    assert card["protocol"]["name"] == "halves"
    assert card["protocol"]["measured_on"] == "test"
    assert card["trained_on"] == {
        "data": "made",
        "recordings": 12,
        "labels": {"wave": 6, "squat": 6},
        "subjects": ["s1", "s3"],
    }
    assert [record["epoch"] for record in records] == [1, 2, 3]
    assert card["log"] == records
    assert len(steps) == 6
    lines = (tmp_path / "log.jsonl").read_text().splitlines()
    assert [json.loads(line) for line in lines] == records
    assert (tmp_path / "actions.onnx").stat().st_size > 1000


@pytest.mark.parametrize("average", [pytest.param(0.0, id="plain"), pytest.param(0.9, id="mean")])
def test_a_stopped_training_goes_on_as_if_it_had_not(parts, tmp_path, average):
    plan = replace(
        TINY, average=average, dropout=0.3, noise=0.02, layers=2, streams=("joint", "bone")
    )
    spec, material, tested = read(parts, plan)
    whole = learn(plan, spec, material, tested, tmp_path / "whole")

    def stop(record):
        if record["epoch"] == 2:
            raise Stopped

    with pytest.raises(Stopped):
        learn(plan, spec, material, tested, tmp_path / "cut", progress=Progress(on_epoch=stop))
    again = learn(plan, spec, material, tested, tmp_path / "cut", resume=True)
    assert torch.equal(weights(again.network), weights(whole.network))
    for one, other in zip(whole.log, again.log, strict=True):
        assert {**one, "seconds": 0} == {**other, "seconds": 0}


def test_the_same_seed_gives_the_same_network(parts, tmp_path):
    spec, material, _ = read(parts, TINY)
    one = learn(TINY, spec, material, None, tmp_path / "one")
    same = learn(TINY, spec, material, None, tmp_path / "same")
    other = learn(replace(TINY, seed=1), spec, material, None, tmp_path / "other")
    assert torch.equal(weights(one.network), weights(same.network))
    assert not torch.equal(weights(one.network), weights(other.network))


def test_an_early_stop_keeps_the_best_network(parts, tmp_path):
    plan = replace(TINY, epochs=40, patience=2, validation=0.5, rate=0.3)
    spec, material, tested = read(parts, plan)
    learned = learn(plan, spec, material, tested, tmp_path)
    losses = [record["held_out_loss"] for record in learned.log]
    assert len(losses) < 40
    assert int(np.argmin(losses)) == len(losses) - 3
    chances = spec.probabilities(logits_of(learned.network, tested))
    best = -np.log(chances[np.arange(len(tested)), tested.truth]).mean()
    assert best == pytest.approx(min(losses), abs=1e-4)


def test_validation_does_not_look_at_the_test_part(made, by_chance, tmp_path):
    def unreadable():
        raise AssertionError("the test part was read")

    split = by_chance(made())
    test = split.test.only([replace(each, read=unreadable) for each in split.test.sequences])
    split = replace(split, test=test)
    plan = replace(TINY, validation=0.25, epochs=1)
    trained = train_recogniser(parts_of(split, plan, validate=True), plan, tmp_path)
    assert trained.card["protocol"]["measured_on"] == "validation"
    assert trained.card["protocol"]["test"] == len(test)
    assert trained.measured.count == len(split.validation)
    assert trained.spec.temperature != 1
    with pytest.raises(InputError, match="nothing to validate on"):
        parts_of(split, TINY, validate=True)


def test_without_a_part_held_out_all_is_learned_from(made, by_chance):
    split = by_chance(made())
    assert parts_of(split, TINY).learned is split.train
    assert parts_of(split, replace(TINY, validation=0.25)).learned is split.fitting


def test_recordings_may_be_cut_into_windows(made):
    spec = replace(TINY, seconds=0.5).spec(("wave", "squat"), LIFT13, 3)
    material = material_of(made(subjects=1, each=2), spec)  # of 1.45 s
    assert material.clips.shape[1:] == spec.shape
    assert np.bincount(material.owners).tolist() == [8, 8, 8, 8]
    assert material.truth.tolist() == [0, 0, 1, 1]
    chances = np.zeros((len(material), 2), np.float32)
    chances[:, 0] = np.tile([1, 0], 16)
    assert material.by_recording(chances)[:, 0].tolist() == [0.5] * 4


def test_recordings_without_anybody(made, caplog):
    examples = made(empty=("wave_s1_t1",))
    spec = TINY.spec(examples.labels, LIFT13, 3)
    with caplog.at_level(logging.WARNING):
        kept = material_of(examples, spec)
        left = material_of(examples, spec, keep_empty=False)
    assert (len(kept), len(left)) == (24, 23)
    assert not kept.clips[0].any()
    assert caplog.messages == [
        "1 of 24 recordings show nobody and count as they are: wave_s1_t1",
        "1 of 24 recordings show nobody and were left out: wave_s1_t1",
    ]


def test_one_frame_is_enough(made):
    spec = TINY.spec(("wave", "squat"), LIFT13, 3)
    material = material_of(made(frames=1), spec)
    assert material.clips[:, -1].all()
    assert np.ptp(material.clips, axis=2).max() == 0


def test_one_example_of_each_label_can_be_learned_from(made, tmp_path, caplog):
    from kinema.train.actions.training import Parts

    few = made(subjects=1, each=1)
    with caplog.at_level(logging.WARNING):
        trained = train_recogniser(Parts(few), replace(TINY, epochs=1), tmp_path)
    assert caplog.messages == ["there is just one example to learn from of wave, squat"]
    assert trained.measured is None
    assert trained.card["accuracy"] is None


def test_trainings_that_cannot_be(made, parts, tmp_path):
    from kinema.train.actions.training import Parts

    examples = made(subjects=1, each=2)
    every = tuple(sequence.name for sequence in examples.sequences)
    with pytest.raises(InputError, match=r"no joint was found in any of the 4 recordings of made"):
        train_recogniser(Parts(made(subjects=1, each=2, empty=every)), TINY, tmp_path)
    waves = examples.only([s for s in examples.sequences if s.label == "wave"])
    with pytest.raises(InputError, match="training part of made has no example of squat"):
        train_recogniser(Parts(waves), TINY, tmp_path)
    with pytest.raises(InputError, match=r"wave_s1_t1 has no video, and the two streams need one"):
        train_recogniser(Parts(examples), plan_for("two-stream"), tmp_path)
    with pytest.raises(InputError, match="no recording in which somebody is seen"):
        nobody = [replace(s, read=lambda: ()) for s in examples.sequences]
        train_recogniser(Parts(examples.only(nobody)), TINY, tmp_path)
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="cannot use the folder"):
        train_recogniser(parts, TINY, tmp_path / "file")


def test_going_on_needs_the_same_plan_and_a_checkpoint(parts, tmp_path):
    spec, material, _ = read(parts, TINY)
    with pytest.raises(InputError, match="there is no training in"):
        learn(TINY, spec, material, None, tmp_path / "nothing", resume=True)
    (tmp_path / "plan.json").write_text(json.dumps(TINY.as_dict()))
    with pytest.raises(InputError, match=r"holds no last\.ckpt"):
        learn(TINY, spec, material, None, tmp_path, resume=True)
    other = replace(TINY, channels=9, epochs=4)
    with pytest.raises(InputError, match="begun with channels 8, not 9; epochs "):
        learn(other, spec, material, None, tmp_path, resume=True)
    (tmp_path / "plan.json").write_text("{")
    with pytest.raises(InputError, match="is damaged"):
        learn(TINY, spec, material, None, tmp_path, resume=True)


def test_the_flow_goes_with_the_clips(parts, tmp_path):
    plan = plan_for("two-stream", channels=8, layers=1, frames=12, epochs=2, batch=6, dropout=0.0)
    spec, material, _ = read(parts, plan)
    # The poses say nothing, the flow all.
    blind = np.zeros_like(material.clips)
    flow = np.zeros((len(material), 2, 4, 16, 16), np.float32)
    flow[:, 0] = np.where(material.targets == 0, 1, -1)[:, None, None, None]
    told = Material(blind, material.targets, material.owners, material.names, flow)
    learned = learn(replace(plan, epochs=20, rate=0.01), spec, told, None, tmp_path)
    assert (logits_of(learned.network, told).argmax(axis=1) == told.truth).all()
