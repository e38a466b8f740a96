"""The scene's side of upsampling: what is read from it and what is put into it."""
