import { urlProblems } from './url_fetch.ts'

/** The params of what can be fetched with a signature. */
export const SIGNATURE_PARAMS = {
  signature_url: {
    type: 'string',
    description: 'Where its detached OpenPGP signature is. The controller checks it, so it needs `via: controller`.',
  },
  signing_key: {
    type: 'string',
    description: 'The public key that signed it: its text, or a file of the role or playbook.',
  },
} as const

interface SignatureParams {
  readonly signature_url?: string
  readonly signing_key?: string
  readonly via: string
}

/** What is wrong with these params, one sentence each. */
export function signatureProblems({ signature_url: url, signing_key: key, via }: SignatureParams): readonly string[] {
  if (url === undefined && key === undefined) return []
  if (url === undefined || key === undefined) return ['`signature_url` and `signing_key` belong together']
  return [
    ...urlProblems('signature_url', url),
    ...(via === 'controller' ? [] : ['a signature is checked by the controller: say `via: controller`']),
  ]
}

/** The part of a source that says how it is signed. */
export function signatureOf({ signature_url: url, signing_key: key }: SignatureParams) {
  return url === undefined || key === undefined ? {} : { signature: { url, key } }
}
