/** One release of one Go module, with the checksum by which Go knows its content. */
export interface Release {
  readonly module: string
  readonly version: string
  readonly sum: string
}

/** A program as `pins/NAME/` pins it: the release it comes from, and its package in there. */
export interface Pin {
  readonly package: string
  readonly release: Release
}

/** Reads a pin: the one `tool` of a `go.mod`, the module that holds it, and that module's line in `go.sum`. */
export function readPin(goMod: string, goSum: string): Pin {
  const path = /^tool (\S+)$/m.exec(goMod)?.[1]
  if (path === undefined) throw new Error('the pin has no `tool` line')
  const required = [...goMod.matchAll(/^(?:require )?\s*([^\s/]+\/\S+) (v\S+)/gm)].map(([, module = '', version = '']) => ({
    module,
    version,
  }))
  const holder = required.filter(({ module }) => path.startsWith(`${module}/`)).sort((a, b) => b.module.length - a.module.length)[0]
  if (holder === undefined) throw new Error(`the pin requires no module that holds \`${path}\``)
  const sum = goSum
    .split('\n')
    .map((line) => line.split(' '))
    .find(([module, version]) => module === holder.module && version === holder.version)?.[2]
  if (sum === undefined) throw new Error(`the pin has no checksum of \`${holder.module}\` ${holder.version}`)
  return { package: path, release: { ...holder, sum } }
}

/** What a program says it was built from, read from the output of `go version -m`. */
export function releaseIn(printed: string): Release | undefined {
  const [, module, version, sum] = /^\tmod\t(\S+)\t(\S+)\t(h1:\S+)$/m.exec(printed) ?? []
  return module === undefined || version === undefined || sum === undefined ? undefined : { module, version, sum }
}

/** Why a build could not begin on this machine, from what Go printed; undefined when the fault lies with the pin or its code. */
export function whatIsMissing(printed: string): string | undefined {
  const lines = printed.split('\n').map((line) => line.trim())
  const refused = lines.find((line) => UNREACHED.some((pattern) => pattern.test(line)))
  if (refused !== undefined) return `the Go module proxy cannot be reached or does not have it: ${refused}`
  return lines.find((line) => NO_COMPILER.test(line))
}

const UNREACHED = [/\bGet "https?:/, /\breading https?:\/\/\S+: \d{3} /, /\bdisabled by GOPROXY=off\b/]
const NO_COMPILER = /C compiler .* not found|go\.mod requires go >=/
