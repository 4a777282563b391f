import type { Context } from '../context.ts'
import type { Request } from '../declare.ts'
import type { planCommand } from '../declarations/run.ts'
import { type ExitCode, exit } from '../exit.ts'
import { foretell } from '../foretell.ts'
import { planDocument, planLines } from '../plan_page.ts'
import { prepare } from '../prepare.ts'

/** Shows the tasks of compiled playbooks and their hosts; with `--explain`, also where round trips are cut. */
export async function plan(request: Request<typeof planCommand>, context: Context): Promise<ExitCode> {
  const { flags } = request
  const prepared = await prepare(request, context)
  const foresights = flags.json || flags.explain ? await foretell(prepared, context) : undefined
  if (flags.json) context.screen.json(planDocument(prepared, foresights ?? []))
  else context.screen.data(planLines(prepared, foresights).join('\n'))
  return exit.clean
}
