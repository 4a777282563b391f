import type { Output } from '../core/module.ts'
import { type Script, sh } from '../core/script.ts'

/** Prints a whole file of the host in base64, after its digest. Fails with one of three words on stderr, see `readWhole`. */
export function printWhole(path: string, limitBytes: number): Script {
  // A file of /proc says it has no bytes, so the limit holds for what can be read, not for what the size says.
  return sh`p=${path}
[ -e "$p" ] || { echo missing >&2; exit 1; }
[ ! -d "$p" ] || { echo directory >&2; exit 1; }
[ -f "$p" ] || { echo special >&2; exit 1; }
[ "$(head -c ${limitBytes + 1} < "$p" | wc -c)" -le ${limitBytes} ] || { echo long >&2; exit 1; }
b=$(base64 -w0 < "$p") || exit 1
printf '%s' "$b"`
}

export type Whole = { readonly base64: string } | { readonly problem: string; readonly missing: boolean }

/** What `printWhole` printed, or why it could not, as a sentence. */
export function readWhole({ rc, stdout, stderr }: Output, path: string, limitBytes: number): Whole {
  if (rc === 0) return { base64: stdout }
  const sentences: { readonly [word: string]: string } = {
    missing: `file not found: \`${path}\``,
    directory: `\`${path}\` is a directory`,
    special: `\`${path}\` is no regular file`,
    long: `\`${path}\` has more than ${limitBytes} bytes`,
  }
  const word = stderr.trim()
  return { problem: sentences[word] ?? word, missing: word === 'missing' }
}
