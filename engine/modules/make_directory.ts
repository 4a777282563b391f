import { posix } from 'node:path'
import type { Resource } from '../core/module.ts'
import { type Script, lines, sh } from '../core/script.ts'
import { type Attributes, setAttributes } from './file_attributes.ts'

/**
 * Makes a directory and those above it that are missing; only the new ones get the attributes. The path must have its
 * links resolved: a link met on the way was put there since, and is refused.
 */
export function makeDirectory(path: string, desired: Partial<Attributes>): Script {
  const parts = path.split('/').filter((part) => part !== '')
  return lines([
    sh`(`,
    sh`cd / || exit 1`,
    sh`for c in ${parts.map((part) => `./${part}`)}; do`,
    sh`[ ! -L "$c" ] || { printf '%s\\n' ${`a part of ${path} was replaced by a link meanwhile`} >&2; exit 1; }`,
    sh`[ -d "$c" ] || { mkdir -m 0700 -- "$c" || exit 1`,
    ...setAttributes(sh`"$c"`, { mode: '0700', owner: '', group: '' }, { ...desired, mode: desired.mode ?? '0755' }),
    sh`}`,
    sh`cd -P -- "$c" || exit 1`,
    sh`done`,
    sh`)`,
  ])
}

/** What `makeDirectory` may alter besides what is below the path: each folder on the way to it may be new. */
export function foldersTo(path: string): readonly Resource[] {
  const above = posix.dirname(path)
  return above === path ? [] : [...foldersTo(above), `folder:${path}`]
}
