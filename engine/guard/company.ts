import { isIP } from 'node:net'
import { canonical } from '../fleet/address.ts'
import type { Member } from '../fleet/model.ts'
import type { End, Link, SignerLook } from './signer_look.ts'

export interface Seen {
  readonly looks: ReadonlyMap<string, SignerLook>
  readonly cosigners: readonly Member[]
}

/**
 * The cosigners that listen, in groups: within one, each is connected with another, so that they can sign together. The largest first. One
 * that leads has a connection to every other, who may have none among them; so whoever is connected by way of a third is of one group.
 */
export function companies({ looks, cosigners }: Seen): readonly (readonly Member[])[] {
  const left = new Set(cosigners.filter(({ name }) => linksOf(looks.get(name)) !== undefined))
  const groups: Member[][] = []
  for (const first of left) {
    left.delete(first)
    const group = [first]
    // It grows while it is gone through.
    for (const one of group) {
      for (const other of left) {
        if (!areConnected(one, other, looks)) continue
        left.delete(other)
        group.push(other)
      }
    }
    groups.push(group)
  }
  return groups.toSorted((a, b) => b.length - a.length)
}

/**
 * A connection is one that both ends see: of a host that went without a word, the others keep theirs for a while. Nothing that goes
 * between the two may be stuck, for over a cut those connections last longest that nobody uses.
 */
function areConnected(one: Member, other: Member, looks: Seen['looks']): boolean {
  const [near = [], far = []] = [linksOf(looks.get(one.name)), linksOf(looks.get(other.name))]
  const shared = near.flatMap((link) => far.flatMap((end) => (areEnds(link, end) ? [link, end] : [])))
  if (shared.length > 0) return shared.every(isFlowing)
  // Behind a translation of addresses the two ends name one connection differently, and only the inventory tells who it is.
  return [linksTo(other, near), linksTo(one, far)].every((links) => links.length > 0 && links.every(isFlowing))
}

function areEnds(one: Link, other: Link): boolean {
  return !isLoopback(one) && isSame(one.local, other.remote) && isSame(one.remote, other.local)
}

function isSame(one: End, other: End): boolean {
  return one.address === other.address && one.port === other.port
}

function isFlowing({ isStuck }: Link): boolean {
  return !isStuck
}

function linksTo(member: Member, links: readonly Link[]): readonly Link[] {
  const addresses = addressesOf(member)
  return links.filter(({ remote }) => addresses.includes(remote.address))
}

function addressesOf({ privateAddress, publicAddress }: Member): readonly string[] {
  const given = [privateAddress, publicAddress].flatMap((address) => (address ? [address.value] : []))
  return given.filter((address) => isIP(address) !== 0).map(canonical)
}

function isLoopback({ remote: { address } }: Link): boolean {
  return address.startsWith('127.') || address === '[::1]'
}

/** Undefined of one that does not listen. */
function linksOf(look: SignerLook | undefined): readonly Link[] | undefined {
  return look?.kind === 'seen' && look.listening.length > 0 ? look.links : undefined
}
