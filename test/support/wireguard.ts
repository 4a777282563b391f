import { type TestHost, withHosts } from './lab.ts'

/** Lends hosts that have WireGuard's tools, and the program that does without a kernel that knows it. */
export async function withTunnelHosts(count: number, body: (hosts: readonly TestHost[]) => Promise<void>): Promise<void> {
  await withHosts(
    count,
    async (hosts) => {
      await Promise.all(hosts.map(install))
      await body(hosts)
    },
    { internet: true },
  )
}

/** The public half of a private key, made on the host where it stays. */
export async function makeKey(host: TestHost, path = '/etc/wireguard/wg0.key'): Promise<string> {
  return (await host.read(`umask 077; mkdir -p /etc/wireguard; [ -s ${path} ] || wg genkey >${path}; wg pubkey <${path}`)).trim()
}

/** Whether packets to an address get an answer. A handshake that is lost, as when the other end comes up only now, is tried again after five seconds. */
export async function reaches(host: TestHost, address: string): Promise<boolean> {
  return (await host.run(`ping -n -c 1 -W 2 ${address} || ping -n -c 1 -W 3 ${address} || ping -n -c 1 -W 3 ${address}`)).rc === 0
}

async function install(host: TestHost): Promise<void> {
  await host.read(`command -v wg wireguard-go >/dev/null || {
    apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -qqy --no-install-recommends wireguard-tools wireguard-go
  } >/dev/null 2>&1`)
}
