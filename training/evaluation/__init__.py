"""Evaluation of models on the test splits: baselines, simulated prompts, intervals, tables."""
