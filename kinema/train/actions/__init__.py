"""Training of networks that recognise actions."""
