import { Content } from '../core/content.ts'
import type { Json } from '../core/json.ts'
import { type Outcome, type Output, defineModule } from '../core/module.ts'
import type { Params } from '../core/params.ts'
import { type Script, lines, sh } from '../core/script.ts'
import { Secret } from '../core/secret.ts'
import { curlConfig, formEncoded } from './curl_config.ts'
import { isolated } from './isolated.ts'
import { problemsWhere } from './problems.ts'

const schema = {
  type: 'object',
  additionalProperties: false,
  required: ['url'],
  properties: {
    url: { type: 'string', secret: true, description: 'Where to ask: `http://` or `https://`.' },
    method: {
      type: 'string',
      default: 'GET',
      pattern: '^[A-Z]+$',
      form: 'write it in capitals: `GET`, `POST`',
      description: 'What to ask for.',
    },
    headers: { type: 'object', additionalProperties: { type: 'string', secret: true }, description: 'Headers to send.' },
    body: { type: 'any', description: 'What to send. Anything but text is sent as JSON.' },
    secret_body: { type: 'string', secret: true, description: 'What to send, if it is a secret.' },
    body_format: {
      type: 'string',
      enum: ['raw', 'json', 'form-urlencoded'],
      default: 'raw',
      description: 'How `body` is written; the content type follows.',
    },
    url_username: { type: 'string', aliases: ['user'], description: 'Name for basic authentication.' },
    url_password: { type: 'string', aliases: ['password'], secret: true, description: 'Password for basic authentication.' },
    status_code: { type: 'array', items: { type: 'integer' }, description: 'Statuses that count as success. Left out, 200.' },
    return_content: { type: 'boolean', default: false, description: 'Register the answer as `content`.' },
    timeout: { type: 'integer', minimum: 1, default: 30, description: 'Seconds the request may take.' },
    follow_redirects: {
      type: 'string',
      enum: ['safe', 'all', 'none', 'yes', 'no'],
      default: 'safe',
      description: '`safe`: for GET and HEAD only.',
    },
    validate_certs: { type: 'boolean', default: true, description: 'Whether the other side must prove who it is.' },
    ca_path: { type: 'string', format: 'path', description: 'Certificates on the host to trust instead of the system’s.' },
    client_cert: { type: 'string', format: 'path', description: 'Certificate on the host to show.' },
    client_key: { type: 'string', format: 'path', description: 'Key that belongs to `client_cert`.' },
    unix_socket: { type: 'string', format: 'path', description: 'Ask through this socket.' },
  },
} as const

type UriParams = Params<typeof schema>

const ASKING_METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS'])

export const uri = defineModule({
  kind: 'command',
  name: 'uri',
  summary: 'Ask an HTTP service from the host.',
  schema,
  examples: [
    { title: 'Where the node stands', params: { url: 'http://localhost:26657/status', return_content: true } },
    {
      title: 'Announce an upgrade',
      params: {
        url: 'https://hooks.example.org/x',
        method: 'POST',
        body_format: 'json',
        body: { text: 'upgrading' },
        status_code: [200, 204],
      },
    },
  ],
  notes: [
    'The host needs `curl`. The request, with its password and headers, reaches it on standard input and stands in no list of processes.',
    'The result has `status`, `url`, `msg`, `elapsed`, `json` where the answer is JSON, `content` on request, and each header in lower case with `_` for `-`.',
    'It is not carried out in check mode. What a method other than `GET`, `HEAD` and `OPTIONS` would do is then unknown. To keep an answer in a file, use `get_url`.',
  ],
  problems: ({ url, body, secret_body, client_key, client_cert }) =>
    problemsWhere(
      [!/^https?:\/\//.test(url instanceof Secret ? url.reveal() : url), '`url` must begin with `http://` or `https://`'],
      [body !== undefined && secret_body !== undefined, '`uri` takes `body` or `secret_body`, not both'],
      [client_key !== undefined && client_cert === undefined, '`client_key` needs `client_cert`'],
    ),

  run: (params) => askScript(params),
  onlyLooks: ({ method }) => ASKING_METHODS.has(method),
  outcome: (output, params) => readAnswer(output, params),
})

/** Separates the answer from what curl tells about it; the answer comes last, so it cannot pretend to be anything. */
function askScript(params: UriParams): Script {
  const config = Content.of(curlConfig(optionsOf(params)))
  return lines([
    sh`command -v curl >/dev/null || { echo 'there is no \`curl\` on the host: install it before this task' >&2; exit 1; }`,
    // Headers and numbers go to stderr, through a pipe so that curl can open it; the body alone to stdout.
    isolated(sh`{ ${config} | curl -q -K - -D /dev/fd/4 4>&1 2>&1 >&3 | cat >&2; } 3>&1`),
  ])
}

function optionsOf(params: UriParams): Parameters<typeof curlConfig>[0] {
  const { url, method, headers = {}, timeout, validate_certs, url_username, url_password } = params
  const body = bodyOf(params)
  const kind = TYPES[params.body_format]
  const typed = Object.keys(headers).some((name) => name.toLowerCase() === 'content-type')
  return [
    ['url', url],
    ['request', method === 'GET' || method === 'HEAD' ? undefined : method],
    ['head', method === 'HEAD'],
    ['silent', true],
    ['show-error', true],
    ['globoff', true],
    ['max-time', timeout],
    ['proto', '=http,https'],
    ['location', follows(params)],
    ['insecure', !validate_certs],
    ['write-out', '%{stderr}\\nholdfast %{http_code} %{time_total} %{url_effective}'],
    ['user', url_username === undefined ? undefined : login(url_username, url_password)],
    ['cacert', params.ca_path],
    ['cert', params.client_cert],
    ['key', params.client_key],
    ['unix-socket', params.unix_socket],
    ...Object.entries(headers).map(([name, value]) => ['header', header(name, value)] as const),
    ['header', kind !== undefined && body !== undefined && !typed ? `Content-Type: ${kind}` : undefined],
    ['data-raw', body],
  ]
}

const TYPES: { readonly [format: string]: string } = { json: 'application/json', 'form-urlencoded': 'application/x-www-form-urlencoded' }

function follows({ follow_redirects, method }: UriParams): boolean {
  return (
    follow_redirects === 'all' || follow_redirects === 'yes' || (follow_redirects === 'safe' && (method === 'GET' || method === 'HEAD'))
  )
}

function bodyOf({ body, secret_body, body_format }: UriParams): string | Secret | undefined {
  if (secret_body !== undefined) return secret_body
  if (body === undefined) return undefined
  if (body_format === 'form-urlencoded' && typeof body === 'object' && body !== null) return formEncoded(body)
  return typeof body === 'string' ? body : JSON.stringify(body)
}

function login(name: string, password: string | Secret = ''): string | Secret {
  return password instanceof Secret ? new Secret(password.name, `${name}:${password.reveal()}`) : `${name}:${password}`
}

function header(name: string, value: string | Secret): string | Secret {
  return value instanceof Secret ? new Secret(value.name, `${name}: ${value.reveal()}`) : `${name}: ${value}`
}

function readAnswer({ rc, stdout, stderr }: Output, { status_code = [200], return_content }: UriParams): Outcome {
  const end = stderr.lastIndexOf('\nholdfast ')
  const [, code = '', seconds = '0', ...url] = stderr
    .slice(end + 1)
    .trim()
    .split(' ')
  if (rc !== 0 || end < 0 || code === '000') {
    const why = stderr.match(/^curl: .*$/m)?.[0] ?? stderr.trim()
    return { failed: true, changed: false, message: why || 'curl gave no answer', values: { status: -1, msg: why } }
  }
  const status = Number(code)
  const headers = readHeaders(stderr.slice(0, end))
  const json = readJson(String(headers['content_type'] ?? ''), stdout)
  const values = {
    ...headers,
    status,
    url: url.join(' '),
    elapsed: Math.round(Number(seconds)),
    ...(json !== undefined && { json }),
    ...(return_content && { content: stdout }),
    msg: `HTTP ${status} (${Buffer.byteLength(stdout)} bytes)`,
  }
  if (status_code.includes(status)) return { failed: false, changed: false, values }
  const said = `the answer was ${status} and not ${status_code.join(' or ')}`
  return { failed: true, changed: false, message: said, values: { ...values, msg: said } }
}

/** Of several answers, as redirects bring them, the last one's headers. */
function readHeaders(text: string): { readonly [name: string]: Json } {
  const last =
    text
      .replaceAll('\r', '')
      .split(/^HTTP\/.*$/m)
      .at(-1) ?? ''
  const rows = last.split('\n').flatMap((row) => (/^[\w-]+:/.test(row) ? [row] : []))
  return Object.fromEntries(
    rows.map((row) => [row.slice(0, row.indexOf(':')).toLowerCase().replaceAll('-', '_'), row.slice(row.indexOf(':') + 1).trim()]),
  )
}

function readJson(type: string, text: string): Json | undefined {
  if (!/[/+]json\b/.test(type)) return undefined
  try {
    return JSON.parse(text) as Json
  } catch {
    return undefined
  }
}
