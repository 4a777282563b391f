import { Content } from '../core/content.ts'
import type { Given, Module, Resource } from '../core/module.ts'
import type { ObjectSchema, Params } from '../core/params.ts'
import type { Script } from '../core/script.ts'
import type { As } from '../session/as.ts'
import type { Notice } from '../session/owed.ts'
import type { Permit } from './permit.ts'

/** One task (or one item of its loop) made ready for one host: everything rendered, checked and at hand. */
export interface Job {
  readonly module: Module
  /** The verb of a handler: `restarted`. */
  readonly action?: string
  readonly params: Params<ObjectSchema>
  readonly given: Given
  readonly as: As
  readonly environment: { readonly [name: string]: string }
  readonly check: boolean
  readonly timeoutMs?: number
  /** Handlers that a change will notify, if any. */
  readonly notice?: Notice
  /** Asked before it changes anything; left out, it may. */
  readonly permit?: Permit
}

/** What looking costs nothing but a place in the next exchange: the reading it needs, under the key that identifies it. */
export interface Look {
  readonly key: string
  readonly as: As
  readonly script: Script
  readonly reads: readonly Resource[]
  /** Whether it only looks, and at once; a query may wait, and what was read before it is old then. */
  readonly isInstant: boolean
  readonly environment: { readonly [name: string]: string }
  /** Set by the task. */
  readonly timeoutMs?: number
}

/** The reading a job starts from; none for modules that act each time, and for a handler's verb. */
export function lookOf(job: Job): Look | undefined {
  const { module, params, given } = job
  if (job.action || module.kind === 'control') return undefined
  const reads = module.reads?.(params) ?? ['*']
  if (module.kind === 'state') return look(module.probe(params, given), reads, job)
  if (module.kind === 'query') return look(module.run(params, given), reads, job)
  const prediction = job.check ? module.predict?.(params) : undefined
  return prediction && look(prediction, ['*'], job)
}

/** What a job may alter on its host if it is carried out. */
export function touchesOf({ module, params, action, check }: Job): readonly Resource[] {
  if (check || module.kind === 'query' || module.kind === 'control') return []
  return action ? ['*'] : (module.touches?.(params) ?? ['*'])
}

function look(script: Script, reads: readonly Resource[], { module, as, environment, timeoutMs }: Job): Look {
  const text = script.parts.map((part) => (part instanceof Content ? `<${part.sha256}>` : part)).join('')
  return {
    key: `${JSON.stringify([as?.user, environment])}${text}`,
    as,
    script,
    reads,
    isInstant: module.kind === 'state',
    environment,
    ...(timeoutMs !== undefined && { timeoutMs }),
  }
}
