/** The real clocks, randomness and log: what everything else is promised of them. */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { test } from 'node:test'
import { pathToFileURL } from 'node:url'
import { promisify, stripVTControlCharacters } from 'node:util'
import { browserRuntime } from '../../src/runtime/browser-runtime.js'
import { logText } from '../../src/runtime/log-text.js'
import { nodeRuntime } from '../../src/runtime/node-runtime.js'
import type { Runtime } from '../../src/runtime/runtime.js'
import { Sweep } from '../../src/runtime/sweep.js'
import { ManualClock } from '../support/manual-clock.js'
import { ownExecArgv, ownFile } from '../support/own-file.js'

const run = promisify(execFile)
const runtimes: readonly (readonly [string, () => Runtime])[] = [
  ['Node', () => nodeRuntime({ logLevel: 'silent' })],
  ['browser', browserRuntime],
]

/** Runs a script that is given the runtime's file, and delivers what it wrote. */
function script(source: string, env: Record<string, string> = {}): Promise<{ stdout: string; stderr: string }> {
  const code = `import { nodeRuntime } from '${pathToFileURL(ownFile('src/runtime/node-runtime.ts')).href}'
import { browserRuntime } from '${pathToFileURL(ownFile('src/runtime/browser-runtime.ts')).href}'
${source}`
  return run(process.execPath, [...ownExecArgv, '--input-type=module', '-e', code], {
    env: { ...process.env, CENTRUM_LOG: '', ...env },
    timeout: 20_000,
  })
}

for (const [name, make] of runtimes) {
  test(`${name}: a timer runs once and not early, and not at all once cancelled`, async () => {
    const { clock } = make()
    for (const delayMs of [0, 1, 2.5, 7]) {
      const started = clock.now()
      await new Promise<void>((resolve) => {
        clock.after(delayMs, resolve)
      })
      if (name === 'Node') assert.ok(clock.now() - started >= delayMs, `${clock.now() - started} of ${delayMs}`)
    }
    const ran: string[] = []
    const cancelled = clock.after(1, () => ran.push('cancelled'))
    cancelled.cancel()
    cancelled.cancel()
    const soonCancelled = clock.soon(() => ran.push('soon cancelled'))
    soonCancelled.cancel()
    await new Promise<void>((resolve) => {
      clock.after(5, resolve)
    })
    assert.deepEqual(ran, [])
  })

  test(`${name}: soon runs in the next macrotask, behind promises and what was asked for before`, async () => {
    const { clock } = make()
    const order: string[] = []
    await new Promise<void>((resolve) => {
      clock.soon(() => order.push('first'))
      clock.soon(() => {
        order.push('second')
        resolve()
      })
      void Promise.resolve().then(() => order.push('promise'))
      order.push('now')
    })
    assert.deepEqual(order, ['now', 'promise', 'first', 'second'])
  })

  test(`${name}: randomness has its range and length`, () => {
    const { random } = make()
    for (let i = 0; i < 1_000; i++) {
      const value = random.float()
      assert.ok(value >= 0 && value < 1)
    }
    assert.equal(random.bytes(0).length, 0)
    assert.equal(random.bytes(33).length, 33)
    assert.notDeepEqual(random.bytes(16), random.bytes(16))
  })
}

test('a timer keeps its process alive until it ran or was cancelled', async () => {
  const { stdout } = await script(`
    for (const { clock } of [nodeRuntime(), browserRuntime()]) {
      clock.after(20, () => console.log('ran'))
      clock.after(600_000, () => console.log('never')).cancel()
    }`)
  assert.equal(stdout, 'ran\nran\n')
})

test('where there is no setImmediate, soon goes through a message channel and ends with it', async () => {
  const { stdout } = await script(`
    delete globalThis.setImmediate
    const { clock } = browserRuntime()
    clock.soon(() => console.log('first'))
    clock.soon(() => console.log('cancelled')).cancel()
    clock.soon(() => console.log('second'))`)
  assert.equal(stdout, 'first\nsecond\n')
})

test('the log is one JSON line an event on stderr, with its fields and its error', async () => {
  const { stdout, stderr } = await script(`
    const { log } = nodeRuntime({ logLevel: 'info' })
    log.debug('quiet')
    log.with({ master: 'back-1' }).with({ peer: 'front-1' }).warn('link.closed', { error: new TypeError('a mistake'), n: 1 })
    log.error('alone')`)
  assert.equal(stdout, '')
  const lines = stderr
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>)
  assert.equal(lines.length, 2)
  const [first, second] = lines as [Record<string, unknown>, Record<string, unknown>]
  const { level, event, master, peer, n } = first
  assert.deepEqual(
    { level, event, master, peer, n },
    { level: 'warn', event: 'link.closed', master: 'back-1', peer: 'front-1', n: 1 },
  )
  assert.equal((first['error'] as { message: string }).message, 'a mistake')
  assert.deepEqual([second['level'], second['event']], ['error', 'alone'])
})

test('S16 the level of the log comes from the environment unless given, and a wrong one says which there are', async () => {
  const source = `nodeRuntime().log.info('info'); nodeRuntime({ logLevel: 'debug' }).log.debug('given')`
  const quiet = await script(source, { CENTRUM_LOG: 'error' })
  assert.match(quiet.stderr, /"event":"given"/)
  assert.doesNotMatch(quiet.stderr, /"event":"info"/)
  await assert.rejects(
    script(source, { CENTRUM_LOG: 'loud' }),
    /CENTRUM_LOG is 'loud', a string. It must be one of 'debug', 'info', 'warn', 'error', 'silent'/,
  )
})

test('a server looks for mistakes unless NODE_ENV is production', (t) => {
  const before = process.env['NODE_ENV']
  t.after(() => {
    if (before === undefined) delete process.env['NODE_ENV']
    else process.env['NODE_ENV'] = before
  })
  for (const environment of ['production', 'development', 'test']) {
    process.env['NODE_ENV'] = environment
    assert.equal(nodeRuntime().isDevelopment, environment !== 'production')
  }
})

test('G6 one timer sweeps all that falls due, and none is left when nothing is', () => {
  const clock = new ManualClock()
  const due = new Map([
    ['a', 100],
    ['b', 250],
  ])
  const found: [string, number][] = []
  const sweep = new Sweep(clock, (now) => {
    for (const [name, at] of due) {
      if (at > now) return at - now
      due.delete(name)
      found.push([name, now])
    }
    return null
  })
  sweep.within(100)
  sweep.within(10)
  assert.equal(clock.pending, 1)
  clock.advance(1_000)
  assert.deepEqual(found, [
    ['a', 100],
    ['b', 250],
  ])
  assert.deepEqual([clock.pending, sweep.timers], [0, 0])
  due.set('c', 0)
  sweep.within(50)
  sweep.stop()
  clock.advance(1_000)
  assert.equal(found.length, 2, 'it was stopped')
})

test('a log for people has one line an event, with its fields, and the stack of an error below it', () => {
  const record = { level: 'warn', time: '2026-01-02T03:04:05.678Z', pid: 1, event: 'back.detached', front: 'front-1' }
  assert.equal(
    logText({ ...record, back: 'back-1', message: 'not there', refs: 2, reason: 'closing' }, false),
    '03:04:05.678 warn  front-1 back.detached back=back-1 message="not there" refs=2 reason=closing\n',
  )
  assert.equal(
    logText({ ...record, error: { message: 'no', stack: 'Error: no\n    at here' } }, false),
    '03:04:05.678 warn  front-1 back.detached\n    Error: no\n        at here\n',
  )
  assert.equal(
    logText({ ...record, error: 'Error: \x1b[2J\u009b\n    at here' }, false),
    '03:04:05.678 warn  front-1 back.detached\n    Error: \\u001b[2J\\u009b\n        at here\n',
    'errors quote what clients sent, and a terminal would obey it',
  )
  const colored = logText(record, true)
  assert.notEqual(colored, logText(record, false))
  assert.equal(logText({ event: 'x.y', level: 'info', time: '', n: 1 }, false), ' info  x.y n=1\n')
  assert.equal(stripVTControlCharacters(colored), logText(record, false))
})
