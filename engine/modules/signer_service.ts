import { defineModule, type Module, type StateModule } from '../core/module.ts'
import { plainPublicKey } from '../core/signing_key.ts'
import { cleanPath, pathProblems } from './file_attributes.ts'
import { problemsWhere } from './problems.ts'
import { SERVICE_SCHEMA, systemdService } from './systemd_service.ts'

const schema = {
  ...SERVICE_SCHEMA,
  required: ['name', 'chain', 'key'],
  properties: {
    ...SERVICE_SCHEMA.properties,
    chain: { type: 'string', description: 'The id of the chain that it signs for.' },
    key: { type: 'string', format: 'path', description: 'The file of the key that it reads.' },
    public_key: {
      type: 'string',
      default: '',
      description:
        'The public key that belongs to it, 32 bytes in base64, where the file does not tell: a softsign key, or one in a device.',
    },
    vouched_for: {
      type: 'array',
      items: { type: 'string' },
      default: [],
      description: 'Places that cannot sign with the key any more for certain: `HOST/MACHINE`, as for `signer_key`.',
    },
  },
} as const

const service = systemdService as Extract<Module, { readonly kind: 'state' }> as unknown as StateModule<typeof schema, object>

export const signerService = defineModule({
  ...service,
  name: 'signer_service',
  summary: 'Keep a signer running or stopped, and never started while its key may sign elsewhere.',
  schema,
  examples: [
    {
      title: 'The signer of a cosigner',
      params: {
        name: 'horcrux',
        chain: 'cosmoshub-4',
        key: '/var/lib/horcrux/cosmoshub-4_shard.json',
        state: 'started',
        enabled: true,
      },
    },
  ],
  notes: [
    'Everything of `systemd_service` holds for it, too.',
    'Before it is started or enabled, the cosigners are asked whether its key is on record on this host and nowhere else: see docs/one-signer.md. A key that someone brought by hand is taken up only if every host of the fleet has said that it does not hold it.',
  ],
  problems: (params) => [
    ...(service.problems?.(params) ?? []),
    ...pathProblems('key', params.key),
    ...problemsWhere(
      [params.public_key !== '' && plainPublicKey(params.public_key) === undefined, '`public_key` must be 32 bytes in base64'],
      [
        params.key.endsWith('_shard.json') && !params.key.endsWith(`/${params.chain}_shard.json`),
        `\`key\` must end in \`/${params.chain}_shard.json\`: by that name Horcrux knows for which chain it is`,
      ],
    ),
  ],
  signs: ({ chain, key, state, enabled, vouched_for: vouched, public_key }) => {
    if (state !== 'started' && !enabled) return undefined
    const publicKey = plainPublicKey(public_key)
    return { what: 'start', chain, path: cleanPath(key), vouched, replaces: true, ...(publicKey !== undefined && { key: { publicKey } }) }
  },
})
