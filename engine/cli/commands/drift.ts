import type { Event } from '../../core/event.ts'
import { becomePassword } from '../become_password.ts'
import { chooseHosts } from '../chosen_hosts.ts'
import type { Context } from '../context.ts'
import type { Request } from '../declare.ts'
import type { driftCommand } from '../declarations/run.ts'
import { type ExitCode, exit } from '../exit.ts'
import { exitOf, perform } from '../perform.ts'
import { withRunReport } from '../run_report.ts'
import { openSetting } from '../setting.ts'
import { startingAt } from '../start_at.ts'

/** Tells what differs from what playbooks declare: an apply that stops after it has looked. */
export async function drift({ flags, operands, given }: Request<typeof driftCommand>, context: Context): Promise<ExitCode> {
  const setting = await openSetting({ playbooks: operands, inventory: flags.inventory, extraVars: flags['extra-vars'] }, context)
  const plan = startingAt(setting.plan, flags['start-at-task'])
  const hosts = chooseHosts({ ...setting, plan }, flags.limit, context.screen)
  const password = await becomePassword(flags, context)

  return await withRunReport(
    context,
    { command: 'drift', purpose: 'drift', setting, playbooks: operands, hosts, plan, flags, given },
    async (report) => {
      let drifted = false
      const emit = (event: Event) => {
        drifted ||= event.kind === 'result' && event.result.status === 'changed'
        report.emit(event)
      }
      const code = exitOf(await perform(setting, { plan, hosts, check: true, becomePassword: password, emit, flags }, context), context)
      return code === exit.clean && drifted ? exit.drift : code
    },
  )
}
