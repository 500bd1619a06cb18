"""Questions about lessons and who sits in them."""
