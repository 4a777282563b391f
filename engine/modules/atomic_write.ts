import { posix } from 'node:path'
import type { Content } from '../core/content.ts'
import { UNTOUCHED } from '../core/module.ts'
import { type Script, lines, sh } from '../core/script.ts'
import { type Attributes, setAttributes } from './file_attributes.ts'
import type { PathReading } from './path_probe.ts'
import { inDirectoryOf, relativeName } from './real_directory.ts'
import { commandWith } from './shell_words.ts'

/** The params that say how a file is replaced. */
export const WRITE_PARAMS = {
  validate: {
    type: 'string',
    description: 'Command that judges the new file before it takes its place; `%s` stands for its path. No shell expands it.',
  },
  backup: { type: 'boolean', default: false, description: 'Keep the old file beside the new one, named by the time it was written.' },
} as const

export interface FileWrite {
  /** What stands there now; its owner, mode, ACL and extended attributes stay where nothing else is asked for. */
  readonly current: Pick<PathReading, 'kind' | 'path' | 'mtime'> & Attributes
  readonly desired: Partial<Attributes>
  readonly content: Content | HostContent
  /** A command that judges the new file before it takes the place of the old one; `%s` stands for its path. */
  readonly validate?: string | undefined
  /** Keep the old file beside the new one, under `backupName`. */
  readonly backup?: boolean | undefined
}

/** Bytes that are on the host already: a command that prints them, and their digest. */
export interface HostContent {
  readonly print: Script
  readonly sha256: string
}

/**
 * Replaces a file in one step: the new one is complete, checked, owned and on disk before it gets its name, so a reader
 * sees the old bytes or the new ones, also after a power loss. On any failure the old file stays and nothing is left over.
 */
export function writeFile({ current, desired, content, validate, backup }: FileWrite): Script {
  const name = relativeName(current.path)
  const exists = current.kind === 'file'
  return inDirectoryOf(current.path, [
    // Called before the new file has its name, and only then.
    sh`fail() { printf '%s\\n' "$1" >&2; exit ${UNTOUCHED}; }`,
    forgetLeftOver,
    sh`t=$(mktemp ./.holdfast.XXXXXXXXXX) || exit 1`,
    // dash runs the EXIT trap only on exit, so signals must become one.
    sh`trap 'rm -f -- "$t"' EXIT; trap 'exit 1' HUP INT TERM`,
    ...(exists ? [sh`cp --attributes-only --preserve=all -- ${name} "$t" && chmod 0600 -- "$t" && touch -- "$t" || exit 1`] : []),
    writeContent(content, current.path),
    ...setAttributes(sh`"$t"`, exists ? { ...current, mode: '0600' } : FRESH, {
      ...desired,
      mode: desired.mode ?? (exists ? current.mode : '0644'),
    }),
    ...(validate === undefined ? [] : [validation(validate, current.path)]),
    ...(backup && exists ? [sh`cp --preserve=all -- ${name} ${`./${posix.basename(backupName(current))}`} || exit 1`] : []),
    sh`sync -- "$t" || fail ${`could not bring the new content of ${current.path} to disk: the old file stays`}`,
    sh`mv -fT -- "$t" ${name} && sync -- . || exit 1`,
  ])
}

/** New files that a power cut kept from getting their name. Costs a process only where there are some. */
const forgetLeftOver: Script = sh`for o in ./.holdfast.??????????; do
  [ ! -f "$o" ] || find . -maxdepth 1 -type f -name '.holdfast.??????????' -user "$(id -u)" -mmin +60 -delete
  break
done`

/** Where `backup` puts the old file: named by the moment it was last written, so that no version is kept twice or lost. */
export function backupName({ path, mtime }: Pick<PathReading, 'path' | 'mtime'>): string {
  const [seconds = '0', fraction = '0'] = mtime.split('.')
  const moment = new Date(Number(seconds) * 1000).toISOString().replace('T', '@').replace('.000Z', '')
  return `${path}.${moment}.${fraction}~`
}

/** What mktemp makes. */
const FRESH: Attributes = { mode: '0600', owner: '', group: '' }

function writeContent(content: Content | HostContent, path: string): Script {
  const print = 'print' in content ? content.print : sh`${content}`
  return lines([
    sh`${print} > "$t" || fail ${`could not write the new content of ${path}: the old file stays`}`,
    // Also catches a disk that filled up behind a pipe, and an upload that was cut short.
    sh`g=$(sha256sum < "$t") || exit 1`,
    sh`[ "$g" = ${`${content.sha256}  -`} ] || fail ${`the new content of ${path} is not the wanted one: the old file stays; wanted sha256 ${content.sha256}, got `}"\${g%% *}"`,
  ])
}

function validation(command: string, path: string): Script {
  return sh`${commandWith(command, sh`"$PWD/\${t#./}"`)} < /dev/null >&2 || fail ${`${path}: \`${command}\` refused the new content: the old file stays`}`
}
