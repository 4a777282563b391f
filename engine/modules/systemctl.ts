import type { Resource } from '../core/module.ts'
import { type Script, sh } from '../core/script.ts'

export type Scope = 'system' | 'user'

/** The command that speaks to the systemd of the host, or to that of the user the task runs as. */
export function systemctl(scope: Scope): Script {
  return scope === 'system' ? sh`systemctl` : sh`XDG_RUNTIME_DIR="\${XDG_RUNTIME_DIR:-/run/user/$(id -u)}" systemctl --user`
}

/** Reads properties of a unit as `Key=value` lines. Where no systemd of the user runs, it says `Manager=absent`. */
export function showUnit(scope: Scope, name: string, properties: readonly string[]): Script {
  const show = sh`${systemctl(scope)} show ${properties.map((property) => `-p${property}`)} -- ${name}`
  // Without lingering a user's systemd runs only while the user is logged in, and the task that turns it on may be an earlier one.
  return scope === 'system' ? show : sh`${show} 2>/dev/null || echo Manager=absent`
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
