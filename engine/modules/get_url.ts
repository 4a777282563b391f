import { posix } from 'node:path'
import type { Content } from '../core/content.ts'
import { type Given, type Source, defineModule } from '../core/module.ts'
import type { Params } from '../core/params.ts'
import type { HostContent } from './atomic_write.ts'
import { ATTRIBUTE_PARAMS, attributeProblems, cleanPath, pathProblems } from './file_attributes.ts'
import { type PathOptions, probePath, readPath } from './path_probe.ts'
import { nameOfUrl, printUrl, readPin, urlProblems } from './url_fetch.ts'
import { SIGNATURE_PARAMS, signatureOf, signatureProblems } from './url_signature.ts'
import { type FileState, convergeFile, desiredFile, fileChanges, fileResult, lackingFolder, readsOfFile } from './whole_file.ts'

const schema = {
  type: 'object',
  additionalProperties: false,
  required: ['url', 'dest', 'checksum'],
  properties: {
    url: { type: 'string', description: 'Where the file is: an address of http or https.' },
    dest: { type: 'string', format: 'path', description: 'Where it goes. If that is a directory, the last part of `url` is added.' },
    checksum: { type: 'string', description: 'The digest the file must have: `sha256:` and 64 hexadecimal digits.' },
    via: {
      type: 'string',
      enum: ['host', 'controller'],
      default: 'host',
      description: 'Who fetches it. `controller` is for hosts without internet.',
    },
    timeout: { type: 'integer', default: 10, minimum: 1, description: 'Seconds to wait for the server, or for its next byte.' },
    ...SIGNATURE_PARAMS,
    ...ATTRIBUTE_PARAMS,
    backup: { type: 'boolean', default: false, description: 'Keep the old file beside the new one, named by the time it was written.' },
  },
} as const

type UrlParams = Params<typeof schema>

export const getUrl = defineModule({
  kind: 'state',
  name: 'get_url',
  summary: 'Fetch a file of the web whose digest is known.',
  schema,
  examples: [
    {
      title: 'A release',
      params: {
        url: 'https://example.org/gaiad-v27.3.0-linux-amd64',
        dest: '/opt/gaiad/v27.3.0/gaiad',
        checksum: 'sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
        mode: '0755',
      },
    },
    {
      title: 'For a cosigner, which has no internet',
      params: {
        url: 'https://example.org/horcrux.tar.gz',
        dest: '/opt/horcrux.tar.gz',
        checksum: 'sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
        via: 'controller',
      },
    },
    {
      title: 'A release whose signature counts, too',
      params: {
        url: 'https://example.org/gaiad-v27.3.0-linux-amd64',
        dest: '/opt/gaiad/v27.3.0/gaiad',
        checksum: 'sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
        signature_url: 'https://example.org/gaiad-v27.3.0-linux-amd64.asc',
        signing_key: 'keys/gaia.asc',
        via: 'controller',
        mode: '0755',
      },
    },
  ],
  notes: [
    'Unlike in Ansible, `checksum` is required and must be a SHA-256: what is installed on a validator is what was reviewed.',
    'A file that has the digest is not fetched again. The new one takes its place only after its digest was found right.',
    'A signature is checked when the file is fetched, besides its digest. It may be armoured or binary, and made by any key in `signing_key`.',
    'The host needs curl or wget, unless the controller fetches.',
  ],
  problems: (params) => {
    const pin = readPin(params.checksum)
    return [
      ...urlProblems('url', params.url),
      ...('problem' in pin ? [pin.problem] : []),
      ...signatureProblems(params),
      ...pathProblems('dest', params.dest),
      ...attributeProblems(params),
    ]
  },
  sources: (params): { readonly src?: Source } => {
    const { url, checksum, via, timeout } = params
    if (via === 'host') return {}
    return { src: { kind: 'url', url, sha256: digestOf(checksum), timeoutSeconds: timeout, ...signatureOf(params) } }
  },
  reads: (params) => readsOfFile(cleanPath(params.dest), params),
  touches: ({ dest, backup }) => [`path:${cleanPath(dest)}`, ...(backup ? [`path:${posix.dirname(cleanPath(dest))}`] : [])],

  probe: (params) => probePath(destination(params), optionsOf(params)),
  parse: ({ stdout }, params): FileState => readPath(stdout, destination(params), optionsOf(params)),
  desired: (params, current) => desiredFile(params, current, { sha256: digestOf(params.checksum), sensitive: false }),
  lacks: lackingFolder,
  converge: (current, desired, params, given) => [convergeFile({ current, desired }, contentOf(params, given), params)],
  describe: (current, desired) => fileChanges(current, desired, { after: undefined, size: 0, sensitive: false }),
  result: (state, params, before) => ({ ...fileResult(state, before, params), url: params.url, checksum_dest: state.sha256 }),
})

function digestOf(checksum: string): string {
  const pin = readPin(checksum)
  return 'sha256' in pin ? pin.sha256 : ''
}

function contentOf({ url, timeout, checksum }: UrlParams, { sources }: Given): Content | HostContent {
  return sources['src'] ?? { print: printUrl(url, timeout), sha256: digestOf(checksum) }
}

function destination({ dest, url }: UrlParams): string {
  return dest.endsWith('/') ? posix.join(cleanPath(dest), nameOfUrl(url)) : cleanPath(dest)
}

function optionsOf({ url, dest, owner, group, checksum }: UrlParams): PathOptions {
  const inside = dest.endsWith('/') ? {} : { inside: nameOfUrl(url) }
  return { ...inside, folder: true, owner, group, content: { wanted: { sha256: digestOf(checksum), size: 0 }, diff: false } }
}
