/** Something in a tar archive; a path that ends in `/` is a folder. */
export interface TarEntry {
  readonly path: string
  readonly mode: number
  /** What is in the file, one piece after the other. */
  readonly content?: readonly Uint8Array[]
}

/** The pieces of a tar archive. Owner, time and order are fixed, so that the same entries give the same bytes on every machine. */
export function tarPieces(entries: readonly TarEntry[]): readonly Uint8Array[] {
  const inOrder = [...entries].sort((a, b) => (a.path < b.path ? -1 : 1))
  return [...inOrder.flatMap(pieces), new Uint8Array(2 * BLOCK)]
}

const BLOCK = 512
const LONGEST_PATH = 100

function pieces(entry: TarEntry): readonly Uint8Array[] {
  const content = entry.content ?? []
  const size = content.reduce((sum, { length }) => sum + length, 0)
  return [header(entry, size), ...content, new Uint8Array((BLOCK - (size % BLOCK)) % BLOCK)]
}

/** The header of POSIX ustar, which every reader knows. */
function header({ path, mode }: TarEntry, size: number): Uint8Array {
  if (Buffer.byteLength(path) > LONGEST_PATH) throw new RangeError(`${path} is too long a path for an archive`)
  const block = Buffer.alloc(BLOCK)
  block.write(path, 0)
  block.write(octal(mode, 8), 100)
  block.write(octal(0, 8), 108)
  block.write(octal(0, 8), 116)
  block.write(octal(size, 12), 124)
  block.write(octal(0, 12), 136)
  block.write(path.endsWith('/') ? '5' : '0', 156)
  block.write('ustar\x0000', 257)
  // The sum is taken with blanks in the place where it will stand.
  block.write(' '.repeat(8), 148)
  block.write(`${octal(sum(block), 7)} `, 148)
  return block
}

function octal(value: number, width: number): string {
  return `${value.toString(8).padStart(width - 1, '0')}\0`
}

function sum(block: Uint8Array): number {
  return block.reduce((total, byte) => total + byte, 0)
}
