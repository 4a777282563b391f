#!/bin/sh
# in_step.sh note AGE SIGNERS ADDRESS…
# in_step.sh await AGE SECONDS START_SECONDS GENESIS SIGNERS ADDRESS…
#
# A node that is in step when it is about to be restarted must be in step again before the next one has its turn. `note` remembers on the
# host how far it was, and of which chain; `await` ends once it is further, or fails. What was noted stays until then, so a later run waits for it
# as well. SIGNERS is where they are to come, or empty: one that listens there for the first time answers only once they have, which is later.
# In step is: not catching up, and its newest block is younger than AGE seconds, so that a chain that stands still is waited for by nobody.
# One that was not in step has START_SECONDS to answer; 0 waits for none. ADDRESS is where it may answer, HOST:PORT. One without SIGNERS that
# ends again and again is not waited for; one with them may end until they have come.
noted=/var/lib/holdfast/cosmos-node-in-step
verb=$1 age=$2
shift 2

fail() { printf '%s\n' "$1; what it says: journalctl -u cosmos-node -n 50" >&2; exit 1; }

get() {
  timeout 5 bash -c 'exec 3<>"/dev/tcp/$1/$2" && printf "GET $3 HTTP/1.0\r\nHost: localhost\r\n\r\n" >&3 && cat <&3' bash "$1" "$2" "$3" 2>/dev/null |
    tr -d ' \n\r\t'
}

field() { printf '%s' "$said" | sed -n "s/.*\"$1\":\"\{0,1\}\([^\",}]*\).*/\1/p"; }

# Where the node answers, with what it says of itself.
ask() {
  for address; do
    host=${address%:*} port=${address##*:}
    host=${host#[} host=${host%]}
    said=$(get "$host" "$port" /status)
    height=$(field latest_block_height)
    case $height in '' | *[!0-9]*) height= ;; *) return 0 ;; esac
  done
  missing='it does not answer'
  return 1
}

in_step() {
  ask "$@" || return 1
  born=$(date -d "$(field latest_block_time)" +%s 2>/dev/null) || born=0
  [ "$(field catching_up)" = false ] || { missing="it is catching up at block $height, with $(peers) peers"; return 1; }
  [ $(($(date +%s) - born)) -le "$age" ] || { missing="no block came after $height, with $(peers) peers"; return 1; }
}

peers() { said=$(get "$host" "$port" /net_info); field n_peers; }

# A note of another chain says nothing of this one.
further() {
  ask "$@" || return 1
  [ "$(field network)" = "$of" ] || return 0
  in_step "$@" || return 1
  [ "$height" -gt "$before" ] || { missing="no block came after $height"; return 1; }
}

within() {
  end=$(($(date +%s) + $1)) limit=$1
  shift
  until "$@"; do
    [ "$(date +%s)" -lt $end ] || { missing="after $limit s: $missing"; return 1; }
    ! keeps_ending || { missing="it was started $(starts) times and ended each time"; return 1; }
    sleep 2
  done
}

# systemd counts anew with each start that it was told to make.
starts() { systemctl show -P NRestarts cosmos-node 2>/dev/null; }

keeps_ending() { [ -z "$signers" ] && [ "$(starts)" -ge 10 ] 2>/dev/null; }

begins_later() {
  begin=$(head -c 65536 "$1" | sed -n 's/.*"genesis_time": *"\([^"]*\)".*/\1/p' | head -n 1)
  begin=$(date -d "${begin:-1970-01-01}" +%s 2>/dev/null) || begin=0
  [ "$begin" -gt "$(date +%s)" ]
}

# A disk that was full, or a power cut, may have left nothing in it.
remembered() {
  before='' of=''
  read -r before of 2>/dev/null <"$noted"
  case $before in '' | *[!0-9]*) return 1 ;; esac
}

forget() { [ ! -e "$noted" ] || { rm -f "$noted" "$noted.new" && { rmdir "${noted%/*}" 2>/dev/null || :; }; }; }

# Looked up, since whoever opens a connection there is taken for a signer.
listens() { grep -qs "^ *[0-9]*: [0-9A-F]*:$(printf '%04X' "$1") [0-9A-F:]* 0A " /proc/net/tcp /proc/net/tcp6; }

if [ "$verb" = note ]; then
  signers=$1
  shift
  if [ -n "$signers" ] && ask "$@" && ! listens "${signers##*:}"; then
    forget
  elif in_step "$@"; then
    mkdir -p "${noted%/*}" && echo "$height $(field network)" >"$noted.new" && mv "$noted.new" "$noted"
  fi
  exit
fi
seconds=$1 start=$2 genesis=$3 signers=$4
shift 4
# Until its chain begins, a node answers nobody.
if remembered; then
  [ "$seconds" = 0 ] || begins_later "$genesis" || within "$seconds" further "$@" ||
    fail "the node was in step at block $before, and is not again: $missing; with -e cosmos_node_back_within=0 nobody waits for it"
  forget
  exit
fi
forget
[ "$start" = 0 ] || begins_later "$genesis" || within "$start" ask "$@" || fail "the node does not come: $missing"
