"""What runs a SAM image encoder: the same features as the reference, faster, in less memory."""
