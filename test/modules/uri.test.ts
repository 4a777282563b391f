import { execFileSync } from 'node:child_process'
import { type IncomingMessage, createServer } from 'node:http'
import * as assert from 'uvu/assert'
import { Secret } from '../../engine/core/secret.ts'
import { uri } from '../../engine/modules/uri.ts'
import { applyModule } from '../support/apply_module.ts'
import { suiteUnless } from '../support/skip.ts'

const test = suiteUnless(noCurl(), 'uri')
/** Other tests look at the same list of processes. */
const PLANTED = `planted-${process.pid}`

test('gives status, headers and what JSON says', () =>
  withService(async (url) => {
    const { status, registered } = await applyModule(uri, { url: `${url}/status`, return_content: true })
    assert.is(status, 'ok')
    assert.equal(
      [registered['status'], registered['json'], registered['x_height'], registered['content']],
      [200, { height: 7 }, '7', '{"height":7}'],
    )
    assert.equal([registered['url'], registered['msg']], [`${url}/status`, 'HTTP 200 (12 bytes)'])
  }))

test('fails on another status than is asked for', () =>
  withService(async (url) => {
    const { status, message, registered } = await applyModule(uri, { url: `${url}/missing` })
    assert.equal([status, message, registered['status']], ['failed', 'the answer was 404 and not 200', 404])
    assert.is((await applyModule(uri, { url: `${url}/missing`, status_code: [200, 404] })).status, 'ok')
  }))

test('sends method, headers, login and body, of which none is in the list of processes', () =>
  withService(async (url, seen) => {
    const password = new Secret('hook', `${PLANTED} "4711" \\ x`)
    const params = {
      url: `${url}/echo`,
      method: 'POST',
      body_format: 'json',
      body: { text: '@x "quoted"\n' },
      headers: { 'X-Token': new Secret('token', PLANTED) },
      url_username: 'ana',
      url_password: password,
    }
    const { status, message } = await applyModule(uri, params)
    assert.is(status, 'ok', message)
    const [request] = seen
    assert.equal([request?.method, request?.headers['x-token'], request?.headers['content-type']], ['POST', PLANTED, 'application/json'])
    assert.is(request?.headers.authorization, `Basic ${Buffer.from(`ana:${PLANTED} "4711" \\ x`).toString('base64')}`)
    assert.is(request?.body, '{"text":"@x \\"quoted\\"\\n"}')
    assert.not.match(String(request?.processes), PLANTED)
    await applyModule(uri, { url: `${url}/echo`, method: 'POST', body: '@/etc/passwd' })
    assert.is(seen[1]?.body, '@/etc/passwd')
    await applyModule(uri, { url: `${url}/echo`, method: 'PUT', body_format: 'form-urlencoded', body: { a: 'x y', b: 1 } })
    assert.equal([seen[2]?.method, seen[2]?.body], ['PUT', 'a=x+y&b=1'])
  }))

test('follows for reading only, and says where it ended', () =>
  withService(async (url) => {
    const { registered } = await applyModule(uri, { url: `${url}/moved` })
    assert.equal([registered['status'], registered['url'], registered['x_height']], [200, `${url}/status`, '7'])
    const posted = await applyModule(uri, { url: `${url}/moved`, method: 'POST', status_code: 302 })
    assert.is(posted.registered['status'], 302)
  }))

test('says why there was no answer', async () => {
  const { status, message } = await applyModule(uri, { url: 'http://127.0.0.1:1/' })
  assert.is(status, 'failed')
  assert.match(message, /^curl: \(7\) Failed to connect/)
  assert.match((await applyModule(uri, { url: 'file:///etc/passwd' })).message, 'must begin with')
})

test.run()

interface Seen extends Pick<IncomingMessage, 'method' | 'headers'> {
  readonly body: string
  readonly processes: string
}

async function withService(body: (url: string, seen: readonly Seen[]) => Promise<void>): Promise<void> {
  const seen: Seen[] = []
  const server = createServer(async (request, response) => {
    const pieces: Buffer[] = []
    for await (const piece of request) pieces.push(piece as Buffer)
    if (request.url === '/moved') return void response.writeHead(302, { location: '/status' }).end()
    if (request.url === '/missing') return void response.writeHead(404).end('none')
    const processes = execFileSync('ps', ['-eo', 'args'], { encoding: 'utf8' })
    seen.push({ method: request.method ?? '', headers: request.headers, body: Buffer.concat(pieces).toString(), processes })
    response.writeHead(200, { 'content-type': 'application/json', 'x-height': '7' }).end('{"height":7}')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  try {
    await body(`http://127.0.0.1:${(server.address() as { port: number }).port}`, seen)
  } finally {
    server.close()
    server.closeAllConnections()
  }
}

function noCurl(): readonly string[] {
  try {
    execFileSync('curl', ['--version'])
    return []
  } catch {
    return ['needs curl: apt-get install curl']
  }
}
