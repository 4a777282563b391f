import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { Content } from '../../engine/core/content.ts'
import { sh, verbatim } from '../../engine/core/script.ts'
import { ProtocolError } from '../../engine/session/frames.ts'
import { Overdue } from '../../engine/session/answers.ts'
import { Session } from '../../engine/session/session.ts'
import { opening } from '../../engine/session/shell_step.ts'
import { connect } from '../../engine/transport/connect.ts'
import { openShell } from '../../engine/transport/open_shell.ts'
import { TransportError } from '../../engine/transport/host.ts'

const test = suite('Session')

async function withSession(body: (session: Session) => Promise<void>, noise = ''): Promise<void> {
  const connection = await connect({ name: 'localhost', address: 'localhost', connection: 'local' }, { home: '/root' })
  const token = 'deadbeef'
  const channel = await openShell(connection, { initial: `${noise}${opening(sh`echo hello`, token)}` })
  const session = new Session(channel, {
    token,
    stage: () => Promise.reject(new Error('nothing to stage')),
    limitBytes: 60_000_000,
    openingMs: 5000,
  })
  try {
    await body(session)
  } finally {
    session.close()
    await connection.close()
  }
}

const SOON = 20_000

test('gives what the opening script printed, behind the noise of a login shell', async () => {
  await withSession(async (session) => {
    assert.match((await session.opened).stdout, /hello/)
    const [answer] = await session.exchange([{ script: sh`echo one` }], SOON)
    assert.equal(answer, { rc: 0, stdout: 'one\n', stderr: '' })
  }, 'echo Welcome; echo to the machine >&2; ')
})

test('answers many steps in one exchange, both streams apart', async () => {
  await withSession(async (session) => {
    const steps = Array.from({ length: 50 }, (_, i) => ({ script: sh`echo out ${i}; echo err ${i} >&2; exit ${i}` }))
    const answers = await session.exchange(steps, SOON)
    assert.equal(
      answers,
      steps.map((_, i) => ({ rc: i, stdout: `out ${i}\n`, stderr: `err ${i}\n` })),
    )
    assert.is(session.exchanges, 1)
  })
})

test('passes over guarded steps after one that failed, and over nothing else', async () => {
  await withSession(async (session) => {
    const steps = [
      { script: sh`true`, guarded: true },
      { script: sh`exit 3`, guarded: true },
      { script: sh`echo must not run`, guarded: true },
      { script: sh`echo looks anyway` },
    ]
    const answers = await session.exchange(steps, SOON)
    assert.equal(
      answers.map((answer) => answer?.rc),
      [0, 3, undefined, 0],
    )
    const [next] = await session.exchange([{ script: sh`true`, guarded: true }], SOON)
    assert.is(next?.rc, 0, 'the next exchange begins anew')
  })
})

test('keeps steps apart: no variable, folder, option or exit of one reaches the next', async () => {
  await withSession(async (session) => {
    const answers = await session.exchange(
      [
        { script: sh`x=1; cd /tmp; set -eu; umask 077; trap 'echo trapped' EXIT; exit 0` },
        { script: sh`echo "x=$x $(pwd) $(umask)"; false; echo on` },
      ],
      SOON,
    )
    assert.is(answers[1]?.stdout, 'x= / 0022\non\n')
  })
})

test('gives stdin to nobody, so no command can eat the steps after it', async () => {
  await withSession(async (session) => {
    const answers = await session.exchange([{ script: sh`cat; read x; echo "rc $?"` }, { script: sh`echo still here` }], SOON)
    assert.equal(
      answers.map((answer) => answer?.stdout),
      ['rc 1\n', 'still here\n'],
    )
  })
})

test('exports the environment of a step to that step alone', async () => {
  await withSession(async (session) => {
    const script = sh`printenv HF_TEST`
    const answers = await session.exchange([{ script, environment: { HF_TEST: "it's" } }, { script }], SOON)
    assert.equal(
      answers.map((answer) => [answer?.rc, answer?.stdout]),
      [
        [0, "it's\n"],
        [1, ''],
      ],
    )
  })
})

test('brings content to a command byte for byte, and into no argument list', async () => {
  const bytes = Uint8Array.from({ length: 5000 }, (_, i) => i % 256)
  await withSession(async (session) => {
    const content = Content.of(bytes)
    const [digest, empty] = await session.exchange(
      [{ script: sh`${content} | sha256sum` }, { script: sh`${Content.of('')} | wc -c` }],
      SOON,
    )
    assert.is(digest?.stdout.slice(0, 64), content.sha256)
    assert.is(empty?.stdout.trim(), '0')
    const marked = Content.of('a-planted-value-of-some-length')
    const [seen] = await session.exchange(
      [
        {
          script: sh`${marked} | { cat >/dev/null; cat /proc/[0-9]*/cmdline /proc/[0-9]*/environ 2>/dev/null | tr '\\0' '\\n' | grep -c '[Y]S1wbGFudGVkLXZhbHVl'; }`,
        },
      ],
      SOON,
    )
    assert.is(seen?.stdout.trim(), '0')
  })
})

test('takes 50 MB of output, and more than the limit ends the session with the reason', async () => {
  await withSession(async (session) => {
    const [answer] = await session.exchange([{ script: sh`head -c 50000000 /dev/zero` }], 60_000)
    assert.is(answer?.stdout.length, 50_000_000)
    await rejects(session.exchange([{ script: sh`head -c 70000000 /dev/zero` }], 60_000), ProtocolError, /more than/)
    await rejects(session.exchange([{ script: sh`true` }], SOON), ProtocolError, /more than/)
  })
})

test('ends with the reason when its shell is killed in the middle', async () => {
  await withSession(async (session) => {
    await rejects(
      session.exchange([{ script: sh`echo half; kill -9 $$` }, { script: sh`echo never` }], SOON),
      TransportError,
      /ended by SIGKILL|status/,
    )
  })
})

test('ends with the reason when no answer comes in time', async () => {
  await withSession(async (session) => {
    await rejects(session.exchange([{ script: sh`sleep 30` }], 200), TransportError, /no answer within/)
  })
})

test('says which step did not answer in time, and keeps what those before it left', async () => {
  await withSession(async (session) => {
    const steps = [
      { script: sh`echo one` },
      { script: sh`exit 2`, timeoutMs: SOON },
      { script: sh`sleep 30`, timeoutMs: 200 },
      { script: sh`echo no` },
    ]
    const error = await session.exchange(steps, SOON).catch((reason: unknown) => reason)
    assert.instance(error, Overdue)
    assert.equal(
      (error as Overdue).answers.map((answer) => answer?.rc),
      [0, 2],
    )
    assert.match((error as Overdue).message, /no answer within 0.2 s/)
  })
})

test('a step has its own time from the answer before it on, however long that took', async () => {
  await withSession(async (session) => {
    const steps = [{ script: sh`sleep 3.2` }, { script: sh`true`, timeoutMs: 3000 }, { script: sh`true`, timeoutMs: 3000 }]
    assert.is((await session.exchange(steps, SOON)).length, 3)
  })
})

test('ends with the reason when the opening script does not', async () => {
  const error = await withSession(async (session) => void (await session.opened), 'sleep 30; ').catch((reason: unknown) => reason)
  assert.instance(error, Overdue)
})

test('many steps may not fill the memory together', async () => {
  await withSession(async (session) => {
    const steps = Array.from({ length: 3 }, () => ({ script: sh`head -c 50000000 /dev/zero` }))
    await rejects(session.exchange(steps, 60_000), ProtocolError, /in one exchange/)
  })
})

test('refuses an answer nobody asked for', async () => {
  await withSession(async (session) => {
    await session.exchange([{ script: sh`true` }], SOON)
    // The step's own shell knows the nonce, as root on a hostile host could; it still cannot answer for another step.
    await rejects(session.exchange([{ script: verbatim('hf_end 999 0') }, { script: sh`true` }], SOON), ProtocolError, /not asked/)
  })
})

async function rejects(promise: Promise<unknown>, kind: new (...args: never[]) => Error, message: RegExp): Promise<void> {
  try {
    await promise
  } catch (error) {
    assert.instance(error, kind)
    assert.match((error as Error).message, message)
    return
  }
  assert.unreachable('it was accepted')
}

test.run()
