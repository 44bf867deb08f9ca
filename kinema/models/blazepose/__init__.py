"""BlazePose: a detector, and landmarks of each person in the picture and in metres."""
