"""Camera motion on photographs: what `make_camera_motion.py` makes its videos of."""
