/** The log never throws, never waits and never grows: with outputs that a test fills and breaks, and with a pipe that nobody reads. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { test } from 'node:test'
import { countRepeats } from '../../src/runtime/count-repeats.js'
import { LineSink } from '../../src/runtime/line-sink.js'
import { nodeRuntime } from '../../src/runtime/node-runtime.js'
import type { AppLog } from '../../src/runtime/runtime.js'
import { silentLog } from '../../src/runtime/silent-log.js'
import { inProject } from '../support/project-root.js'

function sinkFor(queuedBytesMax: number) {
  const output = { room: Infinity, broken: false, text: '' }
  let retry: (() => void) | null = null
  const sink = new LineSink({
    output: {
      write(bytes) {
        if (output.broken) throw new Error('ENOSPC')
        const taken = Math.min(bytes.length, output.room)
        output.text += Buffer.from(bytes.subarray(0, taken)).toString()
        output.room -= taken
        return taken
      },
    },
    queuedBytesMax,
    later: (run) => void (retry = run),
    droppedLine: (count) => `dropped ${count}\n`,
  })
  const again = (): void => {
    const run = retry
    retry = null
    run?.()
  }
  return { sink, output, again }
}

test('G6 a log whose output is full keeps what fits, drops the rest, and tells how much when there is room', () => {
  const { sink, output, again } = sinkFor(30)
  output.room = 5
  for (let i = 0; i < 10; i++) sink.write(`line ${i}\n`)
  assert.equal(output.text, 'line ')
  assert.ok(sink.queuedBytes <= 30)
  again()
  output.room = Infinity
  again()
  assert.equal(output.text, 'line 0\nline 1\nline 2\nline 3\nline 4\ndropped 5\n')
  sink.write('next\n')
  assert.match(output.text, /dropped 5\nnext\n$/)
})

test('G6 a log that cannot be written throws nothing, and goes on when it can be written again', () => {
  const { sink, output, again } = sinkFor(1_000)
  output.broken = true
  sink.write('lost\n')
  assert.equal(sink.dropped, 1)
  output.broken = false
  sink.write('later\n')
  again()
  assert.match(output.text, /later\n/)
  assert.match(output.text, /dropped 1\n/)
})

test('G6 lines of one event beyond so many a second are counted, those of an app are not', () => {
  const lines: string[] = []
  const timers: (() => void)[] = []
  let now = 0
  const write = (event: string, fields?: object): void => void lines.push(`${event} ${JSON.stringify(fields ?? {})}`)
  const own = { ...silentLog, warn: write, error: write, info: write, with: (): AppLog => own }
  const log = countRepeats(own, { linesPerSecond: 2, now: () => now, later: (_ms, run) => void timers.push(run) })
  for (let i = 0; i < 5; i++) log.with({ channel: i }).error('handler.failed', { handler: 'onMessage.a' })
  log.error('handler.failed', { handler: 'onMessage.b' })
  for (let i = 0; i < 3; i++) log.info('mine')
  assert.equal(lines.filter((line) => line.includes('onMessage.a')).length, 2)
  assert.equal(lines.filter((line) => line.includes('onMessage.b')).length, 1)
  assert.equal(lines.filter((line) => line.startsWith('mine')).length, 3)
  now = 1_000
  for (const run of timers.splice(0)) run()
  assert.equal(lines.at(-1), 'log.repeated {"of":"handler.failed","count":3}')
  log.error('handler.failed', { handler: 'onMessage.a' })
  assert.equal(lines.filter((line) => line.includes('onMessage.a')).length, 3)
})

test("G6 what an application's own log throws reaches nobody", () => {
  const throwing = {
    debug: fail,
    info: fail,
    warn: fail,
    error: fail,
    with: fail,
  }
  const { log } = nodeRuntime({ log: throwing })
  log.info('something')
  log.with({ a: 1 }).error('something')
})

function fail(): never {
  throw new Error('the disk is full')
}

const FLOOD = `
  const { nodeRuntime } = await import('./src/runtime/node-runtime.ts')
  const { log } = nodeRuntime()
  for (let i = 0; i < 20_000; i++) log.info('mine', { text: 'x'.repeat(100) })
  process.stdout.write('done')
  if (process.argv[1] === 'exit') process.exit(1)
`

test('G6 a pipe that nobody reads holds up neither the process nor its end', async () => {
  for (const how of ['end', 'exit']) {
    const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', FLOOD, how], {
      cwd: inProject(''),
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    child.stderr.pause()
    const closed = once(child, 'exit')
    const [said] = (await once(child.stdout, 'data')) as [Buffer]
    assert.equal(said.toString(), 'done')
    const [code] = (await closed) as [number | null]
    child.stderr.destroy()
    assert.equal(code, how === 'end' ? 0 : 1)
  }
})
