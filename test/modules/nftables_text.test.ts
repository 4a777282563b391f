import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { canonical, complaint, replacement } from '../../engine/modules/nftables_text.ts'

const test = suite('nftables text')

test('what traffic changes is left out, what was declared stays', () => {
  const listing = `table inet t {
\tcounter c_drop {
\t\tpackets 12 bytes 800
\t}

\tset ban4 {
\t\ttype ipv4_addr
\t\tsize 65536
\t\tflags dynamic,timeout
\t\ttimeout 10m
\t\telements = { 192.0.2.1 timeout 10m expires 9m58s,
\t\t\t     192.0.2.2 timeout 10m expires 9m59s }
\t}

\tset mgmt4 {
\t\ttype ipv4_addr
\t\tflags interval
\t\telements = { 10.0.0.0/24 }
\t}

\tchain input {
\t\ttype filter hook input priority filter; policy drop;
\t\tip saddr @mgmt4 counter packets 5 bytes 300 accept
\t}
}
`
  const kept = canonical(listing)
  assert.not.match(kept, '192.0.2')
  assert.match(kept, 'elements = { 10.0.0.0/24 }')
  assert.match(kept, 'flags dynamic,timeout\n\t\ttimeout 10m\n\t}')
  assert.match(kept, 'packets 0 bytes 0 accept')
  assert.is(canonical(kept), kept)
})

test('the rules begin on the second line, so complaints count one less', () => {
  assert.is(replacement({ family: 'inet', table: 't' }, 'chain a {}\n').split('\n')[1], 'chain a {}')
  assert.is(complaint('/dev/stdin:3:7-9: Error: syntax error\n  bad\n  ^^^\n'), 'line 2:7-9: Error: syntax error\n  bad\n  ^^^')
})

test.run()
