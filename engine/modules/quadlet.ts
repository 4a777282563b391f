import { Content } from '../core/content.ts'
import { type Given, Refusal, defineModule } from '../core/module.ts'
import type { Params } from '../core/params.ts'
import { type Script, lines, sh } from '../core/script.ts'
import { ACCOUNT_FORM, ACCOUNT_NAME } from './accounts.ts'
import { makeDirectory } from './make_directory.ts'
import { type PathOptions, probePath, readPath } from './path_probe.ts'
import { problemsWhere } from './problems.ts'
import { verifyQuadlet } from './quadlet_verify.ts'
import { showUnit, systemctl } from './systemctl.ts'
import { keyValues } from './text_lines.ts'
import { sectionProblems, unitText } from './unit_text.ts'
import { type FileState, convergeFile, desiredFile, fileChanges, newContent } from './whole_file.ts'

const schema = {
  type: 'object',
  additionalProperties: false,
  required: ['name', 'user'],
  properties: {
    name: {
      type: 'string',
      pattern: '^[A-Za-z0-9][A-Za-z0-9_.-]*\\.(container|volume|network)$',
      form: 'write the name with its suffix and without a path: `gaiad.container`',
      description: 'File of the quadlet: `gaiad.container` becomes the unit `gaiad.service`.',
    },
    user: {
      type: 'string',
      pattern: ACCOUNT_NAME,
      form: ACCOUNT_FORM,
      description: 'Who runs it. The unit belongs to the systemd of this user.',
    },
    content: { type: 'string', description: 'The text of the file.' },
    src: { type: 'string', format: 'source', description: 'A template of the role or playbook that gives the text.' },
    sections: {
      type: 'object',
      additionalProperties: { type: 'object', additionalProperties: { type: 'any' } },
      description: 'The same as a map of sections; a list makes several lines of a key.',
    },
    state: {
      type: 'string',
      enum: ['present', 'absent'],
      default: 'present',
      description:
        'Whether the quadlet should exist. A handler may also say `restarted`: if the unit runs since before the file was written.',
    },
  },
} as const

type QuadletParams = Params<typeof schema>

interface QuadletState extends FileState {
  /** podman on the host knows what a quadlet is. */
  readonly known: boolean
  /** The user is there and podman looks into the folder for it. */
  readonly linked: boolean
  /** How the unit made of it stands with the systemd of the user; `asleep` while that does not run. */
  readonly unit: 'as written' | 'another' | 'absent' | 'asleep'
}

export const quadlet = defineModule({
  kind: 'state',
  name: 'quadlet',
  summary: 'Keep a container that a user runs without root, as a unit of that user’s systemd.',
  schema,
  examples: [
    {
      title: 'A program that reads nothing and writes into one folder',
      params: {
        name: 'gaiad.container',
        user: 'gaiad',
        sections: {
          Container: {
            Image: 'localhost/gaiad@sha256:3332a45d5aa878c328d2da293919fc84f72a1ee5d39aaddadde688cc61db01fb',
            Pull: 'never',
            Exec: 'start --home /var/lib/gaiad',
            Volume: '/var/lib/gaiad:/var/lib/gaiad',
            UserNS: 'keep-id',
            ReadOnly: true,
            NoNewPrivileges: true,
            DropCapability: 'all',
          },
          Install: { WantedBy: 'default.target' },
        },
      },
    },
  ],
  notes: [
    'Written to `/etc/holdfast/quadlets/USER`, owned by root, mode 0644, so that the user cannot change how its containers run; no secret may stand in it. `/etc/containers/systemd/users/UID` leads there.',
    'podman itself judges the text before it counts, and the user’s systemd reads it after a change. Starting is for `systemd_service` with `scope: user` and `user`.',
    'Needs podman 4.6 or later, and must run as root.',
    'When a quadlet is removed, its unit is stopped before.',
  ],
  problems: (params) => quadletProblems(params),
  sources: ({ src }): { readonly [name: string]: { readonly kind: 'template'; readonly path: string } } =>
    src === undefined ? {} : { content: { kind: 'template', path: src } },
  reads: (params) => [`path:${pathOf(params)}`, 'path:/etc/containers', `user:${params.user}`, 'path:/run/user'],
  touches: () => ['*'],

  probe: (params, given) => lines([probePath(pathOf(params), optionsOf(params, given)), probeUnit(params)]),
  parse: ({ stdout }, params, given): QuadletState => ({
    ...readPath(stdout, pathOf(params), optionsOf(params, given)),
    known: /^quadlet=known$/m.test(stdout),
    linked: /^quadlet=linked$/m.test(stdout),
    unit: readUnit(keyValues(stdout)),
  }),
  desired: (params, current, given): Partial<QuadletState> => {
    if (params.state === 'absent') return { kind: 'absent', ...(current.unit !== 'asleep' && { unit: 'absent' }) }
    const file = desiredFile({ mode: '0644', owner: 'root', group: 'root' }, current, contentOf(params, given))
    return { ...file, linked: true, ...(current.unit !== 'asleep' && { unit: 'as written' }) }
  },
  converge: (current, desired, params, given) => {
    const reload = current.unit === 'asleep' ? [] : [sh`${manager(params)} daemon-reload`]
    if (desired.kind === 'absent') {
      const stop = current.unit === 'asleep' || current.unit === 'absent' ? [] : [sh`${manager(params)} stop -- ${unitOf(params)}`]
      return [...stop, sh`rm -f -- ${pathOf(params)}`, ...reload]
    }
    if (!current.known) throw noQuadlets()
    return [...write({ current, desired }, params, contentOf(params, given)), linkFolder(params), ...reload]
  },
  describe: (current, desired, params, given) => {
    if (desired.kind === 'absent') return [{ what: current.path, from: current.kind, to: 'absent' }]
    const file = isWritten(current, desired) ? [] : fileChanges(current, desired, newContent(contentOf(params, given)))
    return file.length > 0 ? file : [{ what: unitOf(params), from: current.linked ? current.unit : 'not looked for', to: 'as written' }]
  },
  result: ({ kind, path }, params) => ({ path, state: kind, unit: unitOf(params) }),
  actions: { restarted: (params) => [restartIfOlder(params)] },
})

/** The unit that podman makes of a quadlet. */
function unitOf({ name }: QuadletParams): string {
  return name.endsWith('.container') ? name.replace(/container$/, 'service') : name.replace(/\.(\w+)$/, '-$1.service')
}

function folderOf({ user }: QuadletParams): string {
  return `/etc/holdfast/quadlets/${user}`
}

function pathOf(params: QuadletParams): string {
  return `${folderOf(params)}/${params.name}`
}

function contentOf({ content, sections }: QuadletParams, { sources }: Given): Content {
  if (sources['content']) return sources['content']
  if (content === undefined) return Content.of(unitText(sections ?? {}))
  return Content.of(content.endsWith('\n') ? content : `${content}\n`)
}

function optionsOf(params: QuadletParams, given: Given): PathOptions {
  return {
    owner: 'root',
    group: 'root',
    ...(params.state === 'present' && { content: { wanted: contentOf(params, given), diff: given.diff } }),
  }
}

function manager({ user }: QuadletParams): Script {
  return systemctl({ scope: 'user', user })
}

function probeUnit(params: QuadletParams): Script {
  const link = sh`"$(readlink "/etc/containers/systemd/users/$(id -u -- ${params.user} 2>/dev/null)")"`
  return lines([
    sh`[ ! -x ${GENERATOR} ] || echo quadlet=known`,
    sh`[ ${link} != ${folderOf(params)} ] || echo quadlet=linked`,
    showUnit({ scope: 'user', user: params.user }, unitOf(params), ['LoadState', 'NeedDaemonReload']),
  ])
}

const GENERATOR = '/usr/lib/systemd/user-generators/podman-user-generator'

function readUnit(found: ReadonlyMap<string, string>): QuadletState['unit'] {
  if (found.get('Manager') === 'absent') return 'asleep'
  if (found.get('LoadState') === 'not-found') return 'absent'
  return found.get('LoadState') === 'loaded' && found.get('NeedDaemonReload') === 'no' ? 'as written' : 'another'
}

function write({ current, desired }: States, params: QuadletParams, content: Content): readonly Script[] {
  if (isWritten(current, desired)) return []
  return [
    verifyQuadlet(params, content),
    makeDirectory('/etc/holdfast/quadlets', { mode: '0755' }),
    makeDirectory(folderOf(params), { mode: '0755' }),
    convergeFile({ current, desired }, content, {}),
  ]
}

interface States {
  readonly current: QuadletState
  readonly desired: Partial<QuadletState>
}

/** podman goes by the number of the user, which is known on the host only. */
function linkFolder(params: QuadletParams): Script {
  const place = sh`/etc/containers/systemd/users`
  return sh`uid=$(id -u -- ${params.user}) && mkdir -p ${place} && ln -sfnT -- ${folderOf(params)} ${place}/"$uid"`
}

function isWritten(current: QuadletState, desired: Partial<QuadletState>): boolean {
  return (['kind', 'sha256', 'mode', 'owner', 'group'] as const).every((field) => current[field] === desired[field])
}

function restartIfOlder(params: QuadletParams): Script {
  const [unit, path] = [unitOf(params), pathOf(params)]
  return lines([
    sh`since=$(${manager(params)} show --timestamp=unix -p ActiveEnterTimestamp --value -- ${unit}) || exit 1`,
    sh`[ "\${since#@}" -gt "$(stat -c %Y -- ${path})" ] 2>/dev/null || ${manager(params)} restart -- ${unit}`,
  ])
}

function noQuadlets(): Refusal {
  return new Refusal(
    'podman on this host is not there, or too old to know quadlets: they came with 4.4, and folders of users with 4.6',
    'take Debian 13, Ubuntu 24.04 or later, and install `podman` before this task',
  )
}

function quadletProblems({ content, src, sections, state }: QuadletParams): readonly string[] {
  const texts = [content, src, sections].filter((text) => text !== undefined).length
  return [
    ...problemsWhere(
      [state === 'present' && texts === 0, '`quadlet` needs `sections`, `content` or `src`'],
      [texts > 1, '`quadlet` takes one of `sections`, `content` and `src`'],
    ),
    ...sectionProblems(sections ?? {}),
  ]
}
