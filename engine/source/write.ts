import { stringify } from 'yaml'
import type { Json } from '../core/json.ts'

/** The value as a YAML document in block form, which ends in a newline; lines are never folded. */
export function writeYaml(value: Json): string {
  return stringify(value, { lineWidth: 0, version: '1.1' })
}
