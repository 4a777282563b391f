import { join } from 'node:path'

/** A host of a lab, as its maker declares it. */
export interface LabHost {
  readonly name: string
  /** IPv4; all hosts of a lab share one /24, whose first address is the controller's. */
  readonly address: string
  /** Whether apt in the host reaches its mirrors, through a proxy; nothing else ever leaves the lab. */
  readonly internet: boolean
}

/** What is written down about a lab, enough to take it down without the process that made it. */
export interface Lab {
  readonly name: string
  /** Folder of the base image. */
  readonly image: string
  readonly hosts: readonly LabHost[]
  readonly authorizedKeys: readonly string[]
}

/** How to log in to the hosts of a lab: as `root`, or as `operator` with passwordless sudo. */
export interface Access {
  readonly user: 'operator'
  readonly port: 22
  readonly keyFile: string
  readonly knownHostsFile: string
}

export const LABS = '/var/lib/holdfast/lab'
/** Held while labs come and go. */
export const LABS_LOCK = '/var/lib/holdfast/lab.lock'
/** This machine's kernel settings before the first lab. */
export const SETTINGS = '/var/lib/holdfast/lab.settings'
export const IMAGES = '/var/cache/holdfast/lab'

export function labFolder(lab: string): string {
  return join(LABS, lab)
}

export function hostFolder(lab: string, host: string): string {
  return join(labFolder(lab), 'hosts', host)
}

/** The host's file tree as the host sees it, mounted while the host is prepared. */
export function rootFolder(lab: string, host: string): string {
  return join(hostFolder(lab, host), 'root')
}

export function consoleFile(lab: string, host: string): string {
  return join(hostFolder(lab, host), 'console')
}

/** Where the key and the known hosts of a lab are, whether or not it is up. */
export function access(lab: string): Access {
  return { user: 'operator', port: 22, keyFile: join(labFolder(lab), 'key'), knownHostsFile: join(labFolder(lab), 'known_hosts') }
}

/** One name for all the kernel knows about a host: network namespace, machine. A lab's name has no dot, so no two collide. */
export function machineName(lab: string, host?: string): string {
  return host === undefined ? `hf.${lab}` : `hf.${lab}.${host}`
}

/** The controller's own address in the lab: the first of the range. */
export function controllerAddress(lab: Lab): string {
  return `${range(lab)}.1`
}

/** The hosts' default route. It leads nowhere: whatever leaves the lab is refused at once. */
export function routerAddress(lab: Lab): string {
  return `${range(lab)}.254`
}

/** The first three numbers of the lab's addresses. */
export function range(lab: Lab): string {
  return (lab.hosts[0]?.address ?? '').split('.').slice(0, 3).join('.')
}
