"""Three dimensions: triangulation from several cameras, stereo, and lifting from one."""
