"""Marks and the locks over them."""
