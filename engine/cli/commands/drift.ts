import type { Event } from '../../core/event.ts'
import { becomePassword } from '../become_password.ts'
import type { Context } from '../context.ts'
import type { driftCommand } from '../declarations/run.ts'
import type { Request } from '../declare.ts'
import { type ExitCode, exit } from '../exit.ts'
import { exitOf, perform } from '../perform.ts'
import { prepare } from '../prepare.ts'
import { withRunReport } from '../run_report.ts'

/** Tells what differs from what playbooks declare: an apply that stops after it has looked. */
export async function drift(request: Request<typeof driftCommand>, context: Context): Promise<ExitCode> {
  const { flags, operands, given } = request
  const prepared = await prepare(request, context)
  const password = await becomePassword(flags, context)

  return await withRunReport(
    context,
    { command: 'drift', purpose: 'drift', prepared, playbooks: operands, flags, given },
    async (report) => {
      let drifted = false
      const emit = (event: Event) => {
        drifted ||= event.kind === 'result' && event.result.status === 'changed'
        report.emit(event)
      }
      const performance = { check: true, everyHost: true, becomePassword: password, emit, flags }
      const code = exitOf(await perform(prepared, performance, context), context)
      return code === exit.clean && drifted ? exit.drift : code
    },
  )
}
