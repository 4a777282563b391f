import { createExpander } from '../playbook/include.ts'
import { selects } from '../playbook/tags.ts'
import { type Foresight, foresee } from '../foresight/foresee.ts'
import type { Context } from './context.ts'
import { rosterOf } from './make_fleet.ts'
import type { Prepared } from './prepare.ts'
import { compileOptions } from './roles.ts'

/** What each play of a prepared call will cost in round trips. No host is contacted. */
export function foretell({ setting, plan, hosts, selection }: Prepared, context: Context): Promise<readonly Foresight[]> {
  const { opener, project, extra } = setting
  return foresee(plan, {
    roster: rosterOf(setting),
    extra,
    open: opener.value,
    opener,
    hostsOf: (play) => hosts.get(play) ?? [],
    selects: ({ tags }) => selects(tags, selection),
    expander: () => createExpander({ ...compileOptions(project, context), read: opener.read }),
  })
}
