/** Whatever breaks when: `onLink` and `onUnlink`, `onDrop` and `onResume` come in pairs and in order. Once simulated, once on real sockets. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import { WebSocket } from 'ws'
import type { Connection } from '../../src/channel/connection-api.js'
import { connect } from '../../src/client/node.js'
import { startApp } from '../../src/run/start-app.js'
import { nodeRuntime } from '../../src/runtime/node-runtime.js'
import { silentLog } from '../../src/runtime/silent-log.js'
import { createTestCluster } from '../../src/testing/create-test-cluster.js'
import { MOMENTS, type Moment, pairApp } from '../support/pair-moments.js'
import { inProject } from '../support/project-root.js'
import { until } from '../support/until.js'

type PairApp = ReturnType<typeof pairApp>

/** How the steps of a moment are taken. */
interface Stage {
  readonly ada: Connection<PairApp['app']>
  readonly admin: Connection<PairApp['app']>
  lose(): void
  comeBack(): void
  close(): Promise<void>
  /** How many sessions the back waits for. */
  inGrace(): number
  /** Lets time go by until it is so. */
  wait(what: string, isSo: () => boolean): Promise<void>
  end(): Promise<void>
}

async function play(moment: Moment, { calls, open, let: letGo }: PairApp, stage: Stage): Promise<void> {
  const { ada, admin } = stage
  const expected: string[] = []
  await admin.link('room').then((link) => stage.wait('the admin is there', () => link.status === 'live'))
  const id = ada.clientId
  const background: Promise<unknown>[] = []
  const later = (promise: Promise<unknown>): void => void background.push(promise.catch(() => undefined))
  let isLinked = false
  for (const [step, ...brings] of moment.steps) {
    if (step[0] === 'link') isLinked = !/ (refuses|throws|hangs)$/.test(brings[0] ?? '')
    if (['unlink', 'bye', 'kick', 'close'].includes(step[0])) isLinked = false
    switch (step[0]) {
      case 'let':
        letGo(step[1], step[2])
        break
      case 'link':
        later(ada.link('room'))
        // Refused at once: the client is to know it before anything else happens.
        if (/ (refuses|throws)$/.test(brings[0] ?? '')) await background.at(-1)
        break
      case 'lose':
        stage.lose()
        await stage.wait('contact is lost', () => ada.status !== 'connected')
        if (isLinked) await stage.wait('the back knows it', () => stage.inGrace() > 0 || calls.length > expected.length)
        break
      case 'return':
        stage.comeBack()
        await stage.wait('contact is found', () => ada.status === 'connected')
        if (isLinked) await stage.wait('the back knows it', () => stage.inGrace() === 0)
        break
      case 'unlink':
        await stage.wait('it is linked', () => ada.linked('room') !== null)
        later(ada.linked('room')?.unlink() ?? Promise.reject(new Error('it is not linked')))
        break
      case 'bye':
        later(ada.close())
        break
      case 'kick':
        admin.linked('room')?.send('kick', id)
        await stage.wait('it is kicked', () => admin.linked('room')?.acknowledged !== 0)
        break
      case 'close':
        later(stage.close())
        break
      case 'open':
        open()
        break
    }
    expected.push(...brings)
    await stage.wait('what is due', () => calls.length >= expected.length).catch(() => undefined)
    assert.deepEqual(calls, expected, moment.what)
  }
  open()
  await stage.end()
  await Promise.all(background)
  const behind = calls.slice(expected.length).filter((call) => call !== 'onClose')
  assert.deepEqual(behind, [], `nothing comes behind ${expected.join(', ')}`)
}

async function simulated(app: PairApp['app']): Promise<Stage> {
  const cluster = await createTestCluster(app, { fronts: 1, backs: 1, log: () => undefined })
  const ada = await cluster.connect({ token: 'ada' }, { id: 'ada' })
  return {
    ada,
    admin: await cluster.connect({ token: 'admin' }, { id: 'admin' }),
    lose() {
      cluster.partition(['front-1'], ['ada'])
      cluster.disconnect('front-1', 'ada')
    },
    comeBack: () => cluster.heal(),
    close: () => cluster.back('back-1').close('room'),
    inGrace: () => cluster.back('back-1').inspect().dropped,
    async wait(what, isSo) {
      for (let i = 0; i < 10_000 && !isSo(); i++) await cluster.advance(5)
      assert.ok(isSo(), what)
    },
    end: () => cluster.close(),
  }
}

async function onRealSockets(app: PairApp['app']): Promise<Stage> {
  const server = await startApp(app, { port: 0, runtime: nodeRuntime({ log: silentLog }) })
  const sockets = new Set<WebSocket>()
  let isLost = false
  class Losable extends WebSocket {
    constructor(url: string, protocol: string) {
      super(isLost ? 'ws://127.0.0.1:1' : url, protocol)
      sockets.add(this)
    }
  }
  const settings = { backoffMsMin: 10, backoffMsMax: 20, closeMs: 100 }
  const ada = connect<typeof app>(server.url, { ...settings, token: 'ada', WebSocket: Losable })
  const admin = connect<typeof app>(server.url, { ...settings, token: 'admin' })
  const wait = async (what: string, isSo: () => boolean): Promise<void> => void (await until(what, isSo, 20_000))
  await wait('they are connected', () => ada.status === 'connected' && admin.status === 'connected')
  return {
    ada,
    admin,
    lose() {
      isLost = true
      for (const socket of sockets) socket.terminate()
    },
    comeBack: () => void (isLost = false),
    close: () => server.back.master.close('room'),
    inGrace: () => server.back.inspect().dropped,
    wait,
    async end() {
      await Promise.all([ada.close(), admin.close()])
      await server.close()
    },
  }
}

for (const [how, stageOf] of [
  ['simulated', simulated],
  ['on real sockets', onRealSockets],
] as const) {
  describe(`[S9] handlers come in pairs and in order, ${how}`, () => {
    for (const moment of MOMENTS) {
      test(moment.what, async () => {
        const pairs = pairApp()
        await play(moment, pairs, await stageOf(pairs.app))
      })
    }
  })
}

test('[S9] docs/guide.md has each moment with what runs then', () => {
  const guide = readFileSync(inProject('docs/guide.md'), 'utf8')
  for (const { what, steps } of MOMENTS) {
    const calls = steps.flatMap(([, ...brings]) => brings).filter((call) => !call.endsWith(' begins'))
    const shown = calls.map((call) => call.replace(/^\w+/, '`$&`').replace(/ hangs$/, ', given up')).join(', ')
    assert.ok(guide.includes(`| ${what} | ${shown} |`), `| ${what} | ${shown} |`)
  }
})
