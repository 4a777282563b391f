import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Account, Answer } from '../../engine/guard/judge_placement.ts'
import { placeName } from '../../engine/guard/judge_placement.ts'
import { type ChainKey, isRival, placementId, type Placement } from '../../engine/guard/placement.ts'
import { type Registry, releaseKey, takeKey } from '../../engine/guard/place_key.ts'

const test = suite('one place for each key')

const KEY = 'AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA='
const CHAIN = 'hub-1'

/** A machine with its disk. It signs with what lies on it for as long as it is not destroyed, whether or not anybody can reach it. */
interface Machine {
  readonly id: string
  readonly host: string
  keys: ChainKey[]
  placements: Placement[]
  destroyed: boolean
}

/** What goes on in the world while runs are at work, each at any moment between two of their steps. */
type Deed =
  | { readonly kind: 'place'; readonly host: number; readonly shard: number }
  | { readonly kind: 'release'; readonly host: number; readonly shard: number }
  | { readonly kind: 'cut' | 'mend' | 'destroy' | 'rebuild'; readonly host: number }

const hostNumber = fc.nat({ max: 6 })
const deed: fc.Arbitrary<Deed> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('place' as const), host: hostNumber, shard: fc.nat({ max: 3 }) }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('release' as const), host: hostNumber, shard: fc.nat({ max: 3 }) }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constantFrom('cut' as const, 'mend' as const, 'mend' as const), host: hostNumber }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constantFrom('destroy' as const, 'rebuild' as const), host: hostNumber }) },
)

test('no key is ever in two places that may sign, whatever fails and however many place it at once', async () => {
  let placed = 0
  let refused = 0
  // What stands in one list happens at the same time, the lists one after the other.
  const story = fc.array(fc.array(deed, { minLength: 1, maxLength: 5 }), { maxLength: 8 })
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 3, max: 6 }), story, fc.scheduler(), async (size, lists, scheduler) => {
      const world = new World(size, scheduler)
      for (const deeds of lists) {
        const all = deeds.map((one) => scheduler.schedule(Promise.resolve()).then(() => world.do(one)))
        await scheduler.waitFor(Promise.all(all))
      }
      if (world.crimes.length > 0) throw new Error(['', ...world.log, ...world.crimes].join('\n'))
      placed += world.placed
      refused += world.refused
    }),
    { numRuns: 3000 },
  )
  assert.ok(placed > 300 && refused > 300, `${placed} placed, ${refused} refused: the cases say little`)
})

test.run()

class World {
  readonly crimes: string[] = []
  readonly log: string[] = []
  placed = 0
  refused = 0
  readonly #machines: Machine[]
  /** The machine that answers by the name of a host. */
  readonly #named = new Map<string, Machine>()
  readonly #cut = new Set<string>()
  readonly #scheduler: fc.Scheduler
  readonly #hosts: readonly string[]
  #rebuilt = 0
  #claims = 0

  constructor(size: number, scheduler: fc.Scheduler) {
    this.#scheduler = scheduler
    this.#hosts = Array.from({ length: size }, (_, i) => `c${i}`)
    this.#machines = this.#hosts.map((host) => newMachine(host, 0))
    for (const machine of this.#machines) this.#named.set(machine.host, machine)
  }

  async do(deed: Deed): Promise<void> {
    const host = this.#hosts[deed.host % this.#hosts.length] as string
    const machine = this.#named.get(host) as Machine
    this.log.push(`${deed.kind} ${machine.id} ${'shard' in deed ? deed.shard : ''}`)
    if (deed.kind === 'place') await this.#place(host, keyOf(deed.shard))
    else if (deed.kind === 'release') await this.#release(host, keyOf(deed.shard))
    else if (deed.kind === 'cut') this.#cut.add(host)
    else if (deed.kind === 'mend') this.#cut.delete(host)
    else if (deed.kind === 'destroy') machine.destroyed = true
    else this.#rebuild(host)
  }

  /** A new machine takes the name of an old one, which may live on where nobody sees it. More than a few would take all records with them. */
  #rebuild(host: string): void {
    if (this.#rebuilt * 2 >= this.#hosts.length - 2) return
    this.#rebuilt += 1
    const machine = newMachine(host, this.#rebuilt)
    this.#machines.push(machine)
    this.#named.set(host, machine)
  }

  async #place(host: string, key: ChainKey): Promise<void> {
    const keepers = this.#hosts
    // Only what is really destroyed is vouched for.
    const vouched = new Set(
      this.#machines.filter(({ destroyed }) => destroyed).map(({ host: name, id }) => placeName({ host: name, machine: id })),
    )
    for (const [name, { destroyed }] of this.#named) if (destroyed) vouched.add(name)
    const taken = await takeKey(this.#registry(), { key, host, keepers, hosts: keepers, vouched, replaces: false })
    const says = 'objections' in taken ? taken.objections.map(({ message }) => message).join('; ') : 'may be placed'
    this.log.push(`${key.shard ?? 'whole'} on ${host}: ${says}`)
    if ('objections' in taken) {
      this.refused += 1
      return
    }
    await this.#step()
    const machine = this.#reached(host)
    // What the host itself makes sure of in the moment of the change.
    const own = machine?.placements.find((one) => placementId(one) === placementId(taken.record))
    if (!machine || machine.id !== taken.record.machine || own?.state !== 'held' || own.claim !== taken.record.claim) return
    if (!machine.keys.some((held) => held.shard === key.shard)) machine.keys.push(key)
    this.placed += 1
    this.log.push(`placed ${key.shard} on ${machine.id}`)
    this.#judge()
  }

  async #release(host: string, key: ChainKey): Promise<void> {
    await this.#step()
    const machine = this.#reached(host)
    if (!machine) return
    machine.keys = machine.keys.filter((held) => held.shard !== key.shard)
    await releaseKey(this.#registry(), { key, host, keepers: this.#hosts, hosts: this.#hosts })
  }

  #registry(): Registry {
    const each = async <T>(
      hosts: readonly string[],
      visit: (machine: Machine) => T,
    ): Promise<readonly (readonly [string, T | undefined])[]> =>
      await Promise.all(
        hosts.map(async (host) => {
          await this.#step()
          const machine = this.#reached(host)
          return [host, machine && visit(machine)] as const
        }),
      )
    return {
      callRoll: async (hosts) =>
        new Map((await each(hosts, accountOf)).map(([host, account]): [string, Answer] => [host, account ?? { silent: 'cut off' }])),
      keep: async (hosts, placements) => {
        const kept = await each(hosts, (machine) => {
          machine.placements = keepLater(machine.placements, placements)
          return placements.every((one) => machine.placements.some((own) => JSON.stringify(own) === JSON.stringify(one)))
        })
        return kept.filter(([, isKept]) => isKept).map(([host]) => host)
      },
      withdraw: async (hosts, claim) => {
        await each(hosts, (machine) => {
          machine.placements = machine.placements.map((own) =>
            JSON.stringify(own) === JSON.stringify(claim) ? { ...own, state: 'leaving', turn: own.turn + 1 } : own,
          )
        })
      },
      carry: async () => true,
      newClaim: () => `claim ${++this.#claims}`,
      now: () => '2026-11-21T09:00:00Z',
    }
  }

  async #step(): Promise<void> {
    await this.#scheduler.schedule(Promise.resolve())
  }

  #reached(host: string): Machine | undefined {
    const machine = this.#named.get(host)
    return machine && !machine.destroyed && !this.#cut.has(host) ? machine : undefined
  }

  #judge(): void {
    const alive = this.#machines.filter(({ destroyed }) => !destroyed).flatMap(({ id, keys }) => keys.map((key) => ({ id, key })))
    for (const [i, one] of alive.entries())
      for (const other of alive.slice(i + 1))
        if (one.id !== other.id && isRival(one.key, other.key)) this.crimes.push(`${one.id} and ${other.id}`)
  }
}

/** Shard 0 stands for the whole key. */
function keyOf(shard: number): ChainKey {
  return { chain: CHAIN, publicKey: KEY, ...(shard > 0 && { shard }) }
}

function newMachine(host: string, number: number): Machine {
  return { id: `${host}-${number}`, host, keys: [], placements: [], destroyed: false }
}

function accountOf({ id, keys, placements }: Machine): Account {
  return {
    machine: id,
    keys: keys.map((key) => ({ ...key, path: '/key' })),
    unread: [],
    signers: keys.length > 0 ? ['horcrux.service is active'] : [],
    placements: [...placements],
    marks: [],
  }
}

/** As the script that keeps records: one of a later turn stays. */
function keepLater(kept: readonly Placement[], placements: readonly Placement[]): Placement[] {
  const isSame = (a: Placement, b: Placement) => a.machine === b.machine && a.shard === b.shard
  return placements.reduce<Placement[]>(
    (list, placement) => {
      const known = list.find((one) => isSame(one, placement))
      return known && known.turn >= placement.turn ? list : [...list.filter((one) => one !== known), placement]
    },
    [...kept],
  )
}
