import { Content } from '../core/content.ts'
import { type Given, type Output, Refusal, defineModule } from '../core/module.ts'
import type { Params } from '../core/params.ts'
import { type Script, lines, sh } from '../core/script.ts'
import { writeFile } from './atomic_write.ts'
import {
  ATTRIBUTE_PARAMS,
  attributeProblems,
  attributesOf,
  cleanPath,
  desiredAttributes,
  pathProblems,
  setAttributes,
} from './file_attributes.ts'
import { type Decision, decideState } from './forward_only.ts'
import { type PathReading, probePath, readPath } from './path_probe.ts'
import { inDirectoryOf, relativeName } from './real_directory.ts'
import { type Watermark, readWatermark, shownWatermark, writeWatermark } from './watermark.ts'
import { fileResult, lackingFolder, readsOfFile } from './whole_file.ts'

const schema = {
  type: 'object',
  additionalProperties: false,
  required: ['path'],
  properties: {
    path: { type: 'string', format: 'path', description: 'The file in which the signer remembers how far it has signed.' },
    from: {
      type: 'string',
      format: 'path',
      description: 'A copy of it on the host, as a backup had it. Taken only if it is the newest of all that is known.',
    },
    known: {
      type: 'array',
      items: { type: 'string' },
      description: 'The same file of everyone else who signs with this key: its text, or that in base64 as `slurp` registers it.',
    },
    at_least: {
      type: 'string',
      pattern: '^[0-9]{1,18}$',
      form: 'write a height: digits only',
      description: 'A height that the chain has passed since the key last signed; `0` says that it has never signed.',
    },
    raise: {
      type: 'boolean',
      default: false,
      description: 'Write the furthest that is known where both files are behind it, without a signature. Left out, that is refused.',
    },
    form: {
      type: 'string',
      enum: ['cometbft', 'horcrux'],
      default: 'cometbft',
      description: 'How a new file spells the round: as a number (CometBFT) or as a text (Horcrux).',
    },
    unit: {
      type: 'string',
      pattern: '^[A-Za-z0-9@._-]+$',
      form: 'write the name of a unit',
      description: 'The unit of the signer. Nothing is written while it runs.',
    },
    ...ATTRIBUTE_PARAMS,
  },
} as const

type StateParams = Params<typeof schema>

interface SigningState extends PathReading {
  readonly decision: Decision
  /** What the copy holds. */
  readonly offered?: Buffer
}

export const signingState = defineModule({
  kind: 'state',
  name: 'signing_state',
  summary: 'Keep the signing state of a validator key from ever going back, above all when a backup is restored.',
  schema,
  examples: [
    {
      title: 'A state out of a backup, if it is the newest there is',
      params: {
        path: '/var/lib/cosmos-node/data/priv_validator_state.json',
        from: '/var/lib/holdfast/backup/restored/var/lib/cosmos-node/data/priv_validator_state.json',
        at_least: '21440118',
        unit: 'cosmos-node.service',
      },
    },
    {
      title: 'A cosigner that lost its disk goes on where the others are',
      params: {
        path: '/var/lib/horcrux/state/gaia_priv_validator_state.json',
        known: ['{"height":"21440118","round":"0","step":3}'],
        raise: true,
        form: 'horcrux',
        unit: 'horcrux.service',
        owner: 'horcrux',
        group: 'horcrux',
      },
    },
  ],
  notes: [
    'Of the file here and the copy, the one that is further stays or is taken; neither may be behind `known` and `at_least`. There is no way to set a state back.',
    'If the file is gone, the copy alone proves nothing, because the key may have signed since: `known` or `at_least` must say so.',
    'A file, copy or answer that cannot be read as a signing state is refused. A new file gets mode 0600.',
    'A watermark ahead of the chain keeps a signer from signing until the chain has come there; a cosigner ahead of the others keeps them all from signing.',
  ],
  problems: ({ path, from, ...attributes }) => [
    ...pathProblems('path', path),
    ...(from === undefined ? [] : pathProblems('from', from)),
    ...attributeProblems(attributes),
  ],
  reads: (params) => [
    ...readsOfFile(cleanPath(params.path), params),
    ...(params.from === undefined ? [] : [`path:${cleanPath(params.from)}`]),
  ],
  touches: ({ path }) => [`path:${cleanPath(path)}`],

  probe: (params) =>
    lines([
      probePath(cleanPath(params.path), optionsOf(params)),
      ...(params.from === undefined
        ? []
        : [sh`[ ! -e ${params.from} ] || { c=$(head -c 65536 -- ${params.from} | base64 -w0) || exit 1; printf 'copy %s\\n' "$c"; }`]),
    ]),
  parse: readState,
  desired: (params, current) => ({
    kind: 'file' as const,
    sha256: Content.of(wantedBytes(params, current)).sha256,
    ...desiredAttributes({ ...params, mode: params.mode ?? (current.kind === 'file' ? current.mode : '0600') }, current),
  }),
  lacks: (current) => lackingFolder(current),
  converge: (current, desired, params) => [
    ...stopped(params),
    current.decision.take === 'here'
      ? inDirectoryOf(current.path, setAttributes(relativeName(current.path), attributesOf(current), desired))
      : lines([unmoved(current), writeFile({ current, desired, content: Content.of(wantedBytes(params, current)) })]),
  ],
  describe: (current, desired) => {
    const { take, mark } = current.decision
    const here = current.kind === 'file' ? shownWatermark(markOf(current) as Watermark) : 'absent'
    if (take !== 'here')
      return [{ what: current.path, from: here, to: `${shownWatermark(mark)}${take === 'offered' ? '' : ', no signature'}` }]
    return (['mode', 'owner', 'group'] as const).flatMap((what) =>
      desired[what] === undefined || desired[what] === current[what]
        ? []
        : [{ what: `${what} of ${current.path}`, from: current[what], to: desired[what] }],
    )
  },
  result: (state, params, before) => {
    const { take, mark } = before.current.decision
    return {
      ...fileResult(state, before, params),
      taken: take,
      height: String(mark.height),
      round: String(mark.round),
      step: mark.step,
    }
  },
})

function optionsOf({ owner, group }: StateParams) {
  return { owner, group, folder: true, content: 'bytes' } as const
}

function readState({ stdout }: Output, params: StateParams, _given: Given): SigningState {
  const reading = readPath(stdout, cleanPath(params.path), optionsOf(params))
  if (reading.kind !== 'absent' && reading.kind !== 'file') throw new Refusal(`\`${reading.path}\` is a ${reading.kind}, not a file`)
  const copy = /^copy (.*)$/m.exec(stdout)?.[1]
  const offered = copy === undefined ? undefined : Buffer.from(copy, 'base64')
  const here = markOf(reading)
  const decision = decideState(reading.path, {
    here,
    offered: offered === undefined ? undefined : understood(offered.toString(), `the copy \`${params.from}\``),
    elsewhere: elsewhereOf(params),
    raise: params.raise,
  })
  return { ...reading, sha256: digestOf(reading), decision, ...(offered && { offered }) }
}

function digestOf({ kind, bytes }: PathReading): string {
  return kind === 'file' ? Content.of(bytes ?? Buffer.alloc(0)).sha256 : ''
}

function markOf({ kind, bytes, path }: PathReading): Watermark | undefined {
  return kind === 'file' ? understood(bytes?.toString() ?? '', `\`${path}\``) : undefined
}

function elsewhereOf({ known = [], at_least }: StateParams): readonly Watermark[] {
  const stated = at_least === undefined ? [] : [{ height: BigInt(at_least), round: 0n, step: BigInt(at_least) === 0n ? 0 : 3 }]
  return [...known.map((text, i) => understood(plain(text), `\`known[${i}]\``)), ...stated]
}

function plain(text: string): string {
  return text.trimStart().startsWith('{') ? text : Buffer.from(text, 'base64').toString()
}

function understood(text: string, what: string): Watermark {
  const mark = readWatermark(text)
  if (mark !== undefined) return mark
  throw new Refusal(
    `${what} cannot be read as a signing state`,
    'find out how far the key has signed, for example from the chain, before anything takes its place',
  )
}

function wantedBytes({ form }: StateParams, { decision, bytes, offered }: SigningState): Uint8Array {
  if (decision.take === 'here') return bytes ?? Buffer.alloc(0)
  return decision.take === 'offered' ? (offered ?? Buffer.alloc(0)) : Buffer.from(writeWatermark(decision.mark, form))
}

function stopped({ unit }: StateParams): readonly Script[] {
  if (unit === undefined) return []
  return [
    // One that waits for its next start after a crash is as good as running.
    sh`case $(systemctl is-active -- ${unit}) in inactive | failed | unknown | '') ;; *) printf '%s\\n' ${`${unit} runs: stop it first, so that it cannot sign meanwhile`} >&2; exit 1;; esac`,
  ]
}

/** What is there must still be what was judged. */
function unmoved({ kind, path, sha256 }: SigningState): Script {
  const same = kind === 'file' ? sh`[ "$(sha256sum <${path})" = ${`${sha256}  -`} ]` : sh`[ ! -e ${path} ]`
  return sh`${same} || { printf '%s\\n' ${`${path} has changed meanwhile: something still signs with it`} >&2; exit 1; }`
}
