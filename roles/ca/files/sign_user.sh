#!/bin/sh
# Kept by Holdfast, role ca. Signs the public key of a person for a while; the key that signs comes on stdin and stays in an agent's memory.
#
#   sign_user.sh PUBLIC_KEY_FILE IDENTITY PRINCIPALS VALIDITY SERIAL USER_CA_PUBLIC_KEY      writes PUBLIC_KEY_FILE without .pub, with -cert.pub
set -eu
umask 077
key=$1 identity=$2 principals=$3 validity=$4 serial=$5 authority=$6
[ "${key%.pub}" != "$key" ] || { echo "$key is no public key: it ends in .pub" >&2; exit 1; }
work=$(mktemp -d)
eval "$(ssh-agent -a "$work/agent")" >/dev/null
trap 'ssh-agent -k >/dev/null 2>&1; rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
printf '%s\n' "$authority" >"$work/user_ca.pub"
ssh-add -q - 2>"$work/said" || { echo 'the key that signs could not be read' >&2; exit 1; }
cp "$key" "$work/key.pub"
ssh-keygen -q -U -s "$work/user_ca.pub" -I "$identity" -n "$principals" -V "-5m:$validity" -z "$serial" -O clear -O permit-pty -O permit-port-forwarding "$work/key.pub"
install -m 0644 "$work/key-cert.pub" "${key%.pub}-cert.pub"
ssh-keygen -Lf "${key%.pub}-cert.pub"
