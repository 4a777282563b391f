import { isIP } from 'node:net'
import type { Params } from '../core/params.ts'
import { problemsWhere } from './problems.ts'
import { wholeAddress } from './wireguard_text.ts'

/** How a public key looks: 32 bytes in base64, whose last letter has two bits to spare. */
export const PUBLIC_KEY = '^[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=$'

/** The params of `wireguard`. */
export const schema = {
  type: 'object',
  additionalProperties: false,
  required: ['interface'],
  properties: {
    interface: {
      type: 'string',
      aliases: ['name'],
      pattern: '^[a-zA-Z0-9_=+][a-zA-Z0-9_=+.-]{0,14}$',
      form: 'write a short name such as `wg0`: 15 characters at most, and neither dot nor dash first',
      description: 'The interface that is kept; no other is touched.',
    },
    private_key_file: {
      type: 'string',
      format: 'path',
      description: 'Where the private key of the host is, made there by `wireguard_key`. Left out, `/etc/wireguard/INTERFACE.key`.',
    },
    addresses: {
      type: 'array',
      items: { type: 'string' },
      default: [],
      description: 'Addresses of the host inside the tunnels: `10.42.1.11/32`.',
    },
    listen_port: { type: 'integer', minimum: 1, maximum: 65_535, default: 51_820, description: 'The UDP port of this end.' },
    mtu: {
      type: 'integer',
      minimum: 1280,
      maximum: 65_455,
      default: 1420,
      description: 'Size of the largest packet that fits into a tunnel.',
    },
    peers: {
      type: 'array',
      default: [],
      description: 'The other ends. One that is not named here loses its tunnel.',
      items: {
        type: 'object',
        additionalProperties: false,
        required: ['public_key', 'allowed_ips'],
        properties: {
          name: { type: 'string', pattern: '^[^\\n]+$', form: 'write one line', description: 'What people call it.' },
          public_key: {
            type: 'string',
            pattern: PUBLIC_KEY,
            form: 'write the 44 characters that `wg pubkey` prints',
            description: 'Its public key.',
          },
          allowed_ips: {
            type: 'array',
            minItems: 1,
            items: { type: 'string' },
            description: 'What may come from there, and is sent there.',
          },
          endpoint: {
            type: 'string',
            pattern: '^(\\[[0-9a-fA-F:.]+\\]|[A-Za-z0-9.-]+):[0-9]{1,5}$',
            form: 'write `address:port`, an IPv6 address in brackets',
            description: 'Where it is reached. Left out, it has to call first.',
          },
          keepalive: {
            type: 'integer',
            minimum: 0,
            maximum: 65_535,
            description: 'Seconds of silence after which a word is sent; for a host behind a NAT.',
          },
        },
      },
    },
    preshared_secret: {
      type: 'string',
      secret: true,
      description: 'A secret that all ends share; the preshared key of each pair of hosts is worked out from it. Empty: none.',
    },
    state: { type: 'string', enum: ['present', 'absent'], default: 'present', description: 'Whether the interface should exist.' },
    revert_after: {
      type: 'integer',
      minimum: 0,
      maximum: 3600,
      default: 60,
      description:
        'Seconds after which the host goes back to the old tunnels, unless a new connection has confirmed the new ones. 0: never.',
    },
  },
} as const

export type WireguardParams = Params<typeof schema>

/** What is wrong with the addresses and keys, one sentence each. */
export function wireguardProblems({ peers, addresses, state }: WireguardParams): readonly string[] {
  const everywhere = peers.flatMap(({ allowed_ips }) =>
    allowed_ips.map((address) => (isNetwork(address) ? wholeAddress(address) : address)),
  )
  const keys = peers.map(({ public_key }) => public_key)
  const twice = (list: readonly string[]) => list.find((item, i) => list.indexOf(item) !== i)
  const odd = [...addresses, ...everywhere].find((address) => !isNetwork(address))
  return problemsWhere(
    [state === 'present' && addresses.length === 0, '`wireguard` needs `addresses`'],
    [odd !== undefined, `\`${odd}\` is no address such as \`10.42.1.11/32\` or \`fd00::11\``],
    [everywhere.some((address) => address.endsWith('/0')), 'a peer cannot be the way to everywhere: `allowed_ips` names what is behind it'],
    [twice(keys) !== undefined, `two peers have the key \`${twice(keys)}\``],
    [twice(everywhere) !== undefined, `\`${twice(everywhere)}\` is behind two peers; only the last one would get it`],
  )
}

function isNetwork(text: string): boolean {
  const [address = '', length = '32', ...more] = text.split('/')
  const version = isIP(address)
  return version !== 0 && more.length === 0 && /^\d{1,3}$/.test(length) && Number(length) <= (version === 6 ? 128 : 32)
}
