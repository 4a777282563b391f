import { type AptParams, type AptState, type Spec, type Standing, readSpec, specsOf } from './apt_state.ts'

/** Reads what `probeApt` printed. */
export function readApt(stdout: string, params: AptParams): AptState {
  const rows = stdout.split('\n').map((line) => [line.slice(0, line.indexOf(' ')), line.slice(line.indexOf(' ') + 1)] as const)
  const values = (kind: string): string[] => rows.flatMap(([key, value]) => (key === kind ? [value] : []))
  const known = values('package').map(readPackage)
  const specs = [...specsOf(params), ...debSpec(params, values('deb'))]
  const offers = readCandidates(rows)
  const found = specs.map((spec) => [spec, find(known, spec)] as const)
  const [now, listed] = (values('lists')[0] ?? '0 0').split(' ').map(Number)
  return {
    packages: Object.fromEntries(found.map(([spec, matches]) => [spec.text, standing(spec, { matches, offers, params })])),
    versions: Object.fromEntries(
      found.flatMap(([spec, matches]) =>
        matches
          .filter(isInstalled)
          .slice(0, 1)
          .map(({ version }) => [spec.text, version]),
      ),
    ),
    candidates: offers,
    lists: (now ?? 0) - (listed ?? 0) <= allowedAge(params) ? 'fresh' : 'stale',
    listed: listed ?? 0,
    upgradable: values('upgradable').sort(),
    unneeded: values('unneeded').sort(),
    deb: values('deb').length > 0,
  }
}

/** The fields that are asked for. */
export function desiredApt(params: AptParams, current: AptState): Partial<AptState> {
  const wanted = params.state === 'absent' ? 'absent' : 'present'
  const specs = Object.keys(current.packages)
  return {
    ...(specs.length > 0 && { packages: Object.fromEntries(specs.map((spec) => [spec, wanted])) }),
    // Old lists alone are no drift of a host whose packages are as declared.
    ...(params.update_cache && (specs.length === 0 || params.state === 'latest') && { lists: 'fresh' }),
    ...(params.upgrade !== 'no' && { upgradable: [] }),
    ...(params.autoremove && specs.length === 0 && { unneeded: [] }),
  }
}

interface Package {
  readonly status: string
  readonly name: string
  readonly architecture: string
  readonly version: string
  readonly provides: readonly string[]
}

function readPackage(text: string): Package {
  const [status = '', name = '', architecture = '', version = '', provides = ''] = text.split('|')
  return { status, name, architecture, version, provides: provides.split(',').map((item) => item.trim().split(' ', 1)[0] ?? '') }
}

function isInstalled({ status }: Package): boolean {
  return status.charAt(1) === 'i'
}

/** A virtual package counts as found where something installed provides it. */
function find(known: readonly Package[], { name, architecture }: Spec): readonly Package[] {
  const pattern = glob(name)
  const named = known.filter((one) => pattern.test(one.name) && (architecture === undefined || one.architecture === architecture))
  return named.some(isInstalled) ? named : [...named, ...known.filter((one) => isInstalled(one) && one.provides.includes(name))]
}

interface Circumstances {
  readonly matches: readonly Package[]
  readonly offers: { readonly [name: string]: string }
  readonly params: AptParams
}

function standing(spec: Spec, { matches, offers, params }: Circumstances): Standing {
  const [first] = matches.filter(isInstalled)
  if (!first) return missing(matches, params)
  if (spec.version !== undefined && !glob(spec.version).test(first.version)) return params.state === 'absent' ? 'absent' : 'another version'
  const offer = offers[spec.name] ?? '(none)'
  return params.state === 'latest' && offer !== '(none)' && offer !== first.version ? 'outdated' : 'present'
}

function missing(matches: readonly Package[], { state, only_upgrade, purge }: AptParams): Standing {
  if (state !== 'absent') return only_upgrade ? 'present' : 'absent'
  return purge && matches.some(({ status }) => status.charAt(1) === 'c') ? 'remains' : 'absent'
}

function debSpec({ deb }: AptParams, found: readonly string[]): readonly Spec[] {
  if (deb === undefined) return []
  const [name, , version] = (found[0] ?? '').split('|')
  return [name && version ? { ...readSpec(name), text: deb, version } : { text: deb, name: deb }]
}

function readCandidates(rows: readonly (readonly [string, string])[]): { readonly [name: string]: string } {
  const offers: { [name: string]: string } = {}
  let name = ''
  for (const [key, value] of rows) {
    if (key === 'policy') name = value
    if (key === 'candidate') offers[name] = value
  }
  return offers
}

/** Where nothing but fresh lists is asked for, without saying how fresh, an hour is. */
function allowedAge({ cache_valid_time, state }: AptParams): number {
  return cache_valid_time > 0 ? cache_valid_time : HOUR_SECONDS * (state === 'latest' ? 24 : 1)
}

const HOUR_SECONDS = 3600

function glob(pattern: string): RegExp {
  const text = pattern
    .replace(/[.+^${}()|\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.')
  return new RegExp(`^${text}$`)
}
