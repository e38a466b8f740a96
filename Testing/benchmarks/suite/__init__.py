"""The parts of `python -m Testing.benchmarks`: what is measured, by which ways, and its pages."""
