"""People over time: who is who, and clean trajectories."""
