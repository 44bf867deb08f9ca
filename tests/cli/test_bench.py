"""`kinema bench`: the keys that others read."""

from __future__ import annotations

import json

QUICK = ("--size", 64, "--turns", 1)


def test_json(kinema, real_clip):
    done = kinema("bench", "openpose", real_clip, *QUICK, "--json")
    facts = json.loads(done.out)
    assert (done.code, done.err) == (0, "")
    assert facts.keys() == {
        *("network_fps", "decode_fps", "run_fps", "run_to_network_ratio", "linking_ms"),
        *("peak_memory_mb", "frames", "machine"),
    }
    assert facts["linking_ms"].keys() == {"frame", "people_1", "people_9", "people_30"}
    assert facts["frames"] == 12
    assert all(facts[key] > 0 for key in ("network_fps", "decode_fps", "run_fps"))
    ratio = facts["run_fps"] / facts["network_fps"]
    assert abs(facts["run_to_network_ratio"] - ratio) < 1e-6, "of one turn"
    assert facts["machine"]["cores"] >= 1


def test_table(kinema, real_image):
    done = kinema("bench", "openpose", real_image, *QUICK)
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith("network alone:        ")


def test_bad_input(kinema):
    assert kinema("bench", "openpose", "none.mp4").complaint == (
        "kinema: there is no file none.mp4"
    )
    assert "did you mean openpose?" in kinema("bench", "opnpose").complaint
    assert "'--turns'" in kinema("bench", "--turns", 0).complaint
