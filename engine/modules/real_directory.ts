import { posix } from 'node:path'
import { type Script, lines, sh } from '../core/script.ts'

/**
 * The scripts, run inside the directory of a path whose links a probe has resolved. The directory is entered once and
 * compared with what the probe saw; after that a relative name cannot be led elsewhere, whoever moves links about.
 */
export function inDirectoryOf(path: string, scripts: readonly Script[]): Script {
  const directory = posix.dirname(path)
  return lines([
    sh`(`,
    sh`cd -P -- ${directory} 2>/dev/null || { printf '%s\\n' ${`cannot enter ${directory}: it is no directory, or not open to this user`} >&2; exit 1; }`,
    // The dot keeps a newline at the end of a name from being dropped.
    sh`[ "$(pwd -P; echo .)" = ${`${directory}\n.`} ] || { printf '%s\\n' ${`${directory} was replaced by a link meanwhile`} >&2; exit 1; }`,
    ...scripts,
    sh`)`,
  ])
}

/** The last part of a path as a word that no command takes for an option. */
export function relativeName(path: string): Script {
  return sh`${`./${posix.basename(path)}`}`
}
