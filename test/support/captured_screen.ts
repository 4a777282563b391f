import { PassThrough } from 'node:stream'
import { Screen } from '../../engine/report/screen.ts'

/** A screen whose two streams are kept as text. */
export function capturedScreen({ colour = false } = {}) {
  const streams = { out: new PassThrough(), err: new PassThrough() }
  const kept = { out: '', err: '' }
  for (const name of ['out', 'err'] as const) {
    streams[name].setEncoding('utf8')
    streams[name].on('data', (text: string) => {
      kept[name] += text
    })
  }
  return { screen: new Screen(streams, { colour }), kept }
}
