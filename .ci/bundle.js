// Puts the command into few files: Node takes about a millisecond to load each module, and there are hundreds.
import { build } from 'esbuild'
import { rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
// As deep as the files it is made of: they find the roles and the version from where they lie.
const outdir = join(root, 'dist/engine/bin')

await rm(outdir, { recursive: true, force: true })
await build({
  absWorkingDir: root,
  entryPoints: { holdfast: 'dist/engine/cli/main.js' },
  outdir,
  bundle: true,
  // What a command does not need, it still does not load.
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  // The first two look for files beside themselves; the third is one file already.
  external: ['ssh2', 'node-ssh', 'openpgp'],
  banner: { js: "import { createRequire as requireFrom } from 'node:module'\nconst require = requireFrom(import.meta.url)" },
  logLevel: 'warning',
})
