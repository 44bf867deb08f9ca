import pytest

torch = pytest.importorskip("torch")
torch.set_num_threads(1)
pytest.importorskip("lightning")
events = pytest.importorskip("tensorboard.backend.event_processing.event_accumulator")
from lightning.pytorch import LightningModule  # noqa: E402
from torch import nn, optim  # noqa: E402
from torch.utils.data import DataLoader  # noqa: E402

from kinema.errors import InputError  # noqa: E402
from kinema.train.session import EpochLog, Progress, begun, quiet, saver, trainer_in  # noqa: E402


class Slope(LightningModule):
    """Learns to halve one number."""

    def __init__(self):
        super().__init__()
        self.line = nn.Linear(1, 1, bias=False)

    def training_step(self, batch, _):
        return ((self.line(batch) - batch / 2) ** 2).mean()

    def configure_optimizers(self):
        return optim.SGD(self.parameters(), lr=0.1)


class Weights(EpochLog):
    def on_train_epoch_end(self, trainer, module):
        weight = float(module.line.weight.detach())
        self.keep(trainer, {"epoch": trainer.current_epoch + 1.0, "weight": weight})


def fit(folder, epochs, *, resume=False):
    checkpoint = begun(folder, {"is": "a slope"}, resume=resume)
    log = Weights(folder, Progress(), resume=resume)
    with quiet():
        trainer = trainer_in(folder, epochs, [log, saver(folder)])
        trainer.fit(Slope(), DataLoader(torch.ones(4, 1)), ckpt_path=checkpoint)
    return log.records


def curve(folder):
    found = events.EventAccumulator(str(folder / "tensorboard")).Reload()
    return [(event.step, event.value) for event in found.Scalars("weight")]


def test_a_plan_that_has_learned_a_setting_goes_on(tmp_path):
    begun(tmp_path, {"rate": 1}, resume=False)
    (tmp_path / "last.ckpt").touch()
    assert begun(tmp_path, {"rate": 1, "ridge": 0.01}, resume=True)


def test_a_plan_stays_what_it_was(tmp_path):
    begun(tmp_path, {"rate": 1, "lens": None}, resume=False)
    (tmp_path / "last.ckpt").touch()
    assert begun(tmp_path, {"rate": 1, "lens": None}, resume=True) == tmp_path / "last.ckpt"
    assert begun(tmp_path, {"rate": 1}, resume=True)  # what says nothing has not changed
    for other, said in (
        ({"rate": 2}, "rate 1, not 2"),
        ({"rate": 1, "lens": 1.1}, "lens none, not 1.1"),
        ({}, "rate 1, not none"),
    ):
        with pytest.raises(InputError, match=f"was begun with {said}; leave that out"):
            begun(tmp_path, other, resume=True)


def test_tensorboard_reads_the_log(tmp_path):
    records = fit(tmp_path, 3)
    assert curve(tmp_path) == [(i, pytest.approx(r["weight"])) for i, r in enumerate(records, 1)]
    records = fit(tmp_path, 5, resume=True)
    assert [step for step, _ in curve(tmp_path)] == [1, 2, 3, 4, 5]
    assert curve(tmp_path)[-1][1] == pytest.approx(records[-1]["weight"])
    assert records[-1]["weight"] != records[2]["weight"]
    fit(tmp_path, 2)  # a new training in the folder of another one
    assert [step for step, _ in curve(tmp_path)] == [1, 2]
