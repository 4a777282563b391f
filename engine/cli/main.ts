#!/usr/bin/env node
import { readVersion } from './version.ts'

// Nothing else is imported before it is needed: the version is asked for by scripts, thousands of times.
const words = process.argv.slice(2)
if (words[0] === '--version' || words[0] === '-V') process.stdout.write(`holdfast ${readVersion()}\n`)
else await (await import('./process.ts')).runInProcess(words)
