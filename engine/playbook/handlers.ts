import type { Diagnostic } from '../core/diagnostic.ts'
import type { Node } from '../core/node.ts'
import type { Step, Task } from '../core/plan.ts'
import { nearest } from '../source/suggest.ts'
import type { PlayParts } from './compiling.ts'
import { isTemplated, type Report } from './keywords.ts'
import { isTemplate } from './template.ts'

/**
 * The handlers that notifications mean, in the order of their definition, each once. A name means the handler defined last
 * under it, `role : name` that of the role, and a topic every handler that listens to it.
 */
export function notified(names: readonly string[], handlers: readonly Task[]): readonly Task[] {
  const meant = new Set(names.flatMap((name) => [...named(name, handlers), ...handlers.filter(({ listen }) => listen.includes(name))]))
  return handlers.filter((handler) => meant.has(handler))
}

/** The names among these that no handler answers to. */
export function unanswered(names: readonly string[], handlers: readonly Task[]): readonly string[] {
  return names.filter((name) => notified([name], handlers).length === 0)
}

/** Reports handlers that can never be told apart, or found. */
export function checkHandlers(handlers: readonly Task[], report: Report): void {
  const first = new Map<string, Task>()
  for (const handler of handlers) {
    const { name, origin } = handler
    if (isTemplate(name) && handler.listen.length === 0) {
      report({
        code: 'bad-handler',
        message: 'the name of a handler cannot be a template',
        origin,
        help: 'give it a fixed name, or a topic with `listen`',
      })
    }
    const key = `${origin.file}\n${name}`
    const before = first.get(key)
    if (before) report(duplicate(handler, before))
    else first.set(key, handler)
  }
}

/** Reports notifications that no handler answers to. */
export function checkNotifications(
  steps: readonly Step[],
  { parts, report }: { readonly parts: PlayParts; readonly report: Report },
): void {
  if (parts.anyHandler) return
  const seen = new Set<Node>()
  for (const node of steps.flatMap(notifications)) {
    if (seen.has(node) || node.kind !== 'scalar' || isTemplated(node)) continue
    seen.add(node)
    if (notified([node.raw], parts.handlers).length === 0 && !parts.laterHandlers.has(node.raw))
      report(unknownHandler(node.raw, node, parts))
  }
}

/** What a step and all in it notify. */
export function notifications(step: Step): readonly Node[] {
  if (step.kind === 'block') return [...step.tasks, ...step.rescue, ...step.always].flatMap(notifications)
  return step.kind === 'task' ? step.notify : []
}

function named(name: string, handlers: readonly Task[]): readonly Task[] {
  const [, role, rest] = /^(.+?) : (.+)$/.exec(name) ?? []
  const found =
    handlers.findLast((handler) => handler.name === name) ??
    handlers.findLast((handler) => handler.role?.name === role && handler.name === rest && role !== undefined)
  return found ? [found] : []
}

function duplicate({ name, origin }: Task, before: Task): Diagnostic {
  return {
    code: 'duplicate-handler',
    message: `there are two handlers \`${name}\` in one file`,
    origin,
    help: 'rename one of them, or let both `listen` to one topic',
    related: [{ message: 'first here', origin: before.origin }],
  }
}

function unknownHandler(name: string, node: Node, { handlers, laterHandlers }: PlayParts): Diagnostic {
  const known = [...handlers.flatMap((handler) => [handler.name, ...handler.listen]), ...laterHandlers]
  const meant = nearest(name, known)
  const help = meant === undefined ? 'add it under `handlers:` of the play or role' : `did you mean \`${meant}\`?`
  return { code: 'unknown-handler', message: `there is no handler \`${name}\``, origin: node.origin, help }
}
