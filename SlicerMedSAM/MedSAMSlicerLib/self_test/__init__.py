"""What MedSAMSegmentTest needs; the tests of the repository use it, too."""
