import type { Context } from '../context.ts'
import type { Request } from '../declare.ts'
import type { planCommand } from '../declarations/run.ts'
import { chooseHosts } from '../chosen_hosts.ts'
import { type ExitCode, exit } from '../exit.ts'
import { planDocument, planLines } from '../plan_page.ts'
import { openSetting } from '../setting.ts'
import { startingAt } from '../start_at.ts'

/** Shows the tasks of compiled playbooks and their hosts; with `--explain`, also where round trips are cut. */
export async function plan({ flags, operands }: Request<typeof planCommand>, context: Context): Promise<ExitCode> {
  const setting = await openSetting({ playbooks: operands, inventory: flags.inventory, extraVars: flags['extra-vars'] }, context)
  const compiled = startingAt(setting.plan, flags['start-at-task'])
  const hosts = chooseHosts({ ...setting, plan: compiled }, flags.limit, context.screen)
  const selection = { tags: flags.tags, skipTags: flags['skip-tags'] }
  if (flags.json) context.screen.json(planDocument(compiled, { hosts, selection }))
  else context.screen.data(planLines(compiled, { hosts, selection, explain: flags.explain }).join('\n'))
  return exit.clean
}
