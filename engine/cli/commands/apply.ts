import { previewAndAsk, requireAnswer } from '../agree.ts'
import { becomePassword } from '../become_password.ts'
import { chooseHosts } from '../chosen_hosts.ts'
import type { Context } from '../context.ts'
import type { Request } from '../declare.ts'
import type { applyCommand } from '../declarations/run.ts'
import type { ExitCode } from '../exit.ts'
import { exitOf, perform } from '../perform.ts'
import { withRunReport } from '../run_report.ts'
import { openSetting } from '../setting.ts'
import { startingAt } from '../start_at.ts'

/** Brings hosts into the state that playbooks declare: read everything, preview, ask, carry out, report. */
export async function apply({ flags, operands, given }: Request<typeof applyCommand>, context: Context): Promise<ExitCode> {
  requireAnswer(flags, context)
  const setting = await openSetting({ playbooks: operands, inventory: flags.inventory, extraVars: flags['extra-vars'] }, context)
  const plan = startingAt(setting.plan, flags['start-at-task'])
  const hosts = chooseHosts({ ...setting, plan }, flags.limit, context.screen)
  const performance = { plan, hosts, check: flags.check, becomePassword: await becomePassword(flags, context), flags }
  const purpose = flags.check ? 'check' : 'apply'

  return await withRunReport(
    context,
    { command: 'apply', purpose, setting, playbooks: operands, hosts, plan, flags, given },
    async (report) => {
      const isAgreed = flags.check || flags.yes
      const ending = isAgreed ? undefined : await previewAndAsk(setting, { performance, report }, context)
      return ending ?? exitOf(await perform(setting, { ...performance, emit: report.emit }, context), context)
    },
  )
}
