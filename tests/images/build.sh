#!/usr/bin/env bash
# Makes the images that the tests run on a Docker engine from Debian's packages: those that are missing or outdated.
set -eu -o pipefail
cd "$(dirname "$0")/../.."
LABEL=integrationlibrary.made-of
work=$(mktemp -d)
trap 'rm -rf --one-file-system "$work"' EXIT

main() {
    docker info >/dev/null
    exec 9> "/tmp/integrationlibrary-images-$UID.lock"
    flock 9 # two at once would do the same work
    base
    image web base tests/images/web
    image postgres base tests/images/postgres
    image redis base tests/images/redis
    image rabbitmq base tests/images/rabbitmq
    image mariadb base tests/images/mariadb
    # The packages of the shop are in there, so that the shop's own Dockerfile needs no network.
    image python base tests/images/python resources/services/shop/requirements.txt
    image shop python resources/services/shop
}

# Debian and nothing else, from the mirror that this machine's apt uses.
base() {
    local mirror made_of folder=$work/base
    made_of=$(declare -f base | hash)
    is_there base "$made_of" && return
    # shellcheck disable=SC2016 # the variable is apt-get's
    mirror=$(apt-get indextargets --format '$(SITE)' 'Created-By: Packages' 'Origin: Debian' 'Label: Debian')
    quietly debootstrap --variant=minbase bookworm "$folder" ${mirror:+"${mirror%%$'\n'*}"}
    # No service starts because its package is installed.
    install -m 755 /dev/stdin "$folder/usr/sbin/policy-rc.d" <<<$'#!/bin/sh\nexit 101'
    tar -C "$folder" --exclude='./var/cache/apt/*' --exclude='./var/lib/apt/lists/*' -c . |
        quietly docker import --change "LABEL $LABEL=$made_of" --change 'CMD ["bash"]' - integrationlibrary/base
    is_made base
}

# image NAME PARENT FOLDER [REQUIREMENTS]: what the folder's Dockerfile makes, from what pip downloads too.
image() {
    local made_of downloads=$work/$1
    made_of=$({ id_of "$2" && context "$3" && cat /dev/null "${@:4}"; } | hash)
    is_there "$1" "$made_of" && return
    mkdir "$downloads"
    [ $# -lt 4 ] || quietly "${PYTHON:-python3}" -m pip download --requirement "$4" --dest "$downloads/wheels" \
        --only-binary :all: --python-version 3.11 # Debian's
    context "$3" -C "$downloads" . |
        quietly docker build --network host --build-arg BASE=integrationlibrary/python --label "$LABEL=$made_of" --tag "integrationlibrary/$1" -
    is_made "$1"
}

context() {
    tar --sort=name --mtime=@0 --owner=0 --group=0 --mode=go-w --exclude=__pycache__ -c -C "$1" . "${@:2}"
}

hash() {
    sha256sum | cut -c 1-16
}

id_of() {
    docker image inspect --format '{{.Id}}' "integrationlibrary/$1"
}

is_there() {
    SECONDS=0
    local label
    label=$(docker image inspect --format "{{index .Config.Labels \"$LABEL\"}}" "integrationlibrary/$1" 2>/dev/null) &&
        [ "$label" = "$2" ] && echo "integrationlibrary/$1 is up to date"
}

is_made() {
    echo "integrationlibrary/$1 was made in $SECONDS s"
}

# What a command prints is of interest if it fails.
quietly() {
    "$@" >"$work/log" 2>&1 || { cat "$work/log" >&2 && return 1; }
}

main
