import type { ErrorObject } from 'ajv'

/**
 * The errors without the noise of `anyOf` and `oneOf`: of the alternatives that all failed, only what the one that
 * was probably meant complains about; where none stands out, one error that names the types allowed.
 */
export function foldAlternatives(errors: readonly ErrorObject[]): readonly ErrorObject[] {
  const kept: ErrorObject[] = []
  for (const error of errors) {
    if (error.keyword === 'if' || error.keyword === 'propertyNames') continue
    if (error.keyword !== 'anyOf' && error.keyword !== 'oneOf') {
      kept.push(error)
      continue
    }
    // The library reports the failures of the alternatives just before that of the whole.
    const failures: ErrorObject[] = []
    while (kept.length > 0 && isWithin(kept.at(-1), error.instancePath)) failures.unshift(kept.pop() as ErrorObject)
    kept.push(...likeliest(failures, error))
  }
  return withoutRepeats(kept)
}

function isWithin(error: ErrorObject | undefined, path: string): boolean {
  return error !== undefined && (error.instancePath === path || error.instancePath.startsWith(`${path}/`))
}

function likeliest(failures: readonly ErrorObject[], whole: ErrorObject): readonly ErrorObject[] {
  const deeper = failures.filter(({ instancePath }) => instancePath !== whole.instancePath)
  if (deeper.length > 0) return deeper
  const beyondType = failures.filter(({ keyword }) => keyword !== 'type')
  if (beyondType.length > 0) return beyondType
  const types = failures.flatMap(({ params }) => params['type'] as string | string[])
  return types.length === 0 ? [whole] : [{ ...whole, keyword: 'type', params: { type: [...new Set(types)] } }]
}

function withoutRepeats(errors: readonly ErrorObject[]): readonly ErrorObject[] {
  const seen = new Set<string>()
  return errors.filter(({ instancePath, keyword, params }) => {
    const text = JSON.stringify([instancePath, keyword, params])
    return !seen.has(text) && seen.add(text)
  })
}
