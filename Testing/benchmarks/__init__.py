"""Speed and memory beside what others offer: `python -m Testing.benchmarks` measures all of it."""
