"""Models: what they are, where they come from, how they run, and how their output is read."""
