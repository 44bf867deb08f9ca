"""MediaPipe's own results, for `benchmarks/blazepose.py`, which starts this with another Python.

It needs the package `mediapipe` and nothing of Kinema. What it finds goes to stdout as JSON.

    python mediapipe_pose.py pictures FILE...   joints of each picture, each for itself
    python mediapipe_pose.py video FILE         frames per second, reading included
"""

from __future__ import annotations

import json
import sys
import time

import cv2
import mediapipe


def main() -> None:
    """Does what the arguments say."""
    task, *files = sys.argv[1:]
    print(json.dumps(pictures(files) if task == "pictures" else video(files[0])))


def pictures(files: list[str]) -> list[dict[str, list[list[float]]] | None]:
    """For each picture x, y in pixels and visibility of the joints, and x, y, z in metres."""
    people: list[dict[str, list[list[float]]] | None] = []
    with mediapipe.solutions.pose.Pose(static_image_mode=True, model_complexity=1) as pose:
        for file in files:
            image = cv2.cvtColor(cv2.imread(file), cv2.COLOR_BGR2RGB)
            height, width = image.shape[:2]
            found = pose.process(image)
            if not found.pose_landmarks:
                people.append(None)
                continue
            joints = found.pose_landmarks.landmark
            space = found.pose_world_landmarks.landmark
            people.append(
                {
                    "joints": [[j.x * width, j.y * height, j.visibility] for j in joints],
                    "space": [[j.x, j.y, j.z] for j in space],
                }
            )
    return people


def video(file: str) -> dict[str, float]:
    """Frames per second over a video, and in how many of them there is somebody."""
    with mediapipe.solutions.pose.Pose(model_complexity=1) as pose:
        pose.process(cv2.cvtColor(cv2.VideoCapture(file).read()[1], cv2.COLOR_BGR2RGB))
        pose.reset()
        reader = cv2.VideoCapture(file)
        frames = people = 0
        started = time.perf_counter()
        while True:
            more, image = reader.read()
            if not more:
                break
            found = pose.process(cv2.cvtColor(image, cv2.COLOR_BGR2RGB))
            frames += 1
            people += bool(found.pose_landmarks)
        seconds = time.perf_counter() - started
    return {"rate": frames / seconds, "frames": frames, "people": people}


if __name__ == "__main__":
    main()
