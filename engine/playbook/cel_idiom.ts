/** Advice that spells a Jinja condition in CEL; undefined if nothing in it is Jinja that we know. */
export function celFor(text: string): string | undefined {
  const written = convert(text.trim())
  return written === text.trim() ? undefined : written
}

function convert(text: string): string {
  const words = splitWords(text)
  return words.length > 1 ? words.map((word) => CONNECTIVES[word] ?? atom(word)).join(' ') : atom(text)
}

const CONNECTIVES: { readonly [word: string]: string } = { and: '&&', or: '||' }

function atom(source: string): string {
  const text = source.trim()
  if (/^\(.*\)$/s.test(text) && isBalanced(text.slice(1, -1))) return `(${convert(text.slice(1, -1).trim())})`
  for (const [form, spell] of FORMS) {
    const match = form.exec(text)
    if (match) return spell(match) ?? text
  }
  return operand(text)
}

type Spell = (match: RegExpExecArray) => string | undefined

/** The forms a condition may have, the outermost first. */
const FORMS: readonly (readonly [RegExp, Spell])[] = [
  [/^not\b\s*(.*)$/s, ([, inner = '']) => `!${grouped(convert(inner))}`],
  [
    /^(.+?)\s+is\s+(not\s+)?(\w+)\s*(?:\((.*)\))?$/s,
    ([, subject = '', not, name = '', argument = '']) => tested(subject, { negated: not !== undefined, name, argument }),
  ],
  [/^(.+?)\s+not\s+in\s+(.+)$/s, ([, item = '', list = '']) => `!(${operand(item)} in ${operand(list)})`],
  [/^(.+?)\s*(==|!=|<=|>=|<|>|\bin\b)\s*(.+)$/s, ([, left = '', sign, right = '']) => `${operand(left)} ${sign} ${operand(right)}`],
]

interface Test {
  readonly negated: boolean
  readonly name: string
  readonly argument: string
}

function tested(subject: string, { negated, name, argument }: Test): string | undefined {
  const spell = TESTS[name]
  if (!spell) return undefined
  const written = spell(operand(subject), argument)
  return negated ? opposite(written) : written
}

const TESTS: { readonly [test: string]: (subject: string, argument: string) => string } = {
  defined: (subject) => `defined(${subject})`,
  undefined: (subject) => `!defined(${subject})`,
  failed: (subject) => `${subject}.failed`,
  failure: (subject) => `${subject}.failed`,
  succeeded: (subject) => `!${subject}.failed`,
  success: (subject) => `!${subject}.failed`,
  changed: (subject) => `${subject}.changed`,
  skipped: (subject) => `defined(${subject}.skipped)`,
  none: (subject) => `${subject} == null`,
  true: (subject) => `${subject} == true`,
  false: (subject) => `${subject} == false`,
  match: (subject, argument) => `${subject}.matches(${argument.replace(/^(['"])(?!\^)/, '$1^')})`,
  search: (subject, argument) => `${subject}.matches(${argument})`,
  in: (subject, argument) => `${subject} in ${argument}`,
  version: (subject, argument) => {
    const [version = '', operator = "'=='"] = argument.split(',').map((part) => part.trim())
    return `version_compare(${subject}, ${version}) ${VERSION_OPERATORS[operator.slice(1, -1)] ?? operator.slice(1, -1)} 0`
  },
}

const VERSION_OPERATORS: { readonly [operator: string]: string } = { eq: '==', ne: '!=', lt: '<', le: '<=', gt: '>', ge: '>=', '=': '==' }

function opposite(written: string): string {
  if (written.startsWith('!')) return written.slice(1)
  return / == /.test(written) ? written.replace(' == ', ' != ') : `!${grouped(written)}`
}

function operand(source: string): string {
  const text = source.trim()
  if (text in CONSTANTS) return CONSTANTS[text] ?? text
  const [first = '', ...filters] = text.split('|').map((part) => part.trim())
  if (filters.length === 0 || text.includes('||')) return text
  return filters.reduce(filtered, first)
}

const CONSTANTS: { readonly [word: string]: string } = { True: 'true', False: 'false', None: 'null', none: 'null' }

function filtered(inner: string, filter: string): string {
  const fallback = /^(?:default|d)\((.*)\)$/s.exec(filter)
  if (fallback) return defaulted(inner, operand(fallback[1] ?? ''))
  return FILTERS[filter.replace(/\(\)$/, '')]?.(inner) ?? `${inner} | ${filter}`
}

function defaulted(inner: string, fallback: string): string {
  if (fallback === 'false') return `(defined(${inner}) && ${inner})`
  return `(defined(${inner}) ? ${inner} : ${fallback})`
}

const FILTERS: { readonly [filter: string]: (inner: string) => string } = {
  bool: (inner) => (inner.startsWith('(defined') ? inner : `${inner} == true`),
  int: (inner) => `int(${inner})`,
  string: (inner) => `string(${inner})`,
  length: (inner) => `size(${inner})`,
  count: (inner) => `size(${inner})`,
  lower: (inner) => `${inner}.lowerAscii()`,
  upper: (inner) => `${inner}.upperAscii()`,
  list: (inner) => inner,
}

function grouped(text: string): string {
  return /^(\w|[.[\]'()])+$/.test(text) ? text : `(${text})`
}

function isBalanced(text: string): boolean {
  let depth = 0
  for (const character of text) {
    if (character === '(') depth++
    if (character === ')' && --depth < 0) return false
  }
  return depth === 0
}

/** Splits at `and` and `or` that stand outside quotes and brackets, and keeps them. */
function splitWords(text: string): readonly string[] {
  const parts: string[] = ['']
  let depth = 0
  for (const token of text.match(TOKEN) ?? []) {
    depth += BRACKETS[token] ?? 0
    if (depth === 0 && token in CONNECTIVES) parts.push(token, '')
    else parts[parts.length - 1] += token
  }
  return parts.map((part) => part.trim())
}

const TOKEN = /'[^']*'|"[^"]*"|[\w.]+|\s+|./gs
const BRACKETS: { readonly [token: string]: number } = { '(': 1, '[': 1, '{': 1, ')': -1, ']': -1, '}': -1 }
