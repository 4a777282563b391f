import type { Context } from '../context.ts'
import type { Request } from '../declare.ts'
import type { planCommand } from '../declarations/run.ts'
import { type ExitCode, exit } from '../exit.ts'
import { planDocument, planLines } from '../plan_page.ts'
import { prepare } from '../prepare.ts'

/** Shows the tasks of compiled playbooks and their hosts; with `--explain`, also where round trips are cut. */
export async function plan(request: Request<typeof planCommand>, context: Context): Promise<ExitCode> {
  const { flags } = request
  const prepared = await prepare(request, context)
  if (flags.json) context.screen.json(planDocument(prepared))
  else context.screen.data(planLines(prepared, { explain: flags.explain }).join('\n'))
  return exit.clean
}
