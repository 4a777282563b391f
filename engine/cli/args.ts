import { type Diagnostic, Rejected } from '../core/diagnostic.ts'
import { didYouMean } from '../source/suggest.ts'
import type { Command, Flag, Request } from './declare.ts'

/** Reads the words of a call by its command's declaration. Rejects with every problem there is. */
export function parseArgs<C extends Command>(command: C, words: readonly string[]): Request<C> {
  const reading: Reading = { command, values: new Map(), operands: [], rest: [], problems: [] }
  let left = words
  while (left.length > 0) left = takeWord(reading, left)
  checkOperands(reading)
  if (reading.problems.length > 0) throw new Rejected(reading.problems)
  const { values, operands, rest } = reading
  const flags = Object.fromEntries(Object.entries(command.flags).map(([name, flag]) => [name, flagValue(flag, values.get(name))]))
  // The values were read by the same declaration that `Request` is computed from.
  return { flags, operands, rest, given: [...values.keys()] } as unknown as Request<C>
}

/** Whether the words ask for help instead of the command itself. */
export function asksForHelp(words: readonly string[]): boolean {
  const end = words.indexOf('--')
  return (end < 0 ? words : words.slice(0, end)).some((word) => word === '--help' || word === '-h')
}

interface Reading {
  readonly command: Command
  readonly values: Map<string, string[]>
  readonly operands: string[]
  rest: readonly string[]
  readonly problems: Diagnostic[]
}

function takeWord(reading: Reading, [word = '', ...after]: readonly string[]): readonly string[] {
  if (word === '--') {
    if (reading.command.rest) reading.rest = after
    else reading.operands.push(...after)
    return []
  }
  if (word.startsWith('--')) return takeLong(reading, word, after)
  if (word.startsWith('-') && word !== '-') return takeShort(reading, word, after)
  reading.operands.push(word)
  return after
}

function takeLong(reading: Reading, word: string, after: readonly string[]): readonly string[] {
  const [, name = '', , attached] = /^--([^=]*)(=(.*))?$/s.exec(word) ?? []
  const flag = Object.hasOwn(reading.command.flags, name) ? reading.command.flags[name] : undefined
  if (!flag) return unknownFlag(reading, `--${name}`, after)
  if (flag.kind !== 'switch') return takeValue(reading, { name, flag, attached }, after)
  if (attached !== undefined) reading.problems.push(usage(`\`--${name}\` takes no value`, `write \`--${name}\` alone`))
  note(reading, name, '')
  return after
}

/** `-C`, `-CD`, `-i hosts.yml` and `-ihosts.yml`; several letters only where all but the last are switches. */
function takeShort(reading: Reading, word: string, after: readonly string[]): readonly string[] {
  const letter = word.slice(1, 2)
  const found = Object.entries(reading.command.flags).find(([, { short }]) => short === letter)
  if (!found) return unknownFlag(reading, `-${letter}`, after)
  const [name, flag] = found
  const more = word.slice(2)
  if (flag.kind !== 'switch') return takeValue(reading, { name, flag, attached: more === '' ? undefined : more.replace(/^=/, '') }, after)
  note(reading, name, '')
  return more === '' ? after : [`-${more}`, ...after]
}

interface Given {
  readonly name: string
  readonly flag: Exclude<Flag, { kind: 'switch' }>
  readonly attached: string | undefined
}

function takeValue(reading: Reading, { name, flag, attached }: Given, after: readonly string[]): readonly string[] {
  const [next, ...left] = after
  const value = attached ?? next
  // A value may begin with a dash only where it is attached, so that a forgotten value does not swallow a flag.
  if (value === undefined || (attached === undefined && /^-[^\d]/.test(value))) {
    reading.problems.push(usage(`\`--${name}\` needs a value`, `write \`--${name} ${flag.value}\``))
    return after
  }
  const problem = valueProblem(value, { name, flag })
  if (problem) reading.problems.push(problem)
  if (flag.kind !== 'values' && reading.values.has(name)) reading.problems.push(usage(`\`--${name}\` is given twice`, 'keep one of them'))
  note(reading, name, value)
  return attached === undefined ? left : after
}

function valueProblem(value: string, { name, flag }: Pick<Given, 'name' | 'flag'>): Diagnostic | undefined {
  if (flag.kind === 'integer' && !(/^\d{1,9}$/.test(value) && Number(value) >= (flag.least ?? 0))) {
    return usage(`\`--${name}\` needs a whole number of at least ${flag.least ?? 0}, not \`${value}\``)
  }
  if (flag.choices && !flag.choices.includes(value)) {
    return usage(`\`${value}\` is no value of \`--${name}\``, `choose one of: ${flag.choices.join(', ')}`)
  }
  return undefined
}

function note({ values }: Reading, name: string, value: string): void {
  values.set(name, [...(values.get(name) ?? []), value])
}

function unknownFlag({ command, problems }: Reading, written: string, after: readonly string[]): readonly string[] {
  const known = Object.keys(command.flags).map((name) => `--${name}`)
  problems.push(usage(`\`${command.name}\` has no flag \`${written}\``, didYouMean(written, known, 'flags')))
  return after
}

function checkOperands({ command, operands, problems }: Reading): void {
  const required = command.operands.filter(({ optional }) => !optional)
  const missing = required.slice(operands.length)
  for (const { name, summary } of missing) problems.push(usage(`\`${command.name}\` needs ${name}`, `name ${summary}`))
  const last = command.operands.at(-1)
  if (!last?.many && operands.length > command.operands.length) {
    const surplus = operands.slice(command.operands.length).map((word) => `\`${word}\``)
    problems.push(usage(`\`${command.name}\` does not know what to do with ${surplus.join(', ')}`, `see \`holdfast help ${command.name}\``))
  }
}

function flagValue(flag: Flag, given: readonly string[] | undefined): unknown {
  if (flag.kind === 'switch') return given !== undefined
  if (flag.kind === 'values') return given ?? []
  if (flag.kind === 'integer') return given && Number(given[0])
  return given?.[0]
}

function usage(message: string, help?: string): Diagnostic {
  return { code: 'usage', message, ...(help !== undefined && { help }) }
}
