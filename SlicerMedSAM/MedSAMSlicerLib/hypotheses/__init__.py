"""The browser of alternatives: its state machine, and where that meets the scene.

Files whose names begin with `scene_` touch slicer and vtk; the others know neither Slicer nor Qt.
"""
