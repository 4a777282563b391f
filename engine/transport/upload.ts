import { dirname } from 'node:path'
import type { Content } from '../core/content.ts'
import { Refusal } from '../core/module.ts'
import { sh } from '../core/script.ts'
import type { Become } from './become.ts'
import type { Channel, Connection } from './host.ts'
import { openShell } from './open_shell.ts'
import { text } from './problem.ts'

export interface UploadOptions {
  /** Absolute, in a directory of its own that only its user may enter; the directory is made if it is missing. */
  readonly path: string
  /** Where in that directory a transfer that was cut leaves what has come, and the next takes it from; left out, beside the path. */
  readonly unfinished?: string
  readonly become?: Become
  readonly onProgress?: (bytes: number) => void
}

/**
 * Streams content into a file of mode 0600, checked by its digest before it gets its name. A transfer that was cut goes on
 * where it stopped; one that is there already costs one round trip. Rejects with a `Refusal` if the host will not have it.
 */
export async function upload(connection: Connection, content: Content, options: UploadOptions): Promise<void> {
  const outcome = await transfer(connection, content, options)
  // What an earlier attempt left behind was something else; it is gone now.
  const last = outcome === 'mismatch' ? await transfer(connection, content, options) : outcome
  if (last === 'mismatch') throw new Refusal(`the bytes that arrived at \`${options.path}\` are not those that were sent`)
}

async function transfer(
  connection: Connection,
  content: Content,
  { path, unfinished = `${path}.cut`, become, onProgress }: UploadOptions,
): Promise<'done' | 'mismatch'> {
  const initial = receiver(content, { path, unfinished })
  const channel = await openShell(connection, { initial, initialOnly: true, ...(become && { become }) })
  const { answer, complaint } = listen(channel)
  const first = await answer()
  if (/^\d+$/.test(first)) await send(channel, content, { from: Number(first), ...(onProgress && { onProgress }) })
  const { code, lost } = await channel.exit
  if (lost) throw lost
  if (code === MISMATCH) return 'mismatch'
  if (code !== 0) throw new Refusal(`cannot write \`${path}\`: ${complaint() || `exit status ${code}`}`)
  return 'done'
}

const MISMATCH = 65
/** A folder without a file in it may be removed at any time by whoever needed it last, so it may have to be made again. */
const HOLD_TRIES = 5

/**
 * Says how much it has, takes the rest, and gives the file its name if the digest is right. What is incomplete stays for the next time;
 * while it is worked on, it has a name of its own.
 */
function receiver({ sha256, size }: Content, { path, unfinished }: { readonly path: string; readonly unfinished: string }): string {
  return sh`umask 077
dir=${dirname(path)} path=${path} part=${`${path}.part`} cut=${unfinished} size=${size}
is() { [ -f "$1" ] && [ ! -L "$1" ] && [ "$(sha256sum < "$1" | cut -c 1-64)" = ${sha256} ]; }
hold() {
  said=$(mkdir -p -- "$dir" 2>&1) || return 1
  said="others may write in $dir"
  [ ! -L "$dir" ] && [ "$(stat -c %u -- "$dir" 2>/dev/null)" = "$(id -u)" ] && [ -z "$(find "$dir" -prune -perm /022 2>/dev/null)" ] || return 1
  [ ! -L "$part" ] || rm -f -- "$part"
  said=$({ : >> "$part"; } 2>&1)
}
n=0
until hold; do n=$((n + 1)); [ $n -lt ${HOLD_TRIES} ] || { echo "$said" >&2; exit 1; }; done
if is "$path"; then rm -f -- "$part"; echo present; exit 0; fi
have=0
[ -f "$cut" ] && [ ! -L "$cut" ] && mv -f -- "$cut" "$part" 2>/dev/null
[ -f "$part" ] && have=$(stat -c %s -- "$part")
[ "$have" -gt "$size" ] && rm -f -- "$part" && have=0
echo "$have"
head -c "$((size - have))" >> "$part" || { rm -f -- "$part"; exit 1; }
[ "$(stat -c %s -- "$part")" -lt "$size" ] && { mv -f -- "$part" "$cut"; echo 'the transfer was cut' >&2; exit 1; }
if is "$part"; then chmod 600 -- "$part" && mv -f -- "$part" "$path"; else rm -f -- "$part"; exit ${MISMATCH}; fi`.text
}

function listen(channel: Channel): { readonly answer: () => Promise<string>; readonly complaint: () => string } {
  let said = ''
  let complaint = ''
  let line: (text: string) => void = () => undefined
  const answered = new Promise<string>((resolve) => {
    line = resolve
  })
  channel.onStdout((bytes) => {
    said = (said + Buffer.from(bytes).toString('latin1')).slice(0, LONGEST)
    if (said.includes('\n')) line(said.slice(0, said.indexOf('\n')))
  })
  channel.onStderr((bytes) => {
    complaint = (complaint + Buffer.from(bytes).toString()).slice(0, LONGEST)
  })
  void channel.exit.then(() => line(''))
  return { answer: () => answered, complaint: () => text(complaint) }
}

const LONGEST = 4096

async function send(
  channel: Channel,
  content: Content,
  { from, onProgress }: { from: number; onProgress?: (bytes: number) => void },
): Promise<void> {
  let at = 0
  for await (const bytes of content.open()) {
    const rest = bytes.subarray(Math.max(0, Math.min(bytes.length, from - at)))
    at += bytes.length
    // Why it ended is read from the exit of the command.
    if (rest.length > 0 && !(await arrives(channel.write(rest)))) return
    onProgress?.(at)
  }
  channel.end()
}

async function arrives(written: Promise<void>): Promise<boolean> {
  return written.then(
    () => true,
    () => false,
  )
}
