import { randomBytes } from 'node:crypto'
import { hostname, userInfo } from 'node:os'
import { reject } from '../core/diagnostic.ts'
import { createGuards, type Guards } from '../guard/guards.ts'
import type { Fleet } from '../runner/fleet.ts'
import { wait } from '../runner/wait.ts'
import type { Context } from './context.ts'
import { soundFleets } from './fleets.ts'
import type { Performance } from './perform.ts'
import type { Prepared } from './prepare.ts'

type Guarding = Pick<Performance, 'check' | 'emit' | 'flags' | 'doing'> & { readonly fleet: Fleet }

/** The guards of a run on the hosts of a setting; what the operator does without is told, and so is in the journal. */
export function makeGuards(prepared: Prepared, { check, emit, flags, doing = '', fleet }: Guarding, context: Context): Guards {
  const { setting } = prepared
  const { lock_wait = 0, quorum_wait = 120, return_wait = 60 } = setting.project.guards ?? {}
  const without = { lock: new Set(flags['without-lock'] ?? []), quorum: new Set(flags['without-quorum'] ?? []) }
  refuseUnknown([...without.lock, ...without.quorum], prepared)
  if (!check) {
    for (const name of without.lock) emit(overridden('--without-lock', name, 'another run may change the same hosts'))
    for (const name of without.quorum) emit(overridden('--without-quorum', name, 'its chain may be left without signatures'))
  }
  return createGuards({
    placeOf: (host, folder) => soundFleets(setting, folder)?.placeOf(host),
    wayTo: (host) => fleet.way(host),
    holder: { run: randomBytes(8).toString('hex'), user: operator(context), from: hostname(), process: process.pid, doing },
    lockWaitMs: lock_wait * 1000,
    patienceMs: quorum_wait * 1000,
    returnMs: return_wait * 1000,
    without,
    clock: { now: () => performance.now(), wait: (ms) => wait(ms, context.interruption()), random: Math.random },
    emit,
  })
}

/** A disaster is no time for a flag that does nothing because of a slip. */
function refuseUnknown(names: readonly string[], { setting, plan }: Prepared): void {
  if (names.length === 0) return
  const folders = [...new Set(plan.plays.map(({ folder }) => folder))]
  const known = new Set(folders.flatMap((folder) => soundFleets(setting, folder)?.fleets.map(({ name }) => name) ?? []))
  const unknown = names.find((name) => !known.has(name))
  if (unknown === undefined) return
  const help = known.size > 0 ? `the inventory has ${[...known].join(', ')}` : 'the inventory describes no fleet; leave it out'
  reject({ code: 'usage', message: `there is no fleet \`${unknown}\``, help })
}

function overridden(flag: string, fleet: string, risk: string) {
  return { kind: 'warning', diagnostic: { code: 'guard-overridden', message: `\`${flag} ${fleet}\`: ${risk}` } } as const
}

/** Who sat at the keyboard, also where sudo stands between. */
function operator({ env }: Context): string {
  const { username } = userInfo()
  const before = env['SUDO_USER']
  return before === undefined || before === username ? username : `${before} as ${username}`
}
