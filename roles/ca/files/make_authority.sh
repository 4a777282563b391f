#!/bin/sh
# Kept by Holdfast, role ca. Makes the private certificate authority of a fleet, on the controller.
#
#   make_authority.sh make FILE NAME HOLDFAST…     writes a vars file: certificates and public keys in the clear, private keys sealed
#   make_authority.sh issuing                      prints a new issuing certificate; root key, root certificate and old one on stdin
#
# Private keys are made in memory (/dev/shm, a folder of our own), piped to `holdfast secrets seal`, and overwritten.
set -eu
umask 077
export LC_ALL=C

main() {
  verb=$1
  shift
  [ -d /dev/shm ] || { echo 'there is no /dev/shm: keys would touch a disk' >&2; exit 1; }
  work=$(mktemp -d /dev/shm/holdfast-ca.XXXXXXXXXX)
  trap 'find "$work" -type f -exec shred -u {} + ; rm -rf "$work"' EXIT
  trap 'exit 1' HUP INT TERM
  "$verb" "$@"
}

make() {
  file=$1 name=$2
  shift 2
  [ ! -e "$file" ] || { echo "$file is there already: an authority is made once" >&2; exit 1; }
  openssl genpkey -quiet -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$work/root.key" 2>/dev/null || openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$work/root.key"
  openssl req -x509 -new -key "$work/root.key" -sha256 -days 3650 -subj "/O=$name/CN=$name root" -set_serial "0x$(openssl rand -hex 16)" \
    -addext 'basicConstraints=critical,CA:TRUE,pathlen:1' -addext 'keyUsage=critical,keyCertSign,cRLSign' -out "$work/root.crt"
  openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$work/issuing.key"
  openssl req -new -key "$work/issuing.key" -subj "/O=$name/CN=$name issuing" -out "$work/issuing.csr"
  certify_issuing -in "$work/issuing.csr" -req
  ssh-keygen -q -t ed25519 -N '' -C "$name users" -f "$work/user_ca"
  ssh-keygen -q -t ed25519 -N '' -C "$name hosts" -f "$work/host_ca"
  {
    echo '# The certificate authority of the fleet, made by playbooks/ca.yml. What is not sealed is public.'
    text ca_root_certificate "$work/root.crt"
    text ca_issuing_certificate "$work/issuing.crt"
    echo "ca_ssh_user_public_key: $(cat "$work/user_ca.pub")"
    echo "ca_ssh_host_public_key: $(cat "$work/host_ca.pub")"
    sealed ca_issuing_key "$work/issuing.key" "$@"
    sealed ca_ssh_host_key "$work/host_ca" "$@"
    echo '# The two below reach no host: whoever has them speaks for the whole fleet.'
    sealed ca_root_key "$work/root.key" "$@"
    sealed ca_ssh_user_key "$work/user_ca" "$@"
  } >"$work/vars.yml"
  mkdir -p "$(dirname "$file")"
  cp "$work/vars.yml" "$file.new"
  chmod 0644 "$file.new"
  mv "$file.new" "$file"
  openssl x509 -in "$work/root.crt" -noout -fingerprint -sha256
  ssh-keygen -lf "$work/user_ca.pub"
  ssh-keygen -lf "$work/host_ca.pub"
}

certify_issuing() {
  printf '%s\n' basicConstraints=critical,CA:TRUE,pathlen:0 keyUsage=critical,keyCertSign,cRLSign subjectKeyIdentifier=hash authorityKeyIdentifier=keyid >"$work/ext"
  openssl x509 "$@" -CA "$work/root.crt" -CAkey "$work/root.key" -set_serial "0x$(openssl rand -hex 16)" -sha256 -days 730 -extfile "$work/ext" -out "$work/issuing.crt" 2>"$work/said" || { cat "$work/said" >&2; exit 1; }
}

# The same key and name, certified anew, so that what it has signed stays good.
issuing() {
  awk -v d="$work" '/-----BEGIN/ { n++ } { print > (d "/" n ".pem") }'
  mv "$work/1.pem" "$work/root.key"
  mv "$work/2.pem" "$work/root.crt"
  openssl x509 -in "$work/3.pem" -pubkey -noout >"$work/issuing.pub"
  openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$work/other.key"
  openssl req -new -key "$work/other.key" -subj "$(openssl x509 -in "$work/3.pem" -noout -subject -nameopt compat | sed 's/^subject= *//')" -out "$work/issuing.csr"
  certify_issuing -in "$work/issuing.csr" -req -force_pubkey "$work/issuing.pub"
  cat "$work/issuing.crt"
}

text() {
  echo "$1: |"
  sed 's/^/  /' "$2"
}

sealed() {
  variable=$1 key=$2
  shift 2
  "$@" secrets seal --var "$variable" <"$key"
}

main "$@"
