import { posix } from 'node:path'
import type { Change } from '../core/module.ts'
import { type Script, sh } from '../core/script.ts'
import { defined } from './defined.ts'
import { isMode, resolveMode } from './file_mode.ts'
import type { PathReading } from './path_probe.ts'

/** The params by which Ansible's file modules say who may do what with a path. */
export const ATTRIBUTE_PARAMS = {
  mode: {
    type: 'string',
    format: 'mode',
    description: "Permissions, such as `'0644'` (with its leading zero) or `u=rw,g=r,o=`. Left out, they stay as they are.",
  },
  owner: { type: 'string', description: 'User, by name or number. Left out, the owner stays as it is.' },
  group: { type: 'string', description: 'Group, by name or number. Left out, the group stays as it is.' },
} as const

export interface AttributeParams {
  readonly mode?: string
  readonly owner?: string
  readonly group?: string
}

/** Who owns a path and what they may do: the part of a state that every file module shares. */
export interface Attributes {
  readonly mode: string
  readonly owner: string
  readonly group: string
}

/** The attributes that are asked for, symbolic modes worked out from the current ones. */
export function desiredAttributes(params: AttributeParams, current: Attributes, { directory = false } = {}): Partial<Attributes> {
  const start = current.mode || (directory ? '0755' : '0644')
  const mode = params.mode === undefined ? undefined : resolveMode(params.mode, { current: start, directory })
  return defined({ mode, owner: params.owner, group: params.group })
}

/** Just the attributes of a reading. */
export function attributesOf({ mode, owner, group }: PathReading): Attributes {
  return { mode, owner, group }
}

/** What is wrong with the attribute params, one sentence each. */
export function attributeProblems({ mode, owner, group }: AttributeParams): readonly string[] {
  return [
    ...(mode !== undefined && !isMode(mode)
      ? [`\`mode: ${mode}\` is no mode: write four octal digits in quotes (\`'0644'\`) or symbols (\`u=rw,g=r,o=\`)`]
      : []),
    ...[owner, group].flatMap((name) =>
      name !== undefined && !ACCOUNT.test(name) ? [`\`${name}\` cannot be the name of a user or group`] : [],
    ),
  ]
}

/** What is wrong with a path on a host, one sentence each. */
export function pathProblems(param: string, path: string): readonly string[] {
  if (!path.startsWith('/')) return [`\`${param}: ${path}\` must be an absolute path`]
  if (path.split('/').includes('..')) return [`\`${param}: ${path}\` must not hold \`..\`: name the place itself`]
  if (path.includes('\0')) return [`\`${param}\` must not hold a NUL byte`]
  return []
}

/** The path without doubled or trailing slashes. */
export function cleanPath(path: string): string {
  const clean = posix.normalize(path)
  return clean.length > 1 && clean.endsWith('/') ? clean.slice(0, -1) : clean
}

/** Gives `./name` (quoted, in the current directory) its owner, group and mode, in the order that keeps set-id bits. */
export function setAttributes(name: Script, current: Attributes, desired: Partial<Attributes>): readonly Script[] {
  const { owner = '', group = '' } = differingAttributes(current, desired)
  const account = group === '' ? owner : `${owner}:${group}`
  const mode = desired.mode ?? current.mode
  // chown clears the set-id bits, so the mode is set again even if it was right. Five digits also clear those of a directory.
  const setsMode = mode !== '' && (mode !== current.mode || account !== '')
  return [
    ...(account === '' ? [] : [sh`chown -h -- ${account} ${name} || exit 1`]),
    ...(setsMode ? [sh`chmod -- 0${mode} ${name} || exit 1`] : []),
  ]
}

/** A line for each attribute that differs. */
export function attributeChanges(current: Attributes, desired: Partial<Attributes>): readonly Change[] {
  return Object.entries(differingAttributes(current, desired)).map(([what, to]) => ({ what, from: current[what as keyof Attributes], to }))
}

function differingAttributes(current: Attributes, desired: Partial<Attributes>): Partial<Attributes> {
  const { mode, owner, group } = desired
  const wanted = Object.entries(defined({ mode, owner, group }))
  return Object.fromEntries(wanted.filter(([name, value]) => value !== current[name as keyof Attributes]))
}

const ACCOUNT = /^[A-Za-z0-9_][^:/|\s]*$/
