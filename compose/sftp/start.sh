#!/bin/sh
# sshd takes a private key only from a file that nobody else can read, which a mounted one is not.
set -eu
umask 077
cat /run/secrets/sftp_host_key >/tmp/sftp_host_key
exec /usr/sbin/sshd -D -e -f /etc/mentor-dw/sshd_config
