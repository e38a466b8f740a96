"""Which folders make the installed package; everything else is said in pyproject.toml.

In Slicer `Resources` lies beside `MedSAMLib`, because that is where Slicer looks for the resources
of a module. A wheel must not put a folder of that name into everybody's site-packages, so there
the models go inside the package, as `MedSAMLib/Resources/Models`.
"""

from setuptools import find_packages, setup

MODELS = "MedSAMLib.Resources.Models"

setup(
    packages=[*find_packages("SlicerMedSAM", include=["MedSAMLib", "MedSAMLib.*"]), MODELS],
    package_dir={"": "SlicerMedSAM", MODELS: "SlicerMedSAM/Resources/Models"},
    package_data={MODELS: ["*.safetensors", "*.json", "*.md"]},
)
