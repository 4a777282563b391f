import { defineModule } from '../core/module.ts'
import { cleanPath, pathProblems } from './file_attributes.ts'
import { printWhole, readWhole } from './read_file.ts'

const LIMIT_BYTES = 16 * 1024 * 1024

export const slurp = defineModule({
  kind: 'query',
  name: 'slurp',
  summary: 'Read a file of the host into a variable.',
  schema: {
    type: 'object',
    additionalProperties: false,
    required: ['src'],
    properties: { src: { type: 'string', format: 'path', aliases: ['path'], description: 'The file to read. A link is followed.' } },
  },
  examples: [
    { title: 'The id of the machine', params: { src: '/etc/machine-id' } },
    { title: 'A public key', params: { src: '/etc/ssh/ssh_host_ed25519_key.pub' } },
  ],
  notes: ['The registered `content` is base64, as in Ansible. A file may have 16 MiB; larger ones are for `fetch`.'],
  problems: ({ src }) => pathProblems('src', src),
  reads: ({ src }) => [`path:${cleanPath(src)}`],

  run: ({ src }) => printWhole(cleanPath(src), LIMIT_BYTES),
  outcome: (output, { src }) => {
    const read = readWhole(output, src, LIMIT_BYTES)
    if ('problem' in read) return { failed: true, changed: false, message: read.problem, values: {} }
    return { failed: false, changed: false, values: { content: read.base64, encoding: 'base64', source: src } }
  },
})
