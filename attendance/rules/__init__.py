"""What the university counts and asks about presence. No Django, no database."""
