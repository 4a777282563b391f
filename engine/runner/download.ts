import { type IncomingMessage, type RequestOptions, request as requestPlain } from 'node:http'
import { request as requestSecure } from 'node:https'
import { isIP, type Socket } from 'node:net'
import { connect as secure } from 'node:tls'
import { type ProxyEnvironment, portOf, proxyFor, proxyHeaders } from './proxy.ts'

export interface Downloading {
  /** For the server to answer, and then for each next byte. */
  readonly timeoutMs: number
  readonly environment: ProxyEnvironment
}

/** The bytes at an address, redirections followed, through the proxy that the environment names. Rejects with a reason that tells no password. */
export async function download(url: string, { timeoutMs, environment }: Downloading): Promise<Buffer> {
  const silence = new AbortController()
  const timer = setTimeout(() => silence.abort(), timeoutMs)
  try {
    const response = await follow(new URL(url), { environment, signal: silence.signal })
    const pieces: Buffer[] = []
    for await (const piece of response) {
      timer.refresh()
      pieces.push(piece as Buffer)
    }
    return Buffer.concat(pieces)
  } catch (error) {
    if (silence.signal.aborted) throw new Error(`the server was silent for ${timeoutMs / 1000} s`)
    throw error
  } finally {
    clearTimeout(timer)
  }
}

interface Asking {
  readonly environment: ProxyEnvironment
  readonly signal: AbortSignal
}

const MOST_REDIRECTIONS = 20

async function follow(url: URL, asking: Asking, left = MOST_REDIRECTIONS): Promise<IncomingMessage> {
  const response = await ask(url, asking)
  const { statusCode = 0, headers } = response
  if (statusCode >= 200 && statusCode < 300) return response
  response.destroy()
  if (![301, 302, 303, 307, 308].includes(statusCode) || headers.location === undefined)
    throw new Error(`the server answered ${statusCode}`)
  const next = new URL(headers.location, url)
  if (left === 0) throw new Error('the server redirects without end')
  if (!/^https?:$/.test(next.protocol)) throw new Error(`the server redirects to \`${next.protocol}\``)
  return await follow(next, asking, left - 1)
}

/** The digest is over the bytes as they are, so none must come compressed. */
const HEADERS = { 'user-agent': 'holdfast', 'accept-encoding': 'identity' }

async function ask(url: URL, { environment, signal }: Asking): Promise<IncomingMessage> {
  const proxy = proxyFor(url, environment)
  const options: RequestOptions = { signal, headers: HEADERS }
  if (!proxy) return await answered(url, options)
  if (url.protocol === 'http:')
    return await answered(proxy, { ...options, path: url.href, headers: { ...HEADERS, host: url.host, ...proxyHeaders(proxy) } })
  const socket = await tunnel(url, proxy, signal)
  const host = url.hostname.replace(/^\[|\]$/g, '')
  return await answered(url, {
    ...options,
    agent: undefined,
    createConnection: () => secure({ socket, host, ...(isIP(host) === 0 && { servername: host }) }),
  })
}

/** No agent, which would keep connections for later; where the connection is made already, none must be asked for one at all. */
const ALONE = { agent: false } as const

function answered(url: URL, options: RequestOptions): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    requester(url)(withoutLogin(url), { ...ALONE, ...options })
      .once('response', resolve)
      .once('error', reject)
      .end()
  })
}

/** A connection to the host of the address, made by the proxy. */
function tunnel(url: URL, proxy: URL, signal: AbortSignal): Promise<Socket> {
  const path = `${url.hostname}:${portOf(url)}`
  const options = { method: 'CONNECT', path, signal, agent: false, headers: { host: path, ...proxyHeaders(proxy) } } as const
  return new Promise((resolve, reject) => {
    requester(proxy)(withoutLogin(proxy), options)
      .once('connect', ({ statusCode }, socket) => {
        if (statusCode === 200) resolve(socket as Socket)
        else reject(new Error(`the proxy ${proxy.host} answered ${statusCode}`))
        if (statusCode !== 200) socket.destroy()
      })
      .once('response', ({ statusCode }) => reject(new Error(`the proxy ${proxy.host} answered ${statusCode}`)))
      .once('error', reject)
      .end()
  })
}

function requester({ protocol }: URL): typeof requestPlain {
  return protocol === 'https:' ? (requestSecure as typeof requestPlain) : requestPlain
}

function withoutLogin(url: URL): URL {
  const bare = new URL(url)
  bare.username = ''
  bare.password = ''
  return bare
}
