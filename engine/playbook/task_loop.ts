import { type MapNode, type Node, entryAt } from '../core/node.ts'
import type { Loop } from '../core/plan.ts'
import { isTemplated, nameAt, type Report, unknownKey, valueAt, yes } from './keywords.ts'

/** The loop of a task or include, if it has one. */
export function loopOf(map: MapNode, report: Report): Loop | undefined {
  const [first, second] = LOOPS.flatMap((key) => {
    const items = valueAt(map, key)
    return items ? [{ key, items }] : []
  })
  const controls = controlsOf(map, report)
  if (!first) return undefined
  if (second)
    report({
      code: 'several-loops',
      message: `a task has one loop, and this one has \`${first.key}\` and \`${second.key}\``,
      origin: second.items.origin,
    })
  checkItems(first.items, { key: first.key, report })
  const [index, label, pause] = [nameAt(controls, 'index_var'), valueAt(controls, 'label'), valueAt(controls, 'pause')]
  return {
    items: first.items,
    variable: nameAt(controls, 'loop_var') ?? 'item',
    ...(index !== undefined && { indexVariable: index }),
    ...(label && { label }),
    ...(pause && { pause }),
    extended: yes(controls, 'extended') ?? false,
    flatten: first.key === 'with_items',
  }
}

const LOOPS = ['loop', 'with_items', 'with_list']

function controlsOf(map: MapNode, report: Report): MapNode {
  const control = valueAt(map, 'loop_control')
  if (control?.kind !== 'map') return { kind: 'map', entries: [], origin: map.origin }
  for (const entry of control.entries) if (!CONTROLS.includes(entry.key)) report(unknownKey(entry, CONTROLS, '`loop_control`'))
  return control
}

/** Reports a loop where none can be. */
export function refuseLoop(map: MapNode, what: string, report: Report): void {
  const entry = entryAt(map, 'loop') ?? entryAt(map, 'with_items') ?? entryAt(map, 'with_list')
  if (entry)
    report({
      code: 'bad-loop',
      message: `${what} cannot loop`,
      origin: entry.keyOrigin,
      help: `write \`${what.includes('import') ? what.replaceAll('`', '').replace('import', 'include') : 'include_tasks'}\`, and loop over that`,
    })
}

const CONTROLS = ['loop_var', 'index_var', 'label', 'pause', 'extended']

function checkItems(items: Node, { key, report }: { readonly key: string; readonly report: Report }): void {
  if (items.kind === 'list' || isTemplated(items) || key === 'with_items') return
  const bare = items.kind === 'scalar' && /^[A-Za-z_][\w.]*$/.test(items.raw) ? items.raw : undefined
  report({
    code: 'bad-loop',
    message: `\`${key}\` needs a list`,
    origin: items.origin,
    help: bare === undefined ? 'write the items as a list' : `write \`"{{ ${bare} }}"\` if that is the name of a list`,
  })
}
