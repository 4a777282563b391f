import type { Command, Flag } from '../declare.ts'
import { EXIT_MEANINGS } from '../exit.ts'
import { generatedFrom, table } from './markdown.ts'

/** The reference page of the command line. */
export function commandsPage(commands: readonly Command[]): string {
  const exits = EXIT_MEANINGS.map(([code, meaning]) => [`\`${code}\``, meaning])
  return [
    generatedFrom('the declarations in engine/cli/declarations/'),
    '# Commands',
    table(
      ['command', 'what it does'],
      commands.map(({ name, summary }) => [`[\`${name}\`](#${name.replaceAll(' ', '-')})`, summary]),
    ),
    ...commands.flatMap(commandSection),
    '## Exit codes',
    table(['code', 'meaning'], exits),
    '',
  ]
    .join('\n\n')
    .replace(/\n+$/, '\n')
}

function commandSection({ name, summary, details = [], operands, rest, flags, examples }: Command): readonly string[] {
  const words = [...operands.map(operandWord), ...(rest ? [`[-- ${rest.name}]`] : []), '[flags]']
  const rows = [
    ...operands.map((operand) => [`\`${operand.name}\``, operand.summary]),
    ...(rest ? [[`\`-- ${rest.name}\``, rest.summary]] : []),
    ...Object.entries(flags).map(([flag, declared]) => [flagWord(flag, declared), flagSummary(declared)]),
  ]
  return [
    `## ${name}`,
    `\`holdfast ${name} ${words.join(' ')}\``,
    [sentence(summary), ...details].join(' '),
    ...(rows.length === 0 ? [] : [table(['word', 'meaning'], rows)]),
    ...(examples.length === 0 ? [] : [examples.map(({ line, does }) => `- \`${line}\`: ${does}`).join('\n')]),
  ]
}

function operandWord({ name, optional, many }: Command['operands'][number]): string {
  const word = `${name}${many ? '...' : ''}`
  return optional ? `[${word}]` : word
}

function flagWord(name: string, flag: Flag): string {
  const short = flag.short === undefined ? '' : `\`-${flag.short}\`, `
  return `${short}\`--${name}${flag.kind === 'switch' ? '' : ` ${flag.value}`}\``
}

function flagSummary(flag: Flag): string {
  if (flag.kind === 'switch') return flag.summary
  const choices = flag.choices ? `: ${flag.choices.map((choice) => `\`${choice}\``).join(', ')}` : ''
  return `${flag.summary}${choices}${flag.kind === 'values' ? ' (may be repeated)' : ''}`
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`
}
