import { isIPv4 } from 'node:net'
import { type Diagnostic, Rejected } from '../core/diagnostic.ts'
import type { LabHost } from './layout.ts'

/** The names end up in names of machines, namespaces and folders. */
const LAB_NAME = /^[a-z0-9][a-z0-9-]{0,19}$/
const HOST_NAME = /^[a-z0-9][a-z0-9-]*(\.[a-z0-9][a-z0-9-]*)*$/
const LONGEST_HOST_NAME = 40

/** Rejects a lab that cannot be made, with every reason. */
export function checkRequest({ name, hosts }: { readonly name: string; readonly hosts: readonly LabHost[] }): void {
  const problems = [
    ...(LAB_NAME.test(name) ? [] : [`\`${name}\` is no name for a lab: up to 20 lower-case letters, digits and dashes`]),
    ...(hosts.length > 0 ? [] : [`lab \`${name}\` has no hosts`]),
    ...hosts.flatMap(hostProblems),
    ...repeated(hosts.map((host) => host.name)).map((twice) => `lab \`${name}\` has two hosts \`${twice}\``),
    ...repeated(hosts.map(({ address }) => address)).map((twice) => `lab \`${name}\` has two hosts with the address ${twice}`),
    ...rangeProblems(name, hosts),
  ]
  if (problems.length > 0) throw new Rejected(problems.map((message): Diagnostic => ({ code: 'lab-request', message })))
}

function hostProblems({ name, address }: LabHost): readonly string[] {
  return [
    ...(HOST_NAME.test(name) && name.length <= LONGEST_HOST_NAME ? [] : [`\`${name}\` cannot be the name of a lab host`]),
    ...(isIPv4(address) && !/\.(0|1|254|255)$/.test(address)
      ? []
      : [`\`${address}\` cannot be the address of lab host \`${name}\`: IPv4, not ending in 0, 1, 254 or 255`]),
  ]
}

function rangeProblems(name: string, hosts: readonly LabHost[]): readonly string[] {
  const ranges = new Set(hosts.map(({ address }) => address.split('.').slice(0, 3).join('.')))
  return ranges.size > 1
    ? [`the hosts of lab \`${name}\` have addresses in ${ranges.size} ranges; all must share their first three numbers`]
    : []
}

function repeated(values: readonly string[]): readonly string[] {
  return [...new Set(values.filter((value, i) => values.indexOf(value) !== i))]
}
