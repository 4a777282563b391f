import { createHash } from 'node:crypto'
import { Content } from '../core/content.ts'
import { Refusal, type Source } from '../core/module.ts'
import { signatureFault } from '../secrets/signature.ts'
import { download } from './download.ts'
import type { ProxyEnvironment } from './proxy.ts'

const fetched = new Map<string, Promise<Buffer>>()

/**
 * Content at an address, known by its digest alone until someone reads it; then the controller fetches it, once in a run, and
 * refuses bytes that are not the pinned ones. Rejects with a `Refusal` while it is read.
 */
export function fetchPinned(pinned: Pinned, environment: ProxyEnvironment): Content {
  return Content.stored({ sha256: pinned.sha256, size: 0, open: () => read(pinned, environment) })
}

/** The key of its signature is text by now. */
type Pinned = Pick<Extract<Source, { kind: 'url' }>, 'url' | 'sha256' | 'timeoutSeconds' | 'signature'>

async function* read(pinned: Pinned, environment: ProxyEnvironment): AsyncIterable<Uint8Array> {
  const key = JSON.stringify(pinned)
  const bytes = fetched.get(key) ?? fetchOnce(key, fetchChecked(pinned, environment))
  yield await bytes
}

/** A failure is not kept: whoever tries again wants another answer. */
function fetchOnce(key: string, bytes: Promise<Buffer>): Promise<Buffer> {
  fetched.set(key, bytes)
  bytes.catch(() => fetched.delete(key))
  return bytes
}

async function fetchChecked({ url, sha256, timeoutSeconds, signature }: Pinned, environment: ProxyEnvironment): Promise<Buffer> {
  const fetching = (from: string) =>
    download(from, { timeoutMs: timeoutSeconds * 1000, environment }).catch((error: Error) => refuse(from, reason(error)))
  const bytes = await fetching(url)
  const digest = createHash('sha256').update(bytes).digest('hex')
  if (digest !== sha256) {
    throw new Refusal(
      `what \`${url}\` holds is not what was pinned: expected sha256 ${sha256}, got ${digest}`,
      'compare the pin with the published checksums',
    )
  }
  if (signature) await checkSignature(bytes, { url, from: signature.url, signed: await fetching(signature.url), keys: signature.key })
  return bytes
}

interface Checking {
  readonly url: string
  readonly from: string
  readonly signed: Buffer
  readonly keys: string
}

async function checkSignature(bytes: Buffer, { url, from, signed, keys }: Checking): Promise<void> {
  const fault = await signatureFault(bytes, { signature: signed, keys })
  if (fault === undefined) return
  throw new Refusal(
    `\`${url}\` is not signed as it should be: ${fault}`,
    `do not use it before you know why; \`${from}\` is its signature, and \`signing_key\` who must have made it`,
  )
}

function refuse(url: string, why: string): never {
  throw new Refusal(
    `could not fetch \`${url}\` to the controller: ${why}`,
    'check the address and the network of the controller, then run again',
  )
}

/** Where several addresses of a name were tried, the error itself has no message. */
function reason(error: NodeJS.ErrnoException): string {
  return error.message || String(error.code)
}
