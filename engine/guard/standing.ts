import type { Member } from '../fleet/model.ts'
import { companies, type Seen } from './company.ts'
import type { SignerLook } from './signer_look.ts'

/** How a cosigner stands, and what tells that it is down. */
export type Standing = { readonly state: 'up' } | { readonly state: 'down'; readonly why: string }

export type Looks = ReadonlyMap<string, SignerLook>

/**
 * How the cosigners of a chain stand: those are up that listen and belong to the largest group of those that are connected, directly or by
 * way of others. Where the network is split, only one part can sign, so whoever is in another is down. What cannot be seen is down.
 */
export function standingsOf({ port, ...seen }: Seen & { readonly port: number }): ReadonlyMap<string, Standing> {
  const [largest = [], ...others] = companies(seen)
  const standing = (member: Member): Standing => {
    const why = whyDeaf(seen.looks.get(member.name), port)
    if (why !== undefined) return { state: 'down', why }
    const group = [largest, ...others].find((one) => one.includes(member)) ?? []
    if (group.length < 2) return { state: 'down', why: 'it listens, but is connected with no other cosigner that does' }
    return group === largest ? { state: 'up' } : { state: 'down', why: cutOff(member, { group, largest }) }
  }
  return new Map(seen.cosigners.map((member) => [member.name, standing(member)]))
}

/** Whether a host was seen to have no cosigner that listens: no change there can take one down. */
export function isIdle(look: SignerLook | undefined): boolean {
  return look?.kind === 'seen' && look.listening.length === 0 && look.astray.length === 0
}

function whyDeaf(look: SignerLook | undefined, port: number): string | undefined {
  if (look?.kind !== 'seen') return `cannot be asked: ${look?.why ?? 'nobody did'}`
  if (look.listening.length > 0) return undefined
  const nothing = `nothing listens on its port ${port}`
  return look.astray.length === 0 ? nothing : `${nothing}, but its \`horcrux\` listens on ${look.astray.join(', ')}`
}

function cutOff(member: Member, { group, largest }: { readonly group: readonly Member[]; readonly largest: readonly Member[] }): string {
  const company = namesOf(group.filter((other) => other !== member))
  return `it is connected with ${company} alone, and not with ${namesOf(largest)}`
}

function namesOf(members: readonly Member[]): string {
  return members.map(({ name }) => name).join(', ')
}
