/** The sentences whose condition holds. */
export function problemsWhere(...rows: readonly (readonly [boolean, string])[]): readonly string[] {
  return rows.flatMap(([holds, sentence]) => (holds ? [sentence] : []))
}
