import { Content } from '../core/content.ts'
import { type Script, lines, sh } from '../core/script.ts'
import { Secret } from '../core/secret.ts'
import { rootlessScripts } from './user_rootless.ts'
import type { UserParams, UserState } from './user_state.ts'

/** Makes the account and everything that is asked of it. */
export function createUser(current: UserState, desired: Partial<UserState>, params: UserParams): readonly Script[] {
  const { name, group, create_home, skeleton, system } = params
  const words = [
    ...(system ? ['-r'] : []),
    ...(create_home ? ['-m', '-k', skeleton] : ['-M']),
    ...(group === undefined && current.own_group ? ['-N'] : []),
    ...accountWords({ exists: false }, desired, params),
  ]
  return [
    sh`useradd ${words} -- ${name}`,
    ...shadowScripts({ password_lock: true, password_expire_max: -2 }, desired, params),
    ...rootlessScripts(current, desired, params),
  ]
}

/** Changes what differs of an account that exists. */
export function changeUser(current: UserState, desired: Partial<UserState>, params: UserParams): readonly Script[] {
  const words = accountWords(current, desired, params)
  const home = desired.home ?? current.home
  const homeless =
    desired.home_directory === 'present' && (current.home_directory === 'absent' || (home !== current.home && !params.move_home))
  return [
    ...(words.length === 0 ? [] : [sh`usermod ${words} -- ${params.name}`]),
    ...(homeless ? [makeHome(home, params)] : []),
    ...shadowScripts(current, desired, params),
    ...rootlessScripts(current, desired, params),
  ]
}

export function removeUser({ name, remove, force }: UserParams): Script {
  return sh`userdel ${[...(remove ? ['-r'] : []), ...(force ? ['-f'] : [])]} -- ${name}`
}

function accountWords(
  current: Partial<UserState>,
  desired: Partial<UserState>,
  { non_unique, move_home }: UserParams,
): readonly (string | number)[] {
  const word = (field: 'uid' | 'group' | 'groups' | 'shell' | 'home' | 'comment', option: string): (string | number)[] => {
    const wanted = String(desired[field] ?? '')
    return desired[field] === undefined || String(current[field] ?? '\0') === wanted ? [] : [option, wanted]
  }
  const uid = word('uid', '-u')
  const home = word('home', '-d')
  return [
    ...uid,
    ...(uid.length > 0 && non_unique ? ['-o'] : []),
    ...word('group', '-g'),
    ...word('groups', '-G'),
    ...word('shell', '-s'),
    ...home,
    ...(home.length > 0 && move_home && current.exists ? ['-m'] : []),
    ...word('comment', '-c'),
  ]
}

function makeHome(home: string, { name, skeleton }: UserParams): Script {
  return lines([
    sh`[ -d ${home} ] && exit 0`,
    sh`mode=$(sed -n 's/^HOME_MODE[[:space:]]*//p' /etc/login.defs 2>/dev/null)`,
    sh`parent=$(dirname -- ${home}) && mkdir -p -- "$parent" && t=$(mktemp -d -- "$parent/.holdfast.XXXXXXXXXX") || exit 1`,
    sh`trap 'rm -rf -- "$t"' EXIT; trap 'exit 1' HUP INT TERM`,
    sh`if [ -d ${skeleton} ]; then cp -RPT -- ${skeleton} "$t" || exit 1; fi`,
    sh`chown -hR -- "$(id -u -- ${name}):$(id -g -- ${name})" "$t" && chmod -- "\${mode:-0755}" "$t" && mv -T -- "$t" ${home}`,
  ])
}

function shadowScripts(current: Partial<UserState>, desired: Partial<UserState>, { name, password }: UserParams): readonly Script[] {
  const sets = desired.password !== undefined && desired.password !== current.password && password !== undefined
  // A new hash also takes a lock off, so the lock is set again after it.
  const locks = desired.password_lock !== undefined && (sets || desired.password_lock !== current.password_lock)
  const days = (
    field: 'password_expire_max' | 'password_expire_min' | 'password_expire_warn' | 'expires',
    option: string,
  ): (string | number)[] => {
    const wanted = desired[field]
    return wanted === undefined || wanted === current[field] ? [] : [option, wanted]
  }
  const ageing = [
    ...days('password_expire_max', '-M'),
    ...days('password_expire_min', '-m'),
    ...days('password_expire_warn', '-W'),
    ...days('expires', '-E'),
  ]
  return [
    ...(sets ? [sh`${hashLine(name, password)} | chpasswd -e`] : []),
    ...(locks ? [lock(name, desired.password_lock ?? true)] : []),
    ...(ageing.length > 0 ? [sh`chage ${ageing} -- ${name}`] : []),
  ]
}

function lock(name: string, locked: boolean): Script {
  if (locked) return sh`usermod -L -- ${name}`
  return sh`case $(getent shadow ${name}) in ${name}:!*) usermod -U -- ${name};; esac`
}

function hashLine(name: string, password: string | Secret): Content {
  const hash = password instanceof Secret ? password.reveal() : password
  return Content.of(new Secret(`password hash of ${name}`, `${name}:${hash}\n`))
}
