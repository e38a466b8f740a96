"""What `training.seqsam.evaluate` measures: prompts, methods, measures, readouts and tables."""
