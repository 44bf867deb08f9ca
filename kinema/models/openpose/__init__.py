"""OpenPose: from confidence maps and part affinity fields to any number of people."""
