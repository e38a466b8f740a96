"""The demo: the main job on a real image, shown on a page.

It lives outside MedSAMLib because it is not shipped inside Slicer, and uses only what any user of
the library can use.
"""
