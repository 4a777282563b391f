/**
 * A program in the place of Cosmovisor, for tests: it refuses to run where that is known to, and then runs the current program. It
 * switches nothing.
 */
export const STAND_IN_COSMOVISOR = `#!/bin/sh
set -eu
fail() { echo "$1" >&2; exit 1; }
[ "$1" = run ] || fail "not run"
shift
for name in DAEMON_ALLOW_DOWNLOAD_BINARIES DAEMON_DOWNLOAD_MUST_HAVE_CHECKSUM DAEMON_RESTART_AFTER_UPGRADE UNSAFE_SKIP_BACKUP \\
  COSMOVISOR_DISABLE_LOGS COSMOVISOR_COLOR_LOGS COSMOVISOR_DISABLE_RECASE; do
  eval "value=\\$$name"
  case $value in true | false) ;; *) fail "$name is $value" ;; esac
done
case $DAEMON_HOME in /*) ;; *) fail 'DAEMON_HOME is not absolute' ;; esac
[ -d "$DAEMON_HOME/data" ] || fail 'no data'
[ -d "$DAEMON_DATA_BACKUP_DIR" ] && [ -w "$DAEMON_DATA_BACKUP_DIR" ] || fail 'no folder for backups'
[ -L "$DAEMON_HOME/cosmovisor/current" ] || fail 'no link'
: >"$DAEMON_HOME/cosmovisor/upgrades/.writable" || fail 'cannot write'
rm "$DAEMON_HOME/cosmovisor/upgrades/.writable"
cd "$DAEMON_HOME/cosmovisor"
exec "$DAEMON_HOME/cosmovisor/current/bin/$DAEMON_NAME" "$@"
`
