import { createHash } from 'node:crypto'
import type { Task } from '../core/plan.ts'
import { type Script, sh } from '../core/script.ts'

/**
 * Handlers that were notified and have not run yet are remembered on the host itself, one small file each, written before
 * the change that notifies them. So a restart survives a failed task, a lost connection and a killed controller: the next apply
 * finds the file and runs the handler. A file holds the marks of the tasks that notified, a line each, and is good without them.
 * When nothing is owed, nothing is left on the host.
 */
const FOLDER = 'state/holdfast/owed'

/** What a handler is remembered by: as written, so that it is the same for every task and host that speaks of it. */
export function owedName({ name, role }: Pick<Task, 'name' | 'role'>): string {
  return role ? `${role.name} : ${name}` : name
}

/** Where this shell notes what is owed. */
const OWN = sh`d=/var/lib/holdfast/owed; [ "$(id -u)" = 0 ] || d="$HOME/.local/${FOLDER}"`

/** Every place where this shell can see or mend notes: root's, its own, and those of the user who became root. */
const ALL = sh`set -- /var/lib/holdfast/owed "$HOME/.local/${FOLDER}"; u="\${SUDO_USER:-$DOAS_USER}"
case "$u" in '' | *[!A-Za-z0-9._-]*) ;; *) eval "u=~$u"; set -- "$@" "$u/.local/${FOLDER}" ;; esac`

/** Handlers, and the task that notifies them. */
export interface Notice {
  readonly handlers: readonly string[]
  readonly by: string
}

/**
 * Notes that the handlers are owed. Must succeed before the change may begin, and outlive a power cut that the change outlives. Another
 * run that forgets what it owed may remove the folder at any moment, so it is tried again.
 */
export function remember({ handlers, by }: Notice): Script {
  return sh`${OWN}; n=; set -- ${handlers.map(markOf)}
note() { for h; do
  grep -qsx -e ${markOf(by)} "$d/$h" || { [ -e "$d/$h" ] || n=1; mkdir -p "$d" && echo ${markOf(by)} >> "$d/$h"; } || return 1
done; [ -z "$n" ] || sync -- "$d"; }
for i in 1 2 3 4; do note "$@" 2>/dev/null && exit 0; done; note "$@"`
}

/** Notes that they are not owed any more. */
export function forget(handlers: readonly string[]): Script {
  return sh`${ALL}; for d; do for h in ${handlers.map(markOf)}; do rm -f "$d/$h" 2>/dev/null; done
  rmdir "$d" "\${d%/*}" 2>/dev/null; done; true`
}

/** Prints what is owed, a line each, with those that notified; part of the facts script. */
export const listOwed: Script = sh`${ALL}; for d; do for h in "$d"/*; do h="\${h##*/}"
  case "$h" in *[!A-Za-z0-9_-]*) continue ;; esac
  printf 'hf.owed=%s\n' "$h"; [ -f "$d/$h" ] && [ ! -L "$d/$h" ] && [ -r "$d/$h" ] || continue
  head -n 100 -- "$d/$h" | while read -r b; do case "$b" in '' | *[!A-Za-z0-9_-]*) ;; *) printf 'hf.owed=%s %s\n' "$h" "$b" ;; esac; done
done; done; true`

/** The handlers among these names that the host still owes, and the marks of the tasks that notified each. */
export function parseOwed(stdout: string, names: readonly string[]): ReadonlyMap<string, readonly string[]> {
  const notes = Array.from(stdout.matchAll(/^hf\.owed=(\S+)(?: (\S+))?$/gm), ([, handler = '', by]) => ({ handler, by }))
  const owed = new Set(notes.map(({ handler }) => handler))
  const marksOf = (name: string): readonly string[] =>
    notes.flatMap(({ handler, by }) => (handler === markOf(name) && by !== undefined ? [by] : []))
  return new Map(names.filter((name) => owed.has(markOf(name))).map((name) => [name, marksOf(name)]))
}

/** A name as one safe file name: short ones readable, none longer than a file system takes. */
export function markOf(name: string): string {
  const text = Buffer.from(name).toString('base64url')
  return text.length <= 200 ? text : `${text.slice(0, 150)}-${createHash('sha256').update(name).digest('hex').slice(0, 32)}`
}

/**
 * What one host owes as far as this run knows: what it was found to owe, and what was noted since. Only what is on record is
 * ever struck off, so that nothing is said to a host for nothing.
 */
export class Owed {
  /** By name, the shells that noted it; unknown for what was found. */
  readonly #open = new Map<string, ReadonlySet<string> | undefined>()
  /** Foretold in check mode. */
  readonly #foretold = new Set<string>()
  /** By name, the shells that have to be told, if they are known, and those that have been. */
  readonly #released = new Map<string, { readonly by: ReadonlySet<string> | undefined; readonly told: Set<string> }>()

  has(handler: string): boolean {
    return this.#open.has(handler)
  }

  /** The host was found to owe these when it was met; gives those that this run has not settled since. */
  found(handlers: readonly string[]): readonly string[] {
    const open = handlers.filter((handler) => !this.#released.has(handler) && !this.#foretold.has(handler))
    for (const handler of open) if (!this.#open.has(handler)) this.#open.set(handler, undefined)
    return open
  }

  /** Check mode has said of it that it runs. It stays owed. */
  foretell(handler: string): void {
    this.#foretold.add(handler)
  }

  /** The shell is about to note these. */
  noted(handlers: readonly string[], shell: string): void {
    for (const handler of handlers) {
      const by = this.#open.get(handler)
      if (by || !this.#open.has(handler)) this.#open.set(handler, new Set([...(by ?? []), shell]))
      this.#released.delete(handler)
    }
  }

  /** These are not owed any more, or turned out never to have been. */
  release(handlers: readonly string[]): void {
    for (const handler of handlers) {
      if (!this.#open.has(handler)) continue
      this.#released.set(handler, { by: this.#open.get(handler), told: new Set() })
      this.#open.delete(handler)
    }
  }

  /** What the shell has to be told is not owed any more; asked again, it is told nothing. */
  take(shell: string): readonly string[] {
    const due = this.due(shell)
    for (const handler of due) this.#released.get(handler)?.told.add(shell)
    return due
  }

  /** What the shell has still to be told. */
  due(shell: string): readonly string[] {
    return [...this.#released].filter(([, { by, told }]) => !told.has(shell) && (by?.has(shell) ?? true)).map(([handler]) => handler)
  }
}
