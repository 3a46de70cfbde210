#!/usr/bin/env bash
# A PostgreSQL server in a folder, for the tests and for trying something by hand. Nothing outside of the folder is written.
#
#   postgresql.sh serve FOLDER PORT [FROM] makes and starts one, says how to reach it, and removes it at Ctrl+C or at the end of its input;
#                                          with a folder FROM where server.crt and server.key are, it speaks TLS
#   postgresql.sh find                     where the programs of PostgreSQL are; exit code 1 if they are not installed
#   postgresql.sh model FOLDER             makes the files of one, of which the next are copies if KMSTOOLS_POSTGRESQL_MODEL names the folder
#   postgresql.sh make FOLDER [SETTING]... makes one, with settings such as fsync=off; FOLDER/server.crt and server.key are for TLS
#   postgresql.sh copy FOLDER PORT OTHER   makes one in OTHER that follows the server in FOLDER at PORT
#   postgresql.sh start FOLDER PORT
#   postgresql.sh stop FOLDER MODE         smart, fast or immediate
#   postgresql.sh signal FOLDER NAME       STOP, CONT or KILL, to all processes of the server
#   postgresql.sh promote FOLDER           ends that it follows another
#   postgresql.sh watch FOLDER             waits for the end of its input, then ends the server and removes the folder
#
# The superuser is postgres; kms_owner is for tables, kms for stores, kms_tls for connections with TLS only. The socket in the folder, which
# is its owner's, asks for no password; the loopback interface asks for the one in FOLDER/password.
set -euo pipefail

say() { printf '%s\n' "$*" >&2; }

# The programs on the PATH, or else the newest where Debian has them.
find_programs() {
    local program
    if program=$(command -v initdb); then
        program=$(readlink -f "$program")
    else
        program=$(printf '%s\n' /usr/lib/postgresql/*/bin/initdb | sort -V | tail -n 1)
    fi
    [[ -x $program ]] || return 1
    dirname "$program"
}

# PostgreSQL refuses root: then its servers are those of the user that Debian made for it, or of nobody.
as_owner() {
    local owner
    if [[ $(id -u) -ne 0 ]]; then
        "$@"
    else
        owner=$(id -un postgres 2>/dev/null || echo nobody)
        setpriv --reuid "$owner" --regid "$(id -gn "$owner")" --init-groups -- "$@"
    fi
}

give_to_owner() {
    [[ $(id -u) -ne 0 ]] || chown -R "$(id -un postgres 2>/dev/null || echo nobody)" "$@"
}

make_folder() {
    (umask 077 && mkdir -p "$1")
    chmod 700 "$1"
}

make_files() {
    local folder=$1
    make_folder "$folder"
    (umask 077 && head -c 24 /dev/urandom | base64 | tr '+/' '-_' > "$folder/password")
    give_to_owner "$folder"
    cd "$folder"
    as_owner "$programs/initdb" -D "$folder/data" -U postgres --pwfile "$folder/password" -A scram-sha-256 \
        -E UTF8 --locale C --no-sync --no-instructions > /dev/null
}

# To copy files takes a twentieth of the time of making them.
make_server() {
    local folder=$1 tls=off model=${KMSTOOLS_POSTGRESQL_MODEL:-}
    shift
    if [[ -n $model ]]; then
        make_folder "$folder"
        cp -a "$model/password" "$model/data" "$folder/"
    else
        make_files "$folder"
    fi
    [[ ! -e $folder/server.crt ]] || tls=on
    give_to_owner "$folder"
    cd "$folder"
    cat >> "$folder/data/postgresql.conf" <<SETTINGS
listen_addresses = '127.0.0.1'
unix_socket_directories = '$folder'
max_connections = 300
max_wal_senders = 4
wal_keep_size = 64
max_wal_size = 4GB
checkpoint_timeout = 1h
autovacuum = off
ssl = $tls
ssl_cert_file = '$folder/server.crt'
ssl_key_file = '$folder/server.key'
log_line_prefix = '%m [%p] %u@%d '
$(printf '%s\n' "$@")
SETTINGS
    cat > "$folder/data/pg_hba.conf" <<RULES
local all all trust
local replication all trust
hostnossl all kms_tls all reject
host all all 127.0.0.1/32 scram-sha-256
host all all ::1/128 scram-sha-256
RULES
}

copy_server() {
    local folder=$1 port=$2 other=$3
    make_folder "$other"
    cp "$folder/password" "$other/"
    [[ ! -e $folder/server.crt ]] || cp "$folder"/server.{crt,key} "$other/"
    give_to_owner "$other"
    cd "$other"
    as_owner "$programs/pg_basebackup" -D "$other/data" -h "$folder" -p "$port" -U postgres -X stream -c fast -R --no-sync
    sed -i.former "s|'$folder|'$other|" "$other/data/postgresql.conf"
    : > "$other/roles"
}

start_server() {
    local folder=$1 port=$2
    cd "$folder"
    as_owner "$programs/pg_ctl" start -w -t 60 -s -D "$folder/data" -l "$folder/log" -o "-p $port" || { tail -n 20 "$folder/log" >&2; return 1; }
    [[ -e $folder/roles ]] || make_roles "$folder" "$port"
}

make_roles() {
    local folder=$1 port=$2 role
    for role in kms_owner kms kms_tls; do
        echo "CREATE ROLE $role LOGIN PASSWORD '$(cat "$folder/password")';"
    done | "$programs/psql" -X -q -v ON_ERROR_STOP=1 -h "$folder" -p "$port" -U postgres
    : > "$folder/roles"
}

stop_server() {
    cd "$1"
    as_owner "$programs/pg_ctl" stop -w -t 60 -s -D "$1/data" -m "$2"
}

# The first process of the server, before its children: stopped, it makes no more of them.
signal_server() {
    local folder=$1 name=$2 first
    first=$(head -n 1 "$folder/data/postmaster.pid")
    [[ $name == CONT ]] || kill "-$name" "$first"
    { pgrep -P "$first" || true; } | xargs -r kill "-$name" 2>/dev/null || true
    [[ $name != CONT ]] || kill "-$name" "$first"
    [[ $name != KILL ]] || while kill -0 "$first" 2>/dev/null; do sleep 0.05; done
}

# What the folder has is removed even if the server cannot be ended in time.
remove_server() {
    local folder=$1
    if [[ -e $folder/data/postmaster.pid ]]; then
        signal_server "$folder" CONT 2>/dev/null || true
        stop_server "$folder" immediate 2>/dev/null || true
    fi
    cd /
    rm -rf "$folder"
}

watch_server() {
    trap '' HUP INT TERM
    cat > /dev/null
    remove_server "$1"
}

serve() {
    local folder=$1 port=$2 from=${3:-}
    [[ ! -e $folder ]] || { say "'$folder' exists already."; return 1; }
    trap "remove_server '$folder'" EXIT
    if [[ -n $from ]]; then
        make_folder "$folder"
        cp "$from"/server.{crt,key} "$folder/"
        chmod 600 "$folder/server.key"
    fi
    make_server "$folder"
    start_server "$folder" "$port"
    say "Host=$folder;Port=$port;Username=postgres;Database=postgres"
    say "psql -h $folder -p $port -U postgres"
    say "Over 127.0.0.1, the password is in $folder/password. Ctrl+C ends the server and removes $folder."
    trap 'exit 0' INT TERM HUP
    cat > /dev/null <&0 &
    trap "kill $! 2>/dev/null || true; remove_server '$folder'" EXIT
    wait $!
}

programs=$(find_programs) || { say "PostgreSQL is not installed. Install it with: apt-get install postgresql"; exit 1; }
case ${1:-} in
    find) echo "$programs" ;;
    model) make_files "$2" ;;
    make) shift; make_server "$@" ;;
    copy) copy_server "$2" "$3" "$4" ;;
    start) start_server "$2" "$3" ;;
    stop) stop_server "$2" "$3" ;;
    signal) signal_server "$2" "$3" ;;
    promote) cd "$2" && as_owner "$programs/pg_ctl" promote -w -t 60 -s -D "$2/data" ;;
    watch) watch_server "$2" ;;
    serve) shift; serve "$@" ;;
    *) say "Usage: postgresql.sh serve FOLDER PORT"; exit 2 ;;
esac
