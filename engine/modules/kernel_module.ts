import { Refusal, defineModule } from '../core/module.ts'
import type { Params } from '../core/params.ts'
import { type Script, lines, sh } from '../core/script.ts'
import { problemsWhere } from './problems.ts'
import { writeSystemFile } from './system_file.ts'
import { keyValues } from './text_lines.ts'

const schema = {
  type: 'object',
  additionalProperties: false,
  required: ['name'],
  properties: {
    name: {
      type: 'string',
      pattern: '^[A-Za-z0-9_-]+$',
      form: 'use letters, digits, `_` and `-`, without `.ko` and without a path',
      description: 'Name of the kernel module.',
    },
    state: {
      type: 'string',
      enum: ['present', 'absent', 'blacklisted'],
      default: 'present',
      description: 'Loaded, not loaded, or impossible to load from the next boot on.',
    },
    params: {
      type: 'string',
      default: '',
      pattern: '^[^\\n]*$',
      form: 'write the options on one line, with spaces between them',
      description: 'Options it is loaded with.',
    },
    persistent: {
      type: 'string',
      enum: ['disabled', 'present', 'absent'],
      default: 'disabled',
      description: 'Whether it is loaded at boot; `disabled` leaves that as it is.',
    },
  },
} as const

type ModuleParams = Params<typeof schema>

interface KernelModuleState {
  readonly loaded: boolean
  /** In a container the kernel is not the host's own, so nothing can be loaded or unloaded. */
  readonly container: boolean
  readonly modprobe: boolean
  /** Texts of our two files; empty: not there. */
  readonly at_boot: string
  readonly settings: string
}

export const kernelModule = defineModule({
  kind: 'state',
  name: 'kernel_module',
  summary: 'Keep a kernel module loaded, unloaded or blacklisted.',
  schema,
  examples: [
    { title: 'WireGuard, also after a reboot', params: { name: 'wireguard', persistent: 'present' } },
    { title: 'No USB storage', params: { name: 'usb-storage', state: 'blacklisted' } },
  ],
  notes: [
    'A module that is built into the kernel counts as loaded.',
    'In a container only the files are kept: the kernel belongs to the machine around it. The result then has a `reason`.',
    '`blacklisted` writes `install … /bin/false` and `blacklist …` and does not unload what is loaded; a second task with `state: absent` does. If the module is in the initramfs, run `update-initramfs -u` from a handler.',
    'Files: `/etc/modules-load.d/NAME.conf` and `/etc/modprobe.d/holdfast-NAME.conf`.',
  ],
  problems: ({ state, persistent }) =>
    problemsWhere(
      [state === 'blacklisted' && persistent === 'present', '`persistent: present` contradicts `state: blacklisted`'],
      [state === 'absent' && persistent === 'present', '`persistent: present` contradicts `state: absent`'],
    ),
  reads: ({ name }) => [`kernel_module:${name}`, `path:${bootFile(name)}`, `path:${settingsFile(name)}`],

  probe: ({ name, state }) => probeModule(name, state),
  parse: ({ stdout }): KernelModuleState => {
    const found = keyValues(stdout)
    const text = (key: string): string => Buffer.from(found.get(key) ?? '', 'base64').toString()
    return {
      loaded: found.has('loaded'),
      container: found.has('container'),
      modprobe: found.has('modprobe'),
      at_boot: text('at_boot'),
      settings: text('settings'),
    }
  },
  desired: (params, { container }) => ({
    ...(params.state !== 'blacklisted' && !container && { loaded: params.state === 'present' }),
    ...desiredFiles(params),
  }),
  converge: (current, desired, { name, params }) => [
    ...(desired.at_boot === undefined || desired.at_boot === current.at_boot ? [] : [fileScript(bootFile(name), desired.at_boot)]),
    ...(desired.settings === undefined || desired.settings === current.settings ? [] : [fileScript(settingsFile(name), desired.settings)]),
    ...(desired.loaded === undefined || desired.loaded === current.loaded ? [] : [loadScript(current, desired.loaded, { name, params })]),
  ],
  describe: (current, desired, { name }) => [
    ...(desired.loaded === undefined || desired.loaded === current.loaded
      ? []
      : [{ what: name, from: shown(current.loaded), to: shown(desired.loaded) }]),
    ...(desired.at_boot === undefined || desired.at_boot === current.at_boot
      ? []
      : [textChange(bootFile(name), current.at_boot, desired.at_boot)]),
    ...(desired.settings === undefined || desired.settings === current.settings
      ? []
      : [textChange(settingsFile(name), current.settings, desired.settings)]),
  ],
  result: ({ loaded, container }, { name, state }) => ({
    name,
    state,
    loaded,
    ...(container && { reason: 'a container uses the kernel of the machine around it; only the files are kept' }),
  }),
})

function bootFile(name: string): string {
  return `/etc/modules-load.d/${name}.conf`
}

function settingsFile(name: string): string {
  return `/etc/modprobe.d/holdfast-${name}.conf`
}

function probeModule(name: string, state: ModuleParams['state']): Script {
  const kernelName = name.replaceAll('-', '_')
  const builtIn = `/${name.replace(/[-_]/g, '[-_]')}\\.ko`
  const loaded =
    state === 'present'
      ? sh`[ -d ${`/sys/module/${kernelName}`} ] || grep -qs -- ${builtIn} "/lib/modules/$(uname -r)/modules.builtin"`
      : sh`grep -qs ${`^${kernelName} `} /proc/modules`
  return lines([
    sh`if ${loaded}; then echo loaded=; fi`,
    sh`[ ! -e /run/systemd/container ] || echo container=`,
    sh`if command -v modprobe >/dev/null; then echo modprobe=; fi`,
    sh`[ ! -f ${bootFile(name)} ] || printf 'at_boot=%s\\n' "$(base64 -w0 <${bootFile(name)})"`,
    sh`[ ! -f ${settingsFile(name)} ] || printf 'settings=%s\\n' "$(base64 -w0 <${settingsFile(name)})"`,
  ])
}

function desiredFiles({ name, state, params, persistent }: ModuleParams): { at_boot?: string; settings?: string } {
  if (state === 'blacklisted') return { at_boot: '', settings: `install ${name} /bin/false\nblacklist ${name}\n` }
  if (persistent === 'disabled') return {}
  if (persistent === 'absent') return { at_boot: '', settings: '' }
  return { at_boot: `${name}\n`, settings: params === '' ? '' : `options ${name} ${params}\n` }
}

function fileScript(path: string, text: string): Script {
  return text === '' ? sh`rm -f -- ${path}` : writeSystemFile(path, text)
}

function loadScript(
  { modprobe }: KernelModuleState,
  load: boolean,
  { name, params }: { readonly name: string; readonly params: string },
): Script {
  if (!modprobe) throw new Refusal('there is no `modprobe` on the host', 'install the package `kmod` before this task')
  const options = params.split(' ').filter((option) => option !== '')
  return load ? sh`modprobe -- ${name} ${options}` : sh`modprobe -r -- ${name}`
}

function shown(loaded: boolean): string {
  return loaded ? 'loaded' : 'not loaded'
}

function textChange(
  path: string,
  before: string,
  after: string,
): { what: string; from: string; to: string; text: { before: string; after: string } } {
  return { what: path, from: before === '' ? 'absent' : 'file', to: after === '' ? 'absent' : 'file', text: { before, after } }
}
