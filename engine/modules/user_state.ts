import { Content } from '../core/content.ts'
import { type Script, lines, sh, verbatim } from '../core/script.ts'
import { Secret } from '../core/secret.ts'
import { basicRegex } from './accounts.ts'
import { type RootlessParams, type RootlessState, desiredRootless, probeRootless, readRootless } from './user_rootless.ts'

/** What is asked of a user. */
export interface UserParams extends RootlessParams {
  readonly name: string
  readonly state: 'present' | 'absent'
  readonly uid?: number
  readonly non_unique: boolean
  readonly group?: string
  readonly groups?: readonly string[]
  readonly append: boolean
  readonly shell?: string
  readonly home?: string
  readonly create_home: boolean
  readonly move_home: boolean
  readonly skeleton: string
  readonly system: boolean
  readonly comment?: string
  readonly password?: string | Secret
  readonly update_password: 'always' | 'on_create'
  readonly password_lock?: boolean
  readonly password_expire_max?: number
  readonly password_expire_min?: number
  readonly password_expire_warn?: number
  readonly expires?: number
  readonly remove: boolean
  readonly force: boolean
}

export interface UserState extends RootlessState {
  readonly exists: boolean
  readonly uid: number
  readonly gid: number
  /** In the spelling of the param: the name or the number, if that is the group. */
  readonly group: string
  readonly groups: readonly string[]
  readonly shell: string
  readonly home: string
  readonly home_directory: 'present' | 'absent'
  readonly comment: string
  /** The hash itself stays on the host. */
  readonly password: 'as declared' | 'another' | 'unknown'
  readonly password_lock: boolean
  readonly password_expire_max: number
  readonly password_expire_min: number
  readonly password_expire_warn: number
  /** Day on which the account ends, counted from 1970; -1: never. */
  readonly expires: number
  /** A group of the user's name is there, so that making the user must not try to make it. */
  readonly own_group: boolean
}

/** Reads the account with one look at the account files, and at the shadow file only if something in it is asked for. */
export function probeUser(params: UserParams): Script {
  const name = basicRegex(params.name)
  const group = params.group === undefined ? [] : ['-e', `^${basicRegex(params.group)}:`]
  return lines([
    sh`grep -e ${`^${name}:`} -e ${`:\\(.*,\\)\\{0,1\\}${name}\\(,.*\\)\\{0,1\\}$`} ${group} /etc/passwd /etc/group || [ $? = 1 ] || exit 1`,
    probeHome(params.name),
    ...(asksShadow(params) ? [probeShadow(params, name)] : []),
    ...probeRootless(params),
  ])
}

/** Reads what `probeUser` printed. */
export function readUser(stdout: string, { name: login, group }: UserParams): UserState {
  const rows = (file: string): string[][] =>
    stdout.split('\n').flatMap((line) => (line.startsWith(`${file}:`) ? [line.slice(file.length + 1).split(':')] : []))
  const account = rows('/etc/passwd').find(([name]) => name === login)
  const groups = rows('/etc/group')
  const [, , uid = '-1', gid = '-1', comment = '', home = '', shell = ''] = account ?? []
  const primary = groups.find(([title]) => title === group)
  return {
    exists: account !== undefined,
    uid: Number(uid),
    gid: Number(gid),
    group: group !== undefined && (primary?.[2] === gid || group === gid) ? group : gid,
    groups: groups.flatMap(([title = '', , id, members = '']) => (id !== gid && members.split(',').includes(login) ? [title] : [])).sort(),
    shell,
    home,
    home_directory: /^home$/m.test(stdout) ? 'present' : 'absent',
    comment,
    ...readShadow(stdout),
    ...readRootless(stdout, login),
    own_group: groups.some(([title]) => title === login),
  }
}

/** The fields that are asked for. */
export function desiredUser(params: UserParams, current: UserState): Partial<UserState> {
  if (params.state === 'absent') return { exists: false }
  const { uid, group, shell, home, comment } = params
  const further = params.groups?.flatMap((item) => item.split(',')).filter((title) => title !== '' && title !== group)
  return {
    exists: true,
    ...(uid !== undefined && { uid }),
    ...(group !== undefined && { group }),
    ...(further && { groups: [...new Set([...further, ...(params.append ? current.groups : [])])].sort() }),
    ...(shell !== undefined && { shell }),
    ...(home !== undefined && { home }),
    ...(comment !== undefined && { comment }),
    ...(params.create_home && { home_directory: 'present' }),
    ...desiredShadow(params, current),
    ...desiredRootless(params, current),
  }
}

const AGEING = ['password_expire_max', 'password_expire_min', 'password_expire_warn'] as const

/** The shell itself knows where a user's home is, without a process, unless the name ends in a sign it reads otherwise. */
function probeHome(name: string): Script {
  if (name.endsWith('$')) return sh`[ ! -d "$(getent passwd ${name} | cut -d: -f6)" ] || echo home`
  return sh`[ ! -d ${verbatim(`~${name}`)} ] || echo home`
}

function asksShadow(params: UserParams): boolean {
  return [params.password, params.password_lock, params.expires, ...AGEING.map((name) => params[name])].some((value) => value !== undefined)
}

function probeShadow({ password }: UserParams, name: string): Script {
  const compare =
    password === undefined
      ? sh``
      : sh`if [ "\${hash#!}" = "$(${hashContent(password)})" ] || [ "$hash" = "$(${hashContent(password)})" ]; then echo 'password=as declared'; fi`
  return lines([
    sh`[ -r /etc/shadow ] || { echo 'cannot read /etc/shadow: this needs \`become: true\`' >&2; exit 1; }`,
    sh`IFS=: read -r login hash day min max warn inactive expires rest <<hf_shadow\n$(grep ${`^${name}:`} /etc/shadow)\nhf_shadow`,
    sh`printf 'shadow=%s:%s:%s:%s\\n' "$min" "$max" "$warn" "$expires"`,
    sh`case $hash in !*) echo locked;; esac`,
    compare,
  ])
}

function hashContent(password: string | Secret): Content {
  return Content.of(password instanceof Secret ? password : new Secret('password hash', password))
}

function readShadow(stdout: string): Pick<UserState, 'password' | 'password_lock' | 'expires' | (typeof AGEING)[number]> {
  const found = /^shadow=(.*)$/m.exec(stdout)?.[1]
  const [min, max, warn, expires] = (found ?? '').split(':').map((days) => (days === '' ? -1 : Number(days)))
  const other = found === undefined ? 'unknown' : 'another'
  return {
    password: /^password=as declared$/m.test(stdout) ? 'as declared' : other,
    password_lock: /^locked$/m.test(stdout),
    password_expire_min: min ?? -1,
    password_expire_max: max ?? -1,
    password_expire_warn: warn ?? -1,
    expires: expires ?? -1,
  }
}

function desiredShadow(params: UserParams, current: UserState): Partial<UserState> {
  const ageing = AGEING.flatMap((name): [string, number][] => {
    const days = params[name]
    return days === undefined ? [] : [[name, days]]
  })
  const settled = params.update_password === 'on_create' && current.exists
  return {
    ...(params.password !== undefined && !settled && { password: 'as declared' }),
    ...(params.password_lock !== undefined && { password_lock: params.password_lock }),
    ...(params.expires !== undefined && { expires: params.expires < 0 ? -1 : Math.floor(params.expires / 86_400) }),
    ...Object.fromEntries(ageing),
  }
}
