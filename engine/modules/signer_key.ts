import { posix } from 'node:path'
import { Content } from '../core/content.ts'
import { defineModule, Refusal } from '../core/module.ts'
import type { Params } from '../core/params.ts'
import { type Script, lines, sh } from '../core/script.ts'
import { Secret } from '../core/secret.ts'
import { plainPublicKey, readConsensusKey, readEciesKeys, readShard, type Signing, type SigningKey } from '../core/signing_key.ts'
import { attributeProblems, cleanPath, pathProblems } from './file_attributes.ts'
import { type PathOptions, probePath, readPath } from './path_probe.ts'
import { problemsWhere } from './problems.ts'
import { keyValues } from './text_lines.ts'
import { type FileState, convergeFile, desiredFile, fileChanges, lackingFolder, newContent, readsOfFile } from './whole_file.ts'

const schema = {
  type: 'object',
  additionalProperties: false,
  required: ['dest'],
  properties: {
    dest: { type: 'string', format: 'path', description: 'The file of the key. Horcrux wants a shard in `HOME/CHAIN_shard.json`.' },
    content: { type: 'string', secret: true, description: 'The key, as the program that made it wrote it.' },
    state: {
      type: 'string',
      enum: ['present', 'absent'],
      default: 'present',
      description: 'Whether it should be here. `absent` gives it away: nothing on the host may sign any more.',
    },
    kind: {
      type: 'string',
      enum: ['shard', 'ecies', 'consensus'],
      default: 'shard',
      description:
        'A shard of Horcrux, the keys by which its cosigners speak to each other, or a whole consensus key (`priv_validator_key.json`, or the base64 that softsign reads).',
    },
    chain: { type: 'string', description: 'The id of the chain that a shard or consensus key signs for.' },
    shard: { type: 'integer', minimum: 1, description: 'The number of the shard that belongs to this host.' },
    cosigners: { type: 'integer', minimum: 1, description: 'How many cosigners the keys of `kind: ecies` must be made for.' },
    generation: {
      type: 'string',
      default: '',
      description: 'Names the splitting of a key that the shard is from; shards of two are never mixed. Empty: not known.',
    },
    public_key: {
      type: 'string',
      default: '',
      description:
        'The public key that must belong to it, 32 bytes in base64; empty for any. With `state: absent`, the one that a key of softsign belongs to.',
    },
    replace: {
      type: 'boolean',
      default: false,
      description: 'Let another key that stands there be overwritten. It is lost then; the host must sign with it no more.',
    },
    vouched_for: {
      type: 'array',
      items: { type: 'string' },
      default: [],
      description:
        'Places that cannot sign with the key any more for certain, because the machine is destroyed, in the words of the refusal that asks for it: `HOST/MACHINE`.',
    },
    owner: { type: 'string', description: 'User, by name or number. Left out, the owner stays as it is.' },
    group: { type: 'string', description: 'Group, by name or number. Left out, the group stays as it is.' },
  },
} as const

type KeyParams = Params<typeof schema>

interface KeyState extends FileState {
  /** Of the key that stands there: its public key and the number of its shard, as far as it tells. */
  readonly publicKey: string
  readonly shard: string
}

export const signerKey = defineModule({
  kind: 'state',
  name: 'signer_key',
  summary: 'Place a key that signs for a validator, and never a second time or over another key.',
  schema,
  examples: [
    {
      title: 'The shard of a cosigner',
      params: {
        dest: '/var/lib/horcrux/cosmoshub-4_shard.json',
        content: '{"pubKey":"CiBOSOSM3fx5bvmU63t9VxkFhcNrVsJ5Wc6+zKyuxJfL2g==","privateShard":"…","id":1}',
        chain: 'cosmoshub-4',
        shard: 1,
        owner: 'horcrux',
        group: 'horcrux',
      },
    },
  ],
  notes: [
    'The file gets mode 0600. Nothing of the key but its public half and the number of the shard is read back or shown.',
    'A key whose number is not that of the host, or that is no key of that kind, is refused before anything is contacted for it.',
    'Before a shard or consensus key is placed, every host of the fleet that could hold it is asked, and it is noted on all cosigners where it goes: see docs/one-signer.md.',
    'Another key in the place is not overwritten, unless `replace: true` says that it may be lost.',
  ],
  problems: (params) => [...pathProblems('dest', params.dest), ...attributeProblems(params), ...keyProblems(params)],
  reads: (params) => readsOfFile(cleanPath(params.dest), params),
  touches: ({ dest }) => [`path:${cleanPath(dest)}`],
  signs: signingOf,

  probe: (params) => lines([probePath(cleanPath(params.dest), optionsOf(params)), publicParts]),
  parse: ({ stdout }, params): KeyState => {
    const found = keyValues(stdout)
    return {
      ...readPath(stdout, cleanPath(params.dest), optionsOf(params)),
      publicKey: plainPublicKey(found.get('public')) ?? '',
      shard: found.get('shard') ?? '',
    }
  },
  desired: (params, current): Partial<KeyState> => {
    if (params.state === 'absent') return { kind: 'absent' }
    const content = contentOf(params)
    if (current.kind === 'file' && current.sha256 !== content.sha256 && !params.replace) throw otherKey(current)
    const { owner, group } = params
    return desiredFile({ mode: '0600', ...(owner !== undefined && { owner }), ...(group !== undefined && { group }) }, current, content)
  },
  lacks: (current, { state }) => (state === 'absent' ? undefined : lackingFolder(current)),
  converge: (current, desired, params) =>
    desired.kind === 'absent' ? [takeAway(current.path)] : [convergeFile({ current, desired }, contentOf(params), {})],
  describe: (current, desired, params) =>
    desired.kind === 'absent'
      ? [{ what: current.path, from: `key ${current.publicKey}`, to: 'absent' }]
      : fileChanges(current, desired, newContent(contentOf(params))),
  result: ({ path, kind, publicKey, shard }) => ({ dest: path, state: kind, public_key: publicKey, shard }),
})

/** A private half never leaves the host, not even to be compared. */
const publicParts: Script = sh`case $s in
8*) sed -n 's/.*"pubKey" *: *"\\([A-Za-z0-9+/=]*\\)".*/public=\\1/p' < "$p"; sed -n 's/.*"id" *: *\\([0-9]*\\).*/shard=\\1/p' < "$p";;
esac`

function signingOf(params: KeyParams): Signing | undefined {
  const { kind, chain = '', dest, state, vouched_for: vouched, replace: replaces } = params
  if (kind === 'ecies') return undefined
  const signing = { chain, path: cleanPath(dest), vouched, replaces }
  const publicKey = kind === 'consensus' ? plainPublicKey(params.public_key) : undefined
  if (state === 'absent') return { what: 'release', ...signing, ...(publicKey !== undefined && { key: { publicKey } }) }
  const key = keyOf(params)
  return { what: 'place', ...signing, ...(key && { key }), ...(params.generation !== '' && { generation: params.generation }) }
}

function optionsOf({ owner, group, ...params }: KeyParams): PathOptions {
  return { folder: true, owner, group, ...(params.state === 'present' && { content: { wanted: contentOf(params), diff: false } }) }
}

/** The bytes are gone from the disk as far as the disk lets one say so. */
function takeAway(path: string): Script {
  return sh`shred -u -- ${path} 2>/dev/null || rm -f -- ${path}; sync -- ${posix.dirname(path)}`
}

/** A key is a secret also where someone forgot to seal it. */
function contentOf({ content = '', dest }: Pick<KeyParams, 'content' | 'dest'>): Content {
  return Content.of(content instanceof Secret ? content : new Secret(dest, content))
}

function textOf({ content = '' }: KeyParams): string {
  return content instanceof Secret ? content.reveal() : content
}

function keyOf(params: KeyParams): SigningKey | undefined {
  return params.kind === 'shard' ? readShard(textOf(params)) : readConsensusKey(textOf(params))
}

function keyProblems(params: KeyParams): readonly string[] {
  if (params.state === 'absent')
    return problemsWhere([params.kind !== 'ecies' && params.chain === undefined, '`state: absent` needs `chain`'])
  if (params.content === undefined) return ['`signer_key` needs `content`']
  if (params.kind === 'ecies') return eciesProblems(params)
  const key = keyOf(params)
  const what = params.kind === 'shard' ? '`CHAIN_shard.json` of Horcrux' : '`priv_validator_key.json` and no softsign key'
  return problemsWhere(
    [params.chain === undefined, `\`kind: ${params.kind}\` needs \`chain\``],
    [params.kind === 'shard' && params.shard === undefined, '`kind: shard` needs `shard`'],
    [
      params.kind === 'shard' && params.chain !== undefined && !params.dest.endsWith(`/${params.chain}_shard.json`),
      `\`dest\` must end in \`/${params.chain}_shard.json\`: by that name Horcrux knows for which chain it is`,
    ],
    [
      params.public_key !== '' && key !== undefined && key.publicKey !== plainPublicKey(params.public_key),
      '`content` belongs to another public key than `public_key`',
    ],
    [key === undefined, `\`content\` is no ${what}`],
    [
      key?.shard !== undefined && params.shard !== undefined && key.shard !== params.shard,
      `\`content\` is shard ${key?.shard}, and shard ${params.shard} belongs here`,
    ],
  )
}

function eciesProblems(params: KeyParams): readonly string[] {
  const keys = readEciesKeys(textOf(params))
  if (!keys) return ['`content` is no `ecies_keys.json` of Horcrux']
  const { shard = keys.shard, cosigners = keys.cosigners } = params
  return problemsWhere(
    [keys.shard !== shard, `\`content\` belongs to cosigner ${keys.shard}, and this host is cosigner ${shard}`],
    [keys.cosigners !== cosigners, `\`content\` was made for ${keys.cosigners} cosigners, and there are ${cosigners}`],
  )
}

function otherKey({ path, shard, publicKey }: KeyState): Refusal {
  const which = [shard && `shard ${shard}`, publicKey && `of the public key ${publicKey}`].filter(Boolean).join(' ')
  return new Refusal(
    `another key stands at \`${path}\`${which && `: ${which}`}`,
    'find out what it signs for; only when it may be lost, set `replace: true`',
  )
}
