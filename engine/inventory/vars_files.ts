import { extname, join } from 'node:path'
import { attempt, type Diagnostic, Rejected, reject } from '../core/diagnostic.ts'
import type { MapNode } from '../core/node.ts'
import { lookAt, readDocument, readFolder } from '../source/read.ts'
import type { Group, Host, VarsFolder } from './model.ts'
import { LOCAL } from './select.ts'
import { writable } from './sources.ts'

interface Named {
  readonly hosts: ReadonlyMap<string, Host>
  readonly groups: ReadonlyMap<string, Group>
  readonly warnings: Diagnostic[]
}

/** The vars files in `group_vars/` and `host_vars/` of a folder, for the hosts and groups there are. Rejects with all their problems. */
export function loadVarsFolder(path: string, { hosts, groups, warnings }: Named): VarsFolder {
  const problems: Diagnostic[] = []
  const reading = { problems, warnings }
  const folder = {
    path,
    groups: varsIn(join(path, 'group_vars'), { names: [...groups.keys()], reading }),
    hosts: varsIn(join(path, 'host_vars'), { names: [...new Set([...hosts.keys(), ...LOCAL])], reading }),
  }
  if (problems.length > 0) throw new Rejected(problems)
  return folder
}

interface Reading {
  readonly problems: Diagnostic[]
  readonly warnings: Diagnostic[]
}

interface Wanted {
  readonly names: readonly string[]
  readonly reading: Reading
}

const EXTENSIONS = ['', '.yml', '.yaml', '.json']

function varsIn(folder: string, { names, reading }: Wanted): ReadonlyMap<string, readonly MapNode[]> {
  const present = namesIn(folder, reading)
  const found = new Map<string, readonly MapNode[]>()
  for (const name of present.size > 0 ? names : []) {
    // A name that holds a slash is a path, and must not lead out of the folder.
    const files = name.includes('/') ? [] : EXTENSIONS.map((extension) => name + extension).filter((file) => present.has(file))
    const [first, ...others] = files.map((file) => join(folder, file))
    if (first === undefined) continue
    reading.problems.push(...others.map((other) => hidden(first, other)))
    const maps = (attempt(reading.problems, () => filesBelow(first)) ?? []).flatMap((file) => mapIn(file, reading))
    if (maps.length > 0) found.set(name, maps)
  }
  return found
}

function namesIn(folder: string, { problems }: Reading): ReadonlySet<string> {
  const stat = lookAt(folder)
  if (!stat) return new Set()
  if (stat.isDirectory()) return new Set(attempt(problems, () => readFolder(folder)))
  problems.push({ code: 'not-a-folder', message: `\`${folder}\` is no folder`, help: 'make it one, with a file for each name' })
  return new Set()
}

function hidden(first: string, other: string): Diagnostic {
  const message = `\`${other}\` and \`${first}\` are for the same name, and Ansible would silently read only the second`
  return { code: 'hidden-vars', message, help: 'move one into the other; a folder may hold any number of files' }
}

/** The file itself, or the vars files in the folder and below, in order. */
function filesBelow(path: string): readonly string[] {
  if (!lookAt(path)?.isDirectory()) return [path]
  return readFolder(path)
    .filter((name) => !name.startsWith('.') && !name.endsWith('~'))
    .flatMap((name) => {
      const inner = join(path, name)
      const extension = extname(name)
      if (lookAt(inner)?.isDirectory()) return extension === '' ? filesBelow(inner) : []
      return EXTENSIONS.includes(extension) ? [inner] : []
    })
}

function mapIn(file: string, { problems, warnings }: Reading): readonly MapNode[] {
  if (((lookAt(file)?.mode ?? 0) & 0o022) !== 0) warnings.push(writable(file))
  const node = attempt(problems, () => {
    const found = readDocument(file)
    const isEmpty = found.kind === 'scalar' ? !found.value : found.kind === 'list' && found.items.length === 0
    if (found.kind === 'map' || isEmpty) return found
    reject({ code: 'wrong-type', message: 'a vars file must be a map', origin: found.origin, help: 'write `name: value` on each line' })
  })
  return node?.kind === 'map' && node.entries.length > 0 ? [node] : []
}
