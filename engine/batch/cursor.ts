import type { Block, Include, Step, Task } from '../core/plan.ts'

/** The end of a section, where notified handlers run. */
export interface Flush {
  readonly kind: 'flush'
  readonly position: readonly number[]
  /** Of the play. */
  readonly isLast: boolean
}

/** The first contact of a play with its hosts. */
export interface Gather {
  readonly kind: 'gather'
  readonly position: readonly number[]
}

/** What a host can stand at. Never a block: a cursor stands inside it. */
export type Stop = Task | Include | Flush | Gather

/**
 * Where one host stands in its tasks, and where it goes after each result: the rules of block, rescue and always, as
 * values. Nothing here knows what a task does.
 */
export interface Cursor {
  /** The innermost list last. Empty: the host is through. */
  readonly stack: readonly Frame[]
  /** Failed past every rescue. */
  readonly failed: boolean
}

interface Frame {
  readonly steps: readonly (Step | Flush | Gather)[]
  readonly index: number
  readonly block?: Block
  readonly phase: 'tasks' | 'rescue' | 'always'
  /** An `always` on the way out of a failure, which goes on outwards after it. */
  readonly failing?: boolean
  /** Positions of the steps are counted from here: handlers run wherever they are flushed. */
  readonly base?: readonly number[]
}

/** At the first of these steps. */
export function begin(steps: readonly (Step | Flush | Gather)[]): Cursor {
  return settle({ stack: [{ steps, index: 0, phase: 'tasks' }], failed: false })
}

/** The step the host is at; undefined when it is through. */
export function current(cursor: Cursor): Stop | undefined {
  const frame = cursor.stack.at(-1)
  return frame?.steps[frame.index] as Stop | undefined
}

/** The place of the current step among all steps of the play, to compare with `comparePositions`. */
export function position(cursor: Cursor): readonly number[] {
  const frame = cursor.stack.at(-1)
  if (!frame) return []
  const base = cursor.stack.findLast(({ base }) => base !== undefined)?.base
  const own = frame.steps[frame.index]?.position ?? []
  return base ? [...base, ...own] : own
}

export function comparePositions(a: readonly number[], b: readonly number[]): number {
  for (let i = 0; i < Math.min(a.length, b.length); i++) {
    const difference = (a[i] ?? 0) - (b[i] ?? 0)
    if (difference !== 0) return difference
  }
  return a.length - b.length
}

/** Past the current step, which came to a good end. */
export function proceed(cursor: Cursor): Cursor {
  return settle(inner(cursor, (frame) => ({ ...frame, index: frame.index + 1 })))
}

/** The current step replaced by what it turned out to hold: an include's tasks, or handlers at a flush. */
export function enter(cursor: Cursor, steps: readonly Step[], base?: readonly number[]): Cursor {
  const after = inner(cursor, (frame) => ({ ...frame, index: frame.index + 1 }))
  const frame: Frame = { steps, index: 0, phase: 'tasks', ...(base && { base }) }
  return settle({ ...after, stack: [...after.stack, frame] })
}

/** Away from the current step, which failed: to the nearest rescue, else through every always on the way out. */
export function fail(cursor: Cursor): Cursor {
  const frame = cursor.stack.at(-1)
  if (!frame) return { ...cursor, failed: true }
  const outer = cursor.stack.slice(0, -1)
  const { block, phase } = frame
  if (block && phase === 'tasks' && block.rescue.length > 0) {
    const rescue: Frame = { steps: block.rescue, index: 0, block, phase: 'rescue' }
    return settle({ ...cursor, stack: [...outer, rescue] })
  }
  if (block && phase !== 'always' && block.always.length > 0) {
    const always: Frame = { steps: block.always, index: 0, block, phase: 'always', failing: true }
    return settle({ ...cursor, stack: [...outer, always] })
  }
  return fail({ ...cursor, stack: outer })
}

/** Whether a failure at the current step leads to a rescue, perhaps past an `always` or two. */
export function isRescued({ stack }: Cursor): boolean {
  return stack.some(catches)
}

/** Whether the host has failed for good, though an `always` on the way out may still be running. */
export function isDoomed({ stack, failed }: Cursor): boolean {
  const failing = stack.findIndex((frame) => frame.failing)
  return failing < 0 ? failed : !stack.slice(0, failing).some(catches)
}

function catches({ phase, block }: Frame): boolean {
  return phase === 'tasks' && block !== undefined && block.rescue.length > 0
}

/** Out of everything: the host ended, or cannot be reached. */
export function leave(cursor: Cursor): Cursor {
  return { ...cursor, stack: [] }
}

/** The steps that follow if everything goes well, the current one first. */
export function* ahead(cursor: Cursor): Generator<Stop> {
  let at = cursor
  for (let step = current(at); step; step = current(at)) {
    yield step
    at = proceed(at)
  }
}

function inner(cursor: Cursor, change: (frame: Frame) => Frame): Cursor {
  const frame = cursor.stack.at(-1)
  return frame ? { ...cursor, stack: [...cursor.stack.slice(0, -1), change(frame)] } : cursor
}

/** Into blocks that begin here and out of lists that end here, until the cursor stands on a task or is through. */
function settle(cursor: Cursor): Cursor {
  const frame = cursor.stack.at(-1)
  if (!frame) return cursor
  const step = frame.steps[frame.index]
  if (step?.kind === 'block') return settle(into(cursor, step))
  return step ? cursor : settle(out(cursor, frame))
}

function into(cursor: Cursor, block: Block): Cursor {
  const after = inner(cursor, (frame) => ({ ...frame, index: frame.index + 1 }))
  return { ...after, stack: [...after.stack, { steps: block.tasks, index: 0, block, phase: 'tasks' }] }
}

function out(cursor: Cursor, { block, phase, failing }: Frame): Cursor {
  const left: Cursor = { ...cursor, stack: cursor.stack.slice(0, -1) }
  if (!block) return left
  if (phase !== 'always') return { ...left, stack: [...left.stack, { steps: block.always, index: 0, block, phase: 'always' }] }
  return failing ? fail(left) : left
}
