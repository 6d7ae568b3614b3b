"""What is asked of a file on receipt: its check, the report for both sides, the team's rules, and merged data."""
