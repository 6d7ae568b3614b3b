"""Secure transfer: files that schools send to their council's performance team, and the team's desk."""
