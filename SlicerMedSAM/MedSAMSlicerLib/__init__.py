"""The bridge between Slicer and MedSAMLib: the only place that touches slicer, qt, ctk and vtk.

Importing any file of it loads neither PyTorch nor SciPy; MedSAMLib loads them when first used.
"""
