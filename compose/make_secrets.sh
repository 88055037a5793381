#!/bin/sh
# Makes the secrets that docker-compose.yml mounts, into the folder secrets/ beside it; what is there stays as it is.
# Needs openssl and ssh-keygen. Run it as the user who runs docker compose.
#
# Compose mounts these files with the owner and mode they have here, into containers of different users. So the files
# are readable, and what keeps others out is the folder: only its owner can enter it.
set -eu
umask 022
folder="${1:-$(dirname "$0")/../secrets}"
mkdir -p "$folder"
chmod 700 "$folder"
cd "$folder"

new() { # a file that is complete or absent
    if [ ! -s "$1" ]; then cat >"$1.part" && chmod 444 "$1.part" && mv "$1.part" "$1"; else cat >/dev/null; fi
}

openssl rand -hex 32 | new postgres_password
openssl rand -hex 32 | new redis_password
openssl rand -hex 32 | new superset_secret_key
openssl rand -hex 16 | new superset_admin_password
# Redis learns the hash only, and lets nobody change its settings, read all its keys, or empty it.
hash=$(tr -d '\n' <redis_password | openssl dgst -sha256 -r | cut -d ' ' -f 1)
echo "user default on #$hash ~* &* +@all -@admin -@dangerous +info" | new redis_acl

if [ ! -s sftp_host_key ]; then
    rm -f sftp_host_key.part sftp_host_key.part.pub
    ssh-keygen -q -t ed25519 -N '' -C mentor-dw -f sftp_host_key.part
    mv sftp_host_key.part.pub sftp_host_key.pub
    chmod 444 sftp_host_key.part && mv sftp_host_key.part sftp_host_key
fi
# The public keys of those who upload, one a line; nobody at first.
for source in webreg dream biflis; do
    [ -f "sftp_keys_$source" ] || : >"sftp_keys_$source"
done
