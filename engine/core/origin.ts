/** Where a value stands in a document; line and column count from 1, as editors do. */
export interface Origin {
  readonly file: string
  readonly line: number
  readonly column: number
  /** Characters to underline when the place is shown. */
  readonly length?: number
}

/** `file:line:column`, the form that terminals and editors turn into a link. */
export function showOrigin({ file, line, column }: Origin): string {
  return `${file}:${line}:${column}`
}
