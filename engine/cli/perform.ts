import type { Emit } from '../core/event.ts'
import type { Secret } from '../core/secret.ts'
import { createExpander } from '../playbook/include.ts'
import { selects } from '../playbook/tags.ts'
import { pauseForEnter } from '../report/ask.ts'
import type { Fleet } from '../runner/fleet.ts'
import type { Summary } from '../runner/record.ts'
import { run } from '../runner/run.ts'
import type { Context } from './context.ts'
import { type ExitCode, exit } from './exit.ts'
import { keepHeapSmall } from './frugality.ts'
import { makeFleet } from './make_fleet.ts'
import { makeGuards } from './make_guards.ts'
import { compileOptions } from './roles.ts'
import { showWarnings } from './open_inventory.ts'
import type { Prepared } from './prepare.ts'

/** How what was prepared is to be carried out. */
export interface Performance {
  readonly check: boolean
  readonly everyHost?: boolean
  readonly becomePassword: Secret | undefined
  readonly emit: Emit
  /** Told of the hosts at the end, while what was learned of them is still known. */
  readonly look?: (fleet: Fleet) => void
  readonly flags: {
    readonly diff: boolean
    readonly forks: number | undefined
    readonly transport: 'smart' | 'ssh' | 'openssh' | 'local' | undefined
    readonly 'without-lock'?: readonly string[]
    readonly 'without-quorum'?: readonly string[]
  }
  /** The call in short, for others who are kept waiting by it. */
  readonly doing?: string
}

const USUAL_FORKS = 20

/** Carries a plan out over connections of its own, which are closed at the end however it ends. */
export async function perform(prepared: Prepared, performance: Performance, context: Context): Promise<Summary> {
  const { setting, plan, hosts, selection } = prepared
  const { check, everyHost = false, becomePassword, emit, look, flags } = performance
  await unlockKeys(prepared, context)
  keepHeapSmall(new Set([...hosts.values()].flat()).size)
  const fleet = makeFleet(setting, { check, transport: flags.transport, becomePassword }, context)
  const guards = makeGuards(prepared, { ...performance, fleet }, context)
  try {
    const summary = await run(plan, fleet, {
      check,
      everyHost,
      diff: flags.diff,
      forks: flags.forks ?? setting.project.forks ?? USUAL_FORKS,
      hostsOf: (play) => hosts.get(play) ?? [],
      expander: createExpander({ ...compileOptions(setting.project, context), read: setting.opener.read }),
      selects: ({ tags }) => selects(tags, selection),
      forceHandlers: false,
      ...(becomePassword !== undefined && { becomePassword }),
      emit,
      guards,
      signal: context.interruption(),
      ...(context.interactive && { ask: (prompt: string) => pauseForEnter(prompt, context) }),
    })
    look?.(fleet)
    return summary
  } finally {
    await guards.close()
    await fleet.close()
  }
}

/** The last chance to ask for a passphrase: what a run meets later is opened without a question, or not at all. */
async function unlockKeys({ setting: { opener }, opensLater }: Prepared, { screen }: Context): Promise<void> {
  if (opensLater) showWarnings(await opener.unlock(), screen)
  opener.settle()
}

/** The code of a run that ended so. */
export function exitOf({ failed, unreachable, stopped }: Summary, context: Context): ExitCode {
  if (context.interruption().aborted) return exit.interrupted
  return failed.length > 0 || unreachable.length > 0 || stopped !== undefined ? exit.failed : exit.clean
}
