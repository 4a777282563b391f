/** The environment of the controller, as far as it says how to reach the web. */
export type ProxyEnvironment = { readonly [name: string]: string | undefined }

/** The proxy through which an address is fetched, by the variables that curl knows; undefined for none. Throws where it cannot be used. */
export function proxyFor(url: URL, environment: ProxyEnvironment): URL | undefined {
  const scheme = url.protocol.replace(':', '')
  const names = [`${scheme}_proxy`, `${scheme}_proxy`.toUpperCase(), 'all_proxy', 'ALL_PROXY']
  const name = names.find((one) => environment[one])
  if (name === undefined || isExempt(url, environment['no_proxy'] ?? environment['NO_PROXY'] ?? '')) return undefined
  const written = environment[name] ?? ''
  const text = written.includes('://') ? written : `http://${written}`
  // The value may hold a password, so only its variable is named.
  if (!/^https?:/i.test(text) || !URL.canParse(text)) throw new Error(`\`${name}\` is no address of an http proxy`)
  return new URL(text)
}

/** What the proxy is told of who asks. */
export function proxyHeaders({ username, password }: URL): { readonly [name: string]: string } {
  if (username === '') return {}
  const login = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`
  return { 'proxy-authorization': `Basic ${Buffer.from(login).toString('base64')}` }
}

/** A domain stands for all below it, `*` for everything; a port makes it that port alone. */
function isExempt(url: URL, list: string): boolean {
  const host = url.hostname.replace(/^\[|\]$/g, '').toLowerCase()
  const port = portOf(url)
  return list
    .split(/[\s,]+/)
    .filter(Boolean)
    .some((entry) => {
      const [, name = '', only] =
        /^\[?([^\]]*?)\]?(?::(\d+))?$/.exec(/:.*:/.test(entry) && !entry.startsWith('[') ? `[${entry}]` : entry) ?? []
      const domain = name.toLowerCase().replace(/^\*?\./, '')
      const isPort = only === undefined || only === port
      return entry === '*' || (isPort && domain !== '' && (host === domain || host.endsWith(`.${domain}`)))
    })
}

/** The port of an address, written or not. */
export function portOf({ port, protocol }: URL): string {
  return port || (protocol === 'https:' ? '443' : '80')
}
