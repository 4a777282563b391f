import { reject } from '../core/diagnostic.ts'
import { nearest } from '../source/suggest.ts'
import { asksForHelp, parseArgs } from './args.ts'
import { commands, findCommand } from './commands.ts'
import type { Context } from './context.ts'
import { type ExitCode, exit } from './exit.ts'
import { commandHelp, overview } from './usage.ts'

/** Carries out the words of a call. */
export async function dispatch(words: readonly string[], context: Context): Promise<ExitCode> {
  const [first] = words
  if (first === undefined) return showOverview(context, exit.rejected)
  if (first === '--help' || first === '-h') return showOverview(context, exit.clean)
  if (first === 'help') return showHelp(words.slice(1), context)
  const found = findCommand(words)
  // Such as `lab --help`: the pages of the whole family.
  if (!found) return asksForHelp(words) ? showHelp(words, context) : unknownCommand(words)
  if (asksForHelp(found.left)) return showHelp([found.known.command.name], context)
  const request = parseArgs(found.known.command, found.left)
  const carryOut = await found.known.load()
  return await carryOut(request, context)
}

function showOverview({ screen }: Context, code: ExitCode): ExitCode {
  const text = overview(commands.map(({ command }) => command))
  if (code === exit.clean) screen.data(text)
  else screen.notes(text.split('\n').map((line) => [line]))
  return code
}

function showHelp(words: readonly string[], context: Context): ExitCode {
  const name = words.filter((word) => !word.startsWith('-')).join(' ')
  if (name === '') return showOverview(context, exit.clean)
  const pages = commands.filter(({ command }) => command.name === name || command.name.startsWith(`${name} `))
  if (pages.length === 0) unknownCommand(words)
  context.screen.data(pages.map(({ command }) => commandHelp(command)).join('\n\n'))
  return exit.clean
}

function unknownCommand(words: readonly string[]): never {
  const names = commands.map(({ command }) => command.name)
  const [first = ''] = words
  const family = names.filter((name) => name.startsWith(`${first} `))
  if (family.length > 0)
    return reject({ code: 'usage', message: `\`${first}\` needs one more word`, help: `write one of: ${family.join(', ')}` })
  const near = nearest(first, names) ?? nearest(words.slice(0, 2).join(' '), names)
  const help = near === undefined ? '`holdfast help` lists all commands' : `did you mean \`${near}\`?`
  return reject({ code: 'usage', message: `there is no command \`${first}\``, help })
}
