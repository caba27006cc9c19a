"""What a motion video is: requests, limits, jobs, prices. Pure Python, no I/O and no Qt."""
