import type { Diagnostic } from '../core/diagnostic.ts'
import { isInternet } from './address.ts'
import { type Fleet, type Member, ofTier, type Tier, signersOf } from './model.ts'

/** Hosts that nobody outside may know of, and that would be known or reached. */
export function exposures(fleet: Fleet): readonly Diagnostic[] {
  const hidden = [...ofTier(fleet, 'sentry'), ...signersOf(fleet)]
  return [...hidden.flatMap((member) => [...inside(member), ...outside(member)]), ...ofTier(fleet, 'sentry').flatMap(gossip)]
}

function inside(member: Member): readonly Diagnostic[] {
  const { name, tier, privateAddress, origin, unread } = member
  if (!privateAddress && unread?.includes('private_address')) return []
  if (!privateAddress) {
    const help = `give it \`private_address\`; ${reachedBy(tier)}`
    return [{ code: 'fleet-address', message: `the ${tier} \`${name}\` has no private address`, origin, help }]
  }
  if (!isInternet(privateAddress.value)) return []
  const message = `the private address of the ${tier} \`${name}\` is one of the internet`
  return [{ code: 'fleet-exposed', message, origin: privateAddress.origin, help: `give it an address of the private network${TUNNEL}` }]
}

function reachedBy(tier: Tier | undefined): string {
  if (tier === 'sentry') return 'public nodes and signers reach it there'
  return tier === 'cosigner' ? 'the other cosigners reach it there' : 'the sentries let it in from there'
}

function outside({ name, tier, publicAddress }: Member): readonly Diagnostic[] {
  if (!publicAddress || !isInternet(publicAddress.value)) return []
  const message = tier === 'sentry' ? `the sentry \`${name}\` has a public address` : `the ${tier} \`${name}\` has an internet address`
  const detail =
    tier === 'sentry' ? 'it would be advertised to the internet' : 'what signs reaches nothing but its sentries and other cosigners'
  return [{ code: 'fleet-exposed', message, origin: publicAddress.origin, detail, help: `remove \`public_address\`${TUNNEL}` }]
}

const TUNNEL = '; where its end of a tunnel is reached is `tunnel_address`'

function gossip({ name, pex, externalAddress }: Member): readonly Diagnostic[] {
  const help = 'remove it; what a sentry needs is derived from the inventory'
  return [
    ...(pex?.value
      ? [{ code: 'fleet-exposed', message: `the sentry \`${name}\` has \`pex\` on and would be gossiped`, origin: pex.origin, help }]
      : []),
    ...(externalAddress
      ? [{ code: 'fleet-exposed', message: `the sentry \`${name}\` would advertise an address`, origin: externalAddress.origin, help }]
      : []),
  ]
}
