import type { Given, Module } from '../core/module.ts'
import type { ObjectSchema, Params } from '../core/params.ts'
import type { Task } from '../core/plan.ts'
import { sh } from '../core/script.ts'
import { debug } from '../modules/debug.ts'

/** On a host that is as declared, assertions hold and `fail` is not reached. */
export const SAYS_ONLY: ReadonlySet<string> = new Set(['assert', 'debug', 'fail'])

type Untold = Params<ObjectSchema>

/** The module on a host where it finds what it would make. Params that are not known still give a look of their own. */
export function moduleAsDeclared({ module, position }: Task): Module {
  if (module.kind === 'control') return SAYS_ONLY.has(module.name) ? (debug as Module) : module
  const own = sh`: ${`params not known ${position.join('.')}`}`
  const { sources, reads, touches } = module
  const common = {
    sources: (params: Untold) => attempt(() => sources?.(params) ?? {}, {}),
    ...(reads && { reads: (params: Untold) => attempt(() => reads(params), ['*']) }),
    ...(touches && { touches: (params: Untold) => attempt(() => touches(params), ['*']) }),
  }
  if (module.kind === 'state') {
    const { result: _, actions, ...rest } = module
    const verbs = Object.entries(actions ?? {}).map(([verb, act]) => [verb, (params: Untold) => attempt(() => act(params), [own])])
    return {
      ...rest,
      ...common,
      probe: (params: Untold, given: Given) => attempt(() => module.probe(params, given), own),
      parse: () => ({}),
      desired: () => ({}),
      actions: Object.fromEntries(verbs),
    } as Module
  }
  const run = (params: Untold, given: Given) => attempt(() => module.run(params, given), own)
  const outcome = (_: unknown, params: object) => ({ failed: false, changed: acts(module.name, params), values: {} })
  return { ...module, ...common, run, outcome } as Module
}

/** Whether a command counts as a change; where `creates` or `removes` is given, it has been carried out before. */
function acts(name: string, params: object): boolean {
  return COMMANDS.has(name) && !('creates' in params) && !('removes' in params)
}

/** Modules that run what they are given. */
export const COMMANDS: ReadonlySet<string> = new Set(['command', 'shell', 'raw', 'script'])

function attempt<T>(make: () => T, otherwise: T): T {
  try {
    return make()
  } catch {
    return otherwise
  }
}
