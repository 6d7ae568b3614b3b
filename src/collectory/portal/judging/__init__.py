"""What the collector says of findings: OKs, and questions with their answers."""
