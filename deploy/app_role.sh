#!/bin/sh
# Runs once, when the database is made: the role that the application logs in as. It owns nothing.
set -eu
psql -v ON_ERROR_STOP=1 -v password="$APP_PASSWORD" --username "$POSTGRES_USER" --dbname "$POSTGRES_DB" <<'SQL'
CREATE ROLE aftersales LOGIN PASSWORD :'password';
SQL
