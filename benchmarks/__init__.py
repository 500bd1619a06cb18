"""What is timed. Each figure stands beside the bare cost in the same run: these machines are noisy."""
