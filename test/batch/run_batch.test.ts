import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Block, Step, Task } from '../../engine/core/plan.ts'
import type { Status } from '../../engine/core/result.ts'
import { runBatch } from '../../engine/batch/run_batch.ts'
import type { Crew } from '../../engine/batch/crew.ts'
import type { BatchOrder } from '../../engine/batch/order.ts'
import type { Member } from '../../engine/batch/member.ts'
import type { Owing } from '../../engine/batch/owed.ts'
import { result } from '../runner/result.ts'

const test = suite('a batch')

/** A playbook as small as it gets, and what every task comes to on every host. */
interface Leaf {
  readonly id: number
  readonly runOnce: boolean
  readonly fatal: boolean
  readonly notifies: readonly number[]
  /** By host; the last one counts for all further hosts. */
  readonly comesTo: readonly Status[]
}

type Tree = Leaf | { readonly tasks: readonly Tree[]; readonly rescue: readonly Tree[]; readonly always: readonly Tree[] }

interface Story {
  readonly sections: readonly (readonly Tree[])[]
  readonly handlers: readonly Leaf[]
  /** What hosts owe from an earlier run, each behind the leaf of that number, if there is one. */
  readonly owed: readonly { readonly host: number; readonly handler: number; readonly leaf: number }[]
  readonly hosts: number
  readonly max: number | undefined
  readonly force: boolean
}

interface Ending {
  readonly ran: { readonly [host: string]: readonly string[] }
  readonly ends: { readonly [host: string]: string }
  readonly counts: { readonly [host: string]: string }
  readonly stopped: boolean
}

function outcome(leaf: Leaf, host: number): Status {
  return leaf.comesTo[Math.min(host, leaf.comesTo.length - 1)] ?? 'ok'
}

// --- the real thing ---------------------------------------------------------------------------------------------

const asTask = (leaf: Leaf, position: readonly number[]): Task =>
  ({ kind: 'task', name: String(leaf.id), leaf, position, runOnce: leaf.runOnce, anyErrorsFatal: leaf.fatal }) as unknown as Task

function build(trees: readonly Tree[], counter: { next: number }): Step[] {
  return trees.map((tree): Step => {
    if ('id' in tree) return asTask(tree, [counter.next++])
    const position = [counter.next++]
    const [tasks, rescue, always] = [tree.tasks, tree.rescue, tree.always].map((list) => build(list, counter))
    return { kind: 'block', position, tasks, rescue, always } as unknown as Block
  })
}

async function real(story: Story): Promise<Ending> {
  const counter = { next: 0 }
  const sections = story.sections.map((trees) => build(trees, counter))
  const handlers = story.handlers.map((leaf, i) => asTask(leaf, [i]))
  const ran: { [host: string]: string[] } = Object.fromEntries(names(story).map((name) => [name, []]))
  const crew: Crew = {
    perform: async (task, { name }) => {
      const leaf = (task as unknown as { leaf: Leaf }).leaf
      ran[name]?.push(task.name)
      return { result: result(outcome(leaf, Number(name))), notifies: leaf.notifies.flatMap((i) => handlers[i] ?? []) }
    },
    share: () => undefined,
    gather: async ({ name }) => ({
      result: result('ok'),
      owed: owedBy(Number(name), story, { tasks: sections.flat().flatMap(leaves), handlers }),
    }),
    expand: async () => ({ steps: [], owed: [] }),
  }
  const order: BatchOrder = {
    hosts: names(story),
    sections,
    handlers,
    gather: true,
    anyErrorsFatal: false,
    forceHandlers: story.force,
    signal: new AbortController().signal,
    ...(story.max !== undefined && { maxFailPercentage: story.max }),
  }
  const { members, stopped } = await runBatch(order, crew)
  return {
    ran,
    stopped: stopped !== undefined,
    ends: Object.fromEntries(members.map((member) => [member.name, ending(member)])),
    counts: Object.fromEntries(members.map(({ name, counts }) => [name, `${counts.failed} failed ${counts.rescued} rescued`])),
  }
}

function leaves(step: Step): readonly Task[] {
  if (step.kind === 'block') return [...step.tasks, ...step.rescue, ...step.always].flatMap(leaves)
  return step.kind === 'task' ? [step] : []
}

function owedBy(
  host: number,
  { owed }: Story,
  { tasks, handlers }: { readonly tasks: readonly Task[]; readonly handlers: readonly Task[] },
): readonly Owing[] {
  return owed.flatMap((one) => {
    const handler = handlers[one.handler]
    return one.host === host && handler ? [{ handler, behind: tasks[one.leaf]?.position ?? 'end' }] : []
  })
}

function ending({ out, cursor }: Member): string {
  return out ?? (cursor.failed ? 'failed' : 'done')
}

function names({ hosts }: Story): string[] {
  return Array.from({ length: hosts }, (_, i) => String(i))
}

// --- the model: every host is a generator that walks its playbook by plain recursion ------------------------------

interface Stand {
  readonly leaf: Leaf
  readonly place: number
  readonly handler?: number
}

class Walker {
  readonly name: string
  readonly ran: string[] = []
  readonly notified = new Set<number>()
  /** Handlers it owes, and the place each is behind. */
  readonly owed = new Map<number, number>()
  /** Where it stood last. */
  at = -1
  end = ''
  failed = 0
  rescued = 0
  /** Blocks around the current task whose rescue is still to come. */
  nets = 0
  lost = false
  /** A handler of its own failed for good: it runs no more of them, forced or not. */
  handlerFailed = false
  #walk: Generator<Stand, boolean, boolean>
  stand: Stand | undefined

  constructor(name: string, story: Story, places: ReadonlyMap<Tree, number>) {
    this.name = name
    const all = [...places].flatMap(([tree, place]) => ('id' in tree ? [place] : []))
    for (const { host, handler, leaf } of story.owed) {
      const place = all[leaf] ?? Number.POSITIVE_INFINITY
      if (String(host) === name && story.handlers[handler]) this.owed.set(handler, place)
    }
    this.#walk = this.#play(story, places)
    this.#take(this.#walk.next())
  }

  /** Hears what its task came to, and moves on to the next. */
  hear(good: boolean, counts: boolean): void {
    if (!good && counts) this.nets > 0 ? this.rescued++ : this.failed++
    if (!good && this.nets === 0) this.lost = true
    this.#take(this.#walk.next(good))
  }

  leave(end: string): void {
    if (this.stand === undefined) return
    this.end = end
    this.stand = undefined
  }

  handle(story: Story): void {
    this.nets = 0
    this.#remind(this.at)
    this.owed.clear()
    this.#walk = this.#flush(story, 1e9)
    this.#take(this.#walk.next())
  }

  #take(next: IteratorResult<Stand, boolean>): void {
    this.stand = next.done ? undefined : next.value
    this.at = this.stand?.place ?? this.at
    if (next.done && this.end === '') this.end = next.value && !this.lost ? 'done' : 'failed'
  }

  *#play(story: Story, places: ReadonlyMap<Tree, number>): Generator<Stand, boolean, boolean> {
    for (const [i, section] of story.sections.entries()) {
      if (!(yield* this.#list(section, places))) return false
      this.#remind(i === story.sections.length - 1 ? Number.POSITIVE_INFINITY : (i + 0.5) * 1e6)
      if (!(yield* this.#flush(story, (i + 0.5) * 1e6))) return false
    }
    return true
  }

  #remind(at: number): void {
    for (const [handler, place] of this.owed) {
      if (place >= at && at !== Number.POSITIVE_INFINITY) continue
      this.owed.delete(handler)
      this.notified.add(handler)
    }
  }

  *#flush(story: Story, place: number): Generator<Stand, boolean, boolean> {
    for (const [i, leaf] of story.handlers.entries()) {
      if (!this.notified.has(i)) continue
      if (!(yield { leaf, place: place + i, handler: i })) return false
    }
    return true
  }

  *#list(trees: readonly Tree[], places: ReadonlyMap<Tree, number>): Generator<Stand, boolean, boolean> {
    for (const tree of trees) {
      const good: boolean = 'id' in tree ? yield { leaf: tree, place: places.get(tree) ?? 0 } : yield* this.#block(tree, places)
      if (!good) return false
    }
    return true
  }

  *#block(block: Exclude<Tree, Leaf>, places: ReadonlyMap<Tree, number>): Generator<Stand, boolean, boolean> {
    const net = block.rescue.length > 0 ? 1 : 0
    this.nets += net
    let good = yield* this.#list(block.tasks, places)
    this.nets -= net
    if (!good && net > 0) good = yield* this.#list(block.rescue, places)
    return (yield* this.#list(block.always, places)) && good
  }
}

function model(story: Story): Ending {
  const places = placesOf(story)
  const walkers = names(story).map((name) => new Walker(name, story, places))
  const forced = new Set<Walker>()
  let stopped = false
  for (let here = first(walkers); here.length > 0; here = first(walkers)) {
    const fatal = here[0]?.stand?.leaf.fatal === true
    perform(here)
    if (!stopped && mustStop(walkers, story, fatal)) {
      stopped = true
      for (const walker of walkers.filter(({ lost }) => !lost)) walker.leave('stopped')
    }
    if (story.force) force(walkers, forced, story)
  }
  return {
    ran: Object.fromEntries(walkers.map(({ name, ran }) => [name, ran])),
    ends: Object.fromEntries(walkers.map(({ name, end }) => [name, end])),
    counts: Object.fromEntries(walkers.map(({ name, failed, rescued }) => [name, `${failed} failed ${rescued} rescued`])),
    stopped,
  }
}

/** The hosts that stand at the earliest task. */
function first(walkers: readonly Walker[]): readonly Walker[] {
  const standing = walkers.filter(({ stand }) => stand)
  const place = Math.min(...standing.map(({ stand }) => stand?.place ?? 0))
  return standing.filter(({ stand }) => stand?.place === place)
}

function perform(here: readonly Walker[]): void {
  const [leader] = here as [Walker]
  const { leaf, handler } = leader.stand as Stand
  if (!leaf.runOnce || handler !== undefined) {
    for (const walker of here) own(walker, outcome(leaf, Number(walker.name)))
    return
  }
  const status = outcome(leaf, Number(leader.name))
  own(leader, status)
  for (const follower of here.slice(1)) follower.hear(status === 'ok' || status === 'changed', false)
}

function own(walker: Walker, status: Status): void {
  const { leaf, handler } = walker.stand as Stand
  const wasLost = walker.lost
  walker.ran.push(String(leaf.id))
  if (status === 'unreachable') {
    walker.lost = true
    walker.leave('unreachable')
    return
  }
  if (status === 'changed') for (const i of leaf.notifies) walker.notified.add(i)
  if (status !== 'failed' && handler !== undefined) {
    walker.notified.delete(handler)
    walker.owed.delete(handler)
  }
  walker.hear(status !== 'failed', true)
  if (handler !== undefined && walker.lost && !wasLost) walker.handlerFailed = true
}

function mustStop(walkers: readonly Walker[], { max }: Story, fatal: boolean): boolean {
  const lost = walkers.filter((walker) => walker.lost).length
  return lost > 0 && (fatal || lost === walkers.length || (max !== undefined && lost * 100 > max * walkers.length))
}

function force(walkers: readonly Walker[], forced: Set<Walker>, story: Story): void {
  for (const walker of walkers) {
    if (walker.stand || walker.handlerFailed || forced.has(walker) || (walker.end !== 'failed' && walker.end !== 'stopped')) continue
    forced.add(walker)
    walker.handle(story)
  }
}

function placesOf({ sections }: Story): ReadonlyMap<Tree, number> {
  const places = new Map<Tree, number>()
  const visit = (trees: readonly Tree[], from: number): number =>
    trees.reduce((next, tree) => {
      places.set(tree, next)
      return 'id' in tree ? next + 1 : [tree.tasks, tree.rescue, tree.always].reduce((n, list) => visit(list, n), next + 1)
    }, from)
  sections.forEach((section, i) => visit(section, i * 1e6))
  return places
}

// --- stories ------------------------------------------------------------------------------------------------------

let ids = 0
const status = fc.oneof(
  { weight: 5, arbitrary: fc.constant<Status>('ok') },
  { weight: 4, arbitrary: fc.constant<Status>('changed') },
  { weight: 3, arbitrary: fc.constant<Status>('failed') },
  { weight: 1, arbitrary: fc.constant<Status>('unreachable') },
)
const leaf: fc.Arbitrary<Leaf> = fc
  .record({
    runOnce: fc.oneof({ weight: 6, arbitrary: fc.constant(false) }, { weight: 1, arbitrary: fc.constant(true) }),
    fatal: fc.oneof({ weight: 8, arbitrary: fc.constant(false) }, { weight: 1, arbitrary: fc.constant(true) }),
    notifies: fc.uniqueArray(fc.nat({ max: 2 }), { maxLength: 2 }),
    comesTo: fc.array(status, { minLength: 1, maxLength: 4 }),
  })
  .map((rest) => ({ ...rest, id: ids++ }))
const { tree } = fc.letrec<{ tree: Tree; list: Tree[] }>((tie) => ({
  tree: fc.oneof({ maxDepth: 3, depthSize: 'small' }, leaf, fc.record({ tasks: tie('list'), rescue: tie('list'), always: tie('list') })),
  list: fc.array(tie('tree'), { maxLength: 3 }),
}))
const story: fc.Arbitrary<Story> = fc.record({
  sections: fc.array(fc.array(tree, { maxLength: 3 }), { minLength: 1, maxLength: 3 }),
  handlers: fc.array(leaf, { maxLength: 3 }),
  owed: fc.uniqueArray(fc.record({ host: fc.nat({ max: 3 }), handler: fc.nat({ max: 2 }), leaf: fc.nat({ max: 9 }) }), {
    maxLength: 4,
    selector: ({ host, handler }) => `${host} ${handler}`,
  }),
  hosts: fc.integer({ min: 1, max: 4 }),
  max: fc.constantFrom(undefined, 0, 25, 50, 99),
  force: fc.boolean(),
})

test('treats hosts, failures, rescues, limits, run_once, handlers and what hosts owe as the model does', async () => {
  await fc.assert(
    fc.asyncProperty(story, async (one) => assert.equal(await real(one), model(one))),
    { numRuns: 5000 },
  )
})

test.run()
