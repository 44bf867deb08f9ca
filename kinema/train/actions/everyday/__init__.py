"""Makes the everyday movements that the recogniser which ships is trained on."""
