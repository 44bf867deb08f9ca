"""Training of networks. PyTorch is imported here and nowhere else."""
