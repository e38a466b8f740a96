"""Numbers that the paper gives (papers.md 2d), for the eye: other backbone, other split, input
384, and Hausdorff distance in full instead of HD95. They are not comparable with ours."""

from __future__ import annotations

from training.evaluation.report import markdown_table

LABEL = (
    "Published, I-MedSAM (ECCV 2024), SAM ViT-B at 384, another split of Kvasir-Sessile "
    "(60:20:20), oracle boxes for I-MedSAM and MedSAM and none for the others, Dice in %, HD in "
    "pixels. **Other backbone and split: not comparable with the tables above.**"
)
HEADER = ("method", "Sessile", "to CVC", "384 to 128", "384 to 896")
DICE = (
    ("PraNet", "82.56", "68.37", "72.64", "74.95"),
    ("nnU-Net", "82.97", "84.91", "73.97", "83.56"),
    ("MedSAM", "82.88", "74.59", "82.39", "83.19"),
    ("SwIPE", "85.05", "70.10", "81.26", "84.33"),
    ("I-MedSAM", "91.49", "88.83", "91.45", "91.33"),
    ("I-MedSAM, LoRA only", "83.61", "82.57", "72.73", "76.46"),
    ("I-MedSAM, LoRA and frequency", "88.74", "82.61", "75.69", "78.59"),
    ("I-MedSAM, LoRA and INR", "88.83", "83.40", "88.16", "88.43"),
)
SETTINGS = (
    ("frequency none / phase / amplitude", "88.83 / 90.60 / 91.49"),
    (
        "refined none / 50 / 25 / 12.5 / 6.25 / 3.125 %",
        "87.77 / 90.27 / 89.59 / 91.49 / 91.01 / 90.48",
    ),
    ("LoRA rank 8 / 6 / 4 (arXiv v1)", "86.73 / 86.74 / 86.80"),
)


def published_section() -> str:
    """The published tables as Markdown, labeled."""
    return "\n".join(
        (
            "## Published numbers\n",
            LABEL + "\n",
            markdown_table(HEADER, DICE),
            markdown_table(("setting, Sessile", "Dice"), SETTINGS),
        )
    )
