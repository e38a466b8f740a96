"""A small share of the fuzzer of docs/reliability.md, the same in every run."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from Testing.reliability.fuzzing import guard
from Testing.reliability.fuzzing.all_targets import WEIGHTS, find_target

# These build networks or import PyTorch's whole machinery: a few cases are enough here.
FEW = {"starter-file", "hypotheses-head", "implicit-head", "judge", "kept-embedding"}


@pytest.mark.parametrize("name", WEIGHTS)
def test_damaged_input_is_read_or_refused_in_one_sentence(name, tmp_path_factory, caplog):
    if name.startswith("dicom"):
        pytest.importorskip("pydicom")
    target = find_target(name)
    caplog.set_level("CRITICAL")

    @settings(
        max_examples=8 if name in FEW else 25,
        phases=[Phase.generate, Phase.shrink],
        suppress_health_check=list(HealthCheck),
    )
    @given(target.cases)
    def every_case(files) -> None:
        path = files.write(tmp_path_factory.mktemp("case"))
        outcome = guard.outcome_of(target.read, path)
        assert outcome.kind != guard.FAULT, outcome.text

    every_case()
