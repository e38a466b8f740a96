"""The state machine of prompting: plain Python that knows neither Slicer nor Qt."""
