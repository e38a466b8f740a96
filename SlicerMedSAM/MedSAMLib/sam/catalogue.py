"""The models that SlicerMedSAM knows: where they come from, what they may be used for.

Sizes and sha256 sums of Meta's files are those of the public files; the last characters of their
names are the first of Meta's own digest. MedSAM's sum is the one that several independent users
of the Zenodo file publish (Zenodo itself gives an md5 only, 3bb6db55bd0c9ca30b61248bca72f8d6).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from ..errors import UsageError

META_FILES = "https://dl.fbaipublicfiles.com/segment_anything/"
APACHE = "Apache-2.0"
SAM_CITATION = "Kirillov et al., Segment Anything, ICCV 2023"
SAM_MODALITIES = (
    "Trained on photographs; on medical images weaker than on photographs, most on low contrast"
)


@dataclass(frozen=True)
class ModelEntry:
    """One model of the catalogue.

    Attributes:
        name: what `load_model` and the command line call it.
        architecture: "vit_b", "vit_l", "vit_h", "vit_t" (MobileSAM) or "starter".
        filename: its name in the model folder.
        url: where it is downloaded from; "" for a bundled model.
        sha256: of the file, hexadecimal.
        bytes: size of the file.
        input_size: side of the square network input in pixels.
        modalities: for which images it is known to work, in one line.
        bundled: comes with SlicerMedSAM.
        unsupported: why it cannot be used here, in one sentence; None if it can.
    """

    name: str
    title: str
    architecture: str
    filename: str
    url: str
    sha256: str
    bytes: int
    licence: str
    citation: str
    input_size: int
    modalities: str
    bundled: bool = False
    unsupported: str | None = None


# The training script prints both for new weights; a test compares them with the file.
STARTER_SHA256 = "f190011ff20000d7bb021685979de60f97a0f4c04cc5d3eca354d9ac9407af9c"
STARTER_BYTES = 18_114_168


@dataclass(frozen=True)
class BundledFile:
    """Size and sha256 of a file that comes with SlicerMedSAM beside the models."""

    sha256: str
    bytes: int


# Written by `training.seqsam.release`; a test compares both with the file.
SEQSAM_SHA256 = "5b118dcb30275634be3ed4eecc2c66899e72b60b86cff14989ea1a5f5d1a8a18"
SEQSAM_BYTES = 3_424_512

# Heads that make several masks with a bundled model, by file name (`hypotheses.heads`).
# Written by `training.imedsam.export`; a test compares both with the file.
IMEDSAM_SHA256 = "aa667487d8f3c7328b0b09a35c803abc61b197f2ad2169c1c5e400784cc7681c"
IMEDSAM_BYTES = 741_612
BUNDLED_HEADS = {
    "starter-seqsam.safetensors": BundledFile(SEQSAM_SHA256, SEQSAM_BYTES),
    "starter-imedsam.safetensors": BundledFile(IMEDSAM_SHA256, IMEDSAM_BYTES),
}

MOBILE_SAM_REFUSAL = (
    "MobileSAM's image encoder (TinyViT) is not part of the segment-anything package, so "
    "SlicerMedSAM cannot run it; on a computer without a GPU use the starter model"
)

CATALOGUE: tuple[ModelEntry, ...] = (
    ModelEntry(
        name="starter",
        title="SlicerMedSAM starter",
        architecture="starter",
        filename="starter.safetensors",
        url="",
        sha256=STARTER_SHA256,
        bytes=STARTER_BYTES,
        licence="Apache-2.0; terms of the training data on the model card",
        citation="SlicerMedSAM, model card beside the weights",
        input_size=256,
        modalities="CT, MR, endoscopy, retina; small, for laptops; see the model card",
        bundled=True,
    ),
    ModelEntry(
        name="sam-vit-b",
        title="Segment Anything ViT-B",
        architecture="vit_b",
        filename="sam_vit_b_01ec64.pth",
        url=META_FILES + "sam_vit_b_01ec64.pth",
        sha256="ec2df62732614e57411cdcf32a23ffdf28910380d03139ee0f4fcbe91eb8c912",
        bytes=375_042_383,
        licence=APACHE,
        citation=SAM_CITATION,
        input_size=1024,
        modalities=SAM_MODALITIES,
    ),
    ModelEntry(
        name="sam-vit-l",
        title="Segment Anything ViT-L",
        architecture="vit_l",
        filename="sam_vit_l_0b3195.pth",
        url=META_FILES + "sam_vit_l_0b3195.pth",
        sha256="3adcc4315b642a4d2101128f611684e8734c41232a17c648ed1693702a49a622",
        bytes=1_249_524_607,
        licence=APACHE,
        citation=SAM_CITATION,
        input_size=1024,
        modalities=SAM_MODALITIES,
    ),
    ModelEntry(
        name="sam-vit-h",
        title="Segment Anything ViT-H",
        architecture="vit_h",
        filename="sam_vit_h_4b8939.pth",
        url=META_FILES + "sam_vit_h_4b8939.pth",
        sha256="a7bf3b02f3ebf1267aba913ff637d9a2d5c33d3173bb679e46d9f338c26f262e",
        bytes=2_564_550_879,
        licence=APACHE,
        citation=SAM_CITATION,
        input_size=1024,
        modalities=SAM_MODALITIES,
    ),
    ModelEntry(
        name="medsam",
        title="MedSAM ViT-B",
        architecture="vit_b",
        filename="medsam_vit_b.pth",
        url="https://zenodo.org/records/10689643/files/medsam_vit_b.pth?download=1",
        sha256="34b34b78c1d18cb8c6bf84cf9c00e135d6d6c965699f3c0e31ef1bc9dcb5be74",
        bytes=375_049_145,
        licence="CC-BY-4.0 (weights on Zenodo), code Apache-2.0",
        citation="Ma et al., Segment anything in medical images, Nature Communications 2024",
        input_size=1024,
        modalities="CT, MR, X-ray, ultrasound, endoscopy, fundus, OCT, pathology; boxes only",
    ),
    ModelEntry(
        name="mobile-sam",
        title="MobileSAM ViT-T",
        architecture="vit_t",
        filename="mobile_sam.pt",
        url="https://github.com/ChaoningZhang/MobileSAM/raw/master/weights/mobile_sam.pt",
        sha256="6dbb90523a35330fedd7f1d3dfc66f995213d81b29a5ca8108dbcdd4e37d6c2f",
        bytes=40_728_226,
        licence=APACHE,
        citation="Zhang et al., Faster Segment Anything, 2023",
        input_size=1024,
        modalities=SAM_MODALITIES,
        unsupported=MOBILE_SAM_REFUSAL,
    ),
)


def find_entry(name: str) -> ModelEntry:
    """The entry called `name`; UsageError naming the known ones if there is none."""
    for entry in CATALOGUE:
        if entry.name == name:
            return entry
    known = ", ".join(entry.name for entry in CATALOGUE)
    raise UsageError(
        f"Unknown model {name!r}; known are {known}, or give the path of a checkpoint file."
    )


@cache
def bundled_folder() -> Path:
    """Where the weights lie that come with SlicerMedSAM.

    In Slicer and in a checkout that is `Resources` beside the package, in a wheel inside it. Asked
    for with every click, looked up once.
    """
    package = Path(__file__).resolve().parents[1]
    beside = package.parent / "Resources" / "Models"
    return beside if beside.is_dir() else package / "Resources" / "Models"
