#!/usr/bin/env bash
# Makes the database cluster at the first start, then becomes the server.
#
#   POSTGRES_PASSWORD            the superuser's password; must be set unless everybody is trusted
#   POSTGRES_USER                the superuser's name, else postgres
#   POSTGRES_DB                  the database that is made, else one of the superuser's name
#   POSTGRES_INITDB_ARGS         more arguments of initdb
#   POSTGRES_HOST_AUTH_METHOD    how clients in the network prove who they are, else scram-sha-256
#   PGDATA                       where the cluster is
#   /docker-entrypoint-initdb.d  what is run once, in the order of the names: *.sql and *.sh
#
# Arguments are those of postgres, or another command.
set -e -o pipefail # without -u: scripts that are sourced are not ours

prepare() {
    export POSTGRES_USER=${POSTGRES_USER:-postgres}
    export POSTGRES_HOST_AUTH_METHOD=${POSTGRES_HOST_AUTH_METHOD:-scram-sha-256}
    export POSTGRES_DB=${POSTGRES_DB:-$POSTGRES_USER}
    require_password
    export PGPASSWORD=$POSTGRES_PASSWORD # POSTGRES_INITDB_ARGS may have it asked for on the socket too
    make_cluster
    # Reached through its socket only: who connects over the network meets a server that is prepared, or none.
    pg_ctl -o "$(printf '%q ' "${@:2}" -c listen_addresses= -p 5432)" --wait start
    [ "$POSTGRES_DB" = postgres ] || psql_in postgres --set name="$POSTGRES_DB" <<<'CREATE DATABASE :"name"'
    shopt -s nullglob
    run_files /docker-entrypoint-initdb.d/*
    pg_ctl --mode fast --wait stop
    unset PGPASSWORD
    echo 'PostgreSQL init process complete; ready for start up.'
}

require_password() {
    if [ -z "$POSTGRES_PASSWORD" ] && [ "$POSTGRES_HOST_AUTH_METHOD" != trust ]; then
        echo "The superuser '$POSTGRES_USER' has no password." >&2
        echo 'Set POSTGRES_PASSWORD, or POSTGRES_HOST_AUTH_METHOD=trust to let everybody in.' >&2
        exit 1
    fi
}

make_cluster() {
    local arguments=()
    eval "arguments=($POSTGRES_INITDB_ARGS)" # one text, in which quotes count
    initdb --no-sync --username "$POSTGRES_USER" --pwfile=<(echo "$POSTGRES_PASSWORD") "${arguments[@]}"
    echo "host all all all $POSTGRES_HOST_AUTH_METHOD" >>"$PGDATA/pg_hba.conf"
}

run_files() {
    local file
    # shellcheck source=/dev/null
    for file; do
        echo "running $file"
        case $file in
            *.sql) psql_in "$POSTGRES_DB" --file "$file" ;;
            *.sh) if [ -x "$file" ]; then "$file"; else source "$file"; fi ;;
            *) echo 'it is neither .sql nor .sh: ignored' ;;
        esac
    done
}

psql_in() {
    psql --no-psqlrc --set ON_ERROR_STOP=1 --username "$POSTGRES_USER" --no-password --dbname "$@"
}

case $1 in -*) set -- postgres "$@" ;; esac
if [ "$1" = postgres ]; then
    if [ "$(id -u)" = 0 ]; then
        install -d -o postgres -g postgres -m 700 "$PGDATA"
        chown -R postgres: "$PGDATA"
        HOME=~postgres exec setpriv --reuid postgres --regid postgres --init-groups "$0" "$@"
    fi
    [ -s "$PGDATA/PG_VERSION" ] || prepare "$@"
fi
exec "$@"
