import { Refusal } from '../core/module.ts'
import { type Script, lines, sh } from '../core/script.ts'
import { type AptParams, type AptState, UPGRADES, readSpec } from './apt_state.ts'

/** The scripts that bring the packages to what is declared, in the order apt needs. */
export function changeApt(current: AptState, desired: Partial<AptState>, params: AptParams): readonly Script[] {
  const wrong = Object.entries(desired.packages ?? {}).flatMap(([spec, wanted]) => (current.packages[spec] === wanted ? [] : [spec]))
  const change = params.state === 'absent' ? removal(wrong, params) : installation(wrong, { current, params })
  const calls = [
    ...change,
    ...(params.upgrade === 'no' ? [] : [aptGet(params, UPGRADES[params.upgrade])]),
    ...(desired.unneeded === undefined ? [] : [aptGet(params, ['autoremove', ...(params.purge ? ['--purge'] : [])])]),
  ]
  return [
    ...(params.update_cache && isDue(wrong, { current, desired, params }) ? [updateLists(params)] : []),
    ...(calls.length === 0 ? [] : [finishInterrupted(params)]),
    ...calls,
  ]
}

/** Downloads the lists of packages. Waits for another apt, whose lock on the lists apt itself does not wait for. */
function updateLists({ lock_timeout }: Pick<AptParams, 'lock_timeout'>): Script {
  return lines([
    sh`left=${lock_timeout}`,
    sh`until said=$(DEBIAN_FRONTEND=noninteractive apt-get -q -o APT::Update::Error-Mode=any update 2>&1); do`,
    sh`case $said in *'Could not get lock'*|*'Unable to lock'*) [ "$left" -gt 0 ] || { printf '%s\\n' "$said" >&2; exit 1; };; *) printf '%s\\n' "$said" >&2; exit 1;; esac`,
    sh`left=$((left - 1)); sleep 1`,
    sh`done`,
    // An update that found nothing new leaves the times of its files as they were.
    sh`touch -- /var/lib/apt/lists`,
  ])
}

/**
 * A dpkg that was cut off leaves its journal, and apt refuses all work until it is finished. What is broken for another reason is left
 * to apt, which names it.
 */
function finishInterrupted({ dpkg_options, lock_timeout }: AptParams): Script {
  const options = optionsOf(dpkg_options).map((option) => `--${option}`)
  return lines([
    sh`left=${lock_timeout}`,
    sh`for entry in /var/lib/dpkg/updates/[0-9]*; do [ -e "$entry" ] || break`,
    // A journal that another dpkg is still writing is none of ours: its lock is waited for.
    sh`until said=$(DEBIAN_FRONTEND=noninteractive APT_LISTCHANGES_FRONTEND=none NEEDRESTART_MODE=l dpkg ${options} --configure -a 2>&1); do`,
    sh`case $said in *' lock'*) [ "$left" -gt 0 ] || break;; *) break;; esac`,
    sh`left=$((left - 1)); sleep 1`,
    sh`done; break; done`,
  ])
}

function optionsOf(dpkgOptions: string): readonly string[] {
  return dpkgOptions.split(',').flatMap((option) => (option.trim() === '' ? [] : [option.trim()]))
}

interface Wish {
  readonly current: AptState
  readonly params: AptParams
}

function isDue(wrong: readonly string[], { current, desired, params }: Wish & { readonly desired: Partial<AptState> }): boolean {
  const wanted = desired.lists === 'fresh' || (params.state !== 'absent' && wrong.length > 0)
  return wanted && (current.lists === 'stale' || params.cache_valid_time === 0)
}

function installation(wrong: readonly string[], { current, params }: Wish): readonly Script[] {
  const { deb } = params
  if (deb !== undefined && current.packages[deb] === 'absent' && wrong.includes(deb) && !current.deb) {
    throw new Refusal(`there is no file \`${deb}\` on the host`, 'bring the package file to the host before this task')
  }
  return wrong.length === 0 ? [] : [aptGet(params, [...installWords(params), ...wrong])]
}

function removal(wrong: readonly string[], params: AptParams): readonly Script[] {
  return wrong.length === 0 ? [] : [aptGet(params, [...removeWords(params), ...wrong.map(removeName)])]
}

function aptGet({ dpkg_options, lock_timeout, default_release }: AptParams, words: readonly string[]): Script {
  const options = [
    ...optionsOf(dpkg_options).flatMap((option) => ['-o', `Dpkg::Options::=--${option}`]),
    ...['-o', `DPkg::Lock::Timeout=${lock_timeout}`],
    // On the terminal that apt would give it, dpkg says on stdout, amid its progress, which package is broken.
    ...['-o', 'Dpkg::Use-Pty=0'],
    ...(default_release === undefined ? [] : ['-t', default_release]),
  ]
  return sh`DEBIAN_FRONTEND=noninteractive APT_LISTCHANGES_FRONTEND=none NEEDRESTART_MODE=l apt-get -q -y ${options} ${words}`
}

function installWords(params: AptParams): readonly string[] {
  return [
    'install',
    ...(params.install_recommends === undefined ? [] : ['-o', `APT::Install-Recommends=${params.install_recommends ? 'yes' : 'no'}`]),
    ...(params.only_upgrade ? ['--only-upgrade'] : []),
    ...(params.allow_downgrade ? ['--allow-downgrades'] : []),
    ...(params.allow_change_held_packages ? ['--allow-change-held-packages'] : []),
    ...(params.autoremove ? ['--auto-remove'] : []),
    '--',
  ]
}

function removeWords(params: AptParams): readonly string[] {
  return [
    'remove',
    ...(params.purge ? ['--purge'] : []),
    ...(params.autoremove ? ['--auto-remove'] : []),
    ...(params.allow_change_held_packages ? ['--allow-change-held-packages'] : []),
    '--',
  ]
}

function removeName(text: string): string {
  const { name, architecture } = readSpec(text)
  return architecture === undefined ? name : `${name}:${architecture}`
}
