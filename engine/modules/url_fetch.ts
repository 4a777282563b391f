import { type Script, lines, sh } from '../core/script.ts'

/** What is wrong with an address, one sentence each. */
export function urlProblems(param: string, url: string): readonly string[] {
  if (!/^https?:\/\/[^\s/]+/.test(url) || !URL.canParse(url))
    return [`\`${param}: ${url}\` must be an address that begins with \`https://\` or \`http://\``]
  return new URL(url).password === ''
    ? []
    : [`\`${param}\` must not hold a password: every user of the host could see it in the list of processes`]
}

/** The digest of a pin such as `sha256:9f2c…`, or what is wrong with it. */
export function readPin(pin: string): { readonly sha256: string } | { readonly problem: string } {
  const [, sha256] = /^(?:sha256:)?([0-9a-fA-F]{64})$/.exec(pin) ?? []
  if (sha256 === undefined) return { problem: `\`checksum: ${pin}\` must be \`sha256:\` and 64 hexadecimal digits` }
  return { sha256: sha256.toLowerCase() }
}

/** The last part of an address, which names a file that is put into a directory. */
export function nameOfUrl(url: string): string {
  const last = new URL(url).pathname.split('/').at(-1) ?? ''
  return decoded(last).replace(/[/\0]/g, '_') || 'index'
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

/** A command that prints what is at an address, with whichever of curl and wget the host has. */
export function printUrl(url: string, timeoutSeconds: number): Script {
  return lines([
    sh`{ if command -v curl > /dev/null; then curl -q -fsSL --proto =http,https --proto-redir =http,https --connect-timeout ${timeoutSeconds} --speed-limit 1 --speed-time ${timeoutSeconds} -- ${url}`,
    sh`elif command -v wget > /dev/null; then wget --no-config -nv -O - --timeout=${timeoutSeconds} --tries=2 -- ${url}`,
    sh`else echo 'the host has neither curl nor wget: use "via: controller"' >&2; false; fi; }`,
  ])
}
