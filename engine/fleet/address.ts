import { BlockList, isIP } from 'node:net'
import type { Member } from './model.ts'

/** Whether a text is one IP address or host name, so that it can stand in an address without changing it. */
export function isAddress(text: string): boolean {
  return isIP(text) !== 0 || (text.length <= LONGEST_NAME && NAME.test(text))
}

/** Whether an address may be reached from outside; a name counts as one that may. */
export function isInternet(address: string): boolean {
  const version = isIP(address)
  return version === 0 || !INSIDE.check(address, version === 4 ? 'ipv4' : 'ipv6')
}

/** One spelling for all spellings of an address, for comparing. */
export function canonical(address: string): string {
  if (isIP(address) !== 6) return address.toLowerCase()
  const spelled = new URL(`http://[${address.replace(/%.*$/, '')}]/`).hostname
  const [, high, low] = MAPPED.exec(spelled) ?? []
  return high === undefined || low === undefined ? spelled : dotted(Number.parseInt(high, 16), Number.parseInt(low, 16))
}

/** `host:port`, an IPv6 address in brackets. */
export function hostPort(address: string, port: number): string {
  return `${isIP(address) === 6 ? `[${address}]` : address}:${port}`
}

/** Where one host of a fleet reaches another: inside, if both ends are there. */
export function addressBetween(from: Member, to: Member): string | undefined {
  const inside = from.privateAddress ? to.privateAddress : undefined
  return (inside ?? to.publicAddress ?? to.privateAddress)?.value
}

/** An IPv4 address as IPv6 writes it. */
const MAPPED = /^\[::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})\]$/

function dotted(high: number, low: number): string {
  return [high >> 8, high & 255, low >> 8, low & 255].join('.')
}

const LONGEST_NAME = 253
const NAME = /^(?=.*[a-z])[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*$/i

const INSIDE = new BlockList()
for (const [network, prefix] of [
  ['10.0.0.0', 8],
  ['172.16.0.0', 12],
  ['192.168.0.0', 16],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
] as const)
  INSIDE.addSubnet(network, prefix, 'ipv4')
for (const [network, prefix] of [
  ['fc00::', 7],
  ['fe80::', 10],
  ['::1', 128],
] as const)
  INSIDE.addSubnet(network, prefix, 'ipv6')
