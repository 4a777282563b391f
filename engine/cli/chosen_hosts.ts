import { type Diagnostic, Rejected, reject } from '../core/diagnostic.ts'
import type { Json, Value } from '../core/json.ts'
import type { Play } from '../core/plan.ts'
import { limitPatterns } from '../inventory/limit.ts'
import type { Host } from '../inventory/model.ts'
import { limited, orderHosts, selectHosts } from '../inventory/select.ts'
import { createScope, render } from '../playbook/scope.ts'
import type { Screen } from '../report/screen.ts'
import { showWarnings } from './open_inventory.ts'
import type { Setting } from './setting.ts'

/** The hosts of each play, in its order. Rejects patterns that name nothing, and a call that would reach no host at all. */
export function chooseHosts(setting: Setting, limit: string | undefined, screen: Screen): ReadonlyMap<Play, readonly string[]> {
  const problems: Diagnostic[] = []
  const warnings: Diagnostic[] = []
  const choosing = { setting, problems, warnings }
  const only = limit === undefined ? undefined : selected(limitPatterns([limit]), choosing)
  const chosen = new Map(setting.plan.plays.map((play) => [play, hostsOf(play, { ...choosing, only })] as const))
  if (problems.length > 0) throw new Rejected(problems)
  showWarnings(warnings, screen)
  if ([...chosen.values()].every((hosts) => hosts.length === 0)) rejectEmpty(limit)
  return chosen
}

/** Every host some play is meant for, in inventory order. */
export function allHosts({ inventory }: Setting, chosen: ReadonlyMap<Play, readonly string[]>): readonly string[] {
  const wanted = new Set([...chosen.values()].flat())
  const listed = [...inventory.hosts.keys()].filter((name) => wanted.has(name))
  return [...listed, ...[...wanted].filter((name) => !inventory.hosts.has(name))]
}

interface Choosing {
  readonly setting: Setting
  readonly problems: Diagnostic[]
  readonly warnings: Diagnostic[]
}

function hostsOf(play: Play, choosing: Choosing & { readonly only: readonly Host[] | undefined }): readonly string[] {
  const { setting, only } = choosing
  const scope = createScope(setting.extra, { host: 'the play', open: setting.opener.value })
  const texts = textsOf(render(play.hosts, scope))
  const hosts = selected(
    texts.map((text) => ({ text, origin: play.hosts.origin })),
    choosing,
  )
  const left = only ? limited(hosts, only) : hosts
  return orderHosts(left, play.order).map(({ name }) => name)
}

function textsOf(value: Value | Json): readonly string[] {
  return Array.isArray(value) ? value.map(String) : [String(value)]
}

function selected(patterns: Parameters<typeof selectHosts>[1], { setting, problems, warnings }: Choosing): readonly Host[] {
  const selection = selectHosts(setting.inventory, patterns)
  problems.push(...selection.problems)
  warnings.push(...selection.warnings)
  return selection.hosts
}

function rejectEmpty(limit: string | undefined): never {
  if (limit === undefined)
    reject({ code: 'no-hosts', message: 'no play has a host', help: 'compare `hosts:` with `holdfast inventory --graph`' })
  return reject({ code: 'no-hosts', message: `\`--limit ${limit}\` leaves no host`, help: 'compare it with `holdfast inventory --graph`' })
}
