import { defineModule } from '../core/module.ts'
import { sh } from '../core/script.ts'
import { ACCOUNT_FILES, ACCOUNT_FORM, ACCOUNT_NAME, accountLine } from './accounts.ts'

interface GroupState {
  readonly exists: boolean
  readonly gid?: number
}

export const group = defineModule({
  kind: 'state',
  name: 'group',
  summary: 'Keep a local group.',
  schema: {
    type: 'object',
    additionalProperties: false,
    required: ['name'],
    properties: {
      name: { type: 'string', pattern: ACCOUNT_NAME, form: ACCOUNT_FORM, description: 'Name of the group.' },
      gid: { type: 'integer', minimum: 0, description: 'Number of the group. Left out, the host chooses.' },
      system: {
        type: 'boolean',
        default: false,
        description: 'Take the number from the range for system groups; matters only when the group is made.',
      },
      non_unique: { type: 'boolean', default: false, description: 'Allow a number that another group has too.' },
      state: { type: 'string', enum: ['present', 'absent'], default: 'present', description: 'Whether the group should exist.' },
    },
  },
  examples: [
    { title: 'A group for those who may read the node’s keys', params: { name: 'signers', gid: 4100 } },
    { title: 'A system group', params: { name: 'telemetry', system: true } },
  ],
  notes: ['Only groups in `/etc/group` are looked at, not those of a directory service.', 'Files keep the old number when `gid` changes.'],
  problems: ({ gid, non_unique }) => (non_unique && gid === undefined ? ['`non_unique` needs `gid`'] : []),
  reads: ({ name }) => [`group:${name}`, 'path:/etc/group'],
  touches: ({ name }) => [`group:${name}`, ...ACCOUNT_FILES],

  probe: ({ name }) => sh`${accountLine(name, ['/etc/group'])}`,
  parse: ({ stdout }): GroupState => {
    const [name, , gid] = stdout.trim().split(':')
    return name ? { exists: true, gid: Number(gid) } : { exists: false }
  },
  desired: ({ state, gid }) => (state === 'absent' ? { exists: false } : { exists: true, ...(gid !== undefined && { gid }) }),
  converge: (current, desired, { name, gid, system, non_unique }) => {
    if (!desired.exists) return [sh`groupdel -- ${name}`]
    const id = gid === undefined ? [] : ['-g', gid, ...(non_unique ? ['-o'] : [])]
    return current.exists ? [sh`groupmod ${id} -- ${name}`] : [sh`groupadd ${system ? ['-r'] : []} ${id} -- ${name}`]
  },
  describe: (current, desired, { name }) => {
    if (current.exists !== desired.exists)
      return [{ what: name, from: current.exists ? 'present' : 'absent', to: desired.exists ? 'present' : 'absent' }]
    return [{ what: 'gid', from: String(current.gid), to: String(desired.gid) }]
  },
  result: ({ exists, gid }, { name, system }) => ({
    name,
    system,
    state: exists ? 'present' : 'absent',
    ...(gid !== undefined && { gid }),
  }),
})
