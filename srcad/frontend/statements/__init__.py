"""Statements and expressions; `lower` begins here."""
