import { createHash, createHmac } from 'node:crypto'
import { isIP } from 'node:net'
import { Secret } from '../core/secret.ts'

/** A host at the other end of a tunnel. */
export interface Peer {
  /** What people call it; stands in the file as a comment. */
  readonly name?: string
  readonly public_key: string
  readonly allowed_ips: readonly string[]
  readonly endpoint?: string
  readonly keepalive?: number
}

/** One end of the tunnels, as it is asked for. */
export interface Interface {
  readonly addresses: readonly string[]
  readonly listen_port: number
  readonly mtu: number
  readonly peers: readonly Peer[]
  /** Left out or empty: there are no preshared keys. */
  readonly preshared_secret?: string | Secret
}

/** What the kernel (or the program in its place) does with one peer. */
export interface LivePeer {
  readonly key: string
  readonly allowed: readonly string[]
  readonly keepalive: string
  /** Digest of the preshared key; empty: none. */
  readonly preshared: string
  readonly endpoint: string
  /** Whether it was heard of within the time that a working tunnel is never silent for. */
  readonly heard: boolean
}

/**
 * The file for `wg-quick`, without the private key, which only the host has. What `wg-quick` itself needs of a secret is in it, so
 * whoever has preshared keys must treat it as one.
 */
export function configText({ addresses, listen_port, mtu, peers, preshared_secret = '' }: Interface, ownKey: string): string {
  const blocks = peers.map((peer) =>
    [
      '[Peer]',
      ...(peer.name === undefined ? [] : [`# ${peer.name}`]),
      `PublicKey = ${peer.public_key}`,
      ...(preshared_secret === '' ? [] : [`PresharedKey = ${presharedKey(preshared_secret, [ownKey, peer.public_key])}`]),
      `AllowedIPs = ${peer.allowed_ips.map(wholeAddress).join(', ')}`,
      ...(peer.endpoint === undefined ? [] : [`Endpoint = ${peer.endpoint}`]),
      ...(peer.keepalive ? [`PersistentKeepalive = ${peer.keepalive}`] : []),
    ].join('\n'),
  )
  const own = [
    HEAD,
    '[Interface]',
    ...addresses.map((address) => `Address = ${wholeAddress(address)}`),
    `ListenPort = ${listen_port}`,
    `MTU = ${mtu}`,
  ]
  return `${[own.join('\n'), ...blocks].join('\n\n')}\n`
}

/** The key that two hosts share besides their own: worked out from one secret, so that no pair has to be written down. */
export function presharedKey(secret: string | Secret, keys: readonly [string, string]): string {
  const text = secret instanceof Secret ? secret.reveal() : secret
  return createHmac('sha256', text)
    .update(`holdfast wireguard\n${[...keys].sort().join('\n')}\n`)
    .digest('base64')
}

/** A peer as one line, for comparing. Where it wanders about legitimately, its end counts as the one that is asked for. */
export function peerLine({ key, allowed, keepalive, preshared, endpoint }: Omit<LivePeer, 'heard'>): string {
  const parts = [[...allowed].sort().join(','), endpoint === '' ? '' : `at ${endpoint}`, keepalive === '0' ? '' : `kept alive ${keepalive}`]
  return [key, ...parts, preshared === '' ? '' : `preshared ${preshared.slice(0, 16)}`].filter((part) => part !== '').join(' ')
}

/** The peers as they should be, given how they are: an end that works is not called wrong because it is another. */
export function wantedPeers(
  wanted: Interface,
  { ownKey, live }: { readonly ownKey: string; readonly live: readonly LivePeer[] },
): readonly string[] {
  const secret = wanted.preshared_secret ?? ''
  return wanted.peers
    .map((peer) => {
      const now = live.find(({ key }) => key === peer.public_key)
      return peerLine({
        key: peer.public_key,
        allowed: peer.allowed_ips.map(wholeAddress),
        keepalive: String(peer.keepalive ?? 0),
        preshared: secret === '' ? '' : digestOf(presharedKey(secret, [ownKey, peer.public_key])),
        endpoint: now && mayBeElsewhere(peer, now) ? now.endpoint : oneSpelling(peer.endpoint ?? ''),
      })
    })
    .sort()
}

/** The address with the length of its network, as `wg` and `ip` print it, or the whole one for a single host. */
export function wholeAddress(address: string): string {
  const [number = '', length] = address.split('/')
  if (isIP(number) === 6) return `${new URL(`http://[${number}]/`).hostname.slice(1, -1)}/${length ?? 128}`
  return `${number}/${length ?? 32}`
}

/** SHA-256 of a text, in hex. */
export function digestOf(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}

const HEAD = '# Kept by Holdfast.'

/** A name is only asked for once, a peer without an end tells its own, and a tunnel that works needs no mending. */
function mayBeElsewhere({ endpoint }: Peer, now: LivePeer): boolean {
  if (endpoint === undefined || now.heard) return true
  return isIP(endpoint.replace(/:\d+$/, '').replace(/^\[(.*)\]$/, '$1')) === 0
}

/** An end as `wg` prints it. */
function oneSpelling(endpoint: string): string {
  const [, address = '', port = ''] = /^\[(.*)\]:(\d+)$/.exec(endpoint) ?? []
  return isIP(address) === 6 ? `${new URL(`http://[${address}]/`).hostname}:${port}` : endpoint
}
