import { reject } from '../../core/diagnostic.ts'
import type { Event } from '../../core/event.ts'
import type { Node } from '../../core/node.ts'
import { isFailure } from '../../report/failure.ts'
import { collectOutput, printOutput } from '../../report/output.ts'
import { tellRun } from '../../report/terminal.ts'
import { parseYaml } from '../../source/yaml.ts'
import { becomePassword } from '../become_password.ts'
import type { Context } from '../context.ts'
import type { Request } from '../declare.ts'
import type { execCommand } from '../declarations/run.ts'
import type { ExitCode } from '../exit.ts'
import { exitOf, perform } from '../perform.ts'
import { withRunReport } from '../run_report.ts'
import { prepareWritten } from '../prepare.ts'
import { readSourceLine } from '../source_line.ts'

type ExecRequest = Request<typeof execCommand>

/** Where a diagnostic about an ad-hoc task points. */
const COMMAND_LINE = 'the command line'

/** Runs one command or one module on hosts, as a play of one task that the command line spells out. */
export async function exec(request: ExecRequest, context: Context): Promise<ExitCode> {
  const { flags, given } = request
  const documents = { playbooks: [COMMAND_LINE], inventory: flags.inventory, extraVars: flags['extra-vars'], written: playOf(request) }
  const prepared = await prepareWritten(documents, { limit: flags.limit, onlyLooks: flags.harmless }, context)
  const password = await becomePassword(flags, context)
  const reporting = { command: 'exec', purpose: flags.check ? 'check' : 'apply', prepared, playbooks: [], flags, given } as const

  return await withRunReport(context, { ...reporting, telling: tellOutput(context, flags) }, async (report) =>
    exitOf(
      await perform(
        prepared,
        { check: flags.check, becomePassword: password, emit: report.emit, flags, doing: `exec ${request.operands[0] ?? ''}` },
        context,
      ),
      context,
    ),
  )
}

function playOf({ flags, operands, rest }: ExecRequest): Node {
  if ((flags.module === undefined) === (rest.length === 0)) {
    reject({ code: 'usage', message: '`exec` needs a command or a module, and not both', help: 'write `-- COMMAND`, or `--module NAME`' })
  }
  const task =
    flags.module === undefined
      ? `command: {expand_argument_vars: false, argv: [${rest.map(literal).join(', ')}]}`
      : `${flags.module}: ${paramsOf(flags.args)}`
  const become =
    flags.become || flags['become-user'] !== undefined
      ? `, become: true, become_user: ${JSON.stringify(flags['become-user'] ?? 'root')}`
      : ''
  return parseYaml(
    `[{hosts: ${JSON.stringify(operands[0])}, gather_facts: false${become}, tasks: [{${task}${flags.harmless ? ', changed_when: false' : ''}}]}]`,
    COMMAND_LINE,
  )
}

/** Words of a command are no templates. */
function literal(word: string): string {
  return `!unsafe ${JSON.stringify(word)}`
}

function paramsOf(args: string | undefined): string {
  if (args === undefined) return '{}'
  return args.trimStart().startsWith('{') ? args : JSON.stringify(args)
}

/** What hosts answer is the news here; that a command ran is not. */
function tellOutput({ screen }: Context, { json, check }: { readonly json: boolean; readonly check: boolean }) {
  const collected = collectOutput()
  const print = json ? collected.see : printOutput(screen)
  const tell = tellRun(screen, { purpose: check ? 'check' : 'apply', diff: false, verbose: false, readLine: readSourceLine })
  return {
    tell: (event: Event) => {
      print(event)
      const isNews = event.kind === 'result' ? isFailure(event) : event.kind !== 'compiled' && event.kind !== 'probed'
      if (isNews) tell(event)
    },
    document: collected.document,
  }
}
