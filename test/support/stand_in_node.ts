/**
 * A program in the place of that of a chain, for tests that must do without Go: it writes settings as that does, refuses those with
 * `log_level = "nonsense"`, and runs until it is stopped.
 */
export const STAND_IN_NODE = `#!/bin/sh
set -eu
words=$*
while [ $# -gt 0 ] && [ "$1" != --home ]; do shift; done
home=\${2:-/nowhere}
settings() {
  for name in config app client; do
    [ -f "$home/config/$name.toml" ] || printf '# %s of the stand-in\\nmoniker = "x"\\n[p2p]\\nladdr = ""\\n' "$name" >"$home/config/$name.toml"
  done
}
case $words in
  'comet show-node-id'*) settings; echo 'no key' >&2; exit 1 ;;
  version*)
    settings
    ! grep -q '^log_level = "nonsense"' "$home/config/config.toml" || { echo 'unknown log_level: "nonsense"' >&2; exit 1; } ;;
  start*)
    mkdir -p "$home/data/blockstore.db"
    echo started >>"$home/data/starts"
    [ ! -e "$home/data/broken" ] || { sleep 2; exit 1; }
    exec sleep infinity ;;
esac
`
