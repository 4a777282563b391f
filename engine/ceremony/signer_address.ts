import { bech32 } from './bech32.ts'
import { addressBytes, hexAddress } from './consensus_key.ts'

/** A validator's key in all forms in which it is shown, named as `horcrux address` names them. */
export interface SignerAddress {
  readonly HexAddress: string
  /** The JSON by which the chain's own commands name a consensus key. */
  readonly PubKey: string
  readonly ValConsAddress?: string
  readonly ValConsPubAddress?: string
}

/** The forms of a public key in base64; those that begin with the chain's prefix only if it has one. */
export function signerAddress(publicKey: string, prefix: string | undefined): SignerAddress {
  return {
    HexAddress: hexAddress(publicKey),
    PubKey: JSON.stringify({ '@type': '/cosmos.crypto.ed25519.PubKey', key: publicKey }),
    ...(prefix !== undefined && {
      ValConsAddress: bech32(`${prefix}valcons`, addressBytes(publicKey)),
      ValConsPubAddress: bech32(`${prefix}valconspub`, Buffer.concat([AMINO_ED25519, Buffer.from(publicKey, 'base64')])),
    }),
  }
}

/** What the old encoding of the SDK put before an ed25519 public key: its type and its length. */
const AMINO_ED25519 = Buffer.from('1624de6420', 'hex')
