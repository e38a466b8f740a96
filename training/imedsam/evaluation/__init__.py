"""What an implicit head is worth: sets, measures, uncertainty and their tables."""
