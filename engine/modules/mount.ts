import { type Change, defineModule } from '../core/module.ts'
import type { Params } from '../core/params.ts'
import { type Script, lines, sh } from '../core/script.ts'
import { pathProblems } from './file_attributes.ts'
import { unescaped, withEntry, withoutEntry } from './fstab_text.ts'
import { missingOptions } from './mount_options.ts'
import { problemsWhere } from './problems.ts'
import { writeSystemFile } from './system_file.ts'

const schema = {
  type: 'object',
  additionalProperties: false,
  required: ['path', 'state'],
  properties: {
    path: { type: 'string', aliases: ['name'], format: 'path', description: 'Mount point.' },
    src: {
      type: 'string',
      pattern: '^[^\\n]+$',
      form: 'write on one line what is mounted: `/dev/sdb1`, `UUID=…`, `tmpfs`',
      description: 'What is mounted: a device, `UUID=…`, `tmpfs`.',
    },
    fstype: { type: 'string', pattern: '^\\S+$', form: 'write one word: `ext4`', description: 'Kind of file system.' },
    opts: {
      type: 'string',
      default: 'defaults',
      pattern: '^\\S+$',
      form: 'write the options with commas and no spaces between them: `noatime,nofail`',
      description: 'Options, comma-separated.',
    },
    dump: { type: 'string', default: '0', pattern: '^[0-9]+$', form: 'write a whole number: `0`', description: 'Fifth field of fstab.' },
    passno: {
      type: 'string',
      default: '0',
      pattern: '^[0-9]+$',
      form: 'write a whole number: `0`',
      description: 'Sixth field of fstab: in which pass it is checked at boot.',
    },
    boot: { type: 'boolean', default: true, description: 'Whether it is mounted at boot; `false` adds `noauto`.' },
    state: {
      type: 'string',
      enum: ['mounted', 'present', 'unmounted', 'absent', 'absent_from_fstab', 'ephemeral'],
      description:
        '`mounted`: now and in fstab; `present`: in fstab only; `unmounted`: not now; `absent`: neither; `ephemeral`: now, whatever fstab says.',
    },
    fstab: { type: 'string', format: 'path', default: '/etc/fstab', description: 'The table of file systems.' },
  },
} as const

type MountParams = Params<typeof schema>

interface MountState {
  readonly fstab: string
  readonly mounted: boolean
  /** Options that are asked for and not in force. */
  readonly missing: readonly string[]
}

export const mount = defineModule({
  kind: 'state',
  name: 'mount',
  summary: 'Keep a file system mounted, and in fstab.',
  schema,
  examples: [
    {
      title: 'The disk of the chain',
      params: { path: '/data', src: 'UUID=1b2c', fstype: 'ext4', opts: 'noatime,nodev', passno: '2', state: 'mounted' },
    },
    {
      title: 'Nothing runs from /tmp',
      params: { path: '/tmp', src: 'tmpfs', fstype: 'tmpfs', opts: 'nosuid,nodev,noexec,size=2G', state: 'mounted' },
    },
  ],
  notes: [
    'Of what is mounted, `ro`, `nosuid`, `nodev`, `noexec`, `noatime` and their opposites are compared too, and a remount puts them right. Ansible trusts fstab.',
    '`state: absent` removes the mount point only if it is empty.',
    '`remounted` belongs into a handler.',
  ],
  problems: ({ path, src, fstype, state }) => [
    ...pathProblems('path', path),
    ...problemsWhere([
      ['mounted', 'present', 'ephemeral'].includes(state) && (src === undefined || fstype === undefined),
      `\`state: ${state}\` needs \`src\` and \`fstype\``,
    ]),
  ],
  reads: ({ path, fstab }) => [`mount:${path}`, `path:${fstab}`],

  probe: ({ path, fstab }) => probeMount(path, fstab),
  parse: ({ stdout }, params): MountState => {
    const end = stdout.indexOf('\n--\n')
    const rows = stdout
      .slice(0, Math.max(end, 0))
      .split('\n')
      .map((row) => row.split(' '))
    const mine = rows.findLast(([, , , , at = '']) => unescaped(at) === params.path)
    const live = mine === undefined ? [] : [...(mine[5] ?? '').split(','), ...(mine.at(-1) ?? '').split(',')]
    return {
      fstab: stdout.slice(end + 4),
      mounted: mine !== undefined,
      missing: mine === undefined ? [] : missingOptions(params.opts, live),
    }
  },
  desired: (params, current) => ({
    ...(isStored(params) && { fstab: wantedFstab(params, current.fstab) }),
    ...(params.state === 'mounted' || params.state === 'ephemeral' ? { mounted: true, missing: [] } : {}),
    ...(params.state === 'unmounted' || params.state === 'absent' ? { mounted: false } : {}),
  }),
  converge: (current, desired, params) => [
    ...(desired.mounted === false && current.mounted ? [sh`umount -- ${params.path}`] : []),
    ...(desired.fstab === undefined || desired.fstab === current.fstab ? [] : writeFstab(desired.fstab, params)),
    ...(params.state === 'absent' ? [sh`[ ! -d ${params.path} ] || rmdir --ignore-fail-on-non-empty -- ${params.path}`] : []),
    ...(desired.mounted === true && !current.mounted ? [mountScript(params)] : []),
    ...(current.mounted && desired.mounted === true && current.missing.length > 0
      ? [sh`mount -o ${`remount,${optionsOf(params)}`} -- ${params.path}`]
      : []),
  ],
  describe: (current, desired, params) => describeMount(current, desired, params),
  result: ({ mounted }, { path, state }) => ({ name: path, state, mounted }),
  actions: { remounted: ({ path }) => [sh`mount -o remount -- ${path}`] },
})

function probeMount(path: string, fstab: string): Script {
  const name = path.split('/').at(-1) ?? ''
  return lines([
    sh`grep -F -e ${name.replace(/[\s\\].*/, '')} /proc/self/mountinfo || true`,
    sh`echo; echo --`,
    sh`[ ! -e ${fstab} ] || cat -- ${fstab}`,
  ])
}

function isStored({ state }: MountParams): boolean {
  return state !== 'unmounted' && state !== 'ephemeral'
}

function wantedFstab(params: MountParams, text: string): string {
  const { path, src = '', fstype = '', dump, passno, state } = params
  if (state === 'absent' || state === 'absent_from_fstab') return withoutEntry(text, path)
  return withEntry(text, { src, path, fstype, opts: optionsOf(params), dump, passno })
}

function optionsOf({ opts, boot }: MountParams): string {
  return boot || opts.split(',').includes('noauto') ? opts : `${opts},noauto`
}

function writeFstab(text: string, { fstab }: MountParams): readonly Script[] {
  // systemd makes units from fstab, and mounts by the old ones until it reads it again.
  const reload = sh`[ ! -d /run/systemd/system ] || systemctl daemon-reload`
  return [writeSystemFile(fstab, text), ...(fstab === '/etc/fstab' ? [reload] : [])]
}

function mountScript(params: MountParams): Script {
  const { path, src = '', fstype = '' } = params
  return sh`mkdir -p -- ${path} && mount -t ${fstype} -o ${optionsOf(params)} -- ${src} ${path}`
}

function describeMount(current: MountState, desired: Partial<MountState>, { path, fstab, opts }: MountParams): readonly Change[] {
  const isStored = desired.fstab === undefined || desired.fstab === current.fstab
  const isSettled = desired.mounted === undefined || desired.mounted === current.mounted
  const isLoose = desired.missing !== undefined && current.missing.length > 0
  return [
    ...(isStored ? [] : [{ what: `${path} in ${fstab}`, text: { before: current.fstab, after: desired.fstab ?? '' } }]),
    ...(isSettled ? [] : [{ what: path, from: shown(current.mounted), to: shown(desired.mounted === true) }]),
    ...(isLoose ? [{ what: `${path} options`, from: `without ${current.missing.join(',')}`, to: opts }] : []),
  ]
}

function shown(mounted: boolean): string {
  return mounted ? 'mounted' : 'not mounted'
}
