"""What the session works with inside Slicer: views, volume, preview, prompts and segments."""
