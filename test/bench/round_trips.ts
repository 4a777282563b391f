import { join } from 'node:path'
import { chooseHosts } from '../../engine/cli/chosen_hosts.ts'
import type { Context } from '../../engine/cli/context.ts'
import { perform } from '../../engine/cli/perform.ts'
import { openSetting } from '../../engine/cli/setting.ts'
import { Screen } from '../../engine/report/screen.ts'

/** The most round trips that a host of the folder's inventory took after the handshake, counted by the run itself. */
export async function countRoundTrips(folder: string, playbook: string): Promise<number> {
  const context = contextIn(folder)
  const documents = { playbooks: [join(folder, playbook)], inventory: [join(folder, 'hosts.yml')], extraVars: [] }
  const setting = await openSetting(documents, context)
  let counted: Promise<{ readonly [host: string]: number }> = Promise.resolve({})
  const summary = await perform(
    {
      setting,
      plan: setting.plan,
      hosts: chooseHosts(setting, undefined, context.screen),
      selection: { tags: [], skipTags: [] },
      opensLater: false,
    },
    {
      check: false,
      becomePassword: undefined,
      flags: { diff: false, forks: undefined, transport: undefined },
      emit: () => undefined,
      look: (fleet) => {
        counted = fleet.roundTrips()
      },
    },
    context,
  )
  const changed = Object.entries(summary.hosts).filter(([, counts]) => counts.changed + counts.failed + counts.unreachable > 0)
  if (changed.length > 0) throw new Error(`${changed.map(([name]) => name).join(', ')} did not stay as they were`)
  return Math.max(...Object.values(await counted))
}

function contextIn(folder: string): Context {
  return {
    screen: new Screen({ out: process.stdout, err: process.stderr }, { colour: false }),
    cwd: folder,
    home: folder,
    env: {},
    input: process.stdin,
    interactive: false,
    lively: false,
    version: '0',
    interruption: () => new AbortController().signal,
  }
}
