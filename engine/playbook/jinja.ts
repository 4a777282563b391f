import type { Span } from './place.ts'

/** A Jinja statement or comment in a text, and how Handlebars says it; undefined if there is none. */
export function jinjaBlock(text: string): (Span & { readonly text: string; readonly help: string }) | undefined {
  const match = STATEMENT.exec(text) ?? COMMENT.exec(text)
  if (!match) return undefined
  return { offset: match.index, length: match[0].length, text: match[0], help: blockHelp(match[1] ?? '#', (match[2] ?? '').trim()) }
}

/** Advice that spells a Jinja expression (the text between the braces) in Handlebars; undefined if it is not one we know. */
export function handlebarsFor(expression: string): string | undefined {
  const text = expression.trim()
  if (/^lookup\s*\(|^q(uery)?\s*\(/.test(text)) return lookupHelp(text)
  const written = convert(text)
  return written === undefined ? undefined : `write \`{{ ${written} }}\``
}

function blockHelp(keyword: string, rest: string): string {
  if (keyword === '#') return 'write comments as `{{!-- … --}}`'
  if (keyword === 'if' || keyword === 'elif')
    return `write \`{{${keyword === 'if' ? '#' : 'else '}if …}}\`; tests are helpers: \`(eq a b)\`, \`(and a b)\`, \`(not a)\`, \`(defined a)\``
  if (keyword === 'for')
    return `write \`{{#each ${/\bin\s+([\w.]+)/.exec(rest)?.[1] ?? 'list'} as |${/^\w+/.exec(rest)?.[0] ?? 'item'}|}}\``
  return ENDINGS[keyword] ?? 'write it with the helpers of Handlebars, or prepare the value in `vars`'
}

function lookupHelp(text: string): string {
  if (/['"]env['"]/.test(text)) return 'the environment of the controller is not read here; pass the value with `-e name=value`'
  return 'there are no lookup plugins; put files beside the role and use `copy`, `template` or `include_vars`'
}

/** One expression, without braces. Knows filters, `~`, inline `if`, subscripts and the commonest tests. */
function convert(text: string): string | undefined {
  const conditional = /^(.+?)\s+if\s+(.+?)\s+else\s+(.+)$/.exec(text)
  if (conditional) return joined(['ternary', ...[2, 1, 3].map((i) => group(conditional[i] ?? ''))])
  const test = /^(.+?)\s+is\s+(not\s+)?(defined|undefined|none)$/.exec(text)
  if (test) return testFor(test[1] ?? '', { negated: Boolean(test[2]) !== (test[3] === 'undefined') })
  const parts = splitTop(text, '~')
  if (parts.length > 1) return parts.map(term).includes(undefined) ? undefined : parts.map((part) => term(part)).join(' }}{{ ')
  const [first = '', ...filters] = splitTop(text, '|')
  if (filters.length === 0) return /^[\w.]+$/.test(text) ? undefined : term(text)
  return filters.reduce<string | undefined>((inner, filter) => applied(inner, filter.trim()), term(first))
}

function testFor(subject: string, { negated }: { readonly negated: boolean }): string | undefined {
  const name = term(subject)
  if (name === undefined) return undefined
  return negated ? `not (defined ${name})` : `defined ${name}`
}

function applied(inner: string | undefined, filter: string): string | undefined {
  const match = /^(\w+)(?:\((.*)\))?$/s.exec(filter)
  if (inner === undefined || !match) return undefined
  const name = FILTERS[match[1] ?? ''] ?? match[1] ?? ''
  if (name === 'list') return inner
  const args = match[2] === undefined || match[2].trim() === '' ? [] : splitTop(match[2], ',').map(argument)
  const subject = /\s/.test(inner) && !/^["(]/.test(inner) ? `(${inner})` : inner
  return joined([name, subject, ...args])
}

function argument(text: string): string | undefined {
  const named = /^\s*(\w+)\s*=\s*(.+)$/s.exec(text)
  if (!named || named[1] === 'attribute') return group(named?.[2] ?? text)
  const value = group(named[2] ?? '')
  return value === undefined ? undefined : `${named[1]}=${value}`
}

function group(text: string): string | undefined {
  const written = /^[\w.]+$/.test(text.trim()) ? text.trim() : convert(text.trim())
  if (written === undefined) return undefined
  return /\s/.test(written) && !/^["']/.test(written) ? `(${written})` : written
}

function term(source: string): string | undefined {
  const text = source.trim()
  if (/^'[^'"]*'$/.test(text)) return `"${text.slice(1, -1)}"`
  if (/^"[^"]*"$/.test(text) || /^-?[\d.]+$/.test(text)) return text
  const path = text.replace(/\[\s*(?:'([\w-]+)'|"([\w-]+)"|(\d+))\s*\]/g, (_all, a, b, c) => `.${a ?? b ?? c}`)
  if (/^[A-Za-z_][\w.-]*$/.test(path)) return path
  if (/^\(.*\)$/s.test(text)) return convert(text.slice(1, -1).trim())
  return undefined
}

function joined(words: readonly (string | undefined)[]): string | undefined {
  return words.includes(undefined) ? undefined : words.join(' ')
}

/** Splits at a sign that stands outside quotes and brackets. */
function splitTop(text: string, sign: string): readonly string[] {
  const parts = ['']
  let depth = 0
  for (const token of text.match(TOKEN) ?? []) {
    depth += bracket(token)
    if (token === sign && depth === 0) parts.push('')
    else parts[parts.length - 1] += token
  }
  return parts
}

const TOKEN = /'[^']*'|"[^"]*"|./gs

function bracket(token: string): number {
  if ('([{'.includes(token)) return 1
  return ')]}'.includes(token) ? -1 : 0
}

const STATEMENT =
  /\{%[-+]?\s*(if|elif|else|endif|for|endfor|set|macro|endmacro|include|import|from|extends|block|endblock|raw|endraw|filter|call)\b(.*?)%\}/s
const COMMENT = /\{#.*?#\}/s

const ENDINGS: { readonly [keyword: string]: string } = {
  else: 'write `{{else}}`',
  endif: 'write `{{/if}}`',
  endfor: 'write `{{/each}}`',
  raw: 'write `{{{{raw}}}} … {{{{/raw}}}}`',
  endraw: 'write `{{{{/raw}}}}`',
  set: 'put the value into `vars` of the task, or use `{{#with … as |name|}}`',
}

/** Filters whose helper has another name. */
const FILTERS: { readonly [filter: string]: string } = {
  d: 'default',
  count: 'length',
  to_nice_json: 'to_json',
  to_nice_yaml: 'to_yaml',
  tojson: 'to_json',
  b64encode: 'b64encode',
}
