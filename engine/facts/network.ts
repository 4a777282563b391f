import type { Json } from '../core/json.ts'

/** Every line that a host told under a key. */
export type All = (key: string) => readonly string[]

/** What a host says of its interfaces, addresses, ways out, and file systems. */
export function network(all: All): { readonly [name: string]: Json } {
  const addresses = all('ip').flatMap((line) => {
    const match = /^\d+:\s+(\S+)\s+(inet6?)\s+([0-9a-f.:]+)(?: peer \S+)?\/(\d+)(?: brd \S+)? scope (\S+)/.exec(line)
    return match
      ? [{ interface: match[1] ?? '', family: match[2], address: match[3] ?? '', prefix: Number(match[4]), scope: match[5] }]
      : []
  })
  const links = all('ip').flatMap((line) => {
    const match = /^\d+:\s+([^:@\s]+)[^:]*: <.*?mtu (\d+)/.exec(line)
    return match ? [{ name: match[1] ?? '', mtu: Number(match[2]), mac: /link\/\w+ ([0-9a-f:]{17})/.exec(line)?.[1] ?? '' }] : []
  })
  const global = (family: string): string[] =>
    addresses.filter((a) => a.family === family && a.scope === 'global').map(({ address }) => address)
  return {
    interfaces: links.map(({ name }) => name),
    all_ipv4_addresses: global('inet'),
    all_ipv6_addresses: global('inet6'),
    default_ipv4: route(all('ip').find((line) => line.startsWith('192.0.2.1 '))),
    tcp_congestion_controls: [...new Set(all('congestion').flatMap((line) => line.split(' ')))].filter((name) => name !== ''),
    default_ipv6: route(all('ip').find((line) => line.startsWith('2001:db8::1 '))),
    network: Object.fromEntries(
      links.map((link) => [
        link.name,
        {
          mtu: link.mtu,
          macaddress: link.mac,
          addresses: addresses.filter((a) => a.interface === link.name).map(({ address, prefix }) => `${address}/${prefix}`),
        },
      ]),
    ),
  }
}

function route(line = ''): Json {
  const word = (key: string): string => new RegExp(`\\b${key} (\\S+)`).exec(line)?.[1] ?? ''
  const address = word('src')
  return address ? { address, interface: word('dev'), gateway: word('via') } : {}
}

/** The file systems that hold data, as the kernel lists them. */
export function mounts(lines: readonly string[]): Json {
  return lines.flatMap((line) => {
    const [device = '', mount = '', fstype = '', options = ''] = line.split(' ')
    return device.startsWith('/') || ['overlay', 'zfs', 'btrfs'].includes(fstype) ? [{ device, mount, fstype, options }] : []
  })
}
