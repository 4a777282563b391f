import { defineModule } from '../core/module.ts'
import type { Params } from '../core/params.ts'
import { type Script, lines, sh } from '../core/script.ts'
import { problemsWhere } from './problems.ts'
import { keyValues } from './text_lines.ts'

const schema = {
  type: 'object',
  additionalProperties: false,
  properties: {
    host: {
      type: 'string',
      default: '127.0.0.1',
      pattern: '^[A-Za-z0-9_.:%-]+$',
      form: 'write a name or an address, without the port',
      description: 'Where the port is; seen from the host the task runs on.',
    },
    port: { type: 'integer', minimum: 1, maximum: 65_535, description: 'TCP port.' },
    path: { type: 'string', aliases: ['dest', 'name'], format: 'path', description: 'File or folder, instead of a port.' },
    search_regex: {
      type: 'string',
      description: 'Extended regular expression that a line of the file, or the greeting on the port, must match.',
    },
    state: {
      type: 'string',
      enum: ['started', 'present', 'stopped', 'absent', 'drained'],
      default: 'started',
      description:
        'What to wait for: the port open or the file there (`started`, `present`), closed or gone (`stopped`, `absent`), or no connection left (`drained`).',
    },
    timeout: { type: 'integer', minimum: 0, default: 300, description: 'Seconds until it counts as failed.' },
    delay: { type: 'integer', minimum: 0, default: 0, description: 'Seconds to wait before the first look.' },
    sleep: { type: 'integer', minimum: 1, default: 1, description: 'Seconds between two looks.' },
    connect_timeout: { type: 'integer', minimum: 1, default: 5, description: 'Seconds an attempt to connect may take.' },
    msg: { type: 'string', description: 'What to say if it does not come about.' },
  },
} as const

type WaitParams = Params<typeof schema>

export const waitFor = defineModule({
  kind: 'command',
  name: 'wait_for',
  summary: 'Wait until a port is open or closed, or a file is there or gone.',
  schema,
  examples: [
    { title: 'The node answers', params: { port: 26_657, timeout: 120 } },
    { title: 'No peer is connected any more', params: { port: 26_656, state: 'drained' } },
    { title: 'The node says it is ready', params: { path: '/var/log/gaiad.log', search_regex: 'executed block' } },
  ],
  notes: [
    'Whether a port of the host itself is open is read from the kernel, without connecting to it: a signer sees no stray connection.',
    'For ports of other hosts, and for `search_regex` on a port, the host needs `bash`.',
    '`search_regex` is an extended regular expression as `grep -E` reads it. What it captured is not registered.',
    'For `drained`, a connection that is over and only lingers (`TIME_WAIT`) counts as gone; Ansible waits for it too.',
    'Without `port` and `path` it waits for `timeout` seconds. In check mode it does not wait at all.',
  ],
  problems: ({ port, path, search_regex, state }) =>
    problemsWhere(
      [port !== undefined && path !== undefined, '`wait_for` takes `port` or `path`, not both'],
      [state === 'drained' && port === undefined, '`state: drained` needs `port`'],
      [search_regex !== undefined && port === undefined && path === undefined, '`search_regex` needs `path` or `port`'],
      [search_regex !== undefined && state === 'drained', '`search_regex` has no meaning with `state: drained`'],
    ),

  run: (params) => waitScript(params),
  onlyLooks: () => true,
  outcome: ({ rc, stdout, stderr }, params) => {
    const { host, port, path, state, search_regex } = params
    const elapsed = Number(keyValues(stdout).get('elapsed') ?? 0)
    const values = { elapsed, state, search_regex: search_regex ?? null, path: path ?? null, port: port ?? null }
    if (rc === 0) return { failed: false, changed: false, values }
    if (rc !== TIMED_OUT) return { failed: true, changed: false, message: stderr.trim() || `exit status ${rc}`, values }
    const what = path ?? `${host}:${port}`
    const message = params.msg ?? `${what} was not ${WORDS[state]} within ${params.timeout} s`
    return { failed: true, changed: false, message, values: { ...values, msg: params.msg ?? `Timeout when waiting for ${what}` } }
  },
})

const TIMED_OUT = 75
const WORDS = { started: 'there', present: 'there', stopped: 'gone', absent: 'gone', drained: 'drained' } as const
const LOCAL = ['127.0.0.1', 'localhost', '::1', '0.0.0.0', '::']

function waitScript(params: WaitParams): Script {
  const { timeout, delay, sleep, port, path, state } = params
  const awaited = state === 'stopped' || state === 'absent' || state === 'drained' ? sh`! holds` : sh`holds`
  return lines([
    sh`now() { read -r up idle </proc/uptime; now=\${up%.*}; }`,
    sh`holds() { ${port === undefined && path === undefined ? sh`false` : look(params)}\n}`,
    sh`now; began=$now`,
    ...(delay > 0 ? [sh`sleep ${delay}`] : []),
    ...(port === undefined && path === undefined ? [sh`sleep ${timeout}; now; printf 'elapsed=%s\\n' $((now - began)); exit 0`] : []),
    sh`until ${awaited}; do`,
    sh`now; [ $((now - began)) -lt ${timeout} ] || { printf 'elapsed=%s\\n' $((now - began)); exit ${TIMED_OUT}; }`,
    sh`sleep ${sleep}`,
    sh`done`,
    sh`now; printf 'elapsed=%s\\n' $((now - began))`,
  ])
}

function look(params: WaitParams): Script {
  const { host, port = 0, path, search_regex, state } = params
  if (path !== undefined) {
    return search_regex === undefined ? sh`[ -e ${path} ] || [ -L ${path} ]` : sh`grep -qsE -e ${search_regex} -- ${path}`
  }
  // Address, port, state: 0A listens; of the others all but the ones that are over count as connections.
  const hex = port.toString(16).toUpperCase().padStart(4, '0')
  if (state === 'drained') return sh`grep -qs ${`^ *[0-9]*: [0-9A-F]*:${hex} [0-9A-F]*:[0-9A-F]* 0[1-589B] `} /proc/net/tcp /proc/net/tcp6`
  if (search_regex === undefined && LOCAL.includes(host))
    return sh`grep -qs ${`^ *[0-9]*: [0-9A-F]*:${hex} [0-9A-F]*:[0-9A-F]* 0A `} /proc/net/tcp /proc/net/tcp6`
  return connect(params)
}

function connect({ host, port = 0, search_regex, connect_timeout }: WaitParams): Script {
  const open = 'exec 3<>"/dev/tcp/$1/$2"'
  const need = sh`command -v bash >/dev/null || { echo 'looking at this port needs bash on the host' >&2; exit 1; }`
  if (search_regex === undefined) return lines([need, sh`timeout ${connect_timeout} bash -c ${open} bash ${host} ${port} 2>/dev/null`])
  return lines([
    need,
    sh`timeout ${connect_timeout} bash -c ${`${open} && cat <&3`} bash ${host} ${port} 2>/dev/null | grep -qsaE -e ${search_regex}`,
  ])
}
