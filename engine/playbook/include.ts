import { type Diagnostic, Rejected, reject } from '../core/diagnostic.ts'
import type { Value } from '../core/json.ts'
import type { MapNode, Node, ScalarNode } from '../core/node.ts'
import type { GivenLayer, Include, Inherited, Layer, RoleCall, Step, Task } from '../core/plan.ts'
import { type Options, reportOnce, withReader } from './compile.ts'
import { type Compiling, emptyParts } from './compiling.ts'
import { fileSteps, roleUsing } from './bringing.ts'
import { notifications, unanswered } from './handlers.ts'
import { isTemplated, yes } from './keywords.ts'
import { itemLayer, itemsOf } from './loop_items.ts'
import { compileRole } from './role.ts'
import { roleFolders } from './role_files.ts'
import { render, type Scope } from './scope.ts'
import { compileSteps } from './steps.ts'
import { firstFalse } from './when.ts'

/** What an include turned out to hold for a host. */
export interface Expansion {
  readonly steps: readonly Step[]
  /** Handlers of an included role: the play has them from now on. */
  readonly handlers: readonly Task[]
  /** Defaults and vars of a role included with `public: true`: all later tasks of the play see them. */
  readonly publicVars: readonly Layer[]
  /** To be checked with `checkRoleCall` before the steps run. */
  readonly roleCalls: readonly RoleCall[]
}

/** Expands includes during a run. Hosts for which an include means the same get the same steps, so that they stay in step. */
export interface Expander {
  /**
   * What an include holds for the host of this scope, all items of its loop one after the other; or the condition that did not hold.
   * `handlers` are those the play has so far. Rejects what is wrong; throws `Pending` if a name it needs is not known yet.
   */
  readonly expand: (include: Include, scope: Scope, handlers: readonly Task[]) => Expansion | { readonly condition: Node }
}

/** An expander for one run. */
export function createExpander(options: Options): Expander {
  const known = new Map<Include, Map<string, Expansion>>()
  const reading = withReader(options)
  const once = (include: Include, bringing: Bringing): Expansion => {
    const earlier = known.get(include) ?? new Map<string, Expansion>()
    known.set(include, earlier)
    const key = JSON.stringify([bringing.params, bringing.item?.given])
    const expansion = earlier.get(key) ?? bring(include, { ...bringing, number: earlier.size, options: reading })
    earlier.set(key, expansion)
    return expansion
  }
  return {
    expand: (include, scope, handlers) => {
      const all = include.loop ? looped(include, { scope, once }) : plainly(include, { scope, once })
      if ('condition' in all) return all
      checkHandlersKnown(all, handlers)
      return all
    },
  }
}

/** Deeper nesting is an include that includes itself without an end. */
const DEEPEST = 200

interface Bringing {
  readonly params: { readonly [name: string]: Value }
  readonly item?: GivenLayer
  readonly handlers?: readonly Task[]
}

interface Expanding {
  readonly scope: Scope
  readonly once: (include: Include, bringing: Bringing) => Expansion
}

function plainly(include: Include, { scope, once }: Expanding): Expansion | { readonly condition: Node } {
  const condition = firstFalse(include.when, scope)
  return condition ? { condition } : once(include, { params: rendered(include.params, scope) })
}

function looped(include: Include, { scope, once }: Expanding): Expansion | { readonly condition: Node } {
  const loop = include.loop
  if (!loop) return plainly(include, { scope, once })
  const items = itemsOf(loop, scope)
  const outcomes = items.map((_, index): Expansion | { readonly condition: Node } => {
    const item = itemLayer(loop, items, index)
    const within = scope.with([item])
    const condition = firstFalse(include.when, within)
    return condition ? { condition } : once(include, { params: rendered(include.params, within), item })
  })
  const expansions = outcomes.filter((outcome) => 'steps' in outcome)
  const skipped = outcomes.find((outcome) => 'condition' in outcome)
  return expansions.length === 0 && skipped ? skipped : joined(expansions)
}

function rendered(params: MapNode, scope: Scope): { readonly [name: string]: Value } {
  return Object.fromEntries(params.entries.filter(({ key }) => key !== 'apply').map(({ key, value }) => [key, render(value, scope)]))
}

function joined(expansions: readonly Expansion[]): Expansion {
  return {
    steps: expansions.flatMap(({ steps }) => steps),
    handlers: [...new Set(expansions.flatMap(({ handlers }) => handlers))],
    publicVars: [...new Set(expansions.flatMap(({ publicVars }) => publicVars))],
    roleCalls: expansions.flatMap(({ roleCalls }) => roleCalls),
  }
}

function bring(
  include: Include,
  { params, item, number, options }: Bringing & { readonly number: number; readonly options: Compiling['options'] },
): Expansion {
  if (include.position.length > DEEPEST) {
    reject({
      code: 'circle',
      message: `\`${include.name}\` goes on including itself`,
      origin: include.origin,
      help: 'give it a condition that ends it',
    })
  }
  const problems: Diagnostic[] = []
  const parts = emptyParts()
  const { folder } = include.inherited
  const compiling: Compiling = {
    options,
    report: reportOnce(problems),
    parts,
    roleFolders: roleFolders(options, folder),
    trail: [],
    steps: compileSteps,
  }
  const inherited: Inherited = item ? { ...include.inherited, vars: [...include.inherited.vars, item] } : include.inherited
  const position = [...include.position, number]
  const steps = stepsOf(include, { params: written(include.params, params), position, inherited, compiling })
  if (problems.length > 0) throw new Rejected(problems)
  return { steps, handlers: parts.handlers, publicVars: parts.vars, roleCalls: parts.roleCalls }
}

interface Stepping {
  readonly params: MapNode
  readonly position: readonly number[]
  readonly inherited: Inherited
  readonly compiling: Compiling
}

function stepsOf({ of }: Include, { params, position, inherited, compiling }: Stepping): readonly Step[] {
  if (of === 'role')
    return compileRole(roleUsing(params, { position, inherited, given: [], compiling, isPublic: yes(params, 'public') ?? false }))
  const file = params.entries.find(({ key }) => key === 'file')?.value
  return file ? fileSteps(file, { position, inherited, compiling }) : []
}

/** The params with their values rendered, still at their places. */
function written(node: MapNode, params: { readonly [name: string]: Value }): MapNode {
  const entries = node.entries.flatMap((entry) => {
    const value = params[entry.key]
    return value === undefined ? [] : [{ ...entry, value: scalar(value, entry.value) }]
  })
  return { ...node, entries }
}

function scalar(value: Value, { origin }: Node): ScalarNode {
  const plain = typeof value === 'boolean' || typeof value === 'number' ? value : String(value)
  return { kind: 'scalar', value: plain, raw: String(plain), quoted: true, tag: '!unsafe', origin }
}

function checkHandlersKnown({ steps, handlers }: Expansion, before: readonly Task[]): void {
  const all = [...before, ...handlers]
  const problems = steps.flatMap(notifications).flatMap((node) => unknownHandler(node, all))
  if (problems.length > 0) throw new Rejected(problems)
}

function unknownHandler(node: Node, handlers: readonly Task[]): readonly Diagnostic[] {
  if (node.kind !== 'scalar' || isTemplated(node) || unanswered([node.raw], handlers).length === 0) return []
  return [
    {
      code: 'unknown-handler',
      message: `there is no handler \`${node.raw}\``,
      origin: node.origin,
      help: 'add it under `handlers:` of the play or role',
    },
  ]
}
