import { plain } from '../core/node.ts'
import { showOrigin } from '../core/origin.ts'
import type { Play, Step } from '../core/plan.ts'
import { selects } from '../playbook/tags.ts'
import { showHosts } from '../report/hosts.ts'
import { JSON_FORMAT } from '../report/json.ts'
import type { Prepared } from './prepare.ts'
import { roundTrips } from './round_trips.ts'

type Planned = Pick<Prepared, 'plan' | 'hosts' | 'selection'>

/** The plan as a person reads it: plays, their hosts, and each task with the place it comes from. */
export function planLines(planned: Planned, { explain }: { readonly explain: boolean }): readonly string[] {
  return planned.plan.plays.flatMap((play, i) => [
    ...(i > 0 ? [''] : []),
    playLine(play, planned),
    ...playLines(play, { ...planned, explain }),
  ])
}

function playLine(play: Play, { hosts }: Planned): string {
  const names = hosts.get(play) ?? []
  const serial = play.serial.length > 0 ? ` · serial ${play.serial.map((node) => JSON.stringify(plain(node))).join(', ')}` : ''
  return `${play.name} · ${names.length === 0 ? 'no host' : showHosts(names, names)}${serial}`
}

function playLines(play: Play, planned: Planned & { readonly explain: boolean }): readonly string[] {
  const rows = play.sections.flat().flatMap((step) => rowsOf(step, { depth: 1, planned }))
  const width = Math.max(0, ...rows.map(({ text }) => text.length)) + 2
  const kind = Math.max(0, ...rows.map(({ does }) => does.length)) + 2
  const lines = rows.map(({ text, does, place }) => `${text.padEnd(width)}${does.padEnd(kind)}${place}`.trimEnd())
  return [...lines, ...(planned.explain ? explained(play) : [])]
}

interface Row {
  readonly text: string
  readonly does: string
  readonly place: string
}

function rowsOf(step: Step, at: { readonly depth: number; readonly planned: Planned }): readonly Row[] {
  const indent = '  '.repeat(at.depth)
  const place = showOrigin(step.origin)
  if (step.kind === 'block') {
    const inner = { ...at, depth: at.depth + 1 }
    const part = (word: string, steps: readonly Step[]) => {
      const rows = steps.flatMap((each) => rowsOf(each, inner))
      return rows.length > 0 ? [{ text: `${indent}${word}`, does: '', place: '' }, ...rows] : []
    }
    return [...part('block', step.tasks), ...part('rescue', step.rescue), ...part('always', step.always)]
  }
  if (!selects(step.tags, at.planned.selection)) return []
  const does = step.kind === 'include' ? `include_${step.of}` : step.module.name
  return [{ text: `${indent}${labelOf(step)}`, does, place }]
}

function explained(play: Play): readonly string[] {
  const { cuts, exchanges } = roundTrips(play)
  return [
    ...cuts.map(({ task, why }) => `  cut before \`${labelOf(task)}\`: ${why}`),
    `  ${exchanges === 1 ? '1 round trip' : `${exchanges} round trips`} for each host that is as declared, after the handshake`,
  ]
}

function labelOf({ role, name }: Step): string {
  return role ? `${role.name} : ${name}` : name
}

/** The plan as one JSON document. */
export function planDocument(planned: Planned) {
  const plays = planned.plan.plays.map((play) => {
    const { cuts, exchanges } = roundTrips(play)
    return {
      name: play.name,
      origin: play.origin,
      hosts: planned.hosts.get(play) ?? [],
      serial: play.serial.map(plain),
      tasks: play.sections.flat().flatMap((step) => documented(step, planned)),
      cuts: cuts.map(({ task, why }) => ({ task: labelOf(task), origin: task.origin, why })),
      roundTrips: exchanges,
    }
  })
  return { format: JSON_FORMAT, plays }
}

function documented(step: Step, planned: Planned): readonly object[] {
  if (step.kind === 'block') return [...step.tasks, ...step.rescue, ...step.always].flatMap((each) => documented(each, planned))
  if (!selects(step.tags, planned.selection)) return []
  const module = step.kind === 'include' ? `include_${step.of}` : step.module.name
  return [{ task: labelOf(step), module, tags: step.tags, origin: step.origin }]
}
