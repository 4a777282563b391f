import type { Command, Flag } from './declare.ts'
import { EXIT_MEANINGS } from './exit.ts'

/** The help of one command, made from its declaration. */
export function commandHelp(command: Command): string {
  const { name, summary, details = [], operands, rest, flags, examples } = command
  const words = [
    ...operands.map((operand) => [operandWord(operand), operand.summary] as const),
    ...(rest ? [[`-- ${rest.name}`, rest.summary] as const] : []),
  ]
  return [
    `holdfast ${name}: ${summary}`,
    '',
    `usage: holdfast ${[name, ...operands.map(operandWord), ...(rest ? [`[-- ${rest.name}]`] : []), '[flags]'].join(' ')}`,
    ...details.flatMap((detail) => ['', ...wrap(detail, LINE_COLUMNS)]),
    ...section('words', words),
    ...section('flags', [
      ...Object.entries(flags).map(([flag, declared]) => [flagWord(flag, declared), flagSummary(declared)] as const),
      HELP_FLAG,
    ]),
    ...section(
      'examples',
      examples.map(({ line, does }) => [line, does] as const),
    ),
  ].join('\n')
}

/** The first page: every command with what it does, and how each ends. */
export function overview(commands: readonly Command[]): string {
  return [
    'holdfast keeps a fleet of hosts in the state its operator declared.',
    '',
    'usage: holdfast COMMAND [words] [flags]',
    ...section(
      'commands',
      commands.map(({ name, summary }) => [name, summary] as const),
    ),
    ...section(
      'exit codes',
      EXIT_MEANINGS.map(([code, meaning]) => [String(code), meaning] as const),
    ),
    '',
    '`holdfast help COMMAND` tells more. `--plain` or NO_COLOR=1 switch colour and live progress off.',
  ].join('\n')
}

const LINE_COLUMNS = 100
const WIDEST_WORD = 30
const HELP_FLAG = ['-h, --help', 'show this page'] as const

function operandWord({ name, optional, many }: Command['operands'][number]): string {
  const word = `${name}${many ? '...' : ''}`
  return optional ? `[${word}]` : word
}

function flagWord(name: string, flag: Flag): string {
  const short = flag.short === undefined ? '    ' : `-${flag.short}, `
  return `${short}--${name}${flag.kind === 'switch' ? '' : ` ${flag.value}`}`
}

function flagSummary(flag: Flag): string {
  if (flag.kind === 'switch') return flag.summary
  const repeat = flag.kind === 'values' ? ' (may be repeated)' : ''
  return `${flag.summary}${flag.choices ? `: ${flag.choices.join(', ')}` : ''}${repeat}`
}

function section(title: string, rows: readonly (readonly [string, string])[]): readonly string[] {
  if (rows.length === 0) return []
  const width = Math.max(...rows.map(([word]) => word.length).filter((length) => length <= WIDEST_WORD), 0) + 2
  return ['', `${title}:`, ...rows.flatMap((row) => shownRow(row, width))]
}

function shownRow([word, summary]: readonly [string, string], width: number): readonly string[] {
  const [first = '', ...more] = wrap(summary, LINE_COLUMNS - width - 2)
  const indent = ' '.repeat(width + 2)
  const rest = more.map((line) => indent + line)
  return word.length + 2 > width ? [`  ${word}`, indent + first, ...rest] : [`  ${word.padEnd(width)}${first}`, ...rest]
}

function wrap(text: string, columns: number): readonly string[] {
  const lines: string[] = []
  for (const word of text.split(' ')) {
    const last = lines.at(-1)
    if (last !== undefined && last.length + word.length < columns) lines[lines.length - 1] = `${last} ${word}`
    else lines.push(word)
  }
  return lines
}
