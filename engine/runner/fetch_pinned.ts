import { createHash } from 'node:crypto'
import { Content } from '../core/content.ts'
import { Refusal } from '../core/module.ts'

const fetched = new Map<string, Promise<Buffer>>()

/**
 * Content at an address, known by its digest alone until someone reads it; then the controller fetches it, once in a run, and
 * refuses bytes that are not the pinned ones. Rejects with a `Refusal` while it is read.
 */
export function fetchPinned({ url, sha256 }: { readonly url: string; readonly sha256: string }): Content {
  return Content.stored({ sha256, size: 0, open: () => read(url, sha256) })
}

async function* read(url: string, sha256: string): AsyncIterable<Uint8Array> {
  const key = `${sha256} ${url}`
  const bytes = fetched.get(key) ?? fetchOnce(key, download(url, sha256))
  yield await bytes
}

/** A failure is not kept: whoever tries again wants another answer. */
function fetchOnce(key: string, bytes: Promise<Buffer>): Promise<Buffer> {
  fetched.set(key, bytes)
  bytes.catch(() => fetched.delete(key))
  return bytes
}

async function download(url: string, sha256: string): Promise<Buffer> {
  const response = await fetch(url).catch((error: Error) => refuse(url, reason(error)))
  if (!response.ok) refuse(url, `the server answered ${response.status}`)
  const bytes = Buffer.from(await response.arrayBuffer())
  const digest = createHash('sha256').update(bytes).digest('hex')
  if (digest !== sha256) {
    throw new Refusal(
      `what \`${url}\` holds is not what was pinned: expected sha256 ${sha256}, got ${digest}`,
      'compare the pin with the published checksums',
    )
  }
  return bytes
}

function refuse(url: string, why: string): never {
  throw new Refusal(
    `could not fetch \`${url}\` to the controller: ${why}`,
    'check the address and the network of the controller, then run again',
  )
}

function reason(error: Error): string {
  return error.cause instanceof Error ? error.cause.message : error.message
}
