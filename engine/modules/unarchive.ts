import { createHash } from 'node:crypto'
import { posix } from 'node:path'
import type { Content } from '../core/content.ts'
import { type Given, Refusal, type Source, defineModule } from '../core/module.ts'
import type { Params } from '../core/params.ts'
import { type Script, lines, sh } from '../core/script.ts'
import type { HostContent } from './atomic_write.ts'
import { ATTRIBUTE_PARAMS, attributeProblems, cleanPath, pathProblems } from './file_attributes.ts'
import { type Kind, probePath, readPath } from './path_probe.ts'
import { problemsWhere } from './problems.ts'
import { probeUnpacked, unpack } from './unpack.ts'
import { nameOfUrl, printUrl, readPin, urlProblems } from './url_fetch.ts'
import { readsOf } from './whole_file.ts'

const schema = {
  type: 'object',
  additionalProperties: false,
  required: ['src', 'dest'],
  properties: {
    src: {
      type: 'string',
      format: 'source',
      description: 'Archive of the role or playbook, or an address; with `remote_src`, a path on the host.',
    },
    dest: { type: 'string', format: 'path', description: 'The directory to unpack into. It must exist.' },
    checksum: { type: 'string', description: 'Digest the archive must have: `sha256:` and 64 hexadecimal digits. An address needs one.' },
    via: {
      type: 'string',
      enum: ['host', 'controller'],
      default: 'host',
      description: 'Who fetches an address. `controller` is for hosts without internet.',
    },
    timeout: { type: 'integer', default: 10, minimum: 1, description: 'Seconds to wait for the server, or for its next byte.' },
    remote_src: {
      type: 'boolean',
      default: false,
      description: 'Take `src` from the host instead of from the controller. An address is never taken from the controller.',
    },
    creates: { type: 'string', format: 'path', description: 'If this path exists, nothing is done.' },
    include: { type: 'array', items: { type: 'string' }, description: 'Unpack only what these patterns name.' },
    exclude: { type: 'array', items: { type: 'string' }, description: 'Do not unpack what these patterns name.' },
    strip_components: { type: 'integer', default: 0, minimum: 0, description: 'Leading parts to take off every path of a tar archive.' },
    ...ATTRIBUTE_PARAMS,
  },
} as const

type UnarchiveParams = Params<typeof schema>

interface UnarchiveState {
  readonly kind: Kind
  readonly path: string
  /** Names the archive that was unpacked, and how; empty if none was. */
  readonly unpacked: string
  /** Whether all of it is as it was unpacked. */
  readonly intact: boolean
  /** Whether the path of `creates` exists. */
  readonly created: boolean
  /** Digest of the archive on the host that `remote_src` names. */
  readonly source: string
}

export const unarchive = defineModule({
  kind: 'state',
  name: 'unarchive',
  summary: 'Unpack an archive, once, and keep what came out of it.',
  schema,
  examples: [
    {
      title: 'A pinned release, without its top folder',
      params: {
        src: 'https://example.org/horcrux_linux-amd64.tar.gz',
        dest: '/opt/horcrux/v3.3.0',
        checksum: 'sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
        strip_components: 1,
        via: 'controller',
      },
    },
    {
      title: 'An archive of the role',
      params: { src: 'dashboards.tar.xz', dest: '/var/lib/grafana/dashboards', owner: 'grafana', exclude: ['*.md'] },
    },
  ],
  notes: [
    'Tar archives may be packed with whatever the host has: gzip, xz, zstd, bzip2. A name that ends in `.zip` needs unzip on the host.',
    'An archive that holds an absolute path, `..`, a device or a link that leads out of it is refused whole.',
    'What was unpacked is remembered in a hidden file in `dest`. If anything of it is missing, or its size, time, mode or owner differs, it is unpacked again; files of an older archive stay.',
    'Unlike in Ansible, an address needs a `checksum`, files belong to the user the task runs as unless `owner` and `group` say otherwise, and there is no `extra_opts`: see `strip_components`.',
  ],
  problems: (params) => [...sourceProblems(params), ...pathProblems('dest', params.dest), ...attributeProblems(params)],
  sources: (params): { readonly [name: string]: Source } => {
    if (isUrl(params.src))
      return params.via === 'host'
        ? {}
        : { src: { kind: 'url', url: params.src, sha256: digestOf(params), timeoutSeconds: params.timeout } }
    return params.remote_src ? {} : { src: { kind: 'file', path: params.src } }
  },
  reads: (params) => [
    ...readsOf(cleanPath(params.dest), params),
    ...[params.creates, ...(isOnHost(params) ? [params.src] : [])].flatMap((path) =>
      path === undefined ? [] : [`path:${cleanPath(path)}`],
    ),
  ],
  touches: ({ dest }) => [`path:${cleanPath(dest)}`],

  probe: (params) => probe(params),
  parse: ({ stdout }, params): UnarchiveState => {
    const { kind, path } = readPath(stdout, cleanPath(params.dest), { follow: true })
    const last = (word: string) => new RegExp(`^${word} ?(.*)$`, 'm').exec(stdout)?.[1]
    return {
      kind,
      path,
      unpacked: last('stamp') ?? '',
      intact: last('intact') !== undefined,
      created: last('created') !== undefined,
      source: last('source') ?? '',
    }
  },
  desired: (params, current, given): Partial<UnarchiveState> => {
    if (current.created) return {}
    if (current.kind !== 'directory')
      throw new Refusal(
        `\`dest: ${params.dest}\` is ${current.kind === 'absent' ? 'not there' : `a ${current.kind}`}`,
        'make the directory first, with `file` and `state: directory`',
      )
    const archive = archiveOf(params, current, given)
    const pin = params.checksum === undefined ? archive.sha256 : digestOf(params)
    if (pin !== archive.sha256)
      throw new Refusal(
        `the archive is not the pinned one: wanted sha256 ${pin}, got ${archive.sha256}`,
        'compare the pin with the published checksums',
      )
    return { unpacked: keyOf(params, archive.sha256), intact: true }
  },
  converge: (current, desired, params, given) => {
    const { strip_components: strip, include = [], exclude = [], owner, group, mode } = params
    const archive = archiveOf(params, current, given)
    return [
      unpack({
        dest: current.path,
        archive,
        key: desired.unpacked ?? '',
        stamp: stampOf(params),
        zip: isZip(params),
        strip,
        include,
        exclude,
        owner,
        group,
        mode,
      }),
    ]
  },
  describe: (current, desired, params) => [
    { what: params.dest, from: describeCurrent(current, desired), to: `${nameOf(params)} unpacked` },
  ],
  result: ({ path, created }, { src }) => ({ dest: path, src, ...(created && { skipped: true }) }),
})

function describeCurrent({ unpacked }: UnarchiveState, desired: Partial<UnarchiveState>): string {
  if (unpacked === '') return 'nothing unpacked'
  return unpacked === desired.unpacked ? 'files changed or missing' : 'another archive unpacked'
}

function probe(params: UnarchiveParams): Script {
  return lines([
    probePath(cleanPath(params.dest), { follow: true }),
    probeUnpacked(stampOf(params)),
    ...(params.creates === undefined ? [] : [sh`[ ! -e ${params.creates} ] && [ ! -L ${params.creates} ] || echo created`]),
    ...(isOnHost(params) ? [sh`h=$(sha256sum < ${params.src}) || exit 1`, sh`printf 'source %s\\n' "\${h%% *}"`] : []),
  ])
}

function archiveOf(params: UnarchiveParams, { source }: UnarchiveState, { sources }: Given): Content | HostContent {
  const brought = sources['src']
  if (brought) return brought
  if (isUrl(params.src)) return { print: printUrl(params.src, params.timeout), sha256: digestOf(params) }
  return { print: sh`cat < ${params.src}`, sha256: source }
}

function keyOf(
  { strip_components, include = [], exclude = [], owner = '', group = '', mode = '' }: UnarchiveParams,
  sha256: string,
): string {
  const how = JSON.stringify([strip_components, include, exclude, owner, group, mode])
  return `${sha256} ${createHash('sha256').update(how).digest('hex').slice(0, 16)}`
}

/** One stamp for each archive by its name, so that several can be unpacked into one directory. */
function stampOf(params: UnarchiveParams): string {
  return `.holdfast-unarchive.${createHash('sha256').update(nameOf(params)).digest('hex').slice(0, 16)}`
}

function nameOf({ src }: UnarchiveParams): string {
  return isUrl(src) ? nameOfUrl(src) : posix.basename(src)
}

function isUrl(src: string): boolean {
  return /^[a-z][a-z0-9+.-]*:\/\//i.test(src)
}

function isOnHost({ src, remote_src }: UnarchiveParams): boolean {
  return remote_src && !isUrl(src)
}

function isZip(params: UnarchiveParams): boolean {
  return /\.zip$/i.test(nameOf(params))
}

function digestOf({ checksum = '' }: UnarchiveParams): string {
  const pin = readPin(checksum)
  return 'sha256' in pin ? pin.sha256 : ''
}

function sourceProblems(params: UnarchiveParams): readonly string[] {
  const { src, checksum, creates, strip_components } = params
  const wrongUrl = isUrl(src) ? urlProblems('src', src) : []
  if (wrongUrl.length > 0) return wrongUrl
  const pin = checksum === undefined ? undefined : readPin(checksum)
  return [
    ...problemsWhere(
      [isUrl(src) && checksum === undefined, 'an address needs `checksum: sha256:…`, the digest that was published with it'],
      [strip_components > 0 && isZip(params), '`strip_components` works for tar archives only'],
    ),
    ...(pin && 'problem' in pin ? [pin.problem] : []),
    ...(isOnHost(params) ? pathProblems('src', src) : []),
    ...(creates === undefined ? [] : pathProblems('creates', creates)),
  ]
}
