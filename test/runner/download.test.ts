import { execFile, execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer, type RequestListener, type Server } from 'node:http'
import { createServer as createSecure } from 'node:https'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { download } from '../../engine/runner/download.ts'
import { proxyFor } from '../../engine/runner/proxy.ts'

const test = suite('a download')

const rows: readonly (readonly [string, { readonly [name: string]: string }, string | undefined])[] = [
  ['https://a.example/x', {}, undefined],
  ['https://a.example/x', { HTTPS_PROXY: 'http://p:3128' }, 'p:3128'],
  ['https://a.example/x', { https_proxy: 'p:3128', HTTPS_PROXY: 'http://other:1' }, 'p:3128'],
  ['http://a.example/x', { HTTPS_PROXY: 'http://p:3128' }, undefined],
  ['http://a.example/x', { ALL_PROXY: 'http://p:3128' }, 'p:3128'],
  ['https://a.example/x', { HTTPS_PROXY: 'http://p:3128', NO_PROXY: 'b.example, example' }, undefined],
  ['https://a.example/x', { HTTPS_PROXY: 'http://p:3128', NO_PROXY: '.a.example' }, undefined],
  ['https://ba.example/x', { HTTPS_PROXY: 'http://p:3128', NO_PROXY: 'a.example' }, 'p:3128'],
  ['https://a.example/x', { HTTPS_PROXY: 'http://p:3128', NO_PROXY: 'a.example:8443' }, 'p:3128'],
  ['https://a.example:8443/x', { HTTPS_PROXY: 'http://p:3128', NO_PROXY: 'a.example:8443' }, undefined],
  ['https://[2001:db8::1]/x', { HTTPS_PROXY: 'http://p:3128', NO_PROXY: '2001:db8::1' }, undefined],
  ['https://a.example/x', { HTTPS_PROXY: 'http://p:3128', NO_PROXY: '*' }, undefined],
]

for (const [url, environment, proxy] of rows) {
  test(`of ${url} with ${JSON.stringify(environment)} goes ${proxy === undefined ? 'straight' : `through ${proxy}`}`, () =>
    assert.is(proxyFor(new URL(url), environment)?.host, proxy))
}

test('asks an http proxy for the whole address, with the login of its variable', () =>
  withHttp(
    (request, response) => response.end(`${request.url} ${request.headers['proxy-authorization']}`),
    async (port) => {
      const bytes = await download('http://far.example/x', {
        timeoutMs: 5000,
        environment: { http_proxy: `http://me:pw@127.0.0.1:${port}` },
      })
      assert.is(bytes.toString(), `http://far.example/x Basic ${Buffer.from('me:pw').toString('base64')}`)
    },
  ))

test('goes through a tunnel to an https server, and takes only a certificate it can trust', () =>
  withFolder(async (folder) => {
    const [key, cert] = [join(folder, 'key'), join(folder, 'cert')]
    const words = [
      'req',
      '-x509',
      '-newkey',
      'ec',
      '-pkeyopt',
      'ec_paramgen_curve:P-256',
      '-nodes',
      '-days',
      '2',
      '-subj',
      '/CN=far.example',
    ]
    execFileSync('openssl', [...words, '-addext', 'subjectAltName=DNS:far.example', '-keyout', key, '-out', cert], { stdio: 'ignore' })
    const far = createSecure({ key: readFileSync(key), cert: readFileSync(cert) }, (request, response) =>
      request.url === '/x' ? response.writeHead(302, { location: '/y' }).end() : response.end('far'),
    )
    const paths: string[] = []
    const proxy = createServer().on('connect', (request, socket) => {
      paths.push(`${request.url} ${request.headers['proxy-authorization'] !== undefined}`)
      const through = connect((far.address() as AddressInfo).port, '127.0.0.1')
      socket.write('HTTP/1.1 200 OK\r\n\r\n')
      socket.on('error', () => through.destroy()).pipe(through)
      through.on('error', () => socket.destroy()).pipe(socket)
    })
    await withServer(far, () =>
      withServer(proxy, async (port) => {
        const fetched = (trusted: string) =>
          promisify(execFile)(process.execPath, ['--input-type=module', '--eval', FETCH, `http://me:pw@127.0.0.1:${port}`], {
            env: { ...process.env, NODE_EXTRA_CA_CERTS: trusted },
            timeout: 10_000,
          })
        assert.is((await fetched(cert)).stdout, 'far')
        assert.match((await fetched('')).stdout, /^refused: self-signed certificate/)
        assert.equal(paths, ['far.example:443 true', 'far.example:443 true', 'far.example:443 true'])
      }),
    )
  }))

const FETCH = `
import { download } from '${new URL('../../engine/runner/download.js', import.meta.url)}'
const environment = { HTTPS_PROXY: process.argv[1] }
const said = await download('https://far.example/x', { timeoutMs: 5000, environment }).catch((error) => 'refused: ' + error.message)
process.stdout.write(said)
`

test('tells no password of a proxy that refuses', () =>
  withServer(
    createServer().on('connect', (_request, socket) => socket.end('HTTP/1.1 407 No\r\n\r\n')),
    async (port) => {
      const said = await refusal('https://far.example/x', { environment: { HTTPS_PROXY: `http://me:pw@127.0.0.1:${port}` } })
      assert.is(said, `the proxy 127.0.0.1:${port} answered 407`)
      assert.is(
        await refusal('https://far.example/x', { environment: { HTTPS_PROXY: 'socks5://me:pw@p' } }),
        '`HTTPS_PROXY` is no address of an http proxy',
      )
    },
  ))

test('ends when the server is silent for its time, at first or in the middle, and not while bytes come', async () => {
  // Far more often than it must, since both ends are this process, which may have to wait for the processor.
  const silent: RequestListener = (_request, response) => void response.writeHead(200).write('half')
  const slow: RequestListener = (_request, response) => {
    let left = 12
    const timer = setInterval(() => {
      if (left-- > 0) response.write('x')
      else response.end(() => clearInterval(timer))
    }, 100)
  }
  const never: RequestListener = () => undefined
  for (const listener of [never, silent])
    await withHttp(listener, async (port) =>
      assert.is(await refusal(`http://127.0.0.1:${port}/`, { timeoutMs: 300 }), 'the server was silent for 0.3 s'),
    )
  await withHttp(slow, async (port) =>
    assert.is((await download(`http://127.0.0.1:${port}/`, { timeoutMs: 1000, environment: {} })).toString(), 'x'.repeat(12)),
  )
})

const refusal = (url: string, { timeoutMs = 5000, environment = {} }: Partial<Parameters<typeof download>[1]>): Promise<string> =>
  download(url, { timeoutMs, environment }).then(
    () => 'nothing',
    (error: Error) => error.message,
  )

const withHttp = (listener: RequestListener, body: (port: number) => Promise<void>): Promise<void> =>
  withServer(createServer(listener), body)

async function withServer(server: Server, body: (port: number) => Promise<void>): Promise<void> {
  const sockets = new Set<Socket>()
  // Once it is a tunnel, a server does not know a connection any more.
  server.on('connection', (socket: Socket) => sockets.add(socket))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  try {
    await body((server.address() as AddressInfo).port)
  } finally {
    for (const socket of sockets) socket.destroy()
    await new Promise((resolve) => server.close(resolve))
  }
}

async function withFolder(body: (folder: string) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'hf-download-'))
  try {
    await body(folder)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

test.run()
