/** Documents made from one by a few random edits each: the same on every machine. */
export function mutated(document: string, count: number): readonly string[] {
  const random = randomFrom(20_260_401)
  const pick = (below: number) => Math.floor(random() * below)
  return Array.from({ length: count }, () => {
    let text = document
    for (let edits = 1 + pick(4); edits > 0; edits--) {
      const [start, length] = [pick(text.length + 1), pick(12)]
      const edit = EDITS[pick(EDITS.length)] as Edit
      text = edit(text.slice(0, start), text.slice(start, start + length), text.slice(start + length), PIECES[pick(PIECES.length)] ?? '')
    }
    return text
  })
}

const PIECES = [
  '\t',
  '\n',
  ' ',
  ':',
  ': ',
  '- ',
  '{',
  '}',
  '[',
  ']',
  '"',
  "'",
  '|',
  '>',
  '&a ',
  '*a',
  '!x ',
  '#',
  '%',
  '---\n',
  '\0',
  '\u{1f600}',
  '\ud800',
  '<<: ',
  ',',
  '? ',
  '\\',
  '=',
  '0x',
  '\r',
  '"""',
  '[[',
]

type Edit = (before: string, chosen: string, after: string, piece: string) => string
const EDITS: readonly Edit[] = [
  (before, _chosen, after) => before + after,
  (before, chosen, after) => before + chosen + chosen + after,
  (before, chosen, after, piece) => before + piece + chosen.slice(1) + after,
  (before, chosen, after, piece) => before + piece + chosen + after,
]

/** A linear congruential generator. */
function randomFrom(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
}
