"""What the commands share: options, reading, reporting."""
