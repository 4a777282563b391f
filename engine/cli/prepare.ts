import { reject } from '../core/diagnostic.ts'
import type { Plan, Play } from '../core/plan.ts'
import type { TagSelection } from '../playbook/tags.ts'
import { unknownTags } from './check_tags.ts'
import { chooseHosts } from './chosen_hosts.ts'
import type { Context } from './context.ts'
import { lookAhead, lookAtTasks } from './look_ahead.ts'
import { showWarnings } from './open_inventory.ts'
import { openSetting, type Setting } from './setting.ts'
import { startingAt } from './start_at.ts'

/** What a call will do and where, all documents read; no host has been contacted. */
export interface Prepared {
  readonly setting: Setting
  readonly plan: Plan
  readonly hosts: ReadonlyMap<Play, readonly string[]>
  readonly selection: TagSelection
  /** Files will be read whose names are not known yet, and something in them may be sealed. */
  readonly opensLater: boolean
}

interface Asked {
  readonly operands: readonly string[]
  readonly flags: {
    readonly inventory: readonly string[]
    readonly limit: string | undefined
    readonly 'extra-vars': readonly string[]
    readonly 'start-at-task': string | undefined
    readonly tags: readonly string[]
    readonly 'skip-tags': readonly string[]
  }
}

/** Reads everything that a call with playbooks names, chooses its tasks and hosts, and renders what can be known before contact. */
export async function prepare({ flags, operands }: Asked, context: Context): Promise<Prepared> {
  const setting = await openSetting({ playbooks: operands, inventory: flags.inventory, extraVars: flags['extra-vars'] }, context)
  const plan = startingAt(setting.plan, flags['start-at-task'])
  const selection = { tags: wanted(flags.tags), skipTags: listed(flags['skip-tags']) }
  showWarnings(unknownTags(plan, [...selection.tags, ...selection.skipTags]), context.screen)
  const known = { setting, plan, hosts: chooseHosts({ ...setting, plan }, flags.limit, context.screen), selection }
  return { ...known, ...(await lookAhead(known, context)) }
}

/** The same for a play that the command line itself spells out. */
export async function prepareWritten(
  written: Parameters<typeof openSetting>[0],
  { limit, onlyLooks }: { readonly limit: string | undefined; readonly onlyLooks: boolean },
  context: Context,
): Promise<Prepared> {
  const setting = await openSetting(written, context)
  const hosts = chooseHosts(setting, limit, context.screen)
  const known = { setting, plan: setting.plan, hosts, selection: { tags: [], skipTags: [] } }
  return { ...known, ...(await (onlyLooks ? lookAtTasks : lookAhead)(known, context)) }
}

/** An empty `--tags`, as a script with an unset variable gives it, must not stand for all tasks. */
function wanted(values: readonly string[]): readonly string[] {
  const tags = listed(values)
  if (values.length > 0 && tags.length === 0)
    reject({ code: 'usage', message: '`--tags` names no tag', help: 'write `--tags a,b`, or leave it out for all tasks' })
  return tags
}

/** `-t a,b -t c` as three tags. */
function listed(values: readonly string[]): readonly string[] {
  return values
    .flatMap((value) => value.split(','))
    .map((tag) => tag.trim())
    .filter(Boolean)
}
