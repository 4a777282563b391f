import type { Content } from '../core/content.ts'
import { type Script, sh } from '../core/script.ts'
import type { Become } from '../transport/become.ts'
import type { Connection } from '../transport/host.ts'
import { upload } from '../transport/upload.ts'
import { moving } from './moving.ts'

interface Staging {
  readonly connection: Connection
  readonly become: Become | undefined
  /** As the shell said it when it began. */
  readonly folder: string
  /** What tells this shell from all others. */
  readonly owner: string
  readonly lookMs: number
}

/**
 * Brings content too long for a script to the host, into a folder only the shell's user may enter and under a name only this shell uses:
 * another run may bring the same content. Gives its path; the session removes it after use.
 */
export async function stageContent(content: Content, { connection, become, folder, owner, lookMs }: Staging): Promise<string> {
  const whole = `${folder}/${content.sha256}`
  const path = `${whole}.${owner}`
  const brought = await content.brought()
  const options = { path, unfinished: `${whole}.part`, ...(become && { become }) }
  await moving((onProgress) => upload(connection, brought, { ...options, onProgress }), { connection, lookMs })
  return path
}

/**
 * Says which folder is for the content of the shell's user, for `stagingFolder`, and removes from it what shells that are gone have staged,
 * and unfinished transfers nobody went on with. Costs a process only where there is such a folder.
 */
export function forgetStaged(become: Become | undefined): Script {
  return sh`${become ? sh`d=${`${FOLDER}${become.user}`}` : OF_LOGIN_USER}; echo "hf.staging=$d"; [ -O "$d" ] && [ ! -L "$d" ] && {
for f in "$d"/*.*; do p=\${f%.part}; p=\${p##*/}; case $p in *.*) [ -d "/proc/\${p##*.}" ] || rm -f -- "$f";; esac; done
for f in "$d"/*; do [ ! -f "$f" ] || { find "$d" -xdev -type f -mmin +${FORGOTTEN_MINUTES} -delete; break; }; done
rmdir -- "$d" 2>/dev/null; }`
}

/** The folder that a shell said when it began. */
export function stagingFolder(opened: string): string | undefined {
  return /^hf\.staging=(\/.+)$/m.exec(opened)?.[1]
}

const FORGOTTEN_MINUTES = 60
const FOLDER = '/var/tmp/holdfast-'

/** Several people may log in to a host, and each can only use a folder of their own. */
const OF_LOGIN_USER = sh`while read -r k u _; do [ "$k" = Uid: ] && break; done </proc/$$/status; d=/var/tmp/holdfast-login-$u`
