"""The panels of the modules, one each; their collaborators are given to them."""
