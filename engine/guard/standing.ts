import { isIP } from 'node:net'
import { canonical } from '../fleet/address.ts'
import type { Member } from '../fleet/model.ts'
import type { SignerLook } from './signer_look.ts'

/** How a cosigner stands, and what tells that it is down. */
export type Standing = { readonly state: 'up' } | { readonly state: 'down'; readonly why: string }

export type Looks = ReadonlyMap<string, SignerLook>

/**
 * How a cosigner stands in the eyes of the others: it is up if it listens and is connected with another one that listens. What cannot be
 * seen is down.
 */
export function standingOf(member: Member, { looks, cosigners, port }: Seen): Standing {
  const look = looks.get(member.name)
  if (look?.kind !== 'seen') return { state: 'down', why: `cannot be asked: ${look?.why ?? 'nobody did'}` }
  if (look.listening.length === 0) return { state: 'down', why: `nothing listens on its port ${port}` }
  const others = cosigners.filter((other) => other !== member && listens(looks.get(other.name)))
  if (look.peers.some((peer) => others.some((other) => isOf(peer, other)))) return { state: 'up' }
  return { state: 'down', why: 'it listens, but is connected with no other cosigner that does' }
}

export interface Seen {
  readonly looks: Looks
  readonly cosigners: readonly Member[]
  readonly port: number
}

/** Whether a host was seen to have nothing that listens: no change there can take a signer down. */
export function isIdle(look: SignerLook | undefined): boolean {
  return look?.kind === 'seen' && look.listening.length === 0
}

function listens(look: SignerLook | undefined): boolean {
  return look?.kind === 'seen' && look.listening.length > 0
}

/** A host that is known by name alone may have any address. */
function isOf(peer: string, { privateAddress, publicAddress }: Member): boolean {
  const addresses = [privateAddress, publicAddress].flatMap((address) => (address ? [address.value] : []))
  return (
    addresses.some((address) => canonical(address) === peer) || (addresses.every((address) => isIP(address) === 0) && !isLoopback(peer))
  )
}

function isLoopback(address: string): boolean {
  return address.startsWith('127.') || address === '[::1]'
}
