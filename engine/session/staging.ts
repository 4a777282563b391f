import type { Content } from '../core/content.ts'
import { type Script, sh } from '../core/script.ts'
import type { Become } from '../transport/become.ts'
import type { Connection } from '../transport/host.ts'
import { upload } from '../transport/upload.ts'
import { moving } from './moving.ts'

interface Staging {
  readonly connection: Connection
  readonly become: Become | undefined
  /** What tells this shell from all others. */
  readonly owner: string
  readonly lookMs: number
}

/**
 * Brings content too long for a script to the host, into a folder only the shell's user may enter and under a name only this shell uses:
 * another run may bring the same content. Gives its path; the session removes it after use.
 */
export async function stageContent(content: Content, { connection, become, owner, lookMs }: Staging): Promise<string> {
  const whole = `${folderOf(become)}/${content.sha256}`
  const path = `${whole}.${owner}`
  const brought = await content.brought()
  const options = { path, unfinished: `${whole}.part`, ...(become && { become }) }
  await moving((onProgress) => upload(connection, brought, { ...options, onProgress }), { connection, lookMs })
  return path
}

/** Removes what shells that are gone have staged, and unfinished transfers nobody went on with. Costs a process only where there are some. */
export function forgetStaged(become: Become | undefined): Script {
  return sh`d=${folderOf(become)}; [ -O "$d" ] && [ ! -L "$d" ] && {
for f in "$d"/*.*; do p=\${f%.part}; p=\${p##*/}; case $p in *.*) [ -d "/proc/\${p##*.}" ] || rm -f -- "$f";; esac; done
for f in "$d"/*; do [ ! -f "$f" ] || { find "$d" -xdev -type f -mmin +${FORGOTTEN_MINUTES} -delete; break; }; done; }`
}

const FORGOTTEN_MINUTES = 60

function folderOf(become: Become | undefined): string {
  return `/var/tmp/holdfast-${become?.user ?? 'login'}`
}
