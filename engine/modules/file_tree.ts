import { type Script, lines, sh } from '../core/script.ts'
import type { FileModuleState, FileParams } from './file_params.ts'
import { resolveMode } from './file_mode.ts'

/** Prints each different set of attributes below the directory once, however many entries have it. Follows `probePath`. */
export function probeTree(): Script {
  return sh`case $s in 4*) find -H "$p" -mindepth 1 -printf 'below %y|%m|%u|%g|%U|%G\\n' > /dev/null || exit 1
find -H "$p" -mindepth 1 -printf 'below %y|%m|%u|%g|%U|%G\\n' | sort -u;; esac`
}

export function readTree(stdout: string, { recurse, owner, group }: FileParams): Partial<FileModuleState> {
  if (!recurse) return {}
  const below = [...stdout.matchAll(/^below (.)\|(\d+)\|(.*)\|(.*)\|(\d+)\|(\d+)$/gm)].map(
    ([, type = '', mode = '', user = '', team = '', uid, gid]) =>
      shown({ type, mode: mode.padStart(4, '0'), owner: owner === uid ? uid : user, group: group === gid ? gid : team } as Entry),
  )
  return { below: unique(below) }
}

/** The sets of attributes that everything below should have; links have no mode of their own. */
export function desiredTree(params: FileParams, { below }: FileModuleState): Partial<FileModuleState> {
  if (!params.recurse || below === undefined) return {}
  return { below: unique(below.map((entry) => shown(wanted(read(entry), params)))) }
}

/** chmod and chown walk the tree themselves, without following links. */
export function convergeTree(
  current: FileModuleState,
  desired: Partial<FileModuleState>,
  { mode, owner = '', group = '' }: FileParams,
): readonly Script[] {
  if (desired.below === undefined || desired.below.join() === current.below?.join()) return []
  const account = group === '' ? owner : `${owner}:${group}`
  return [
    lines([
      sh`cd -P -- ${current.path} || exit 1`,
      ...(account === '' ? [] : [sh`find . -mindepth 1 -maxdepth 1 -exec chown -Rh -- ${account} {} + || exit 1`]),
      ...(mode === undefined
        ? []
        : [
            sh`find . -mindepth 1 -maxdepth 1 ! -type l -exec chmod -R -- ${/^\d/.test(mode) ? mode.padStart(5, '0') : mode} {} + || exit 1`,
          ]),
    ]),
  ]
}

interface Entry {
  readonly type: string
  readonly mode: string
  readonly owner: string
  readonly group: string
}

function wanted(entry: Entry, { mode, owner = entry.owner, group = entry.group }: FileParams): Entry {
  const isLink = entry.type === 'l'
  return {
    ...entry,
    owner,
    group,
    mode: mode === undefined || isLink ? entry.mode : resolveMode(mode, { current: entry.mode, directory: entry.type === 'd' }),
  }
}

const TYPES: { readonly [letter: string]: string } = {
  d: 'directory',
  f: 'file',
  l: 'link',
  p: 'fifo',
  s: 'socket',
  c: 'character device',
  b: 'block device',
}

function shown({ type, mode, owner, group }: Entry): string {
  return `${TYPES[type] ?? type} ${mode} ${owner}:${group}`
}

function read(entry: string): Entry {
  const [, type = '', mode = '', owner = '', group = ''] = /^(.*) (\d{4}) (.*):(.*)$/.exec(entry) ?? []
  return { type: Object.keys(TYPES).find((letter) => TYPES[letter] === type) ?? type, mode, owner, group }
}

function unique(entries: readonly string[]): readonly string[] {
  return [...new Set(entries)].sort()
}
