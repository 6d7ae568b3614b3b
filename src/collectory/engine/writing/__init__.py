"""Writing returns and findings for other programs and for people."""
