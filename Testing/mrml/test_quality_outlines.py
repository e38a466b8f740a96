"""Outlines lie where the masks are, in their slice only, solid, dashed and dotted."""

from __future__ import annotations

import numpy as np
import pytest
import slicer
import slicer.util

from MedSAMSlicerLib.quality.ports import Outlines
from MedSAMSlicerLib.quality.scene.outline_models import STYLES, OutlineModels, loops
from MedSAMSlicerLib.quality.scene.slice_places import SlicePlace

AFFINE = np.array([[-2.0, 0, 0, 60], [0, -2.0, 0, 60], [0, 0, 3.0, -30], [0, 0, 0, 1.0]])


def square(size: int = 20) -> np.ndarray:
    mask = np.zeros((60, 60), bool)
    mask[10 : 10 + size, 15 : 15 + size] = True
    return mask


def test_every_part_and_every_hole_has_a_closed_outline():
    mask = square()
    mask[15:18, 20:23] = False
    mask[50, 50] = True
    found = loops(mask)
    assert len(found) == 3
    for loop in found:
        np.testing.assert_array_equal(loop[0], loop[-1])
    outer = max(found, key=lambda loop: np.ptp(loop[:, 0]))
    assert (outer.min(axis=0), outer.max(axis=0)) == (
        pytest.approx([14.5, 9.5]),
        pytest.approx([34.5, 29.5]),
    )


def test_a_mask_at_the_border_of_the_image_is_closed_too():
    (loop,) = loops(np.ones((4, 5), bool))
    assert loop.min() == -0.5
    assert loops(np.zeros((4, 5), bool)) == []


@pytest.mark.parametrize("axis", [0, 1, 2])
def test_a_slice_lies_where_the_volume_has_it(axis):
    place = SlicePlace(AFFINE, axis, 7)
    kji = [4.0, 5.0, 6.0]
    kji[axis] = 7.0
    rows, columns = (n for n in range(3) if n != axis)
    expected = (AFFINE @ (*kji[::-1], 1))[:3]
    np.testing.assert_allclose(place.world([(kji[columns], kji[rows])])[0], expected)
    assert abs(place.normal @ AFFINE[:3, 2 - axis]) == pytest.approx(
        np.linalg.norm(AFFINE[:3, 2 - axis])
    )


class TestModels:
    @pytest.fixture
    def models(self):
        return OutlineModels()

    @staticmethod
    def node(kind: str):
        return slicer.util.getNode(STYLES[kind].name)

    def test_they_are_neither_saved_nor_offered_for_editing(self, models):
        models.show(Outlines(given=square()), SlicePlace(AFFINE, 0, 7))
        node = self.node("given")
        assert not node.GetSaveWithScene()
        assert node.GetHideFromEditors()
        assert not node.GetDisplayNode().GetVisibility3D()

    def test_they_stay_within_the_slice(self, models):
        models.show(Outlines(given=square(), box=square(22)), SlicePlace(AFFINE, 0, 7))
        low, high = self.node("given").GetPolyData().GetBounds()[4:]
        assert -30 + 6.5 * 3 < low < -30 + 7 * 3 < high < -30 + 7.5 * 3

    def test_dashes_leave_gaps(self, models):
        mask = square()
        models.show(Outlines(mask, mask, mask), SlicePlace(AFFINE, 0, 7))
        lengths = {kind: _drawn(self.node(kind).GetPolyData()) for kind in STYLES}
        assert lengths["halo"] == lengths["given"]
        assert lengths["given"] == pytest.approx(4 * 20 * 2, rel=0.05)
        assert lengths["box"] == pytest.approx(lengths["given"] * 4 / 6.5, rel=0.02)
        assert lengths["point"] == pytest.approx(lengths["given"] * 1.2 / 3, rel=0.02)

    def test_what_there_is_not_is_not_drawn_any_more(self, models):
        place = SlicePlace(AFFINE, 0, 7)
        models.show(Outlines(square(), square()), place)
        models.show(Outlines(square()), place)
        assert self.node("point").GetPolyData().GetNumberOfPoints() == 0
        models.clear()
        assert not slicer.util.getNodes("MedSAM *")

    def test_the_views_draw_them_in_their_slice_only(self, models, views):
        volume = slicer.util.addVolumeFromArray(
            np.zeros((20, 60, 60), np.uint8), slicer.util.vtkMatrixFromArray(AFFINE)
        )
        volume.CreateDefaultDisplayNodes()
        red = views.slices["Red"]
        red.logic.GetSliceCompositeNode().SetBackgroundVolumeID(volume.GetID())
        red.node.SetOrientationToAxial()
        red.fit()
        models.show(Outlines(square(), square(30), square(40)), SlicePlace(AFFINE, 0, 7))
        counts = {}
        for index in (7, 8):
            red.logic.SetSliceOffset(-30 + 3 * index)
            picture = red.picture()[..., :3].astype(int)
            counts[index] = {
                kind: int(
                    (np.abs(picture - np.round(np.multiply(style.color, 255))) < 30)
                    .all(axis=-1)
                    .sum()
                )
                for kind, style in STYLES.items()
                if kind != "halo"
            }
        assert min(counts[7].values()) > 20
        assert max(counts[8].values()) == 0


def _drawn(poly_data) -> float:
    """Length of the walls' lower edges in mm."""
    from vtk.util.numpy_support import vtk_to_numpy

    points = vtk_to_numpy(poly_data.GetPoints().GetData())
    quads = vtk_to_numpy(poly_data.GetPolys().GetConnectivityArray()).reshape(-1, 4)
    return float(np.linalg.norm(points[quads[:, 1]] - points[quads[:, 0]], axis=1).sum())
