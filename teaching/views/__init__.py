"""Pages of teaching. One module a subject; `teaching.urls` names them."""
