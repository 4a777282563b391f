import { type Script, lines, sh } from '../core/script.ts'
import { canonical } from '../fleet/address.ts'
import type { Told } from './asking.ts'

/** What the kernel of a host says of a port and the connections over it, or why it says nothing. */
export type SignerLook =
  | {
      readonly kind: 'seen'
      /** The sockets that listen on it, by inode: a program that was restarted has others. */
      readonly listening: readonly string[]
      /** Its established connections. */
      readonly links: readonly Link[]
      /** The ports on which a Horcrux listens that does not listen on this one. */
      readonly astray: readonly number[]
    }
  | { readonly kind: 'silent'; readonly why: string }

/** One end of an established connection, as the kernel of its host sees it. Addresses are in one spelling. */
export interface Link {
  readonly local: End
  readonly remote: End
  /** What was sent over it is not acknowledged, although it was sent again and again. */
  readonly isStuck: boolean
}

export interface End {
  readonly address: string
  readonly port: number
}

/**
 * Prints the lines of the kernel's tables that are about a port, whatever program it is that uses it; and where Horcrux listens. Works on
 * every Linux.
 */
export function lookAtPort(port: number): Script {
  const hex = `:${port.toString(16).toUpperCase().padStart(4, '0')} `
  return lines([
    sh`for f in /proc/net/tcp /proc/net/tcp6; do [ ! -r "$f" ] || { echo "hf.table $f"; grep -F ${hex} "$f"; }; done`,
    // In a container it may have a network of its own.
    sh`for p in $(grep -lsxE 'horcrux.*' /proc/[0-9]*/comm); do p=\${p%/comm}
  echo "hf.signer $p"; ls -l "$p/fd" 2>/dev/null | sed -n 's/.* socket:\\[\\([0-9]*\\)\\]$/hf.socket \\1/p'; grep -hs ' 0A ' "$p/net/tcp" "$p/net/tcp6"
done; true`,
  ])
}

/** What a host said of the port. */
export function readPort(told: Told, port: number): SignerLook {
  if ('silent' in told) return { kind: 'silent', why: told.silent }
  const [tables = '', ...signers] = told.stdout.split(/^hf\.signer .*$/m)
  if (!tables.includes('hf.table /proc/net/tcp\n')) return { kind: 'silent', why: 'its kernel shows no table of connections' }
  const sockets = tables.split('\n').flatMap(readSocket)
  const listening = sockets.flatMap(({ state, local, inode }) => (state === LISTENING && local.port === port ? [inode] : []))
  const links = sockets.flatMap(({ state, ...link }) => (state === ESTABLISHED ? [linkOf(link)] : []))
  const ports = signers.map(listenedOn).filter((all) => !all.includes(port))
  return { kind: 'seen', listening, links, astray: [...new Set(ports.flat())].toSorted((a, b) => a - b) }
}

const ESTABLISHED = '01'
const LISTENING = '0A'

/** Within this many a lossy network gets through; by then more than a second has passed. */
const RESENT_AT_MOST = 2
/** One may be on its way in just this moment. */
const UNANSWERED_AT_MOST = 1

interface Socket {
  readonly local: End
  readonly remote: End
  readonly state: string
  readonly resent: number
  /** Questions without an answer, whether the other end is still there. */
  readonly unanswered: number
  readonly inode: string
}

function linkOf({ local, remote, resent, unanswered }: Omit<Socket, 'state'>): Link {
  return { local, remote, isStuck: resent > RESENT_AT_MOST || unanswered > UNANSWERED_AT_MOST }
}

/** The ports on which a process listens, from what was printed of it. */
function listenedOn(said: string): readonly number[] {
  const own = new Set(said.split('\n').flatMap((line) => (line.startsWith('hf.socket ') ? [line.slice('hf.socket '.length)] : [])))
  const sockets = said.split('\n').flatMap(readSocket)
  return sockets.flatMap(({ state, inode, local }) => (state === LISTENING && own.has(inode) ? [local.port] : []))
}

function readSocket(line: string): readonly Socket[] {
  const match = SOCKET.exec(line.replace(/ +/g, ' '))
  if (!match) return []
  const [, local = '', localPort = '', remote = '', remotePort = '', state = '', resent = '', unanswered = '', inode = ''] = match
  const counted = { resent: Number.parseInt(resent, 16), unanswered: Number(unanswered) }
  return [{ local: end(local, localPort), remote: end(remote, remotePort), state, ...counted, inode }]
}

/** Number, ends, state; then queues, timer, how often it was sent again, user, questions without an answer, inode. */
const SOCKET = /^\s*\d+: ([0-9A-F]+):([0-9A-F]{4}) ([0-9A-F]+):([0-9A-F]{4}) ([0-9A-F]{2}) \S+ \S+ ([0-9A-F]{8}) \d+ (\d+) (\d+)/

function end(address: string, port: string): End {
  return { address: addressOf(address), port: Number.parseInt(port, 16) }
}

/** The kernel prints each word of 32 bits as the machine keeps it: the last byte first. */
function addressOf(hex: string): string {
  const words = hex.match(/.{8}/g) ?? []
  const bytes = words.flatMap((word) => (word.match(/../g) ?? []).toReversed().map((byte) => Number.parseInt(byte, 16)))
  const isMapped = bytes.length === 16 && bytes.slice(0, 10).every((byte) => byte === 0) && bytes[10] === 255 && bytes[11] === 255
  if (bytes.length === 4 || isMapped) return bytes.slice(-4).join('.')
  const groups = Array.from({ length: 8 }, (_, i) => (((bytes[2 * i] ?? 0) << 8) | (bytes[2 * i + 1] ?? 0)).toString(16))
  return canonical(groups.join(':'))
}
