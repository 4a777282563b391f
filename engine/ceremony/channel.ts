import { createECDH, ECDH } from 'node:crypto'
import type { Secret } from '../core/secret.ts'

/** By what a cosigner knows the others: its own private key and the public keys of all, in base64 as Horcrux writes them. */
export interface Channel {
  readonly id: number
  readonly own: string
  /** In the order of their ids. */
  readonly peers: readonly string[]
}

/** What an `ecies_keys.json` holds, undefined where it is none; whether its keys are any is `channelFault`'s to say. */
export function readChannel(text: Secret): Channel | undefined {
  try {
    const { id, eciesKey, eciesPubs } = Object(JSON.parse(text.reveal()))
    const isWhole = typeof id === 'number' && typeof eciesKey === 'string' && Array.isArray(eciesPubs)
    return isWhole && eciesPubs.every((peer) => typeof peer === 'string') ? { id, own: eciesKey, peers: eciesPubs } : undefined
  } catch {
    return undefined
  }
}

/**
 * In a few words what is wrong with these keys, so that the others would refuse what this cosigner says or it could not read what they
 * say. Horcrux writes one public key in 128 wrongly: it drops a zero byte that a coordinate begins with and moves up the rest.
 */
export function channelFault({ id, own, peers }: Channel): string | undefined {
  const lost = peers.findIndex((peer) => !isPoint(peer))
  if (lost >= 0) return `the public key of cosigner ${lost + 1} among its ECIES keys is none, so the others refuse what that one says`
  if (new Set(peers).size !== peers.length) return 'two cosigners have one public key among its ECIES keys'
  const point = pointOf(own)
  if (point === undefined) return 'its private ECIES key is none'
  return point === peers[id - 1] ? undefined : `its private ECIES key is not that of the public key of cosigner ${id}`
}

const CURVE = 'secp256k1'
const SCALAR_BYTES = 32

/** An uncompressed point that lies on the curve. */
function isPoint(text: string): boolean {
  const bytes = Buffer.from(text, 'base64')
  if (bytes.length !== 1 + 2 * SCALAR_BYTES || bytes[0] !== UNCOMPRESSED || bytes.toString('base64') !== text) return false
  try {
    ECDH.convertKey(bytes, CURVE)
    return true
  } catch {
    return false
  }
}

const UNCOMPRESSED = 0x04

/** The public key of a private one. Horcrux leaves out the zeros that a private key begins with, and reads it well without them. */
function pointOf(own: string): string | undefined {
  const bytes = Buffer.from(own, 'base64')
  if (bytes.length === 0 || bytes.length > SCALAR_BYTES || bytes.toString('base64') !== own) return undefined
  const pair = createECDH(CURVE)
  try {
    pair.setPrivateKey(Buffer.concat([Buffer.alloc(SCALAR_BYTES - bytes.length), bytes]))
    return pair.getPublicKey('base64', 'uncompressed')
  } catch {
    return undefined
  }
}
