import { plain } from '../core/node.ts'
import { showOrigin } from '../core/origin.ts'
import type { Play, Step } from '../core/plan.ts'
import { selects } from '../playbook/tags.ts'
import { showHosts } from '../report/hosts.ts'
import { JSON_FORMAT } from '../report/json.ts'
import type { Foresight } from '../foresight/foresee.ts'
import type { Cut } from '../foresight/trip_log.ts'
import { labelOf } from '../foresight/why_anew.ts'
import { guardLines, guardsAhead } from './guards_ahead.ts'
import type { Prepared } from './prepare.ts'
import { costLines, costsOf, isCertain } from './round_trips.ts'

type Planned = Pick<Prepared, 'plan' | 'hosts' | 'selection' | 'setting'>

/** The plan as a person reads it: plays, their hosts, each task with the place it comes from, and what it costs if that is asked. */
export function planLines(planned: Planned, foresights?: readonly Foresight[]): readonly string[] {
  return planned.plan.plays.flatMap((play, i) => {
    const foresight = foresights?.[i]
    const ahead = foresight ? aheadLines(foresight, planned) : []
    return [...(i > 0 ? [''] : []), playLine(play, planned), ...playLines(play, planned), ...ahead]
  })
}

function aheadLines(foresight: Foresight, { hosts, setting }: Planned): readonly string[] {
  const all = hosts.get(foresight.play) ?? []
  return [...guardLines(guardsAhead(foresight, setting), all), ...costLines(foresight, all)]
}

function playLine(play: Play, { hosts }: Planned): string {
  const names = hosts.get(play) ?? []
  const serial = play.serial.length > 0 ? ` · serial ${play.serial.map((node) => JSON.stringify(plain(node))).join(', ')}` : ''
  return `${play.name} · ${names.length === 0 ? 'no host' : showHosts(names, names)}${serial}`
}

function playLines(play: Play, planned: Planned): readonly string[] {
  const rows = play.sections.flat().flatMap((step) => rowsOf(step, { depth: 1, planned }))
  const width = Math.max(0, ...rows.map(({ text }) => text.length)) + 2
  const kind = Math.max(0, ...rows.map(({ does }) => does.length)) + 2
  return rows.map(({ text, does, place }) => `${text.padEnd(width)}${does.padEnd(kind)}${place}`.trimEnd())
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

/** The plan as one JSON document. */
export function planDocument(planned: Planned, foresights: readonly Foresight[]) {
  const plays = foresights.map((foresight) => {
    const { play, most, open } = foresight
    const hosts = planned.hosts.get(play) ?? []
    return {
      name: play.name,
      origin: play.origin,
      hosts,
      serial: play.serial.map(plain),
      tasks: play.sections.flat().flatMap((step) => documented(step, planned)),
      batches: guardsAhead(foresight, planned.setting),
      cuts: most.cuts.map((cut) => cutOf(cut, foresight)),
      roundTrips: costsOf(foresight, hosts),
      notKnown: open,
    }
  })
  return { format: JSON_FORMAT, plays }
}

function cutOf(cut: Cut, foresight: Foresight): object {
  const { task, why, hosts } = cut
  return { task: labelOf(task), origin: task.origin, why, hosts, certain: isCertain(cut, foresight) }
}

function documented(step: Step, planned: Planned): readonly object[] {
  if (step.kind === 'block') return [...step.tasks, ...step.rescue, ...step.always].flatMap((each) => documented(each, planned))
  if (!selects(step.tags, planned.selection)) return []
  const module = step.kind === 'include' ? `include_${step.of}` : step.module.name
  return [{ task: labelOf(step), module, tags: step.tags, origin: step.origin }]
}
