import type { Resource } from '../core/module.ts'
import { type Script, sh } from '../core/script.ts'

/** Which systemd is meant: that of the host, that of the user the task runs as, or that of another user. */
export interface Manager {
  readonly scope: 'system' | 'user'
  readonly user?: string
}

/** The command that speaks to a systemd. */
export function systemctl({ scope, user }: Manager): Script {
  if (scope === 'system') return sh`systemctl`
  return user === undefined
    ? sh`XDG_RUNTIME_DIR="\${XDG_RUNTIME_DIR:-/run/user/$(id -u)}" systemctl --user`
    : sh`${asUser(user)} systemctl --user`
}

/** The beginning of a command that runs as a user who may have no shell and is not logged in. Only root can. */
export function asUser(user: string): Script {
  const variables = sh`HOME="$(getent passwd -- ${user} | cut -d: -f6)" USER=${user} XDG_RUNTIME_DIR="/run/user/$(id -u -- ${user})" DBUS_SESSION_BUS_ADDRESS="unix:path=/run/user/$(id -u -- ${user})/bus"`
  return sh`setpriv --reuid=${user} --regid="$(id -g -- ${user})" --init-groups env -C / -u XDG_CONFIG_HOME -u XDG_DATA_HOME ${variables}`
}

/** Reads properties of a unit as `Key=value` lines. Where no systemd of the user runs, it says `Manager=absent`. */
export function showUnit(manager: Manager, name: string, properties: readonly string[]): Script {
  const show = sh`${systemctl(manager)} show ${properties.map((property) => `-p${property}`)} -- ${name}`
  // Without lingering a user's systemd runs only while the user is logged in, and the task that turns it on may be an earlier one.
  return manager.scope === 'system' ? show : sh`${show} 2>/dev/null || echo Manager=absent`
}

/** The name with its suffix, as systemd itself completes it. */
export function fullUnitName(name: string): string {
  return SUFFIX.test(name) ? name : `${name}.service`
}

/** Where unit files and links between them stand, and what units are generated from. */
export function unitPaths(): readonly Resource[] {
  return ['/etc/systemd', '/run/systemd', '/usr/lib/systemd', '/usr/local/lib/systemd', '/lib/systemd', '/etc/init.d', '/etc/fstab'].map(
    (path) => `path:${path}`,
  )
}

const SUFFIX = /\.(?:service|socket|timer|target|mount|automount|path|slice|scope|swap|device)$/
