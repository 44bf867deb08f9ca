"""What users have, as poses and examples: recordings, in which people are found where need be."""
