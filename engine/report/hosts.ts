/** `1 host`, `12 hosts`. */
export function countHosts(count: number): string {
  return count === 1 ? '1 host' : `${count} hosts`
}

/** Some hosts in few words: their names while they are few, otherwise how many and a name pattern that holds for exactly them. */
export function showHosts(hosts: readonly string[], all: readonly string[]): string {
  if (hosts.length <= MOST_NAMES) return hosts.join(', ')
  if (hosts.length === all.length) return countHosts(hosts.length)
  const pattern = commonPattern(hosts, all)
  return `${countHosts(hosts.length)} (${pattern ?? `${hosts.slice(0, MOST_NAMES).join(', ')}, …`})`
}

/** `sentry-*`, if the hosts of that pattern are exactly these. */
export function commonPattern(hosts: readonly string[], all: readonly string[]): string | undefined {
  const [first] = hosts
  const prefix = first?.match(/^.*?[-_.]/)?.[0] ?? first?.match(/^[A-Za-z]+/)?.[0]
  if (prefix === undefined || hosts.length < 2) return undefined
  const matching = all.filter((host) => host.startsWith(prefix))
  const exactly = matching.length === hosts.length && hosts.every((host) => host.startsWith(prefix))
  return exactly ? `${prefix}*` : undefined
}

const MOST_NAMES = 3
