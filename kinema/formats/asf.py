"""ASF: the skeleton of motion in AMC files (Acclaim), as CMU's recordings come.

Each bone has a direction and a length, and axes of its own in which its `dof` turn it. The joints
that Kinema reads are the ends of bones, and the root: `lfemur` gives `left_knee`; names are in
`kinema.formats.joint_names`.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from kinema.errors import FormatError, InputError
from kinema.formats.hierarchy import Float64Array, rotation_matrices
from kinema.formats.textfile import parse_lines

ROOT = "root"
_AXES = {"rx": 0, "ry": 1, "rz": 2}


def _eye() -> Float64Array:
    return np.eye(3)


@dataclass(frozen=True, eq=False)
class Bone:
    """One bone, or the root.

    Attributes:
        name: As in the file.
        vector: (3,) from its start to its end, in the axes of the whole figure.
        axes: (3, 3), its own axes as a rotation.
        turns: Which of x, y and z (0 to 2) its numbers in the AMC file turn it about, in order.
        parent: The name of the bone at whose end it begins; "" for the root.
    """

    name: str
    vector: Float64Array = field(default_factory=lambda: np.zeros(3))
    axes: Float64Array = field(default_factory=_eye)
    turns: tuple[int, ...] = ()
    parent: str = ""


@dataclass(frozen=True, eq=False)
class Figure:
    """The skeleton of an ASF file.

    Attributes:
        bones: By name, the root first, parents before children.
        degrees: Whether angles are in degrees.
        length: The unit of length as the file says it, or None.
        root_order: What the root's six numbers are: `tx`, `rx`, ...
    """

    bones: dict[str, Bone]
    degrees: bool
    length: float | None
    root_order: tuple[str, ...]


def read_asf(path: Path) -> Figure:
    """The skeleton of an ASF file.

    Raises:
        InputError: If the file cannot be opened.
        FormatError: If it is damaged; the message names the line.
    """
    return parse_lines(path, _Parser().parse)


def asf_of(path: Path) -> Path:
    """The ASF file that belongs to an AMC file: `02.asf` in the same folder for `02_01.amc`.

    It has the same name, or that before the last `_`, or is the only one in the folder.

    Raises:
        InputError: If there is none.
    """
    stem = path.stem
    found = {p.stem.lower(): p for p in path.parent.glob("*") if p.suffix.lower() == ".asf"}
    for name in (stem.lower(), stem.lower().rpartition("_")[0]):
        if name in found:
            return found[name]
    if len(found) == 1:
        return next(iter(found.values()))
    raise InputError(
        f"{path} needs the skeleton of its person: put the .asf file beside it, "
        f"as {stem.rpartition('_')[0] or stem}.asf"
    )


class _Parser:
    """Takes a file line by line. Errors begin with the number of the line, counted from 1."""

    def __init__(self) -> None:
        self._bones: dict[str, Bone] = {ROOT: Bone(ROOT)}
        self._degrees = True
        self._length: float | None = None
        self._root_order: tuple[str, ...] = ("tx", "ty", "tz", "rx", "ry", "rz")
        self._line = 0

    def parse(self, lines: list[str]) -> Figure:
        """The figure that all lines of a file describe.

        Raises:
            FormatError: If a line makes no sense.
        """
        section, bone = "", None
        for self._line, line in enumerate(lines, 1):
            words = line.partition("#")[0].split()
            if not words:
                continue
            try:
                if words[0].startswith(":"):
                    section = words[0].lower()
                elif section == ":units":
                    self._unit(words)
                elif section == ":root":
                    self._root(words)
                elif section == ":bonedata":
                    bone = self._bone(words, bone)
                elif section == ":hierarchy":
                    self._children(words)
            except (IndexError, KeyError, ValueError) as error:
                raise FormatError(f"line {self._line}: {line.strip()!r} is damaged") from error
        return Figure(self._ordered(), self._degrees, self._length, self._root_order)

    def _unit(self, words: list[str]) -> None:
        if words[0] == "angle":
            self._degrees = words[1].lower().startswith("deg")
        elif words[0] == "length":
            self._length = float(words[1])

    def _root(self, words: list[str]) -> None:
        root = self._bones[ROOT]
        if words[0] == "order":
            self._root_order = tuple(word.lower() for word in words[1:])
            if sorted(self._root_order) != ["rx", "ry", "rz", "tx", "ty", "tz"]:
                raise ValueError(words)
        elif words[0] == "orientation":
            axes = self._rotation(_three(words), "xyz")
            self._bones[ROOT] = replace(root, axes=axes)

    def _bone(self, words: list[str], bone: Bone | None) -> Bone | None:
        key = words[0].lower()
        if key == "begin":
            return Bone("")
        if bone is None:
            return None
        if key == "end":
            self._bones[bone.name] = bone
            return None
        if key == "name":
            return replace(bone, name=words[1])
        if key == "direction":
            return replace(bone, vector=_three(words))
        if key == "length":
            unit = bone.vector / max(float(np.linalg.norm(bone.vector)), 1e-12)
            return replace(bone, vector=unit * float(words[1]))
        if key == "axis":
            order = words[4].lower() if len(words) > 4 else "xyz"
            return replace(bone, axes=self._rotation(_three(words), order))
        if key == "dof":
            turns = tuple(_AXES[word.lower()] for word in words[1:])
            return replace(bone, turns=turns)
        return bone

    def _children(self, words: list[str]) -> None:
        for child in words[1:] if words[0] not in ("begin", "end") else ():
            self._bones[child] = replace(self._bones[child], parent=self._bones[words[0]].name)

    def _rotation(self, angles: Float64Array, order: str) -> Float64Array:
        matrices = rotation_matrices(order, angles[None], degrees=self._degrees)
        return np.asarray(matrices[0])

    def _ordered(self) -> dict[str, Bone]:
        ordered = {ROOT: self._bones[ROOT]}
        waiting = [bone for bone in self._bones.values() if bone.name != ROOT]
        if not waiting:
            raise FormatError(f"line {self._line}: the file ends without bones; was it cut off?")
        while waiting:
            ready = [bone for bone in waiting if bone.parent in ordered]
            if not ready:
                names = ", ".join(bone.name for bone in waiting[:3])
                raise FormatError(f"line {self._line}: :hierarchy does not say where {names} hang")
            ordered |= {bone.name: bone for bone in ready}
            waiting = [bone for bone in waiting if bone.name not in ordered]
        return ordered


def _three(words: list[str]) -> Float64Array:
    """The three finite numbers after a keyword."""
    numbers = np.array([float(word) for word in words[1:4]])
    if len(numbers) < 3 or not np.isfinite(numbers).all():
        raise ValueError(words)
    return numbers
