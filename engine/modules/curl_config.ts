import { Secret } from '../core/secret.ts'

/** A value for curl; a boolean stands for an option without one. */
export type CurlValue = string | number | boolean | Secret | undefined

/**
 * The text of a file for `curl --config`, so that nothing of a request stands in the list of processes. It is a secret as
 * soon as one of its values is.
 */
export function curlConfig(options: readonly (readonly [string, CurlValue])[]): string | Secret {
  const rows = options.flatMap(([name, value]): string[] => {
    if (value === undefined || value === false) return []
    return [value === true ? name : `${name} = "${escaped(value)}"`]
  })
  const text = `${rows.join('\n')}\n`
  return options.some(([, value]) => value instanceof Secret) ? new Secret('a request', text) : text
}

/** Text to send as the body of a form. */
export function formEncoded(fields: object): string {
  const texts = Object.entries(fields).map(
    ([name, value]) => [name, typeof value === 'object' ? JSON.stringify(value) : String(value)] as const,
  )
  return new URLSearchParams(Object.fromEntries(texts)).toString()
}

function escaped(value: string | number | true | Secret): string {
  const text = value instanceof Secret ? value.reveal() : String(value)
  return text.replace(/[\\"\n\r\t]/g, (character) => ESCAPES[character] ?? character)
}

const ESCAPES: { readonly [character: string]: string } = { '\\': '\\\\', '"': '\\"', '\n': '\\n', '\r': '\\r', '\t': '\\t' }
