import { type Script, sh } from '../core/script.ts'

/**
 * Handlers that were notified and have not run yet are remembered on the host itself, one small file each, written before
 * the change that notifies them. So a restart survives a failed task, a lost connection and a killed controller: the next apply
 * finds the file and runs the handler. When nothing is owed, nothing is left on the host.
 */
const HOME = sh`d=/var/lib/holdfast; [ "$(id -u)" = 0 ] || d="$HOME/.local/state/holdfast"; d="$d/owed"`

/** Notes that the handlers are owed. Must succeed before the change may begin. */
export function remember(handlers: readonly string[]): Script {
  return sh`${HOME}; mkdir -p "$d" && for h in ${handlers.map(fileName)}; do : > "$d/$h" || exit 1; done`
}

/** Notes that they are not owed any more. */
export function forget(handlers: readonly string[]): Script {
  return sh`${HOME}; for h in ${handlers.map(fileName)}; do rm -f "$d/$h"; done; rmdir "$d" "\${d%/*}" 2>/dev/null; true`
}

/** Prints what is owed, a line each; parts of the facts script. */
export const listOwed: Script = sh`for d in /var/lib/holdfast/owed "$HOME/.local/state/holdfast/owed"; do
  for h in "$d"/*; do [ -f "$h" ] && printf 'hf.owed=%s\n' "\${h##*/}"; done; done; true`

/** The handlers among these labels that the host still owes. */
export function parseOwed(stdout: string, labels: readonly string[]): readonly string[] {
  const owed = new Set(Array.from(stdout.matchAll(/^hf\.owed=(.+)$/gm), ([, name = '']) => name))
  return labels.filter((label) => owed.has(fileName(label)))
}

/** A label as one safe file name: short ones readable, none longer than a file system takes. */
function fileName(label: string): string {
  return Buffer.from(label).toString('base64url').slice(0, 200)
}
