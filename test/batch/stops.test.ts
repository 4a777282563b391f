/** What a batch asks of its crew at each kind of step, and what becomes of the hosts. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Crew, Performed } from '../../engine/batch/crew.ts'
import type { BatchEnd, BatchOrder } from '../../engine/batch/order.ts'
import { runBatch } from '../../engine/batch/run_batch.ts'
import type { Include, Step, Task } from '../../engine/core/plan.ts'
import type { Status } from '../../engine/core/result.ts'
import { result } from '../runner/result.ts'

const test = suite('the steps of a batch')

const task = (name: string, position: number, more: object = {}): Task =>
  ({ kind: 'task', name, position: [position], runOnce: false, ...more }) as unknown as Task
const include = (position: number, more: object = {}): Include =>
  ({ kind: 'include', of: 'tasks', name: 'more', position: [position], runOnce: false, inherited: {}, ...more }) as unknown as Include

interface Told {
  readonly end: BatchEnd
  /** `host task`, in order. */
  readonly ran: readonly string[]
  readonly met: number | undefined
}

interface Staging {
  readonly steps: readonly Step[]
  readonly handlers?: readonly Task[]
  readonly comesTo?: (task: Task, host: string) => Partial<Performed> & { readonly status?: Status }
  readonly meets?: (host: string) => Status
  readonly held?: readonly Step[]
  readonly order?: Partial<BatchOrder>
}

async function told({ steps, handlers = [], comesTo, meets, held = [], order = {} }: Staging): Promise<Told> {
  const ran: string[] = []
  let met: number | undefined
  const crew: Crew = {
    perform: async (one, { name }) => {
      ran.push(`${name} ${one.name}`)
      const { status = 'ok', ...performed } = comesTo?.(one, name) ?? {}
      return { result: result(status), notifies: [], ...performed }
    },
    share: (one, from, to) => void ran.push(`${from} shares ${one.name} with ${to}`),
    gather: async ({ name }) => ({ result: result(meets?.(name) ?? 'ok'), owed: [] }),
    expand: async (_, { name }) => {
      ran.push(`${name} includes`)
      return { steps: held, owed: [] }
    },
  }
  const end = await runBatch(
    {
      hosts: ['h1', 'h2', 'h3'],
      sections: [steps],
      handlers,
      gather: true,
      anyErrorsFatal: false,
      forceHandlers: false,
      signal: new AbortController().signal,
      onGathered: (count) => {
        met = count
      },
      ...order,
    },
    crew,
  )
  return { end, ran, met }
}

const ends = ({ members }: BatchEnd): readonly string[] => members.map(({ out, cursor }) => out ?? (cursor.failed ? 'failed' : 'done'))

test('say how many hosts were met, and not how many there are', async () => {
  const { met, end } = await told({ steps: [task('a', 0)], meets: (host) => (host === 'h2' ? 'unreachable' : 'ok') })
  assert.equal([met, ends(end)], [2, ['done', 'unreachable', 'done']])
})

test('are not begun once the run is interrupted', async () => {
  const interruption = new AbortController()
  const { ran, end } = await told({
    steps: [task('a', 0), task('b', 1)],
    comesTo: (_, host) => {
      if (host === 'h2') interruption.abort()
      return {}
    },
    order: { signal: interruption.signal },
  })
  assert.equal([ran, ends(end), end.stopped], [['h1 a', 'h2 a', 'h3 a'], ['stopped', 'stopped', 'stopped'], 'interrupted'])
})

test('that are done once are done by the first host, and shared with the others', async () => {
  const { ran } = await told({ steps: [task('a', 0, { runOnce: true }), task('b', 1)] })
  assert.equal(ran, ['h1 a', 'h1 shares a with h2', 'h1 shares a with h3', 'h1 b', 'h2 b', 'h3 b'])
})

for (const [meta, after] of [
  ['end_host', ['ended', 'ended', 'ended']],
  ['end_batch', ['ended', 'ended', 'ended']],
  ['end_play', ['ended', 'ended', 'ended']],
] as const) {
  test(`that are done once and say \`${meta}\` say it for every host`, async () => {
    const once = task('end', 0, { runOnce: true })
    const { end, ran } = await told({ steps: [once, task('b', 1)], comesTo: (one) => (one === once ? { meta } : {}) })
    assert.equal([ends(end), end.endPlay, ran.filter((line) => line.endsWith(' b'))], [after, meta === 'end_play', []])
  })
}

test('that end one host, or the batch, leave the play to go on', async () => {
  const ending = task('end', 0)
  const one = await told({ steps: [ending, task('b', 1)], comesTo: (_, host) => (host === 'h2' ? { meta: 'end_host' } : {}) })
  assert.equal([ends(one.end), one.end.endPlay], [['done', 'ended', 'done'], false])
  const all = await told({ steps: [ending, task('b', 1)], comesTo: (_, host) => (host === 'h2' ? { meta: 'end_batch' } : {}) })
  assert.equal([ends(all.end), all.end.endPlay], [['ended', 'ended', 'ended'], false])
})

test('that include once give what they hold to the first host alone, and what inherits it to all', async () => {
  const held = [task('m', 0)]
  const own = await told({ steps: [include(0, { runOnce: true }), task('b', 1)], held })
  assert.equal(own.ran, ['h1 includes', 'h1 m', 'h1 b', 'h2 b', 'h3 b'])
  const inherited = await told({ steps: [include(0, { runOnce: true, inherited: { runOnce: true } }), task('b', 1)], held })
  assert.equal(
    inherited.ran.filter((line) => line.endsWith(' m')),
    ['h1 m', 'h2 m', 'h3 m'],
  )
})

test('that flush run handlers where they stand, and those of a later notice at the end', async () => {
  const mend = task('mend', 0)
  const changes = (one: Task): Partial<Performed> & { readonly status?: Status } => {
    if (one.name === 'flush') return { meta: 'flush_handlers' }
    return one.name.startsWith('change') ? { status: 'changed', notifies: [mend] } : {}
  }
  const { ran } = await told({
    steps: [task('change', 0), task('flush', 1), task('b', 2), task('change again', 3)],
    handlers: [mend],
    comesTo: changes,
    order: { hosts: ['h1'] },
  })
  assert.equal(ran, ['h1 change', 'h1 flush', 'h1 mend', 'h1 b', 'h1 change again', 'h1 mend'])
})

test('go no further where a handler failed, forced or not', async () => {
  const [mend, other] = [task('mend', 0), task('other', 1)]
  const fate = (one: Task): Partial<Performed> & { readonly status?: Status } =>
    one.name === 'change' ? { status: 'changed', notifies: [mend, other] } : { status: one === mend ? 'failed' : 'ok' }
  const { ran } = await told({
    steps: [task('change', 0)],
    handlers: [mend, other],
    comesTo: fate,
    order: { hosts: ['h1'], forceHandlers: true },
  })
  assert.equal(ran, ['h1 change', 'h1 mend'])
})

test('that only look are taken by every host, and say where the limit would have stopped them', async () => {
  const fails = (_: Task, host: string): { readonly status: Status } => ({ status: host === 'h1' ? 'failed' : 'ok' })
  const steps = [task('a', 0), task('b', 1)]
  const inEarnest = await told({ steps, comesTo: fails, order: { maxFailPercentage: 0 } })
  const looking = await told({ steps, comesTo: fails, order: { maxFailPercentage: 0, onlyLooks: true } })
  assert.equal([ends(inEarnest.end), inEarnest.end.wouldStop], [['failed', 'stopped', 'stopped'], undefined])
  assert.equal([ends(looking.end), looking.end.stopped], [['failed', 'done', 'done'], undefined])
  assert.match(looking.end.wouldStop ?? '', 'max_fail_percentage')
})

test.run()
