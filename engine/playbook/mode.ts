import type { Value } from '../core/json.ts'
import type { Node } from '../core/node.ts'
import { kindOf } from './term.ts'

interface Given {
  /** What was written, if the mode stands in a document as it is. */
  readonly node: Node | undefined
  readonly report: (said: { readonly message: string; readonly help?: string }) => void
}

/**
 * A file mode as text. A number is taken only where it cannot have been meant otherwise: `0644` has its zero, and YAML reads it
 * as 420; `644` would become 01204.
 */
export function modeText(value: Value, { node, report }: Given): Value {
  if (typeof value === 'string') return value.replace(/^0o/, '0')
  if (typeof value !== 'number' || !Number.isInteger(value) || value < 0) {
    report({ message: `must be a mode such as '0644', not ${kindOf(value)}` })
    return value
  }
  const written = node?.kind === 'scalar' && node.value === value ? node.raw : undefined
  if (written?.startsWith('0')) return written.replace(/^0o/, '0')
  if (written !== undefined || MEANT_OCTAL.has(value)) {
    const meant = MEANT_OCTAL.has(value) ? String(value).padStart(4, '0') : octal(value)
    report({
      message: `is the decimal number ${value}, which is the mode ${octal(value)}`,
      help: `write it with its zero, in quotes: '${meant}'`,
    })
  }
  return octal(value)
}

function octal(value: number): string {
  return value.toString(8).padStart(4, '0')
}

/** Decimal numbers that look like modes people write. */
const MEANT_OCTAL = new Set([
  ...[400, 440, 444, 500, 550, 555, 600, 640, 644, 660, 664, 666, 700, 710, 711, 750, 751, 755, 770, 771, 775, 777],
  ...[1700, 1755, 1770, 1775, 1777, 2700, 2750, 2755, 2770, 2775, 4711, 4750, 4755],
])
