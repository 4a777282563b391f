import type { Emit } from '../core/event.ts'
import type { Secret } from '../core/secret.ts'
import type { Plan, Play } from '../core/plan.ts'
import { createExpander } from '../playbook/include.ts'
import { selects } from '../playbook/tags.ts'
import { pauseForEnter } from '../report/ask.ts'
import type { Fleet } from '../runner/fleet.ts'
import { run, type Summary } from '../runner/run.ts'
import type { Context } from './context.ts'
import { type ExitCode, exit } from './exit.ts'
import { makeFleet } from './make_fleet.ts'
import { compileOptions } from './roles.ts'
import type { Setting } from './setting.ts'

/** How a plan is to be carried out. */
export interface Performance {
  readonly plan: Plan
  readonly hosts: ReadonlyMap<Play, readonly string[]>
  readonly check: boolean
  readonly becomePassword: Secret | undefined
  readonly emit: Emit
  /** Told of the hosts at the end, while what was learned of them is still known. */
  readonly look?: (fleet: Fleet) => void
  readonly flags: {
    readonly diff: boolean
    readonly forks: number | undefined
    readonly transport: 'smart' | 'ssh' | 'openssh' | 'local' | undefined
    readonly tags?: readonly string[]
    readonly 'skip-tags'?: readonly string[]
  }
}

const USUAL_FORKS = 20

/** Carries a plan out over connections of its own, which are closed at the end however it ends. */
export async function perform(setting: Setting, performance: Performance, context: Context): Promise<Summary> {
  const { plan, hosts, check, becomePassword, emit, look, flags } = performance
  const fleet = makeFleet(setting, { check, transport: flags.transport, becomePassword }, context)
  const selection = { tags: listed(flags.tags ?? []), skipTags: listed(flags['skip-tags'] ?? []) }
  try {
    const summary = await run(plan, fleet, {
      check,
      diff: flags.diff,
      forks: flags.forks ?? setting.project.forks ?? USUAL_FORKS,
      hostsOf: (play) => hosts.get(play) ?? [],
      expander: createExpander(compileOptions(setting.project, context)),
      selects: ({ tags }) => selects(tags, selection),
      forceHandlers: false,
      ...(becomePassword !== undefined && { becomePassword }),
      emit,
      signal: context.interruption(),
      ...(context.interactive && { ask: (prompt: string) => pauseForEnter(prompt, context) }),
    })
    look?.(fleet)
    return summary
  } finally {
    await fleet.close()
  }
}

/** The code of a run that ended so. */
export function exitOf({ failed, unreachable, stopped }: Summary, context: Context): ExitCode {
  if (context.interruption().aborted) return exit.interrupted
  return failed.length > 0 || unreachable.length > 0 || stopped !== undefined ? exit.failed : exit.clean
}

/** `-t a,b -t c` as three tags. */
function listed(values: readonly string[]): readonly string[] {
  return values
    .flatMap((value) => value.split(','))
    .map((tag) => tag.trim())
    .filter(Boolean)
}
