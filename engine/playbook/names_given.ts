import { join } from 'node:path'
import { Rejected } from '../core/diagnostic.ts'
import { at, type MapNode } from '../core/node.ts'
import type { Task } from '../core/plan.ts'
import { readDocument } from '../source/read.ts'
import { Pending } from './pending.ts'
import { isFile } from './role_files.ts'
import { render, type Scope } from './scope.ts'
import { sourcePaths } from './source_paths.ts'
import { isSkipped } from './task_check.ts'

interface Within {
  readonly scope: Scope
  /** The folder of the playbook. */
  readonly folder: string
}

/** The names of variables that a task gives a value to; undefined if they cannot be known before the run. */
export function namesGiven(task: Task, within: Within): readonly string[] | undefined {
  const registered = task.register === undefined ? [] : [task.register]
  if (task.module.name === 'set_fact') return [...registered, ...keysOf(task.params)]
  if (task.module.name !== 'include_vars') return registered
  const included = includedNames(task, within)
  return included && [...registered, ...included]
}

function includedNames(task: Task, { scope, folder }: Within): readonly string[] | undefined {
  const [name, file] = [at(task.params, 'name'), at(task.params, 'file')]
  if (task.loop) return undefined
  if (isSkipped(task.when, scope)) return []
  if (name?.kind === 'scalar') return [name.raw]
  try {
    return file && namesIn(String(render(file, scope)), task, folder)
  } catch (error) {
    // What is wrong with the file is said when its task runs, or was said when the task was checked.
    if (error instanceof Pending || error instanceof Rejected) return undefined
    throw error
  }
}

function namesIn(path: string, { role }: Task, folder: string): readonly string[] | undefined {
  const places = [
    ...(role ? [join(role.folder, 'vars', path)] : []),
    ...sourcePaths({ kind: 'file', path }, { role, folder }),
    join(folder, 'vars', path),
  ]
  const found = places.find(isFile)
  const document = found === undefined ? undefined : readDocument(found)
  return document?.kind === 'map' ? keysOf(document) : undefined
}

function keysOf({ entries }: MapNode): readonly string[] {
  return entries.map(({ key }) => key)
}
