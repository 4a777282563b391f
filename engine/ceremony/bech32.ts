/** Bytes below a prefix, in the spelling that chains use for addresses (BIP 173). */
export function bech32(prefix: string, bytes: Uint8Array): string {
  const words = inFives(bytes)
  const digits = [...words, ...checksum(prefix, words)]
  return `${prefix}1${digits.map((digit) => ALPHABET[digit]).join('')}`
}

const ALPHABET = 'qpzry9x8gf2tvdw0s3jn54khce6mua7l'
const GENERATOR = [0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3]
const CHECK_DIGITS = 6

/** Eight bits at a time made into five at a time; the last digit is filled with zeros. */
function inFives(bytes: Uint8Array): readonly number[] {
  const bits = [...bytes].map((byte) => byte.toString(2).padStart(8, '0')).join('')
  return (bits.match(/.{1,5}/g) ?? []).map((five) => Number.parseInt(five.padEnd(5, '0'), 2))
}

function checksum(prefix: string, words: readonly number[]): readonly number[] {
  const letters = [...prefix].map((letter) => letter.charCodeAt(0))
  const spread = [...letters.map((code) => code >> 5), 0, ...letters.map((code) => code & 31)]
  const rest = remainder([...spread, ...words, ...new Array<number>(CHECK_DIGITS).fill(0)]) ^ 1
  return Array.from({ length: CHECK_DIGITS }, (_, i) => (rest >> (5 * (CHECK_DIGITS - 1 - i))) & 31)
}

function remainder(values: readonly number[]): number {
  return values.reduce((rest, value) => {
    const top = rest >>> 25
    const shifted = ((rest & 0x1ffffff) << 5) ^ value
    return GENERATOR.reduce((sum, term, i) => ((top >> i) & 1 ? sum ^ term : sum), shifted)
  }, 1)
}
