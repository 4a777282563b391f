import { posix } from 'node:path'
import { Refusal, defineModule } from '../core/module.ts'
import type { Params } from '../core/params.ts'
import { type Script, lines, sh } from '../core/script.ts'
import { pathProblems } from './file_attributes.ts'
import { foldersTo } from './make_directory.ts'
import { problemsWhere } from './problems.ts'
import { keyValues } from './text_lines.ts'
import { PUBLIC_KEY } from './wireguard_params.ts'

const FORM = 'write the 44 characters that `wg pubkey` prints'

const schema = {
  type: 'object',
  additionalProperties: false,
  required: ['path'],
  properties: {
    path: { type: 'string', format: 'path', aliases: ['dest'], description: 'The file of the private key.' },
    public_key: {
      type: 'string',
      pattern: PUBLIC_KEY,
      form: FORM,
      description: 'The public half it must have. A host that has another key, or none, is refused and not given a new one.',
    },
    other_than: { type: 'string', pattern: PUBLIC_KEY, form: FORM, description: 'Make a new key if the public half is still this one.' },
  },
} as const

interface KeyState {
  readonly tools: boolean
  /** The public half of the key; empty: there is no usable key. */
  readonly public_key: string
  readonly usable: boolean
  readonly mode: string
}

type KeyParams = Params<typeof schema>

export const wireguardKey = defineModule({
  kind: 'state',
  name: 'wireguard_key',
  summary: 'Keep a private key for WireGuard, made on the host and never taken from it.',
  schema,
  examples: [
    { title: 'A key, made once', params: { path: '/etc/wireguard/wg0.key' } },
    {
      title: 'A new key in the place of a known one',
      params: { path: '/etc/wireguard/wg0.key', other_than: 'AK+t0SVamWxbkTBYudLTLjLyngGQBhJXjC2SRgGiCjU=' },
    },
  ],
  notes: [
    'The result holds `public_key`, which the other hosts need. In check mode it is empty where the key would only be made.',
    'A key that was replaced is gone. The interface uses it until `wireguard` is told of the new one.',
  ],
  problems: (params) => [
    ...pathProblems('path', params.path),
    ...problemsWhere([
      params.public_key !== undefined && params.other_than !== undefined,
      '`public_key` and `other_than` exclude each other',
    ]),
  ],
  reads: ({ path }) => [`path:${path}`, 'package:wireguard-tools'],
  touches: ({ path }) => [`path:${path}`, ...foldersTo(posix.dirname(path))],

  probe: ({ path }) =>
    lines([
      sh`command -v wg >/dev/null || echo 'tools=absent'`,
      sh`[ ! -f ${path} ] || printf 'public=%s\\nmode=%s\\n' "$(wg pubkey <${path} 2>/dev/null)" "$(stat -c '%a %U' ${path})"`,
    ]),
  parse: ({ stdout }, params): KeyState => {
    const found = keyValues(stdout)
    // The others are told of it, so it must not be able to say anything else.
    const key = PUBLIC.test(found.get('public') ?? '') ? (found.get('public') ?? '') : ''
    return {
      tools: found.get('tools') !== 'absent',
      public_key: key,
      usable: key !== '' && key !== params.other_than,
      mode: found.get('mode') ?? '',
    }
  },
  desired: ({ public_key, path }, { tools, public_key: current }) => {
    if (public_key !== undefined && tools && public_key !== current) refuseOther(path, current)
    return { usable: true, mode: '600 root' }
  },
  converge: ({ tools, usable }, _desired, { path }) => {
    if (!tools) throw new Refusal('there is no `wg` on the host', 'install the package `wireguard-tools` before this task')
    return usable ? [sh`chmod 0600 -- ${path} && chown root:root -- ${path}`] : [makeKey(path)]
  },
  describe: ({ public_key, usable, mode }, desired, { path }) =>
    usable
      ? [{ what: path, from: mode, to: desired.mode ?? '' }]
      : [{ what: path, from: public_key === '' ? 'absent' : 'the old key', to: 'a new key' }],
  result: ({ public_key }, { path }) => ({ path, public_key }),
})

const PUBLIC = new RegExp(PUBLIC_KEY)

function refuseOther(path: KeyParams['path'], current: string): never {
  const help = 'if that is right, let the host have a new key and tell the others: docs/roles/private_network.md, "A new key"'
  if (current === '') throw new Refusal(`the host has lost the key that the others know: \`${path}\` holds none`, help)
  throw new Refusal(`the key in \`${path}\` is not the one that the others know; its public half is ${current}`, help)
}

function makeKey(path: string): Script {
  return lines([
    sh`umask 077; mkdir -p -- ${posix.dirname(path)} && t=$(mktemp -- ${`${posix.dirname(path)}/.holdfast.XXXXXXXXXX`}) || exit 1`,
    sh`trap 'rm -f -- "$t"' EXIT; trap 'exit 1' HUP INT TERM`,
    sh`wg genkey >"$t" && chown root:root -- "$t" && sync -- "$t" && mv -fT -- "$t" ${path}`,
  ])
}
