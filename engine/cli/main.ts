#!/usr/bin/env node
import { compileLittle } from './frugality.ts'
import { readVersion } from './version.ts'

// Nothing else is imported before it is needed: the version is asked for by scripts, thousands of times.
const words = process.argv.slice(2)
if (words[0] === '--version' || words[0] === '-V') process.stdout.write(`holdfast ${readVersion()}\n`)
else {
  compileLittle()
  await (await import('./process.ts')).runInProcess(words)
}
