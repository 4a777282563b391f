/** A host name or address, perhaps with ranges, and the port written after it. */
export interface Address {
  readonly host: string
  readonly port?: number
}

/** Reads `name`, `name:22`, `192.0.2.1`, `[2001:db8::1]:22` and the like; undefined if it is none of these. */
export function parseAddress(text: string): Address | undefined {
  const [, bracketed, bracketedPort] = BRACKETED.exec(text) ?? []
  const [, plain, plainPort] = WITH_PORT.exec(bracketed ?? text) ?? []
  const host = plain ?? bracketed ?? text
  const port = plainPort ?? bracketedPort
  if (![IPV4, IPV6, HOSTNAME].some((form) => form.test(host))) return undefined
  return port === undefined ? { host } : { host, port: Number(port) }
}

const BRACKETED = /^\[(.+)\]:([0-9]+)$/
const WITH_PORT = /^((?:[^:[\]]|\[[^\]]*\])*):([0-9]+)$/

const NUMBERS = String.raw`\[[0-9]+:[0-9]+(?::[0-9]+)?\]`
const BYTE = `(?:[01]?[0-9]{1,2}|2[0-4][0-9]|25[0-5]|${NUMBERS})`
const IPV4 = new RegExp(String.raw`^(?:${BYTE}\.){3}${BYTE}$`)

const PART = String.raw`(?:[0-9a-f]{1,4}|\[[0-9a-f]+:[0-9a-f]+(?::[0-9]+)?\])`
/** All ways to write eight parts, one run of zeros left out. Like Ansible's, only the last is anchored at its end. */
const IPV6 = new RegExp(
  `^(?:${[
    `(?:${PART}:){7}${PART}`,
    `(?:${PART}:){1,6}:`,
    `(?:${PART}:)(?::${PART}){1,6}`,
    `(?:${PART}:){2}(?::${PART}){1,5}`,
    `(?:${PART}:){3}(?::${PART}){1,4}`,
    `(?:${PART}:){4}(?::${PART}){1,3}`,
    `(?:${PART}:){5}(?::${PART}){1,2}`,
    `(?:${PART}:){6}(?::${PART})`,
    `:(?::${PART}){1,6}`,
    `${PART}?::`,
    String.raw`(?:0:){6}(?:${PART}\.){3}${PART}`,
    String.raw`::(?:ffff:)?(?:${PART}\.){3}${PART}`,
    String.raw`(?:0:){5}ffff:(?:${PART}\.){3}${PART}$`,
  ].join('|')})`,
  'i',
)

const RANGE = String.raw`\[(?:[a-z]:[a-z]|[0-9]+:[0-9]+)(?::[0-9]+)?\]`
const LABEL = String.raw`(?:[\p{L}\p{N}_]|${RANGE})(?:[\p{L}\p{N}_\-]|${RANGE})*(?<![_\-])`
const HOSTNAME = new RegExp(String.raw`^${LABEL}(?:\.${LABEL})*$`, 'iu')
