/** Shell that looks again and again until the command succeeds, and fails once a minute is over: how long a host takes depends on what else runs. */
export function soon(command: string): string {
  return `for i in $(seq 120); do { ${command}; } >/dev/null 2>&1 && exit; sleep 0.5; done; echo 'still not so after a minute' >&2; exit 1`
}

/** Holds once no change of the host is on trial any more, whether it was taken back or confirmed. */
export const NOTHING_ON_TRIAL = `[ -z "$(systemctl list-units --all --no-legend 'holdfast-*')" ]`
