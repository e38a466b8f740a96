"""What readers chose among hypotheses: the table that the Slicer browser exports, as data.

Columns: time, reader, volume, slice, axis, plane, prompt_box, prompt_points, model, method,
count, chosen, medoid, disagreement, areas, merged, masks. `plane` is a JSON 4x4 matrix from
pixels to RAS in mm, `masks` a JSON list of run-length masks (MedSAMLib.hypotheses.run_length),
`chosen` their numbers from 1, joined by "+", `merged` the rule by which several became one.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from MedSAMLib.default_window import default_window
from MedSAMLib.errors import MedSAMError
from MedSAMLib.geometry import Plane, extract
from MedSAMLib.hypotheses import CONSENSUS_RULES, run_length
from MedSAMLib.hypotheses.consensus import consensus
from MedSAMLib.images import Volume, read_volume
from MedSAMLib.images.reading import volume_name
from training.datasets.sample import Sample

NEEDED = ("reader", "volume", "plane", "chosen", "masks")


@dataclass(frozen=True, eq=False)
class Choice:
    """One line of the table.

    place: what the choices of several readers share: volume, plane and prompts.
    masks: (N, H, W) bool, what the reader took: one, several, or one merged of several.
    """

    place: tuple[str, ...]
    reader: str
    volume: str
    affine: NDArray[np.float64]
    masks: NDArray[np.bool_]


def read_preferences(table: Path, volumes: Path) -> Iterator[Sample]:
    """Yield each slice with the masks that its readers chose; the volume is the group.

    volumes: the folder with the images that the table names, under these names with any ending
    (DICOM series as folders). Choices of several readers for the same prompts on the same slice
    are one sample with a mask each, so that they train as raters do; of one reader's repeated
    choices the last counts. The volumes must lie in space as they did when the choice was made.
    MedSAMError for a table without the columns, a line that cannot be read, a missing image.
    """
    by_place: dict[tuple[str, ...], dict[str, Choice]] = {}
    for choice in read_choices(table):
        by_place.setdefault(choice.place, {})[choice.reader] = choice
    find = lru_cache(maxsize=2)(lambda name: _volume(volumes, name))
    for number, choices in enumerate(by_place.values()):
        yield _sample(number, list(choices.values()), find)


def read_choices(table: Path) -> Iterator[Choice]:
    """Yield the lines of the table in their order."""
    with table.open(newline="", encoding="utf-8-sig") as file:
        rows = csv.DictReader(file)
        missing = [name for name in NEEDED if name not in (rows.fieldnames or ())]
        if missing:
            raise MedSAMError(f"{table} has no column {', '.join(missing)}.")
        for row in rows:
            try:
                yield _choice(row)
            except (ValueError, TypeError, IndexError, MedSAMError) as error:
                raise MedSAMError(f"{table}, line {rows.line_num}: {error}") from error


def _choice(row: dict[str, str]) -> Choice:
    masks = np.stack([run_length.decode(text) for text in json.loads(row["masks"])])
    chosen = [int(number) for number in row["chosen"].split("+")]
    if not all(1 <= number <= len(masks) for number in chosen):
        raise MedSAMError(f"{row['chosen']} was chosen of {len(masks)} masks.")
    taken = masks[[number - 1 for number in chosen]]
    rule = row.get("merged") or ""
    if len(taken) > 1 and rule in CONSENSUS_RULES:
        taken = consensus(taken, rule)[None]
    affine = np.array(json.loads(row["plane"]), dtype=float).reshape(4, 4)
    prompts = (row.get("prompt_box") or "", row.get("prompt_points") or "")
    place = (row["volume"], row["plane"], *prompts)
    return Choice(place, row["reader"], row["volume"], affine, taken)


def _sample(number: int, choices: list[Choice], find) -> Sample:
    first = choices[0]
    volume: Volume = find(first.volume)
    plane = Plane(first.masks.shape[1:], first.affine)
    names = [
        f"{first.volume}/choice{number}/{choice.reader}/{index}"
        for choice in choices
        for index in range(len(choice.masks))
    ]
    across, down = plane.pixel_spacing
    return Sample(
        image=np.array(extract(volume, plane)),
        masks=np.concatenate([choice.masks for choice in choices]),
        ids=tuple(names),
        group=first.volume,
        spacing=(down, across),
        window=default_window(volume),
    )


def _volume(folder: Path, name: str) -> Volume:
    """The image of this name in the folder; ending and folder of the name do not matter."""
    wanted = {name, volume_name(Path(name))}
    for path in sorted(folder.iterdir()):
        if path.name in wanted or volume_name(path) in wanted:
            return read_volume(path)
    raise MedSAMError(f"The image {name!r} is not in {folder}.")
