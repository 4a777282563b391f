import { type Entry, entryAt, type Node } from '../core/node.ts'
import type { Include, Inherited, Step } from '../core/plan.ts'
import { bringing, checkRest, fileSteps, roleUsing, withoutVars } from './bringing.ts'
import { type Compiling, emptyParts, type StepAt } from './compiling.ts'
import { isTemplated, nameAt, valueAt } from './keywords.ts'
import { compileRole, handlerNames } from './role.ts'
import { inherit, layerOf, settings } from './settings.ts'
import { loopOf } from './task_loop.ts'

/** `include_tasks` or `include_role`: a step that is expanded during the run. */
export function compileInclude(at: StepAt, { entry, of }: { readonly entry: Entry; readonly of: 'tasks' | 'role' }): readonly Step[] {
  const { compiling, map, position } = at
  checkRest(at, entry)
  if (at.handlers)
    compiling.report({
      code: 'bad-handler',
      message: `\`${entry.key}\` cannot be a handler`,
      origin: entry.keyOrigin,
      help: `write \`${entry.key.replace('include', 'import')}\``,
    })
  const params = bringing(entry, { of, report: compiling.report })
  const own = inherit(at.inherited, withoutVars(map), 'include params')
  const vars = [...at.inherited.vars, ...layerOf(map, 'include params')]
  const loop = loopOf(map, compiling.report)
  const { ignoreErrors, runOnce, anyErrorsFatal } = settings(own)
  const apply = valueAt(params, 'apply')
  const outer: Inherited = { ...at.inherited, vars }
  const step: Include = {
    kind: 'include',
    of,
    position,
    name: nameAt(map, 'name') ?? entry.key,
    ...(own.role && { role: own.role }),
    origin: entryAt(map, 'name')?.keyOrigin ?? entry.keyOrigin,
    when: own.when,
    tags: own.tags,
    vars,
    params: { ...params, origin: entry.keyOrigin },
    ...(loop && { loop }),
    runOnce,
    anyErrorsFatal,
    ...(ignoreErrors && { ignoreErrors }),
    inherited: apply?.kind === 'map' ? inherit(outer, apply, 'include params') : outer,
  }
  lookAhead(step, compiling)
  return [step]
}

/** Compiles what an include will bring in, if that can be known, so that its problems are found before the run. */
function lookAhead(include: Include, compiling: Compiling): void {
  const { of, params } = include
  const name = valueAt(params, of === 'tasks' ? 'file' : 'name')
  if (params.entries.some(({ value }) => isTemplated(value))) compiling.parts.anyHandler = true
  else if (name) tryOut(include, { name, compiling })
}

function tryOut(
  { of, params, inherited, position }: Include,
  { name, compiling }: { readonly name: Node; readonly compiling: Compiling },
): void {
  // What includes itself again does so under a condition; once round is enough to find its problems.
  const mark = `include ${name.kind === 'scalar' ? name.raw : ''} in ${name.origin.file}`
  if (compiling.trail.includes(mark)) return
  const parts = emptyParts()
  const inner: Compiling = { ...compiling, parts, trail: [mark, ...compiling.trail.filter((path) => path.startsWith('include '))] }
  const using = { position, inherited, compiling: inner }
  const steps = of === 'tasks' ? fileSteps(name, using) : compileRole(roleUsing(params, { ...using, given: [], isPublic: false }))
  compiling.parts.laterSteps.push(...steps, ...parts.laterSteps)
  for (const handler of [...handlerNames(parts.handlers), ...parts.laterHandlers]) compiling.parts.laterHandlers.add(handler)
  compiling.parts.anyHandler ||= parts.anyHandler
}
