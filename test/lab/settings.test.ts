import { readFile, writeFile } from 'node:fs/promises'
import { equal, not, ok } from 'uvu/assert'
import { readSettings, restoreSettings } from '../../engine/lab/settings.ts'
import { alone } from '../support/alone.ts'
import { labSuite } from '../support/lab.ts'

alone('kernel settings')

const test = labSuite('kernel settings')

const FILE = '/proc/sys/vm/swappiness'

test('are put back as they were', async () => {
  const before = await readSettings()
  const value = before.values['vm/swappiness']
  ok(value !== undefined)
  await writeFile(FILE, value.trim() === '61' ? '62' : '61')
  not.equal((await readSettings()).values['vm/swappiness'], value)
  await restoreSettings(before)
  equal(await readFile(FILE, 'utf8'), value)
})

test('are left alone when the machine has rebooted since', async () => {
  const before = await readSettings()
  const values = { ...before.values, 'vm/swappiness': before.values['vm/swappiness']?.trim() === '61' ? '62\n' : '61\n' }
  await restoreSettings({ boot: 'another', values })
  equal((await readSettings()).values['vm/swappiness'], before.values['vm/swappiness'])
})

test('hold no host name and no lever', async () => {
  const { values } = await readSettings()
  for (const path of ['kernel/hostname', 'vm/drop_caches', 'kernel/random/boot_id']) equal(values[path], undefined)
})

test.run()
