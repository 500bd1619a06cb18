"""Modules of one subject each, without models; they import no app."""
