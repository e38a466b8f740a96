"""Upsampling of segments, behind the panel of MedSAMUpsample; `scene` is what touches Slicer."""
