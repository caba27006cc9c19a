"""One file for each step of a job's life. A step takes a job from its state to the next."""
