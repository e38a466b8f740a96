"""The examples of docs/scripting.md run on the host as they would in Slicer's Python console."""

from __future__ import annotations

import pytest
import SimpleITK

from MedSAMLib.sam import ModelState, Store, find_entry
from tools.docs.pages import ROOT
from tools.tutorials.typing_in import type_in

pytestmark = pytest.mark.skipif(
    Store().state(find_entry("starter")) is not ModelState.BUNDLED,
    reason="the starter's weights are not in this checkout",
)


def test_every_example_runs(main_window, tmp_path, capsys):
    import slicer

    from MedSAMSlicerLib.sample_images import PHANTOM_SHAPE, PHANTOM_SPACING, affine_of, phantom

    (tmp_path / "volumes").mkdir()
    image = SimpleITK.GetImageFromArray(phantom(affine_of(PHANTOM_SHAPE, PHANTOM_SPACING)))
    SimpleITK.WriteImage(image, str(tmp_path / "volumes" / "one.nrrd"))
    type_in(ROOT / "docs" / "scripting.md", tmp_path)
    segmentation = slicer.util.getNode("By script")
    assert segmentation.GetSegmentation().GetNumberOfSegments() == 1
    assert (tmp_path / "volumes" / "one.seg.nrrd").is_file()
    said = capsys.readouterr().out
    assert "Large organ slice 20 score" in said
    assert "box" in said.splitlines()[-1], "the error"
