/** One option of a command. A `switch` is there or not; the others take a value, `values` any number of times. */
export type Flag = Switch | ValueFlag

interface Switch {
  readonly kind: 'switch'
  readonly short?: string
  readonly summary: string
}

interface ValueFlag {
  readonly kind: 'value' | 'values' | 'integer'
  readonly short?: string
  /** What stands for the value in the help: `PATTERN`. */
  readonly value: string
  readonly choices?: readonly string[]
  readonly least?: number
  readonly summary: string
}

export interface Operand {
  readonly name: string
  readonly summary: string
  readonly optional?: true
  /** Takes all that are left. */
  readonly many?: true
}

/** Everything about a command's words: from it come the parser, the types and the help, so they cannot disagree. */
export interface Command {
  readonly name: string
  /** What it does, in one line, as an imperative. */
  readonly summary: string
  readonly details?: readonly string[]
  readonly operands: readonly Operand[]
  /** What follows `--`, taken as it is. */
  readonly rest?: { readonly name: string; readonly summary: string }
  readonly flags: { readonly [name: string]: Flag }
  readonly examples: readonly { readonly line: string; readonly does: string }[]
}

type FlagValue<F> = F extends { readonly kind: 'switch' }
  ? boolean
  : F extends { readonly kind: 'values' }
    ? readonly string[]
    : F extends { readonly kind: 'integer' }
      ? number | undefined
      : F extends { readonly choices: readonly (infer Choice)[] }
        ? Choice | undefined
        : string | undefined

/** The words of one call, checked against the declaration. */
export interface Request<C extends Command> {
  readonly flags: { readonly [K in keyof C['flags']]: FlagValue<C['flags'][K]> }
  readonly operands: readonly string[]
  readonly rest: readonly string[]
  /** Names of the flags that were given, without their values. */
  readonly given: readonly string[]
}

/** Keeps the exact type of a declaration, so that its request is typed after it. */
export function declareCommand<const C extends Command>(command: C): C {
  return command
}

/** Keeps the exact type of flags that several commands share. */
export function declareFlags<const F extends { readonly [name: string]: Flag }>(flags: F): F {
  return flags
}
