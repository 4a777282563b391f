import { type Script, sh } from '../core/script.ts'
import { type Holder, written } from './holder.ts'

/** How long a host keeps the lock for a controller that gives no sign of life. */
export const SILENCE_SECONDS = 60

/** The letter that gives the lock back in good order; any other is a sign of life. */
export const FAREWELL = 'q'

/**
 * Takes the lock of a fleet on one host and keeps it as long as something comes on stdin; each letter is answered, so that the other side
 * knows too. The kernel frees it when this process ends, however it ends; who had it stays written unless it was given back. It says
 * `taken` and who had it before without giving it back, or `held` and who by.
 */
export function holdLock(fleet: string, holder: Holder): Script {
  return sh`umask 077
command -v flock >/dev/null || { echo 'there is no flock on the host' >&2; exit 1; }
mkdir -p ${FOLDER} && : >>${fileOf(fleet)} || exit 1
exec 9<>${fileOf(fleet)}
was() { head -c 4000 ${fileOf(fleet)} | tr -cd 'A-Za-z0-9+/='; }
if ! flock -n 9; then echo "hf.lock held $(was)"; exit 0; fi
before=$(was)
printf '%s\n' ${written(holder)} >${fileOf(fleet)}
echo "hf.lock taken $before"
while l=$(timeout ${SILENCE_SECONDS} head -c 1 9<&-) && [ -n "$l" ]; do
  [ "$l" != ${FAREWELL} ] || { : >${fileOf(fleet)}; exit 0; }
  echo "hf.lock $l"
done`
}

const FOLDER = '/run/holdfast'

function fileOf(fleet: string): string {
  return `${FOLDER}/fleet-${fleet}.lock`
}
