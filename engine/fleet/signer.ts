import { addressBetween, hostPort } from './address.ts'
import { cosignersOf, type Fleet, type Member, ofTier } from './model.ts'

/** What a cosigner is told, in the words of Horcrux' `config.yaml`. */
export interface SignerSettings {
  readonly shard_id: number
  readonly threshold: number
  readonly cosigners: readonly { readonly shardID: number; readonly p2pAddr: string }[]
  readonly chainNodes: readonly { readonly privValAddr: string }[]
  readonly debugAddr: string
}

/** What the one host with the whole key is told: every sentry of the fleet, which it dials. */
export function wholeKeySettings(fleet: Fleet, signer: Member): Pick<SignerSettings, 'chainNodes'> {
  const chainNodes = ofTier(fleet, 'sentry').map((sentry) => ({
    privValAddr: `tcp://${hostPort(addressBetween(signer, sentry) ?? sentry.name, fleet.profile.ports.privval)}`,
  }))
  return { chainNodes }
}

/** The settings of a cosigner: all cosigners with their shards, and every sentry of the fleet to sign for. */
export function signerSettings(fleet: Fleet, signer: Member): SignerSettings {
  const { ports } = fleet.profile
  const reached = (to: Member, port: number) => hostPort(addressBetween(signer, to) ?? to.name, port)
  return {
    shard_id: signer.shardId?.value ?? 0,
    threshold: signer.threshold?.value ?? 0,
    cosigners: cosignersOf(fleet).map((member) => ({
      shardID: member.shardId?.value ?? 0,
      p2pAddr: `tcp://${reached(member, ports.cosigner)}`,
    })),
    ...wholeKeySettings(fleet, signer),
    debugAddr: reached(signer, ports.cosigner_metrics),
  }
}
