#!/bin/sh
# cosigner.sh await ID THRESHOLD SECONDS ASKED P2P_ADDRESS_OF_1 P2P_ADDRESS_OF_2 …
# cosigner.sh renew_follower|renew_leader HOW ID THRESHOLD SECONDS ASKED P2P_ADDRESS_OF_1 P2P_ADDRESS_OF_2 …
#
# Renews one cosigner of several, in the way HOW says, so that they go on signing: never while the others are too few, never while it
# leads, and it is back before this ends. ASKED is the program as it is asked for the leader.
verb=$1
shift
case $verb in renew_*) how=$1; shift ;; esac
id=$1 threshold=$2 seconds=$3 asked=$4
shift 4

fail() { printf '%s\n' "$1" >&2; exit 1; }

# The number of the leader as this cosigner knows it; nothing where nobody leads or it does not answer.
leader() { timeout 5 $asked leader 2>/dev/null | sed -n 's/^Current leader: \([1-9][0-9]*\)$/\1/p'; }

# An election takes a moment.
leader_within() {
  left=$1
  until lead=$(leader); [ -n "$lead" ]; do
    left=$((left - 1))
    [ $left -gt 0 ] || return 1
    sleep 1
  done
}

host_of() { h=${1#tcp://}; h=${h%:*}; h=${h#[}; printf '%s' "${h%]}"; }

# How many of the others take a connection.
others_up() {
  n=0 up=0
  for address; do
    n=$((n + 1))
    [ $n != "$id" ] || continue
    timeout 2 bash -c 'exec 3<>"/dev/tcp/$1/$2"' bash "$(host_of "$address")" "${address##*:}" 2>/dev/null && up=$((up + 1))
  done
}

listens() { eval "own=\${$id}"; hex=$(printf '%04X' "${own##*:}"); grep -qs "^ *[0-9]*: [0-9A-F]*:$hex [0-9A-F:]* 0A " /proc/net/tcp /proc/net/tcp6; }

# Back is: it listens and, where enough of them are up to sign, knows who leads.
back() {
  listens "$@" || { missing='it does not listen'; return 1; }
  others_up "$@"
  [ $((up + 1)) -ge "$threshold" ] || { missing="only $up of the others answer"; [ "$wants_leader" = no ]; return; }
  [ -n "$(leader)" ] || { missing='it knows no leader'; return 1; }
}

await() {
  end=$(($(date +%s) + seconds))
  until back "$@"; do
    [ "$(date +%s)" -lt $end ] || fail "the cosigner is not back after $seconds s: $missing"
    sleep 1
  done
}

# Only where the others can sign without it; where nobody signs anyway, nothing is lost.
renew() {
  if [ -n "$lead" ]; then
    others_up "$@"
    [ $up -ge "$threshold" ] || fail "only $up of the other cosigners answer, and $threshold must sign: without this one they would be too few to sign"
    wants_leader=yes
  fi
  $how || exit 1
  await "$@"
  echo renewed
}

# Whether another is known to lead. An election takes a moment, in which the old leader is still named.
another_leads() {
  left=5
  while [ $left -gt 0 ]; do
    lead=$(leader)
    [ -z "$lead" ] || [ "$lead" = "$id" ] || return 0
    left=$((left - 1))
    sleep 1
  done
  return 1
}

# `elect` says it was successful also when another was elected, or nobody could be. Those that were cut off may not yet be called again.
hand_over() {
  end=$(($(date +%s) + seconds))
  while [ "$(date +%s)" -lt $end ]; do
    n=0
    for address; do
      n=$((n + 1))
      [ $n != "$id" ] || continue
      timeout 15 $asked elect $n >/dev/null 2>&1
      another_leads && { echo "leadership handed over to $lead"; return; }
    done
  done
  fail "leadership could not be handed over to any other cosigner within $seconds s, so this one stays as it is"
}

wants_leader=no lead=
case $verb in renew_*) listens "$@" || { echo 'it does not run'; exit 0; } ;; esac
case $verb in
  await) await "$@" ;;
  renew_follower)
    leader_within 8
    [ "$lead" != "$id" ] || { echo 'it leads: its turn comes last'; exit 0; }
    renew "$@" ;;
  renew_leader)
    leader_within 8
    [ "$lead" != "$id" ] || hand_over "$@"
    renew "$@" ;;
esac
