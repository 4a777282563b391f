import { type Change, defineModule } from '../core/module.ts'
import { changeApt } from './apt_change.ts'
import { desiredApt, readApt } from './apt_reading.ts'
import { type AptParams, type AptState, probeApt, specsOf } from './apt_state.ts'

export const apt = defineModule({
  kind: 'state',
  name: 'apt',
  summary: 'Keep packages of Debian and Ubuntu installed, removed or up to date.',
  schema: {
    type: 'object',
    additionalProperties: false,
    properties: {
      name: {
        type: 'array',
        aliases: ['package', 'pkg'],
        items: { type: 'string' },
        description: 'Packages; `name=version` asks for one version, and `*` stands for any text in both.',
      },
      deb: { type: 'string', format: 'path', description: 'A package file on the host, installed together with what it depends on.' },
      state: {
        type: 'string',
        enum: ['present', 'absent', 'latest'],
        default: 'present',
        description: 'Whether the packages should be there, and whether as the newest version on offer.',
      },
      upgrade: {
        type: 'string',
        enum: ['no', 'yes', 'safe', 'full', 'dist'],
        default: 'no',
        description: 'Upgrade everything that is installed: `safe` (or `yes`) removes nothing, `full` (or `dist`) may.',
      },
      update_cache: {
        type: 'boolean',
        aliases: ['update-cache'],
        default: false,
        description: 'Download the lists of packages before something is installed.',
      },
      cache_valid_time: { type: 'integer', minimum: 0, default: 0, description: 'Seconds for which downloaded lists count as fresh.' },
      purge: { type: 'boolean', default: false, description: 'With `state: absent`, remove configuration files too.' },
      autoremove: {
        type: 'boolean',
        default: false,
        description: 'Remove packages that were installed only for others and are no longer needed.',
      },
      default_release: {
        type: 'string',
        aliases: ['default-release'],
        pattern: '^[A-Za-z0-9_./=*-]+$',
        form: 'write the name of one release, without spaces: `bookworm-backports`',
        description: 'Take packages from this release, such as `bookworm-backports`.',
      },
      install_recommends: {
        type: 'boolean',
        aliases: ['install-recommends'],
        description: 'Whether recommended packages are installed too. Left out, as the host is configured.',
      },
      only_upgrade: { type: 'boolean', default: false, description: 'Upgrade packages that are there, install none.' },
      allow_downgrade: { type: 'boolean', default: false, description: 'Allow an older version to take the place of a newer one.' },
      allow_change_held_packages: { type: 'boolean', default: false, description: 'Change packages even if they are on hold.' },
      dpkg_options: {
        type: 'string',
        default: 'force-confdef,force-confold',
        description: 'Options of dpkg, comma-separated. As they are, changed configuration files stay.',
      },
      lock_timeout: { type: 'integer', minimum: 0, default: 60, description: 'Seconds to wait while another program uses apt or dpkg.' },
      force_apt_get: { type: 'boolean', description: 'Accepted and without effect: apt-get is always used.' },
    },
  },
  examples: [
    { title: 'A firewall and its tools', params: { name: ['nftables', 'conntrack'], update_cache: true, cache_valid_time: 3600 } },
    { title: 'One exact version', params: { name: ['chrony=4.3-2+deb12u1'], allow_downgrade: true } },
    { title: 'Nothing left of a package', params: { name: ['rpcbind'], state: 'absent', purge: true } },
  ],
  notes: [
    'With packages named, old lists are not a difference: they are downloaded only when something is going to be installed. A task with `update_cache` alone keeps the lists younger than `cache_valid_time`, or than an hour. Ansible downloads each time.',
    'A package that does not exist is found only when it is to be installed, not in check mode.',
    'Services are never restarted by needrestart on the side (`NEEDRESTART_MODE=l`): that is for handlers.',
    'What a dpkg that was killed left unfinished is finished first (`dpkg --configure -a`), as apt asks for; Ansible fails.',
    '`name>=version` is not understood; `name=version` is, also with `*`.',
  ],
  problems: (params) => aptProblems(params),
  reads: ({ deb }) => ['path:/var/lib/dpkg', 'path:/var/lib/apt', 'path:/etc/apt', ...(deb === undefined ? [] : [`path:${deb}`])],

  probe: (params) => probeApt(params),
  parse: ({ stdout }, params): AptState => readApt(stdout, params),
  desired: (params, current) => desiredApt(params, current),
  converge: (current, desired, params) => changeApt(current, desired, params),
  describe: (current, desired) => describeApt(current, desired),
  result: ({ listed, versions, lists }, { update_cache }, { current }) => ({
    versions,
    ...(update_cache && { cache_updated: listed > current.listed && lists === 'fresh', cache_update_time: listed }),
  }),
})

/** What is wrong with the params, one sentence each. */
export function aptProblems(params: AptParams): readonly string[] {
  const specs = specsOf(params)
  const odd = specs.filter(
    ({ name, architecture, version }) => !NAME.test(name) || !WORD.test(architecture ?? '') || !WORD.test(version ?? ''),
  )
  return [
    ...odd.map(({ text }) =>
      /[<>]/.test(text)
        ? `\`${text}\`: only \`name=version\` is understood, not \`>=\` and its like`
        : `\`${text}\` cannot be the name of a package`,
    ),
    ...(specs.length === 0 && !params.deb && params.upgrade === 'no' && !params.update_cache && !params.autoremove
      ? ['`apt` needs `name`, `deb`, `upgrade`, `autoremove` or `update_cache`']
      : []),
    ...(params.deb && params.state === 'absent' ? ['`deb` cannot be absent: name the package with `name`'] : []),
    ...(specs.some(({ name }) => name.includes('*')) && params.state === 'latest'
      ? ['`*` in `name` cannot be combined with `state: latest`: use `upgrade`']
      : []),
  ]
}

const NAME = /^[A-Za-z0-9*?][A-Za-z0-9+.*?-]*$/
const WORD = /^[A-Za-z0-9+.:~*?-]*$/

/** A line for each package that differs. */
export function describeApt(current: AptState, desired: Partial<AptState>): readonly Change[] {
  const packages = Object.entries(desired.packages ?? {}).flatMap(([spec, wanted]): Change[] => {
    const now = current.packages[spec]
    if (now === wanted) return []
    const version = current.versions[spec]
    return [{ what: spec, from: version ?? now ?? 'absent', to: now === 'outdated' ? (current.candidates[spec] ?? 'latest') : wanted }]
  })
  return [
    ...(desired.lists === 'fresh' && current.lists === 'stale' ? [{ what: 'package lists', from: 'stale', to: 'fresh' }] : []),
    ...packages,
    ...(desired.upgradable && current.upgradable.length > 0 ? [{ what: 'upgrades', to: current.upgradable.join(', ') }] : []),
    ...(desired.unneeded && current.unneeded.length > 0
      ? [{ what: 'unneeded packages', from: current.unneeded.join(', '), to: 'absent' }]
      : []),
  ]
}
