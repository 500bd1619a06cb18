"""Verbs on people: logins, credentials, people themselves, and the load."""
