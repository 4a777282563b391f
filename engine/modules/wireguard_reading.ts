import { keyValues } from './text_lines.ts'
import { type LivePeer, peerLine, wholeAddress } from './wireguard_text.ts'

/** How an interface is, and what is kept for it. Of private keys it holds none. */
export interface WireguardState {
  readonly tools: boolean
  /** Whether something on the host can carry tunnels. */
  readonly kernel: boolean
  /** The public half of the key in the host's key file; empty: there is none. */
  readonly key: string
  readonly link: 'up' | 'down' | 'absent'
  /** The public half of the key that the interface uses. */
  readonly live: string
  readonly port: number
  readonly mtu: number
  readonly addresses: readonly string[]
  readonly routes: readonly string[]
  /** A line for each peer, ordered by their keys. */
  readonly peers: readonly string[]
  readonly live_peers: readonly LivePeer[]
  /** Digest of the file without its private key; empty: not there. */
  readonly file: string
  /** The public half of the key in the file. */
  readonly file_key: string
  readonly mode: string
  readonly boot: boolean
  /** A change waits for its confirmation, and will be taken back without one. */
  readonly trial: 'none' | 'pending'
}

/** What the probe printed, as a state. */
export function readInterface(stdout: string): WireguardState {
  const found = keyValues(stdout)
  const text = (key: string): string => found.get(key) ?? ''
  const peers = livePeers(stdout, Number(text('now')))
  return {
    tools: text('tools') !== 'absent',
    kernel: text('kernel') !== 'absent',
    key: text('key'),
    link: linkOf(text('link')),
    live: text('live'),
    port: Number(text('port')),
    mtu: Number(/ mtu (\d+) /.exec(text('link'))?.[1] ?? 0),
    addresses: rows(stdout, 'address').map(wholeAddress).sort(),
    routes: [...new Set(rows(stdout, 'route').map(wholeAddress))].sort(),
    peers: peers.map(peerLine).sort(),
    live_peers: peers,
    file: text('file').replace(/ .*/, ''),
    file_key: text('filekey'),
    mode: text('mode'),
    boot: text('boot') === 'enabled',
    trial: found.has('trial') ? 'pending' : 'none',
  }
}

/** A tunnel that is used makes a new handshake every two minutes, and drops its keys after three. */
const SILENT_SECONDS = 180

function livePeers(stdout: string, now: number): readonly LivePeer[] {
  return rows(stdout, 'peer').map((row) => {
    const [key = '', preshared = '', endpoint = '', allowed = '', handshake = '0', keepalive = '0'] = row.split(' ')
    return {
      key,
      allowed: allowed === NONE ? [] : allowed.split(','),
      keepalive: keepalive === 'off' ? '0' : keepalive,
      preshared: preshared === NONE ? '' : preshared,
      endpoint: endpoint === NONE ? '' : endpoint,
      heard: now - Number(handshake) < SILENT_SECONDS,
    }
  })
}

const NONE = '(none)'

function linkOf(shown: string): WireguardState['link'] {
  if (shown === '') return 'absent'
  return /<([A-Z_]+,)*UP[,>]/.test(shown) ? 'up' : 'down'
}

function rows(stdout: string, kind: string): readonly string[] {
  const prefix = `${kind} `
  return stdout
    .split('\n')
    .filter((line) => line.startsWith(prefix))
    .map((line) => line.slice(prefix.length))
}
