"""Images to try the modules with, offered in Slicer's Sample Data."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import slicer
from slicer.i18n import tr as _

CATEGORY = "SlicerMedSAM"
_DATA = "https://github.com/Slicer/SlicerTestingData/releases/download/SHA256/"
# Name -> file and sha256; the same files as in Slicer's own list.
_DOWNLOADS = {
    "MRHead": (
        "MR-head.nrrd",
        "cc211f0dfd9a05ca3841ce1141b292898b2dd2d3f08286affadf823a7e58df93",
    ),
    "CTChest": (
        "CT-chest.nrrd",
        "4507b664690840abb6cb9af2d919377ffc4ef75b167cb6fd0f747befdb12e38e",
    ),
}
PHANTOM, NODULE, REVIEW = "MedSAMPhantom", "MedSAMNodule", "MedSAMReview"
SPOILT_ORGAN = "Large organ"
_LUNG_WINDOW = (1400, -450)  # width, level


def register(icons: Path) -> None:
    """Add the category to the Sample Data module."""
    from SampleData import SampleDataLogic

    thumbnail = str(icons / "MedSAMSegment.png")
    for name, (file, digest) in _DOWNLOADS.items():
        SampleDataLogic.registerCustomSampleDataSource(
            category=CATEGORY,
            sampleName=name,
            thumbnailFileName=thumbnail,
            uris=_DATA + digest,
            fileNames=file,
            checksums=f"SHA256:{digest}",
            nodeNames=name,
        )
    for name, (description, load, icon) in _made().items():
        SampleDataLogic.registerCustomSampleDataSource(
            category=CATEGORY,
            sampleName=name,
            sampleDescription=description,
            thumbnailFileName=str(icons / icon),
            customDownloader=load,
        )


def _made() -> dict[str, tuple[str, Any, str]]:
    """Name -> description, loader and icon of what needs no network."""
    return {
        PHANTOM: (_("Phantom (made here, needs no network)"), loadPhantom, "MedSAMSegment.png"),
        NODULE: (
            _("Lung nodule with a hazy border (made here, needs no network)"),
            loadNodule,
            "MedSAMHypotheses.png",
        ),
        REVIEW: (
            _("Phantom and a segmentation with three spoilt slices (made here, needs no network)"),
            loadReview,
            "MedSAMQuality.png",
        ),
    }


def loadPhantom(_source: Any = None) -> list[Any]:
    """Add the phantom to the scene and show it."""
    from .sample_images import PHANTOM_SHAPE, PHANTOM_SPACING, affine_of, phantom

    affine = affine_of(PHANTOM_SHAPE, PHANTOM_SPACING)
    return [_shownVolume(phantom(affine), affine, PHANTOM)]


def loadNodule(_source: Any = None) -> list[Any]:
    """Add the nodule to the scene and show it in a window for lungs."""
    from .sample_images import NODULE_SHAPE, NODULE_SPACING, affine_of, nodule

    node = _shownVolume(nodule(), affine_of(NODULE_SHAPE, NODULE_SPACING), NODULE)
    node.GetDisplayNode().SetAutoWindowLevel(False)
    node.GetDisplayNode().SetWindowLevel(*_LUNG_WINDOW)
    return [node]


def loadReview(_source: Any = None) -> list[Any]:
    """Add the phantom with a segmentation of its organs, of which one is spoilt in three slices."""
    from .sample_images import PHANTOM_SHAPE, PHANTOM_SPACING, affine_of, organ_masks, spoilt

    (volume,) = loadPhantom()
    masks = organ_masks(affine_of(PHANTOM_SHAPE, PHANTOM_SPACING))
    masks[SPOILT_ORGAN] = spoilt(masks[SPOILT_ORGAN])
    segmentation = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLSegmentationNode", REVIEW)
    segmentation.CreateDefaultDisplayNodes()
    segmentation.SetReferenceImageGeometryParameterFromVolumeNode(volume)
    for name, mask in masks.items():
        segmentID = segmentation.GetSegmentation().AddEmptySegment("", name)
        slicer.util.updateSegmentBinaryLabelmapFromArray(
            mask.astype("uint8"), segmentation, segmentID, volume
        )
    return [volume, segmentation]


def _shownVolume(voxels: Any, affine: Any, name: str) -> Any:
    matrix = slicer.util.vtkMatrixFromArray(affine)
    node = slicer.util.addVolumeFromArray(voxels, matrix, name=name)
    node.CreateDefaultDisplayNodes()
    slicer.util.setSliceViewerLayers(background=node, fit=True)
    return node
