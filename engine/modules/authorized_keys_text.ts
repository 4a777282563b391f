/** One line of an `authorized_keys` file that holds a key. */
export interface AuthorizedKey {
  readonly options: string
  readonly type: string
  readonly blob: string
  readonly comment: string
}

/** Reads a line; undefined if it holds no key: a comment, an empty line, or nonsense. */
export function readKey(line: string): AuthorizedKey | undefined {
  const found = LINE.exec(line.trim())
  if (!found) return undefined
  const [, options = '', type = '', blob = '', comment = ''] = found
  return { options: options.trim(), type, blob, comment: comment.trim() }
}

export interface KeyWish {
  readonly keys: readonly AuthorizedKey[]
  readonly present: boolean
  /** No other keys may be there. */
  readonly exclusive: boolean
}

/** The text with these keys in it, or without them. Keys are told apart by their bytes alone, so options and comments are put right. */
export function withKeys(text: string, { keys, present, exclusive }: KeyWish): string {
  const rows = text.split('\n').filter((row, i, all) => row !== '' || i < all.length - 1)
  const wanted = new Map(keys.map((key) => [key.blob, showKey(key)]))
  if (!present) return textOf(rows.filter((row) => !wanted.has(readKey(row)?.blob ?? '')))
  const kept = rows.flatMap((row) => {
    const key = readKey(row)
    const line = key && wanted.get(key.blob)
    if (line === undefined) return exclusive ? [] : [row]
    wanted.delete(key?.blob ?? '')
    return key && showKey(key) === line ? [row] : [line]
  })
  // A second line of a key that was already met would bring its old options back.
  const once = kept.filter((row, i) => isFirst(kept, row, i, keys))
  return textOf([...once, ...wanted.values()])
}

/** The line of a key. */
function showKey({ options, type, blob, comment }: AuthorizedKey): string {
  return [options, type, blob, comment].filter((part) => part !== '').join(' ')
}

const TYPE =
  '(?:ssh-(?:ed25519|rsa|dss)|ecdsa-sha2-nistp(?:256|384|521)|sk-(?:ssh-ed25519|ecdsa-sha2-nistp256)@openssh\\.com)(?:-cert-v01@openssh\\.com)?'
const LINE = new RegExp(`^((?:[^\\s"#]|"(?:[^"\\\\]|\\\\.)*")+ )?(${TYPE}) +(AAAA[A-Za-z0-9+/]+={0,3})(?: +(.*))?$`)

function isFirst(rows: readonly string[], row: string, index: number, keys: readonly AuthorizedKey[]): boolean {
  const blob = readKey(row)?.blob
  if (blob === undefined || !keys.some((key) => key.blob === blob)) return true
  return rows.findIndex((other) => readKey(other)?.blob === blob) === index
}

function textOf(rows: readonly string[]): string {
  return rows.length === 0 ? '' : `${rows.join('\n')}\n`
}
