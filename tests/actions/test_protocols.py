"""How data sets are divided."""

from itertools import product

import pytest

from kinema.actions.protocols import check_examples, protocols_of, split, splits
from kinema.actions.published import MSR_SUBSETS, NTU60_SUBJECTS, NTU120_SUBJECTS
from kinema.actions.sequences import ActionSequence, ActionSet
from kinema.errors import InputError


def nobody():
    return ()


def example(name, label, **about):
    return ActionSequence(name, label, nobody, **about)


def made(name, labels, subjects, takes=1, **about):
    """Each subject does each label so many times."""
    return ActionSet(
        name,
        tuple(labels),
        tuple(
            example(f"{subject}_{label}_{take}", label, subject=subject, **about)
            for subject, label, take in product(subjects, labels, range(takes))
        ),
    )


def names(actions):
    return {sequence.name for sequence in actions.sequences}


def subjects(actions):
    return {sequence.subject for sequence in actions.sequences}


def test_utd_mhad_as_published() -> None:
    """27 actions of 8 people, four times each, of which three recordings were lost: 861."""
    labels = [f"a{i}" for i in range(1, 28)]
    full = made("utd-mhad", labels, [f"s{i}" for i in range(1, 9)], 4)
    lost = {"s1_a8_3", "s4_a23_3", "s8_a27_3"}
    actions = full.only([s for s in full.sequences if s.name not in lost])
    got = split(actions)
    assert (got.name, len(actions), got.counts["train"], got.counts["test"]) == (
        *("cross-subject", 861),
        *(431, 430),
    )
    assert subjects(got.train) == {"s1", "s3", "s5", "s7"}
    assert len(subjects(got.validation)) == 1
    assert protocols_of(actions) == ("cross-subject", "leave-one-subject-out", "random")


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("protocol", ["cross-subject", "random", "leave-one-subject-out:s2"])
def test_parts_are_apart(protocol, seed) -> None:
    actions = made("utd-mhad", "abc", [f"s{i}" for i in range(1, 7)], 3)
    got = split(actions, protocol, seed=seed)
    assert names(got.train).isdisjoint(names(got.test))
    assert names(got.train) | names(got.test) == names(actions)
    assert names(got.fitting).isdisjoint(names(got.validation))
    assert names(got.fitting) | names(got.validation) == names(got.train)
    if protocol != "random":
        assert subjects(got.fitting).isdisjoint(subjects(got.validation))
    again = split(actions, protocol, seed=seed)
    assert (names(again.validation), names(again.test)) == (names(got.validation), names(got.test))


def test_subjects_of_ntu() -> None:
    assert (len(NTU60_SUBJECTS), len(NTU120_SUBJECTS)) == (20, 53)
    assert max(NTU60_SUBJECTS) <= 40
    assert max(NTU120_SUBJECTS) <= 106
    assert NTU60_SUBJECTS < NTU120_SUBJECTS


def ntu(name):
    """Two labels by each of 4 people, 3 cameras and 2 setups."""
    return ActionSet(
        name,
        ("sit down", "stand up"),
        tuple(
            example(
                f"S{setup:03}C{camera:03}P{person:03}R001A{action:03}",
                label,
                subject=f"P{person:03}",
                view=f"C{camera:03}",
                setup=f"S{setup:03}",
            )
            for setup, camera, person, (action, label) in product(
                (1, 2), (1, 2, 3), (1, 2, 3, 45), ((8, "sit down"), (9, "stand up"))
            )
        ),
    )


@pytest.mark.parametrize(
    ("name", "protocol", "train", "test"),
    [
        pytest.param("ntu60", "cross-subject", 24, 24, id="persons 1 and 2 of 1, 2, 3, 45"),
        pytest.param("ntu120", "cross-subject", 36, 12, id="persons 1, 2 and 45"),
        pytest.param("ntu60", "cross-view", 32, 16, id="cameras 2 and 3"),
        pytest.param("ntu120", "cross-setup", 24, 24, id="setup 2"),
    ],
)
def test_ntu(name, protocol, train, test) -> None:
    counts = split(ntu(name), protocol).counts
    assert (counts["train"], counts["test"]) == (train, test)


def test_n_ucla_across_views() -> None:
    views = {view: made("n-ucla", "ab", ["s01", "s02"], view=view) for view in ("v1", "v2", "v3")}
    actions = ActionSet(
        "n-ucla",
        ("a", "b"),
        tuple(
            example(f"{s.name}_{view}", s.label, subject=s.subject, view=view)
            for view, some in views.items()
            for s in some.sequences
        ),
    )
    got = split(actions)
    assert (got.name, len(got.train), len(got.test)) == ("cross-view", 8, 4)
    assert {sequence.view for sequence in got.test.sequences} == {"v3"}
    assert len(splits(actions, "leave-one-view-out")) == 3


def test_msr_action3d_and_its_subsets() -> None:
    labels = [f"a{i:02}" for i in range(1, 21)]
    actions = made("msr-action3d", labels, [f"s{i:02}" for i in range(1, 11)], 2)
    got = split(actions)
    assert (got.name, len(got.train), len(got.test)) == ("cross-subject", 200, 200)
    assert subjects(got.train) == {"s01", "s03", "s05", "s07", "s09"}
    for name in MSR_SUBSETS:
        part = split(actions, name)
        assert (len(part.test.labels), len(part.train), len(part.test)) == (8, 80, 80)
    assert split(actions, "as1").train.labels == tuple(labels[i - 1] for i in MSR_SUBSETS["as1"])
    # Of 20 actions four are in two subsets.
    used = [number for numbers in MSR_SUBSETS.values() for number in numbers]
    assert (len(used), len(set(used))) == (24, 20)


def test_utkinect_leaves_out_recordings() -> None:
    actions = ActionSet(
        "utkinect",
        ("walk", "throw"),
        tuple(
            example(f"s{person:02}_e{take:02}_{label}", label, subject=f"s{person:02}")
            for person, take, label in product(range(1, 11), (1, 2), ("walk", "throw"))
        ),
    )
    folds = splits(actions, "leave-one-sequence-out")
    assert len(folds) == 20
    assert folds[3].name == "leave-one-sequence-out:s02_e02"
    assert names(folds[3].test) == {"s02_e02_walk", "s02_e02_throw"}
    half = split(actions)
    assert (half.name, len(half.train), len(half.test)) == ("cross-subject", 20, 20)


def test_splits_of_pickles() -> None:
    rows = [
        *[("a", "xsub_train xview_val"), ("b", "xsub_train xview_train")],
        *[("a", "xsub_val xview_train"), ("b", "xsub_val xview_val"), ("a", "")],
        *[("a", "train1 test2"), ("b", "test1 train2"), ("b", "train1"), ("a", "train2")],
    ]
    actions = ActionSet(
        "mmaction",
        ("a", "b"),
        tuple(example(str(i), label, part=part) for i, (label, part) in enumerate(rows)),
    )
    assert protocols_of(actions) == ("1", "2", "xsub", "xview", "random")
    xsub, first = split(actions, "xsub"), split(actions, "1")
    assert (names(xsub.train), names(xsub.test)) == ({"0", "1"}, {"2", "3"})
    assert (names(first.train), names(first.test)) == ({"5", "7"}, {"6"})


def test_random_takes_of_each_label() -> None:
    actions = ActionSet(
        "own",
        ("much", "little"),
        tuple(
            example(f"{label}{i}", label)
            for label, n in (("much", 20), ("little", 2))
            for i in range(n)
        ),
    )
    got = split(actions, seed=3)
    assert got.name == "random"
    tested = [sequence.label for sequence in got.test.sequences]
    assert (tested.count("much"), tested.count("little")) == (6, 1)
    checked = [sequence.label for sequence in got.validation.sequences]
    assert (checked.count("much"), checked.count("little")) == (3, 0)
    assert names(split(actions, seed=4).test) != names(got.test)


def test_no_validation() -> None:
    got = split(made("own", "ab", ["s1", "s2", "s3"], 2), "leave-one-subject-out:s1", validation=0)
    assert (len(got.validation), names(got.fitting)) == (0, names(got.train))


def test_validation_keeps_all_labels_to_learn_from() -> None:
    """Only s1 and s3 do b, and one person must be left to learn it from."""
    rows = [
        ("s1", "a"),
        ("s1", "a"),
        ("s1", "b"),
        ("s1", "b"),
        ("s3", "a"),
        ("s2", "a"),
        ("s2", "b"),
    ]
    actions = ActionSet(
        "utd-mhad",
        ("a", "b"),
        tuple(example(str(i), label, subject=who) for i, (who, label) in enumerate(rows)),
    )
    for seed in range(5):
        fitting = split(actions, seed=seed).fitting
        assert {sequence.label for sequence in fitting.sequences} == {"a", "b"}


@pytest.mark.parametrize(
    ("actions", "protocol", "message"),
    [
        pytest.param(
            made("utd-mhad", "ab", ["s1", "s2"]),
            *("cross-subjekt", "did you mean cross-subject"),
            id="a typing error",
        ),
        pytest.param(
            made("utd-mhad", "ab", ["s1", "s2"]),
            *("leave-one-subject-out", "has 2 parts"),
            id="a fold is missing",
        ),
        pytest.param(
            made("utd-mhad", "ab", ["s1", "s2"]),
            *("leave-one-subject-out:s7", "has no 's7'"),
            id="no such fold",
        ),
        pytest.param(
            made("own", "ab", [""], 2),
            *("leave-one-subject-out:s1", "does not tell them"),
            id="subjects are not known",
        ),
        pytest.param(
            made("utd-mhad", "ab", ["s1", "s3"]), None, "has nothing to test", id="no test"
        ),
        pytest.param(
            made("utd-mhad", "ab", ["s2"]), None, "has nothing to learn from", id="no training"
        ),
        pytest.param(
            made("own", "ab", [""]), None, "one example only of a, b", id="one example of a label"
        ),
        pytest.param(made("own", "a", [""], 4), None, "has examples of a only", id="one label"),
        pytest.param(made("own", "ab", []), None, "has examples of nothing only", id="empty"),
    ],
)
def test_what_cannot_be_divided(actions, protocol, message) -> None:
    with pytest.raises(InputError, match=message) as error:
        split(actions, protocol)
    assert "\n" not in str(error.value)


def test_a_label_that_nobody_of_the_training_does() -> None:
    actions = ActionSet(
        "utd-mhad",
        ("a", "b"),
        tuple(
            example(str(i), label, subject=who)
            for i, (who, label) in enumerate([("s1", "a"), ("s2", "a"), ("s2", "b")])
        ),
    )
    with pytest.raises(InputError, match="no example to learn b from"):
        split(actions)
    check_examples(made("own", "ab", ["s1"], 2))


@pytest.mark.parametrize("share", [-0.1, 1.0, float("nan")])
def test_shares(share) -> None:
    with pytest.raises(InputError, match="from 0 to below 1"):
        split(made("own", "ab", ["s1"], 4), validation=share)
