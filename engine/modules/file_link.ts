import { posix } from 'node:path'
import { Refusal } from '../core/module.ts'
import { type Script, lines, sh } from '../core/script.ts'
import type { FileModuleState, FileParams } from './file_params.ts'
import { attributesOf, cleanPath, desiredAttributes, pathProblems, setAttributes } from './file_attributes.ts'
import { problemsWhere } from './problems.ts'
import { inDirectoryOf, relativeName } from './real_directory.ts'

/** What is wrong with the params of a link, one sentence each. */
export function linkProblems({ state, src, mode, owner, group, follow }: FileParams): readonly string[] {
  if (state !== 'link' && state !== 'hard') return src === undefined ? [] : ['`src` needs `state: link` or `state: hard`']
  if (src === undefined) return [`\`state: ${state}\` needs \`src\``]
  if (state === 'hard') return pathProblems('src', src)
  return problemsWhere(
    [src === '', '`src` must not be empty'],
    [mode !== undefined, 'a symbolic link has no mode: set `mode` on what it leads to, in a task of its own'],
    [
      follow && (owner ?? group) !== undefined,
      '`owner` and `group` with `state: link` need `follow: false`, and are then those of the link itself',
    ],
  )
}

/** Prints what the link says and whether what it should lead to exists. Follows `probePath`. */
export function probeLink({ path, state, src = '' }: FileParams): Script {
  const source = posix.resolve(posix.dirname(path), src)
  if (state === 'hard') return sh`printf 'source %s\\n' "$(stat -c %d:%i -- ${source} 2>/dev/null)"`
  return lines([
    sh`[ ! -L "$p" ] || printf 'target %s\\n' "$(readlink -n -- "$p" | base64 -w0)"`,
    sh`[ ! -e ${source} ] || echo source there`,
  ])
}

export function readLink(stdout: string, { state }: FileParams): Partial<FileModuleState> {
  if (state !== 'link' && state !== 'hard') return {}
  const target = /^target (.*)$/m.exec(stdout)?.[1]
  return {
    ...(target !== undefined && { target: Buffer.from(target, 'base64').toString() }),
    source: /^source (.*)$/m.exec(stdout)?.[1] ?? '',
  }
}

/** The link asked for. Refuses to make one that leads nowhere, or in the place of something else, unless forced. */
export function desiredLink(params: FileParams, current: FileModuleState): Partial<FileModuleState> {
  const { state, force } = params
  refuseNowhere(params, current)
  const what: Partial<FileModuleState> =
    state === 'link' ? { kind: 'link', target: params.src ?? '' } : { kind: 'file', identity: current.source ?? '' }
  const replaces = current.kind !== 'absent' && (current.kind !== what.kind || (state === 'hard' && current.identity !== what.identity))
  if (replaces && !force) {
    throw new Refusal(`\`${current.path}\` is a ${current.kind}, and would be replaced by a link`, 'use `force: true` if it may go')
  }
  return { ...what, ...desiredAttributes(params, current) }
}

function refuseNowhere({ state, src, force }: FileParams, { source }: FileModuleState): void {
  if (source !== '' || (force && state === 'link')) return
  throw new Refusal(`\`src: ${src}\` does not exist`, state === 'link' ? 'make it first, or use `force: true`' : 'make it first')
}

export function convergeLink(current: FileModuleState, desired: Partial<FileModuleState>, { state, src = '' }: FileParams): Script {
  const name = relativeName(current.path)
  const isThere = state === 'link' ? current.target === desired.target && current.kind === 'link' : current.identity === desired.identity
  if (isThere) return inDirectoryOf(current.path, setAttributes(name, attributesOf(current), desired))
  return inDirectoryOf(current.path, [
    sh`t=$(mktemp -u ./.holdfast.XXXXXXXXXX) || exit 1`,
    sh`trap 'rm -f -- "$t"' EXIT; trap 'exit 1' HUP INT TERM`,
    // ln makes the new name only if nothing has it, and mv puts it in place in one step.
    state === 'link' ? sh`ln -s -- ${src} "$t" || exit 1` : sh`ln -- ${cleanPath(src)} "$t" || exit 1`,
    ...setAttributes(sh`"$t"`, { mode: '', owner: '', group: '' }, desired),
    ...(current.kind === 'directory' ? [sh`rmdir -- ${name} || exit 1`] : []),
    sh`mv -fT -- "$t" ${name} && sync -- . || exit 1`,
  ])
}
