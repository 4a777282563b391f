import { Content } from '../core/content.ts'
import { type Given, defineModule } from '../core/module.ts'
import type { Params } from '../core/params.ts'
import { type Script, lines, sh } from '../core/script.ts'
import { makeDirectory } from './make_directory.ts'
import { type PathOptions, probePath, readPath } from './path_probe.ts'
import { problemsWhere } from './problems.ts'
import { keyValues } from './text_lines.ts'
import { sectionProblems, unitText } from './unit_text.ts'
import { verifyUnit } from './unit_verify.ts'
import { type FileState, convergeFile, desiredFile, fileChanges, newContent } from './whole_file.ts'

const schema = {
  type: 'object',
  additionalProperties: false,
  required: ['name'],
  properties: {
    name: {
      type: 'string',
      pattern: '^[A-Za-z0-9@:_.\\\\-]+\\.(service|socket|timer|target|mount|automount|path|slice|swap)$',
      form: 'write the name with its suffix and without a path: `gaiad.service`, `backup.timer`',
      description: 'Unit with its suffix, such as `gaiad.service`.',
    },
    content: { type: 'string', description: 'The text of the file.' },
    sections: {
      type: 'object',
      additionalProperties: { type: 'object', additionalProperties: { type: 'any' } },
      description: 'The same as a map of sections; a list makes several lines of a key.',
    },
    dropin: {
      type: 'string',
      pattern: '^[A-Za-z0-9_][A-Za-z0-9_.@-]*$',
      form: 'use letters, digits, `_`, `-`, `.` and `@`: `10-limits`',
      description: 'Write a drop-in of this name instead, which adds to a unit that something else brought.',
    },
    state: { type: 'string', enum: ['present', 'absent'], default: 'present', description: 'Whether the file should exist.' },
    enabled: { type: 'boolean', description: 'Whether the unit starts at boot.' },
    verify: { type: 'boolean', default: true, description: 'Let `systemd-analyze verify` judge the text before it counts.' },
  },
} as const

type UnitParams = Params<typeof schema>

interface UnitFileState extends FileState {
  /** Its file changed on disk and systemd has not read it again. */
  readonly stale: boolean
  readonly enabled: boolean
}

export const systemdUnit = defineModule({
  kind: 'state',
  name: 'systemd_unit',
  summary: 'Keep a unit file or a drop-in of systemd, known to systemd as it stands on disk.',
  schema,
  examples: [
    {
      title: 'The unit of a node',
      params: {
        name: 'gaiad.service',
        sections: {
          Unit: { Description: 'Gaia node', After: 'network-online.target' },
          Service: { User: 'gaiad', ExecStart: '/usr/local/bin/gaiad start', Restart: 'on-failure', LimitNOFILE: 65_535 },
          Install: { WantedBy: 'multi-user.target' },
        },
        enabled: true,
      },
    },
    { title: 'No core dumps of sshd', params: { name: 'ssh.service', dropin: '10-no-core', sections: { Service: { LimitCORE: 0 } } } },
  ],
  notes: [
    'Written to `/etc/systemd/system`, owned by root, mode 0644: anyone on the host can read it, so no secret may stand in it.',
    'systemd reads its files again by itself after a change. Starting and restarting is for `systemd_service`.',
    'A program in `ExecStart` that is not there yet is no error of the text.',
    'When a unit file is removed, the unit is stopped and disabled before.',
  ],
  problems: (params) => unitProblems(params),
  reads: (params) => [`path:${pathOf(params)}`, `unit:${params.name}`, 'path:/etc/systemd/system'],
  touches: (params) => (params.state === 'absent' && !params.dropin ? ['*'] : ['path:/etc/systemd/system', `unit:${params.name}`]),

  probe: (params, given) => lines([probePath(pathOf(params), optionsOf(params, given)), probeManager(params)]),
  parse: ({ stdout }, params, given): UnitFileState => {
    const found = keyValues(stdout)
    const boot = found.get('UnitFileState') ?? ''
    return {
      ...readPath(stdout, pathOf(params), optionsOf(params, given)),
      stale: found.get('NeedDaemonReload') === 'yes' && found.get('LoadState') !== 'not-found',
      enabled: ['enabled', 'indirect', 'linked'].includes(boot),
    }
  },
  desired: (params, current): Partial<UnitFileState> => {
    if (params.state === 'absent') return { kind: 'absent', stale: false }
    const file = desiredFile({ mode: '0644', owner: 'root', group: 'root' }, current, contentOf(params))
    return { ...file, stale: false, ...(params.enabled !== undefined && { enabled: params.enabled }) }
  },
  converge: (current, desired, params) => {
    if (desired.kind === 'absent') return current.kind === 'absent' ? [RELOAD] : [...retire(params), sh`rm -f -- ${pathOf(params)}`, RELOAD]
    const enable = desired.enabled === undefined ? [] : [sh`systemctl ${desired.enabled ? 'enable' : 'disable'} -- ${params.name}`]
    return [...(isWritten(current, desired) ? [] : writeUnit(current, desired, params)), RELOAD, ...enable]
  },
  describe: (current, desired, params) => [
    ...fileLines(current, desired, params),
    ...(current.stale ? [{ what: 'unit files', from: 'changed on disk', to: 'read again' }] : []),
    ...(desired.enabled === undefined || desired.enabled === current.enabled
      ? []
      : [{ what: 'at boot', from: current.enabled ? 'enabled' : 'disabled', to: desired.enabled ? 'enabled' : 'disabled' }]),
  ],
  result: ({ kind, sha256 }, params) => ({ path: pathOf(params), state: kind, checksum: sha256 }),
})

const RELOAD = sh`systemctl daemon-reload`

function pathOf({ name, dropin }: UnitParams): string {
  const folder = '/etc/systemd/system'
  return dropin === undefined ? `${folder}/${name}` : `${folder}/${name}.d/${dropin.replace(/\.conf$/, '')}.conf`
}

function contentOf({ content, sections = {} }: UnitParams): Content {
  if (content === undefined) return Content.of(unitText(sections))
  return Content.of(content.endsWith('\n') ? content : `${content}\n`)
}

function optionsOf(params: UnitParams, { diff }: Given): PathOptions {
  const content = params.state === 'absent' ? {} : { content: { wanted: contentOf(params), diff } }
  return { owner: 'root', group: 'root', ...content }
}

function isTemplate(name: string): boolean {
  return name.includes('@.')
}

/** systemd cannot be asked about a template, only about its instances. */
function probeManager({ name }: UnitParams): Script {
  return isTemplate(name) ? sh`true` : sh`systemctl show -pLoadState -pNeedDaemonReload -pUnitFileState -- ${name} || exit 1`
}

function retire({ name, dropin }: UnitParams): readonly Script[] {
  return dropin !== undefined || isTemplate(name) ? [] : [sh`systemctl disable --now -- ${name}`]
}

function writeUnit(current: UnitFileState, desired: Partial<UnitFileState>, params: UnitParams): readonly Script[] {
  const content = contentOf(params)
  const isNew = current.kind !== 'file' || current.sha256 !== content.sha256
  return [
    ...(isNew && params.verify ? [verifyUnit(params, content)] : []),
    ...(params.dropin === undefined ? [] : [makeDirectory(`/etc/systemd/system/${params.name}.d`, {})]),
    convergeFile({ current, desired }, content, {}),
  ]
}

function isWritten(current: UnitFileState, desired: Partial<UnitFileState>): boolean {
  return (['kind', 'sha256', 'mode', 'owner', 'group'] as const).every((field) => current[field] === desired[field])
}

function fileLines(current: UnitFileState, desired: Partial<UnitFileState>, params: UnitParams): ReturnType<typeof fileChanges> {
  if (desired.kind === 'absent') return current.kind === 'absent' ? [] : [{ what: current.path, from: current.kind, to: 'absent' }]
  return fileChanges(current, desired, newContent(contentOf(params)))
}

function unitProblems({ name, content, sections, dropin, state, enabled }: UnitParams): readonly string[] {
  const several = content !== undefined && sections !== undefined
  const none = content === undefined && sections === undefined
  return [
    ...problemsWhere(
      [state === 'present' && none, '`systemd_unit` needs `content` or `sections`'],
      [several, '`systemd_unit` takes `content` or `sections`, not both'],
      [enabled !== undefined && dropin !== undefined, 'a drop-in cannot be enabled: leave `enabled` out'],
      [enabled !== undefined && isTemplate(name), 'a template cannot be enabled: enable an instance with `systemd_service`'],
      [enabled !== undefined && state === 'absent', '`enabled` has no meaning with `state: absent`'],
    ),
    ...sectionProblems(sections ?? {}),
  ]
}
