"""Training of networks that lift poses from the picture to space."""
