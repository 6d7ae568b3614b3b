"""Tests of the portal: on SQLite, and on PostgreSQL when DATABASE_URL names one."""
