import { Refusal, defineModule } from '../core/module.ts'
import { type Script, sh } from '../core/script.ts'
import { ACCOUNT_FORM, ACCOUNT_NAME } from './accounts.ts'
import { type Manager, fullUnitName, showUnit, systemctl, unitPaths } from './systemctl.ts'
import { keyValues } from './text_lines.ts'
import { runUnit } from './unit_run.ts'

interface UnitState {
  /** A systemd runs that can be asked; one of a user need not. */
  readonly manager: boolean
  readonly exists: boolean
  readonly active: boolean
  /** Not started, and not at rest either: it still stops, or waits for its next start after a crash. */
  readonly lingers: boolean
  readonly enabled: boolean
  readonly masked: boolean
  /** Its file changed on disk and systemd has not read it again. */
  readonly stale: boolean
  /** As systemd words it: `active (running)`, `enabled`. */
  readonly activity: string
  readonly boot: string
  /** A oneshot that is inactive again as soon as it is done. */
  readonly fleeting: boolean
}

/** What can be asked of a unit; modules for units of a special kind ask for more. */
export const SERVICE_SCHEMA = {
  type: 'object',
  additionalProperties: false,
  required: ['name'],
  properties: {
    name: {
      type: 'string',
      aliases: ['service', 'unit'],
      pattern: '^[A-Za-z0-9@:_.\\\\-]+$',
      form: 'write the name of one unit, without spaces and without a path: `ssh.service`',
      description: 'Unit name; without a suffix, `.service` is meant. Instances are named as `foo@1`.',
    },
    state: {
      type: 'string',
      enum: ['started', 'stopped'],
      description: 'What the unit should be doing now. Handlers may also say `restarted` or `reloaded`.',
    },
    enabled: { type: 'boolean', description: 'Whether the unit starts at boot.' },
    masked: { type: 'boolean', description: 'Whether it is impossible to start the unit.' },
    scope: {
      type: 'string',
      enum: ['system', 'user'],
      default: 'system',
      description: 'Units of the host, or those of a user.',
    },
    user: {
      type: 'string',
      pattern: ACCOUNT_NAME,
      form: ACCOUNT_FORM,
      description:
        'Whose units, with `scope: user`; left out, those of the user the task runs as. For another user the task must run as root.',
    },
    no_block: {
      type: 'boolean',
      default: false,
      description: 'Do not wait until the unit has started or stopped. Only for handlers: a state is always waited for.',
    },
    daemon_reload: { type: 'boolean', description: 'Refused: systemd is told to read its files again whenever they have changed.' },
  },
} as const

export const systemdService = defineModule({
  kind: 'state',
  name: 'systemd_service',
  summary: 'Keep a systemd unit running or stopped, and enabled, disabled or masked at boot.',
  schema: SERVICE_SCHEMA,
  examples: [
    { title: 'Run the node, also after a reboot', params: { name: 'gaiad', state: 'started', enabled: true } },
    { title: 'A container that a user runs', params: { name: 'horcrux', scope: 'user', user: 'horcrux', state: 'started' } },
    { title: 'Make sure nothing starts rpcbind', params: { name: 'rpcbind.socket', state: 'stopped', masked: true } },
  ],
  notes: [
    'A unit that does not exist is neither running nor enabled, so `state: stopped` and `enabled: false` hold for it. Ansible fails there.',
    'A unit that keeps crashing and waits for its next restart counts neither as started nor as stopped; nor does one that is still on its way down.',
    'A unit without an `[Install]` section can be neither enabled nor disabled; `enabled` is passed over for it, as `systemctl is-enabled` has it.',
    'A service that is started or restarted is looked at again a second later, unless it tells systemd itself when it is ready (`Type=notify`, `dbus`, `oneshot`). One that ended meanwhile has failed, also if systemd has started it again. A unit that runs already is not waited for.',
    'If a unit does not start, the message ends with the last lines of its journal.',
    '`daemon_reload` is refused because it is automatic; `restarted` and `reloaded` belong into handlers.',
  ],
  problems: ({ state, enabled, masked, daemon_reload, scope, user }) => [
    ...(user !== undefined && scope !== 'user' ? ['`user` needs `scope: user`'] : []),
    ...(daemon_reload === undefined
      ? []
      : ['`daemon_reload` is not needed: it is done when the files of the unit have changed; leave it out']),
    ...(masked && state === 'started' ? ['`state: started` contradicts `masked: true`'] : []),
    ...(masked && enabled ? ['`enabled: true` contradicts `masked: true`'] : []),
  ],
  reads: ({ name, scope }) => (scope === 'user' ? ['*'] : [`unit:${fullUnitName(name)}`, ...unitPaths()]),
  touches: ({ name, state, scope }) => (state !== undefined || scope === 'user' ? ['*'] : [`unit:${fullUnitName(name)}`, ...unitPaths()]),

  probe: (params) =>
    showUnit(params, params.name, ['LoadState', 'ActiveState', 'SubState', 'UnitFileState', 'NeedDaemonReload', 'Type', 'RemainAfterExit']),
  parse: ({ stdout }): UnitState => readUnit(keyValues(stdout)),
  desired: ({ state, enabled, masked }, current) => {
    if (state === 'started' && current.fleeting) throw fleeting()
    const settable = !UNSETTABLE.includes(current.boot)
    return {
      ...(current.exists && { stale: false }),
      ...(masked !== undefined && { masked }),
      ...(state !== undefined && { active: state === 'started' }),
      ...(state === 'stopped' && { lingers: false }),
      ...(enabled !== undefined && settable && { enabled }),
    }
  },
  converge: (current, desired, params) => {
    const { name } = params
    if (!current.manager) {
      throw new Refusal(
        'no systemd runs for this user',
        'let it run without a login: `loginctl enable-linger USER`, in a task before this one',
      )
    }
    if (!current.exists && (desired.active || desired.enabled)) {
      throw new Refusal(`there is no unit \`${fullUnitName(name)}\` on the host`, 'install the package or write the unit before this task')
    }
    const verbs = STEPS.filter(({ field }) => differs(field, current, desired)).map(({ field, on, off }) => (desired[field] ? on : off))
    return verbs.map((verb) => {
      if (verb === 'daemon-reload') return sh`${systemctl(params)} daemon-reload`
      return verb === 'start' || verb === 'stop' ? runUnit(verb, params) : sh`${systemctl(params)} ${verb} -- ${name}`
    })
  },
  describe: (current, desired) =>
    STEPS.filter(({ field }) => differs(field, current, desired)).map(({ field, what, was, yes, no }) => ({
      what,
      from: was(current),
      to: desired[field] ? yes : no,
    })),
  result: ({ exists, activity, boot, active }, { name, state, enabled }) => ({
    name,
    ...(state !== undefined && { state }),
    ...(enabled !== undefined && { enabled }),
    status: { exists, active, ActiveState: activity.split(' ', 1)[0] ?? '', UnitFileState: boot },
  }),
  actions: {
    restarted: (params) => act('restart', params),
    reloaded: (params) => act('reload-or-restart', params),
  },
})

interface Step {
  readonly field: 'masked' | 'stale' | 'enabled' | 'active' | 'lingers'
  readonly on: string
  readonly off: string
  readonly what: string
  readonly was: (current: UnitState) => string
  readonly yes: string
  readonly no: string
}

/** What can differ, in the order in which it is changed: a masked unit can be neither enabled nor started. */
const STEPS: readonly Step[] = [
  { field: 'masked', on: 'mask', off: 'unmask', what: 'masked', was: ({ masked }) => String(masked), yes: 'true', no: 'false' },
  {
    field: 'stale',
    on: 'daemon-reload',
    off: 'daemon-reload',
    what: 'unit files',
    was: () => 'changed on disk',
    yes: '',
    no: 'read again',
  },
  { field: 'enabled', on: 'enable', off: 'disable', what: 'at boot', was: ({ boot }) => boot || 'absent', yes: 'enabled', no: 'disabled' },
  { field: 'active', on: 'start', off: 'stop', what: 'state', was: ({ activity }) => activity, yes: 'started', no: 'stopped' },
  { field: 'lingers', on: 'start', off: 'stop', what: 'state', was: ({ activity }) => activity, yes: 'started', no: 'stopped' },
]

function differs(field: Step['field'], current: UnitState, desired: Partial<UnitState>): boolean {
  return desired[field] !== undefined && desired[field] !== current[field]
}

/** How systemd calls it that a unit has ended and will be started again. */
const WAITS = ['auto-restart', 'auto-restart-queued']

const UNSETTABLE = ['static', 'generated', 'transient', 'alias']

function readUnit(found: ReadonlyMap<string, string>): UnitState {
  const get = (key: string): string => found.get(key) ?? ''
  const load = get('LoadState')
  const [activity, sub, boot] = [get('ActiveState') || 'inactive', get('SubState'), get('UnitFileState')]
  return {
    manager: get('Manager') !== 'absent',
    exists: load !== 'not-found' && load !== '',
    active: ['active', 'activating', 'reloading', 'refreshing'].includes(activity) && !WAITS.includes(sub),
    lingers: activity === 'deactivating' || WAITS.includes(sub),
    enabled: ['enabled', 'indirect', 'linked'].includes(boot),
    masked: load === 'masked',
    stale: get('NeedDaemonReload') === 'yes' && load !== 'not-found',
    activity: sub === '' ? activity : `${activity} (${sub})`,
    boot,
    fleeting: get('Type') === 'oneshot' && get('RemainAfterExit') === 'no' && load === 'loaded',
  }
}

function fleeting(): Refusal {
  return new Refusal(
    'the unit is a oneshot that is inactive again as soon as it is done, so it cannot be kept started',
    'start the timer that belongs to it, set `RemainAfterExit=yes`, or run it from a handler with `state: restarted`',
  )
}

interface UnitParams extends Manager {
  readonly name: string
  readonly no_block: boolean
}

function act(verb: 'restart' | 'reload-or-restart', params: UnitParams): readonly Script[] {
  const { name, no_block } = params
  const reload = sh`[ "$(${systemctl(params)} show -p NeedDaemonReload --value -- ${name})" != yes ] || ${systemctl(params)} daemon-reload`
  return [reload, no_block ? sh`${systemctl(params)} --no-block ${verb} -- ${name}` : runUnit(verb, params)]
}
