#!/bin/sh
# The role of the service in PostgreSQL. Its image runs this when it makes the database; for one that is older:
#   docker compose exec database sh /docker-entrypoint-initdb.d/roles.sh
# What the role may do is set by "braver upgrade". Run again, it sets the password anew.
set -eu
psql --no-psqlrc --quiet --username="$POSTGRES_USER" --dbname="$POSTGRES_DB" --set=ON_ERROR_STOP=1 <<'SQL'
\getenv password POSTGRES_SERVICE_PASSWORD
SELECT 'CREATE ROLE braver_service' WHERE NOT EXISTS (
    SELECT FROM pg_roles WHERE rolname = 'braver_service'
) \gexec
ALTER ROLE braver_service WITH LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS
    PASSWORD :'password';
SQL
