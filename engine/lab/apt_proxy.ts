import { run } from './command.ts'

/** The proxy this machine's own apt goes through, as a URL. What the lab fetches, and what its hosts fetch, goes the same way. */
export async function aptProxy(): Promise<URL | undefined> {
  const url = await run('apt-config', ['dump', '--format', '%v%n', 'Acquire::http::Proxy'])
  return /^https?:\/\//.test(url) ? new URL(url) : undefined
}
