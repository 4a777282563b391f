import type { Module } from '../core/module.ts'
import type { Entry, MapNode, Node, ScalarNode } from '../core/node.ts'
import type { Report } from './keywords.ts'

/** The params of a module in one map, whichever way they were written: a map, `key=value` words, or free form. */
export function paramsOf(
  { key, keyOrigin, value }: Entry,
  given: { readonly module: Module; readonly args: Node | undefined; readonly report: Report },
): MapNode {
  const { module, args, report } = given
  const more = args?.kind === 'map' ? args.entries : []
  const map = (entries: readonly Entry[]): MapNode => ({
    kind: 'map',
    origin: value.origin,
    entries: [...entries, ...more.filter((entry) => !entries.some((one) => one.key === entry.key))],
  })
  if (value.kind === 'map') return map(value.entries)
  if (value.kind === 'list') {
    report({
      code: 'bad-params',
      message: `the params of \`${key}\` are a map, not a list`,
      origin: value.origin,
      help: 'write them as `name: value` below it',
    })
    return map([])
  }
  if (value.value === null) return map([])
  if (module.freeForm !== undefined) return map([{ key: module.freeForm, keyOrigin, value }])
  return map(words(value, { module, report }))
}

/** `path=/x mode=0644`: words as in a shell, in which quotes and braces keep spaces together. */
function words(node: ScalarNode, { module, report }: { readonly module: Module; readonly report: Report }): readonly Entry[] {
  const text = String(node.value)
  return (text.match(WORD) ?? []).flatMap((word) => {
    const [, name, value] = /^(\w+)=(.*)$/s.exec(word) ?? []
    if (name !== undefined && value !== undefined) return [{ key: name, keyOrigin: node.origin, value: scalar(unquoted(value), node) }]
    report({
      code: 'bad-params',
      message: `\`${module.name}\` takes no text, but params`,
      origin: node.origin,
      help: 'write them as `name: value` below it',
    })
    return []
  })
}

function unquoted(value: string): string {
  const quoted = /^(['"])(.*)\1$/s.exec(value)
  return quoted ? (quoted[2] ?? '') : value
}

function scalar(value: string, { origin }: ScalarNode): ScalarNode {
  return { kind: 'scalar', value, raw: value, quoted: true, origin }
}

const WORD = /(?:\{\{.*?\}\}|'[^']*'|"(?:\\.|[^"\\])*"|[^\s'"])+/gs
