"""Behind the panel of MedSAMQuality: scores, decisions and cases; only `scene` knows Slicer."""
