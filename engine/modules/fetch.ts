import { createHash } from 'node:crypto'
import { posix } from 'node:path'
import { type Outcome, defineModule } from '../core/module.ts'
import type { Params } from '../core/params.ts'
import { cleanPath, pathProblems } from './file_attributes.ts'
import { problemsWhere } from './problems.ts'
import { printWhole, readWhole } from './read_file.ts'

const LIMIT_BYTES = 64 * 1024 * 1024

const schema = {
  type: 'object',
  additionalProperties: false,
  required: ['src', 'dest'],
  properties: {
    src: { type: 'string', format: 'path', description: 'The file of the host. A link is followed.' },
    dest: {
      type: 'string',
      description:
        'Folder of the controller; the file goes to `dest/HOST/src`. With `flat`, the file itself, or the folder if it ends in `/`.',
    },
    flat: {
      type: 'boolean',
      default: false,
      description: 'Put the file at `dest`, without the name of the host and the path it had there.',
    },
    fail_on_missing: { type: 'boolean', default: true, description: 'Whether it is a failure if the host has no such file.' },
    validate_checksum: { type: 'boolean', default: true, description: 'Known so that playbooks keep working; every transfer is checked.' },
  },
} as const

type FetchParams = Params<typeof schema>

export const fetch = defineModule({
  kind: 'query',
  name: 'fetch',
  summary: 'Bring a file of the host to the controller.',
  schema,
  examples: [
    { title: "Every host's log in a folder of its own", params: { src: '/var/log/gaiad/upgrade.log', dest: 'collected' } },
    { title: 'One file from one host', params: { src: '/etc/wireguard/public.key', dest: 'keys/bastion.pub', flat: true } },
  ],
  notes: [
    'A file may have 64 MiB. `checksum` is a SHA-256; in Ansible it is a SHA-1.',
    'Where the file goes is decided by the params alone, so a host cannot choose a place on the controller.',
  ],
  problems: ({ src, dest }) => [
    ...pathProblems('src', src),
    ...problemsWhere(
      [dest === '', '`dest` must not be empty'],
      [dest.split('/').includes('..'), '`dest` must not hold `..`: name the place itself'],
    ),
  ],
  reads: ({ src }) => [`path:${cleanPath(src)}`],

  run: ({ src }) => printWhole(cleanPath(src), LIMIT_BYTES),
  outcome: (output, params) => {
    const read = readWhole(output, params.src, LIMIT_BYTES)
    if ('base64' in read) return fetched(read.base64, params)
    if (!read.missing || params.fail_on_missing)
      return { failed: true, changed: false, message: read.problem, values: { file: params.src } }
    return { failed: false, changed: false, message: `${read.problem}, which was allowed`, values: { file: params.src } }
  },
})

function fetched(base64: string, { src, dest, flat }: FetchParams): Outcome {
  const checksum = createHash('sha256').update(Buffer.from(base64, 'base64')).digest('hex')
  const values = { file: src, checksum, remote_checksum: checksum }
  if (!flat) return { failed: false, changed: false, values, save: { path: dest, perHost: cleanPath(src).slice(1), base64 } }
  return {
    failed: false,
    changed: false,
    values,
    save: { path: dest.endsWith('/') ? posix.join(dest, posix.basename(cleanPath(src))) : dest, base64 },
  }
}
