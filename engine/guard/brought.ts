import { posix } from 'node:path'
import { nameOfUrl } from '../modules/url_fetch.ts'

type Given = { readonly [name: string]: unknown }

/** The paths that a change is about, as far as its parameters tell: also where its file goes if `dest` is a folder. */
export function touchedPaths(module: { readonly touches?: (params: never) => readonly string[] }, params: Given): readonly string[] {
  const touched = module.touches?.(params as never) ?? []
  return [...touched.flatMap((one) => (one.startsWith('path:') ? [one.slice('path:'.length)] : [])), ...inFolder(params)]
}

/** Where the file of a change goes if `dest` is a folder; nothing of one that brings no file. */
export function inFolder({ src, url, dest }: Given): readonly string[] {
  if (typeof dest !== 'string') return []
  return broughtNames({ src, url }).map((name) => posix.join(dest, name))
}

/** What the file is called that a change brings. */
export function broughtNames({ src, url }: Given): readonly string[] {
  return [
    ...(typeof src === 'string' ? [posix.basename(src).replace(/\.hbs$/, '')] : []),
    ...(typeof url === 'string' && URL.canParse(url) ? [nameOfUrl(url)] : []),
  ]
}
