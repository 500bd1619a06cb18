"""The demo university, and growing believable data on whatever is loaded."""
