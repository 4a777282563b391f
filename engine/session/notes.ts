import { createHash } from 'node:crypto'
import { type Script, sh } from '../core/script.ts'

/**
 * Handlers that were notified and have not run yet are remembered on the host itself, written before the change that notifies
 * them. So a restart survives a failed task, a lost connection and a killed controller: the next apply finds the note and runs the
 * handler. Each note is a small file of its own, named by handler, run and number, and holds the mark of the task that notified;
 * it is good without that. Nobody writes to a file of another run, and each run takes away only what it wrote or had seen before it ran
 * the handler: two runs at once on one host cannot take a note from each other. When nothing is owed, nothing is left on the host.
 */
const FOLDER = 'state/holdfast/owed'

/** Where this shell notes what is owed. */
const OWN = sh`d=/var/lib/holdfast/owed; [ "$(id -u)" = 0 ] || d="$HOME/.local/${FOLDER}"`

/** Every place where this shell can see or mend notes: root's, its own, and those of the user who became root. */
const ALL = sh`set -- /var/lib/holdfast/owed "$HOME/.local/${FOLDER}"; u="\${SUDO_USER:-$DOAS_USER}"
case "$u" in '' | *[!A-Za-z0-9._-]*) ;; *) eval "u=~$u"; set -- "$@" "$u/.local/${FOLDER}" ;; esac`

/** Notes that are to be written. */
export interface NewNotes {
  /** Their names, as `noteName` gives them. */
  readonly files: readonly string[]
  /** The task that notifies. */
  readonly by: string
  /** Older notes of which these say as much. */
  readonly instead: readonly string[]
}

/** What a note is called that nobody has written before. */
export function noteName(handler: string, { run, number }: { readonly run: string; readonly number: number }): string {
  return `${markOf(handler)}.${run}-${number}`
}

/**
 * Writes the notes. Must succeed before the change may begin, and outlive a power cut that the change outlives. Another run that takes
 * its last note away may remove the folder at any moment, so it is tried again.
 */
export function remember({ files, by, instead }: NewNotes): Script {
  const past = instead.length > 0 ? sh`; ( cd "$d" && rm -f -- ${instead} )` : sh``
  return sh`${OWN}; set -- ${files}
note() { [ -d "$d" ] || mkdir -p "$d" || return 1; for f; do echo ${markOf(by)} > "$d/$f" || { echo "$d/$f could not be written, which says that a handler is owed: is the disk full (df $d)?" >&2; return 1; }; done; sync -- "$d"; }
for i in 1 2 3 4; do note "$@" 2>/dev/null && break; [ $i != 4 ] || note "$@" || exit 1; done${past}; true`
}

/** Takes notes away, wherever this shell can. */
export function forget(files: readonly string[]): Script {
  return sh`${ALL}; for d; do [ ! -d "$d" ] || ( cd "$d" && rm -f -- ${files} ) 2>/dev/null; rmdir "$d" "\${d%/*}" 2>/dev/null; done; true`
}

/** Prints the notes there are, a line each, with the mark of the task that notified; part of the facts script. */
export const listOwed: Script = sh`${ALL}; for d; do for f in "$d"/*; do f="\${f##*/}"
  case "$f" in *[!A-Za-z0-9_.-]*) continue ;; esac
  b=; [ -f "$d/$f" ] && [ ! -L "$d/$f" ] && [ -r "$d/$f" ] && read -r b < "$d/$f"
  case "$b" in *[!A-Za-z0-9_-]*) b= ;; esac
  printf 'hf.owed=%s %s\n' "$f" "$b"
done; done; true`

/** A note that was found on a host. */
export interface Note {
  readonly file: string
  /** The mark of the task that notified; left out where the note does not say. */
  readonly by?: string
}

/** The notes of handlers among these names. */
export function parseOwed(stdout: string, names: readonly string[]): ReadonlyMap<string, readonly Note[]> {
  const found = Array.from(stdout.matchAll(/^hf\.owed=(([\w-]+)(?:\.[\w.-]+)?)(?: ([\w-]+)?)?$/gm), ([, file = '', mark, by]) => ({
    mark,
    note: by === undefined ? { file } : { file, by },
  }))
  const of = (name: string): readonly Note[] => found.filter(({ mark }) => mark === markOf(name)).map(({ note }) => note)
  return new Map(names.map((name) => [name, of(name)] as const).filter(([, notes]) => notes.length > 0))
}

/** A name as one safe part of a file name: short ones readable, none longer than a file system takes. */
export function markOf(name: string): string {
  const text = Buffer.from(name).toString('base64url')
  return text.length <= 200 ? text : `${text.slice(0, 150)}-${createHash('sha256').update(name).digest('hex').slice(0, 32)}`
}
