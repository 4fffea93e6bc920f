#!/usr/bin/env bash
# Makes the databases at the first start, then becomes the server.
#
#   MARIADB_ROOT_PASSWORD        the password of root; must be set
#   MARIADB_DATABASE             a database that is made
#   MARIADB_USER                 a user that is made, who may do everything in that database
#   MARIADB_PASSWORD             the user's password
#   /docker-entrypoint-initdb.d  what is run once in the database, in the order of the names: *.sql and *.sh
#
# Each of the variables may begin with MYSQL_ as well. Arguments are those of mariadbd, or another command.
set -e -o pipefail # without -u: scripts that are sourced are not ours

prepare() {
    if [ -z "$MARIADB_ROOT_PASSWORD" ]; then
        echo "root has no password: set MARIADB_ROOT_PASSWORD" >&2
        exit 1
    fi
    mariadb-install-db --user=mysql --skip-test-db --auth-root-authentication-method=normal >/dev/null
    # Reached through its socket only: who connects over the network meets a server that is prepared, or none.
    "$@" --skip-networking &
    local server=$!
    until mariadb --user=root --execute='SELECT 1' &>/dev/null; do
        kill -0 $server # it ends where it cannot run
        sleep 0.1
    done
    make_users | mariadb --user=root
    export MYSQL_PWD=$MARIADB_ROOT_PASSWORD
    shopt -s nullglob
    run_files /docker-entrypoint-initdb.d/*
    unset MYSQL_PWD
    kill $server
    wait $server
    echo 'MariaDB init process done. Ready for start up.'
}

make_users() {
    echo "SET @@SESSION.sql_log_bin = 0;"
    echo "CREATE USER root@'%' IDENTIFIED BY $(quoted "$MARIADB_ROOT_PASSWORD");"
    echo "GRANT ALL ON *.* TO root@'%' WITH GRANT OPTION;"
    [ -z "$MARIADB_DATABASE" ] || echo "CREATE DATABASE \`$MARIADB_DATABASE\`;"
    if [ -n "$MARIADB_USER" ] && [ -n "$MARIADB_PASSWORD" ]; then
        echo "CREATE USER $(quoted "$MARIADB_USER")@'%' IDENTIFIED BY $(quoted "$MARIADB_PASSWORD");"
        [ -z "$MARIADB_DATABASE" ] || echo "GRANT ALL ON \`${MARIADB_DATABASE//_/\\_}\`.* TO $(quoted "$MARIADB_USER")@'%';"
    fi
    echo "SET PASSWORD FOR root@localhost = PASSWORD($(quoted "$MARIADB_ROOT_PASSWORD"));"
}

quoted() {
    local text=${1//\\/\\\\}
    echo "'${text//\'/\\\'}'"
}

run_files() {
    local file
    # shellcheck source=/dev/null
    for file; do
        echo "running $file"
        case $file in
            *.sql) mariadb --user=root "$MARIADB_DATABASE" <"$file" ;;
            *.sh) if [ -x "$file" ]; then "$file"; else source "$file"; fi ;;
            *) echo 'it is neither .sql nor .sh: ignored' ;;
        esac
    done
}

case $1 in -*) set -- mariadbd "$@" ;; esac
case $1 in mariadbd | mysqld)
    if [ "$(id -u)" = 0 ]; then
        find /var/lib/mysql ! -user mysql -exec chown mysql: {} +
        exec setpriv --reuid mysql --regid mysql --init-groups "$0" "$@"
    fi
    for name in ROOT_PASSWORD DATABASE USER PASSWORD; do
        here=MARIADB_$name there=MYSQL_$name
        export "$here=${!here:-${!there}}"
    done
    [ -d /var/lib/mysql/mysql ] || prepare "$@"
    ;;
esac
exec "$@"
