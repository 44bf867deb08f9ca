"""Pictures and videos: read, written and drawn into."""
