import { suite } from 'uvu'
import { equal, throws } from 'uvu/assert'
import { readPin, releaseIn, whatIsMissing } from './pin.ts'

const test = suite('pin')

const GO_MOD = `module holdfast.invalid/noded

go 1.24.0

tool example.org/chain/v2/cmd/noded

require (
	example.org/chain v1.0.0 // indirect
	example.org/chain/v2 v2.1.0 // indirect
	example.org/chains v0.1.0 // indirect
)
`
const GO_SUM = `example.org/chain v1.0.0 h1:one=
example.org/chain/v2 v2.1.0 h1:two=
example.org/chain/v2 v2.1.0/go.mod h1:three=
`
const RELEASE = { module: 'example.org/chain/v2', version: 'v2.1.0', sum: 'h1:two=' }

test('is the tool, the nearest module that holds it, and the checksum of its content', () => {
  equal(readPin(GO_MOD, GO_SUM), { package: 'example.org/chain/v2/cmd/noded', release: RELEASE })
})

test('may require its module in a line of its own', () => {
  const goMod = 'tool example.org/chain/v2/cmd/noded\nrequire example.org/chain/v2 v2.1.0\n'
  equal(readPin(goMod, GO_SUM).release, RELEASE)
})

test('that says too little is refused', () => {
  throws(() => readPin(GO_MOD.replace('tool ', '// '), GO_SUM), 'has no `tool` line')
  throws(() => readPin('tool example.org/other/noded\n', GO_SUM), 'requires no module that holds `example.org/other/noded`')
  throws(() => readPin(GO_MOD, GO_SUM.replace('v2.1.0 ', 'v2.2.0 ')), 'has no checksum of `example.org/chain/v2` v2.1.0')
})

test('is what a program says it was built from', () => {
  const printed = `noded: go1.26.8\n\tpath\texample.org/chain/v2/cmd/noded\n\tmod\texample.org/chain/v2\tv2.1.0\th1:two=\n\tdep\ta\tv1\th1:x=\n`
  equal(releaseIn(printed), RELEASE)
  equal(releaseIn('noded: go1.26.8\n\tmod\texample.org/chain/v2\t(devel)\t\n'), undefined)
})

const rows: readonly (readonly [printed: string, missing: string | undefined])[] = [
  [
    'go: downloading example.org/chain v1.0.0\ngo: example.org/chain@v1.0.0: Get "https://proxy.example/x.zip": dial tcp: lookup proxy.example: no such host',
    'the Go module proxy cannot be reached or does not have it: go: example.org/chain@v1.0.0: Get "https://proxy.example/x.zip": dial tcp: lookup proxy.example: no such host',
  ],
  [
    'go: example.org/chain@v1.0.0: reading https://proxy.example/x.zip: 403 Forbidden\n\tserver response: not available',
    'the Go module proxy cannot be reached or does not have it: go: example.org/chain@v1.0.0: reading https://proxy.example/x.zip: 403 Forbidden',
  ],
  [
    '# runtime/cgo\ncgo: C compiler "gcc" not found: exec: "gcc": not found in $PATH',
    'cgo: C compiler "gcc" not found: exec: "gcc": not found in $PATH',
  ],
  [
    'go: go.mod requires go >= 1.24.0 (running go 1.19.8; GOTOOLCHAIN=local)',
    'go: go.mod requires go >= 1.24.0 (running go 1.19.8; GOTOOLCHAIN=local)',
  ],
  ['verifying example.org/chain@v1.0.0: checksum mismatch\n\tdownloaded: h1:x=\n\tgo.sum: h1:y=', undefined],
  ['# example.org/chain/v2\n./main.go:3:5: undefined: missing', undefined],
]

for (const [printed, missing] of rows) {
  test(`that fails with "${printed.split('\n').at(-1)?.trim()}" ${missing === undefined ? 'is a failure' : 'is skipped'}`, () => {
    equal(whatIsMissing(printed), missing)
  })
}

test.run()
