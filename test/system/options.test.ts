import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import {
  BackMaster,
  CentrumError,
  defineApp,
  defineChannel,
  FrontMaster,
  startApp,
  startBack,
  startFront,
  staticCluster,
} from '../../src/index.js'
import { nodeRuntime } from '../../src/runtime/node-runtime.js'
import { silentLog } from '../../src/runtime/silent-log.js'
import { inProject } from '../support/project-root.js'
import app from '../support/system-app.js'

const runtime = nodeRuntime({ log: silentLog })
const back = { id: 'back-1', address: 'memory:back-1', channels: ['room/*'] }
const key = 'a key for tests that has its thirty-two bytes'
const cluster = staticCluster({ backs: [back], key })

/** What is wrong, how it is started, the code, and what the message must name. */
const WRONG: readonly [what: string, start: () => unknown, code: string, ...names: RegExp[]][] = [
  ['no app', () => startApp(undefined as never), 'invalid-option', /the app is missing/, /defineApp/],
  ['a misspelt option', () => startApp(app, { prot: 80 } as never), 'invalid-option', /'prot'/, /port/],
  [
    'a port as a string',
    () => startApp(app, { port: '8070' as never, runtime }),
    'invalid-option',
    /port is '8070', a string/,
    /whole number/,
    /8080/,
  ],
  [
    'a limit that is nearly called so',
    () => startApp(app, { backLimits: { ringTurnMax: 5 } as never, runtime }),
    'invalid-option',
    /'backLimits\.ringTurnMax'/,
    /Did you mean 'ringTurnsMax'\?/,
  ],
  [
    'two limits the wrong way round',
    () => startApp(app, { linkLimits: { backoffMsMin: 5_000 }, runtime }),
    'invalid-option',
    /linkLimits\.backoffMsMin is 5000/,
    /linkLimits\.backoffMsMax, which is 2000/,
  ],
  ['a port out of range', () => startApp(app, { port: 70_000, runtime }), 'invalid-option', /port/, /70000/, /65535/],
  ['a short key', () => startApp(app, { port: 0, key: 'short', runtime }), 'invalid-option', /key/, /5 bytes/, /32/],
  ['a negative grace', () => startApp(app, { port: 0, graceMs: -1, runtime }), 'invalid-option', /graceMs/, /-1/],
  ['a path without slash', () => startApp(app, { port: 0, path: 'ws', runtime }), 'invalid-option', /path/, /ws/, /\//],
  [
    'a front to drain to that is no URL',
    () => startFront(app, { id: 'f', cluster, drainTo: 'front-2' }),
    'invalid-option',
    /drainTo/,
    /'front-2'/,
    /not a valid URL/,
    /wss:\/\/front-2\.example\.com/,
  ],
  [
    'one of several that clients cannot dial',
    () => startFront(app, { id: 'f', cluster, drainTo: ['wss://a.example', 'tcp://10.0.0.1:80'] }),
    'invalid-option',
    /drainTo/,
    /'tcp:\/\/10\.0\.0\.1:80'/,
    /ws:, wss:, http:, https:/,
  ],
  [
    'one with a fragment',
    () => startFront(app, { id: 'f', cluster, drainTo: 'wss://a.example/#b' }),
    'invalid-option',
    /drainTo/,
    /'wss:\/\/a\.example\/#b'/,
    /'#b'/,
  ],
  [
    'none to drain to',
    () => startFront(app, { id: 'f', cluster, drainTo: [] }),
    'invalid-option',
    /drainTo/,
    /empty array/,
    /at least one/,
  ],
  [
    'a number to drain to',
    () => startFront(app, { id: 'f', cluster, drainTo: [8080] as never }),
    'invalid-option',
    /drainTo/,
    /number/,
    /a string/,
  ],
  ['no options', () => startBack(app, undefined as never), 'invalid-option', /startBack/, /missing/, /cluster/],
  ['no cluster', () => startBack(app, { id: 'back-1' } as never), 'invalid-option', /cluster/, /staticCluster/],
  ['an id that is not listed', () => startBack(app, { id: 'back-9', cluster }), 'invalid-option', /back-9/, /back-1/],
  [
    'a front without a key',
    () => startFront(app, { id: 'f', cluster: staticCluster({ backs: [back] }) }),
    'missing-key',
    /npx centrum key/,
  ],
  ['a front without id', () => startFront(app, { cluster }), 'invalid-option', /id/, /front-1/],
  [
    'a limit that is none',
    () => startFront(app, { id: 'f', cluster, limits: { links: 3 } as never }),
    'invalid-option',
    /'limits\.links'/,
    /linksPerSessionMax/,
  ],
  ['a master without cluster', () => new BackMaster(app, { id: 'back-1' } as never), 'invalid-option', /cluster/],
  [
    'a front master without key',
    () => new FrontMaster(app, { id: 'f', cluster: staticCluster({ backs: [back] }) }),
    'missing-key',
    /32/,
  ],
  ['a cluster without backs', () => staticCluster({ backs: [] }), 'invalid-option', /backs/, /back-1/],
  ['an id twice', () => staticCluster({ backs: [back, back] }), 'invalid-option', /back-1/],
  [
    'an address that is none',
    () => staticCluster({ backs: [{ ...back, address: 'http://x' }] }),
    'invalid-option',
    /http:\/\/x/,
    /tcp:\/\//,
  ],
  [
    'a back beyond loopback without key',
    () => staticCluster({ backs: [{ ...back, address: 'tcp://10.0.0.1:4100' }] }),
    'missing-key',
    /10\.0\.0\.1/,
  ],
  [
    'a pattern that is none',
    () => staticCluster({ backs: [{ ...back, channels: ['a//b'] }] }),
    'invalid-option',
    /a\/\/b/,
  ],
  [
    'a channel that is to be stored, and no store',
    () =>
      startBack(
        defineApp({ channels: { kept: defineChannel({ state: () => ({}), durability: 'log' }).implement({}) } }),
        {
          id: 'back-1',
          cluster: staticCluster({ backs: [{ id: 'back-1', address: 'tcp://127.0.0.1:4101' }] }),
          runtime,
        },
      ),
    'invalid-option',
    /store is missing/,
    /kept/,
    /sqliteStore/,
  ],
  ['a tick that is none', () => defineChannel({ state: () => ({}), tickMs: -5 }), 'invalid-definition', /tickMs/, /-5/],
  [
    'a handler too many',
    () => defineChannel({ state: () => ({}) }).implement({ onMessage: { move: () => 0 } } as never),
    'invalid-definition',
    /move/,
  ],
  [
    'a handler too few',
    () => defineChannel({ state: () => ({}), messages: { move: anything } }).implement({} as never),
    'invalid-definition',
    /move/,
  ],
]

const anything = { '~standard': { version: 1, vendor: 'test', validate: (value: unknown) => ({ value }) } } as const

for (const [what, start, code, ...names] of WRONG) {
  test(`S16 ${what}: the error names it, its value and the remedy`, async () => {
    const error = await Promise.resolve()
      .then(start)
      .then(
        () => assert.fail('it started'),
        (thrown: unknown) => thrown,
      )
    assert.ok(error instanceof CentrumError, String(error))
    assert.equal(error.code, code)
    for (const name of names) assert.match(error.message, name)
  })
}

test('S16 the smallest app has at most 12 lines', () => {
  const readme = readFileSync(inProject('README.md'), 'utf8')
  const section = /## One minute([^]*?)\n## /.exec(readme)?.[1] ?? ''
  const [app = '', server = ''] = [...section.matchAll(/```ts\n([^]*?)```/g)].map(([, code]) => code ?? '')
  const lines = `${app}${server}`.split('\n').filter((line) => line.trim() !== '' && !line.startsWith('//'))
  assert.ok(lines.length > 3 && lines.length <= 12, `${lines.length} lines`)
})
