import { existsSync } from 'node:fs'
import { type Diagnostic, Rejected } from '../core/diagnostic.ts'
import type { Value } from '../core/json.ts'
import type { Source } from '../core/module.ts'
import type { MapNode } from '../core/node.ts'
import type { Task } from '../core/plan.ts'
import { readText, sourceText } from '../source/read.ts'
import { itemLayer, itemsOf } from './loop_items.ts'
import { hostNameOf, numberOf } from './keyword_value.ts'
import { coerceParams } from './params.ts'
import { Pending } from './pending.ts'
import { placeInFile } from './place.ts'
import { render, type Scope } from './scope.ts'
import { sourcePaths } from './source_paths.ts'
import { force } from './term.ts'
import { firstFalse } from './when.ts'

interface Within {
  /** The variables the task sees. */
  readonly scope: Scope
  /** The folder of the playbook. */
  readonly folder: string
  /** Told of each file or folder that goes to a host as it is. */
  readonly files?: { readonly source: (path: string) => void }
}

/**
 * Rejects with what is wrong with a task for one host, each item of its loop taken into account. Throws `Pending` if it hangs on
 * something that is not known yet. A task that will be skipped is not looked at.
 */
export function checkTask(task: Task, within: Within): void {
  for (const scope of itemScopes(task, within.scope)) {
    if (!firstFalse(task.when, scope)) checkItem(task, { ...within, scope })
  }
}

/** The variables of each item of the loop. A list that cannot be had does not matter if the task is skipped anyway. */
function itemScopes({ loop, when }: Task, scope: Scope): readonly Scope[] {
  if (!loop) return [scope]
  try {
    return itemsOf(loop, scope).map((_, i, items) => scope.with([itemLayer(loop, items, i)]))
  } catch (error) {
    if (error instanceof Rejected && isSkipped(when, scope)) return []
    throw error
  }
}

/** Whether a condition is known not to hold. */
export function isSkipped(when: Task['when'], scope: Scope): boolean {
  try {
    return firstFalse(when, scope) !== undefined
  } catch (error) {
    if (error instanceof Pending || error instanceof Rejected) return false
    throw error
  }
}

function checkItem(task: Task, { scope, folder, files }: Within): void {
  checkKeywords(task, scope)
  const values = renderAll(task.params, scope)
  const { module, action } = task
  const outcome = coerceParams(task.params, values, { module, origin: task.params.origin, ...(action !== undefined && { action }) })
  if ('problems' in outcome) throw new Rejected(outcome.problems)
  const problems = Object.values(module.sources?.(outcome.params as never) ?? {}).flatMap((source) =>
    checkSource(source, task, { scope, folder, ...(files && { files }) }),
  )
  if (problems.length > 0) throw new Rejected(problems)
}

function checkKeywords({ delegateTo, become, environment, notify, timeout, throttle, retries, delay, loop }: Task, scope: Scope): void {
  if (delegateTo) hostNameOf(delegateTo, { keyword: 'delegate_to', scope })
  for (const node of [become?.user, ...environment, ...notify]) if (node) render(node, scope)
  const numbers = Object.entries({ timeout, throttle, retries, delay, pause: loop?.pause })
  for (const [keyword, node] of numbers) if (node) numberOf(node, { keyword, scope })
}

/** The rendered params. All that are wrong are named, not only the first, even where others are not known yet. */
function renderAll({ entries }: MapNode, scope: Scope): { readonly [name: string]: Value } {
  const problems: Diagnostic[] = []
  let pending: Pending | undefined
  const values = entries.map(({ key, value }): readonly [string, Value] => {
    try {
      return [key, render(value, scope)]
    } catch (error) {
      if (error instanceof Rejected) problems.push(...error.diagnostics)
      else if (error instanceof Pending) pending = error
      else throw error
      return [key, null]
    }
  })
  if (problems.length > 0) throw new Rejected(problems)
  if (pending) throw pending
  return Object.fromEntries(values)
}

function checkSource(source: Source, task: Task, { scope, folder, files }: Within): readonly Diagnostic[] {
  if (source.kind === 'url') return []
  const paths = sourcePaths(source, { role: task.role, folder })
  const path = paths.find((candidate) => existsSync(candidate))
  if (path === undefined) {
    const what = source.kind === 'template' ? 'template' : 'file'
    return [
      {
        code: 'missing-file',
        message: `there is no ${what} \`${source.path}\``,
        origin: task.params.origin,
        help: `put it at one of: ${paths.join(', ')}`,
      },
    ]
  }
  if (source.kind === 'template') {
    const text = sourceText(path) ?? readText(path)
    force(scope.readText(text, placeInFile(path, text)))
  } else files?.source(path)
  return []
}
