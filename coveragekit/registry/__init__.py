"""The database of owners, cameras, consent, requests and the audit log."""
