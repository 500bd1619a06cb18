"""What is printed and reported from the journal."""
