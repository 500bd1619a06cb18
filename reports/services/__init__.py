"""Making of documents."""

from reports.services.pdf import render_pdf

__all__ = ["render_pdf"]
