"""Alembic migrations; head.txt pins the newest, so that two branches cannot both add one."""
