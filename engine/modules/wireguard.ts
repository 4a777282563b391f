import { Content } from '../core/content.ts'
import { Refusal, defineModule } from '../core/module.ts'
import type { Script } from '../core/script.ts'
import { describeInterface, differs } from './wireguard_changes.ts'
import { schema, type WireguardParams, wireguardProblems } from './wireguard_params.ts'
import { readInterface, type WireguardState } from './wireguard_reading.ts'
import { configPath, type InterfaceName, keepConfig, probeInterface, unitOf, withKey } from './wireguard_script.ts'
import { configText, digestOf, wantedPeers, wholeAddress } from './wireguard_text.ts'
import { arm, bringUp, settle, takeDown } from './wireguard_trial.ts'

export const wireguard = defineModule({
  kind: 'state',
  name: 'wireguard',
  summary: 'Keep an interface of WireGuard and its peers, changed without dropping the tunnels that stay.',
  schema,
  examples: [
    {
      title: 'One tunnel to another host',
      params: {
        interface: 'wg0',
        addresses: ['10.42.3.11/32'],
        peers: [
          {
            name: 'sentry-1',
            public_key: 'AK+t0SVamWxbkTBYudLTLjLyngGQBhJXjC2SRgGiCjU=',
            allowed_ips: ['10.42.2.11/32'],
            endpoint: '203.0.113.21:51820',
          },
        ],
      },
    },
    { title: 'No tunnels any more', params: { interface: 'wg0', state: 'absent' } },
  ],
  notes: [
    'The private key never leaves the host: `wireguard_key` makes it, and this module reads it there.',
    'What the kernel does is compared as well as the file: peers, addresses, routes, port and MTU. Changes are made with `wg syncconf`, so other tunnels carry on.',
    'A change is on trial until the engine has reached the host over a new connection; without one the host goes back by itself. Only then the file for the next boot is written.',
    'Another endpoint than the one asked for is no difference while the peer is heard of: hosts with several addresses answer from any of them.',
    'Where the kernel has no WireGuard, `wg-quick` uses `wireguard-go`, if that is installed.',
  ],
  problems: (params) => wireguardProblems(params),
  disrupts: () => true,
  reads: (params) => [
    `wireguard:${params.interface}`,
    `path:${keyFileOf(params)}`,
    `path:${configPath(endOf(params))}`,
    `unit:${unitOf(endOf(params))}`,
    'package:wireguard-tools',
  ],
  touches: (params) => [
    `wireguard:${params.interface}`,
    `path:${configPath(endOf(params))}`,
    'folder:/etc/wireguard',
    `unit:${unitOf(endOf(params))}`,
  ],

  probe: (params) => probeInterface(endOf(params)),
  parse: ({ stdout }): WireguardState => readInterface(stdout),
  desired: (params, current) => (params.state === 'absent' ? GONE : present(params, current)),
  converge: (current, desired, params) => {
    const { tools, key, kernel } = current
    if (params.state === 'absent') return change(params, undefined)
    if (!tools) throw new Refusal('there is no `wg` on the host', 'install the package `wireguard-tools` before this task')
    if (key === '')
      throw new Refusal(
        `there is no private key in \`${keyFileOf(params)}\``,
        'let the host make one with `wireguard_key` before this task',
      )
    if (!kernel) throw new Refusal('this kernel has no WireGuard', 'install a kernel that has it, or `wireguard-go`, which does without')
    const print = withKey(textOf(params, key), endOf(params))
    if (LIVE.some((field) => differs({ current, desired }, field))) return change(params, print)
    return params.revert_after > 0 && current.trial === 'pending'
      ? []
      : [keepConfig(endOf(params), print), settle(endOf(params), 'present')]
  },
  confirm: (params) => (params.revert_after > 0 ? settle(endOf(params), params.state) : undefined),
  describe: (current, desired, params) => describeInterface({ current, desired }, params, configPath(endOf(params))),
  result: ({ key, peers }, params) => ({ interface: params.interface, public_key: key, peers: peers.length }),
})

const GONE = { link: 'absent', file: '', boot: false, trial: 'none' } as const

/** What the kernel does now, as against what is kept for the next boot. */
const LIVE = ['link', 'live', 'port', 'mtu', 'addresses', 'routes', 'peers'] as const

function present(params: WireguardParams, current: WireguardState): Partial<WireguardState> {
  const ownKey = current.key === '' ? '(a key that is not there yet)' : current.key
  return {
    link: 'up',
    live: ownKey,
    port: params.listen_port,
    mtu: params.mtu,
    addresses: params.addresses.map(wholeAddress).sort(),
    routes: [...new Set(params.peers.flatMap(({ allowed_ips }) => allowed_ips.map(wholeAddress)))].sort(),
    peers: wantedPeers(params, { ownKey, live: current.live_peers }),
    file: digestOf(configText(params, ownKey)),
    file_key: ownKey,
    mode: '600 root',
    boot: true,
    trial: 'none',
  }
}

function endOf(params: WireguardParams): InterfaceName {
  return { name: params.interface, keyFile: keyFileOf(params) }
}

function keyFileOf({ interface: name, private_key_file }: WireguardParams): string {
  return private_key_file ?? `/etc/wireguard/${name}.key`
}

function textOf(params: WireguardParams, ownKey: string): Content {
  return Content.of(configText(params, ownKey), { sensitive: (params.preshared_secret ?? '') !== '' })
}

/** Makes the change, on trial if that is asked for. */
function change(params: WireguardParams, print: Script | undefined): readonly Script[] {
  const end = endOf(params)
  const begin = [arm(end, { seconds: params.revert_after, print }), print === undefined ? takeDown(end) : bringUp(end)]
  return params.revert_after === 0 ? [...begin, settle(end, params.state)] : begin
}
