"""What the service does: definition → draft → dossier → processing → issued result."""
