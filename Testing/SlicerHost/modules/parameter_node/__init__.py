"""The part of `slicer.parameterNodeWrapper` that the modules use.

The application has the whole; the host refuses what it does not know, with an error.
"""

from .annotations import (
    Choice,
    Decimals,
    Default,
    FloatRange,
    Maximum,
    Minimum,
    NotNone,
    RangeBounds,
    SingleStep,
    Validator,
    WithinRange,
)
from .wrapper import isParameterNodeWrapper, parameterNodeWrapper

__all__ = [
    "Choice",
    "Decimals",
    "Default",
    "FloatRange",
    "Maximum",
    "Minimum",
    "NotNone",
    "RangeBounds",
    "SingleStep",
    "Validator",
    "WithinRange",
    "isParameterNodeWrapper",
    "parameterNodeWrapper",
]
