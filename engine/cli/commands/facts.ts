import type { Event } from '../../core/event.ts'
import type { Json } from '../../core/json.ts'
import { isFailure } from '../../report/failure.ts'
import { showProgress } from '../../report/progress.ts'
import { tellRun } from '../../report/terminal.ts'
import type { Fleet } from '../../runner/fleet.ts'
import { parseYaml } from '../../source/yaml.ts'
import { becomePassword } from '../become_password.ts'
import { allHosts } from '../chosen_hosts.ts'
import type { Context } from '../context.ts'
import type { Request } from '../declare.ts'
import type { factsCommand } from '../declarations/run.ts'
import type { ExitCode } from '../exit.ts'
import { exitOf, perform } from '../perform.ts'
import { prepareWritten } from '../prepare.ts'
import { readSourceLine } from '../source_line.ts'

/** Where a diagnostic about the pattern points. */
const COMMAND_LINE = 'the command line'

/** Prints what is known about hosts as one JSON document, by host. Changes nothing and leaves no journal. */
export async function facts({ flags, operands }: Request<typeof factsCommand>, context: Context): Promise<ExitCode> {
  const [pattern = 'all'] = operands
  const written = parseYaml(`[{hosts: ${JSON.stringify(pattern)}, gather_facts: true, tasks: []}]`, COMMAND_LINE)
  const documents = { playbooks: [COMMAND_LINE], inventory: flags.inventory, extraVars: flags['extra-vars'], written }
  const prepared = await prepareWritten(documents, { limit: flags.limit, onlyLooks: true }, context)
  const password = await becomePassword(flags, context)
  const found: { [host: string]: Json } = {}
  const look = (fleet: Fleet) => {
    for (const name of allHosts(prepared.setting, prepared.hosts)) {
      const known = fleet.actor(name).variables.facts
      if (known) found[name] = known
    }
  }
  const teller = tellTrouble(context)
  const performance = { check: true, everyHost: true, becomePassword: password, emit: teller.emit, look, flags: { ...flags, diff: false } }
  const summary = await perform(prepared, performance, context)
  teller.end()
  context.screen.json(found)
  return exitOf(summary, context)
}

function tellTrouble({ screen, lively }: Context) {
  const tell = tellRun(screen, { purpose: 'apply', diff: false, verbose: false, readLine: readSourceLine })
  const progress = showProgress(screen, { live: lively })
  return {
    emit: (event: Event) => {
      progress.see(event)
      if (event.kind === 'result' ? isFailure(event) : event.kind !== 'recap' && event.kind !== 'probed') tell(event)
      if (event.kind === 'recap') tell({ kind: 'play', name: '', hosts: [], batches: 0 })
    },
    end: progress.end,
  }
}
