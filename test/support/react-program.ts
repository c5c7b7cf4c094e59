/**
 * What is shown of `centrum/react`, as tests to be registered: bundled once with each React that is supported, with all of
 * centrum, so that there is one of everything. It brings a document along, and takes it away again.
 */
import assert from 'node:assert/strict'
import { after, before, describe, test, type TestContext } from 'node:test'
import { Window } from 'happy-dom'
import { act, createElement as h, type ReactNode, StrictMode, Suspense, useState, version } from 'react'
import { createRoot, hydrateRoot } from 'react-dom/client'
import { renderToString } from 'react-dom/server'
import { defineApp, defineChannel, LinkRefused, unchecked } from '../../src/index.js'
import { createHooks } from '../../src/react/index.js'
import { createTestCluster } from '../../src/testing/index.js'

interface Player {
  hp: number
}

const arena = defineChannel({
  state: () => ({ count: 0, players: { a: { hp: 10 }, b: { hp: 10 } } as Record<string, Player>, members: 0 }),
  data: unchecked<object>(),
  options: unchecked<{ team: string } | undefined>(),
  messages: { add: unchecked<number>(), hit: unchecked<string>(), say: unchecked<string>() },
  events: { said: unchecked<string>() },
}).implement({
  onLink(ctx, _client, options) {
    if (options?.team === 'none') throw new LinkRefused('choose a team')
    ctx.state.members++
  },
  onUnlink: (ctx) => void ctx.state.members--,
  onMessage: {
    add: (ctx, _client, by) => void (ctx.state.count += by),
    hit(ctx, _client, id) {
      const player = ctx.state.players[id]
      if (player) player.hp -= 1
    },
    say: (ctx, _client, text) => ctx.broadcast('said', text),
  },
})

const app = defineApp({ channels: { 'arena/:id': arena }, authenticate: () => ({ userId: 'nobody', data: {} }) })
const { CentrumProvider, useChannelState, useConnection, useEvent, useLink, useStatus } = createHooks<typeof app>()

const GLOBALS = [
  'window',
  'document',
  'navigator',
  'HTMLElement',
  'HTMLIFrameElement',
  'Node',
  'Event',
  'IS_REACT_ACT_ENVIRONMENT',
  'MessageChannel',
]
const page = new Window()
/** What is needed of an element; the types of documents are not part of this project. */
interface Container {
  textContent: string
  innerHTML: string
}
const newContainer = () => page.document.createElement('div') as unknown as HTMLElement & Container

/** One cluster, one connection, and a page in which components are rendered. */
async function start(t: TestContext) {
  const cluster = await createTestCluster(app, { fronts: 2 })
  const connection = await cluster.connect({ userId: 'ada', data: {} })
  const container = newContainer()
  const root = createRoot(container)
  t.after(async () => {
    act(() => root.unmount())
    await cluster.close()
  })
  return {
    cluster,
    connection,
    text: () => container.textContent,
    render: async (...children: ReactNode[]) => {
      await act(async () => root.render(h(CentrumProvider, { connection }, ...children)))
      await act(async () => await cluster.advance(100))
    },
    wait: (ms = 100) => act(async () => await cluster.advance(ms)),
    /** Another client of the same channel. */
    enter: () => act(async () => await (await cluster.connect({ userId: 'bob', data: {} })).link('arena/1')),
  }
}

/** A component that shows what it is given to show, and how often it has rendered. */
function shows(render: () => ReactNode) {
  const counted = { renders: 0 }
  const Component = (): ReactNode => {
    counted.renders++
    return render()
  }
  return { Component, counted }
}

/** Registers the tests, under the version of React that they are bundled with. */
export function reactTests(): void {
  describe(`React ${version}`, () => {
    const present = new Map<string, PropertyDescriptor | undefined>()
    const ports: { close(): void }[] = []
    // React keeps one open for as long as there is a page.
    class ClosedMessageChannel extends MessageChannel {
      constructor() {
        super()
        ports.push(this.port1, this.port2)
      }
    }
    before(() => {
      for (const name of GLOBALS) {
        present.set(name, Object.getOwnPropertyDescriptor(globalThis, name))
        const own: Record<string, unknown> = {
          window: page,
          IS_REACT_ACT_ENVIRONMENT: true,
          MessageChannel: ClosedMessageChannel,
        }
        const value = own[name] ?? page[name as 'document']
        Object.defineProperty(globalThis, name, { value, configurable: true, writable: true })
      }
    })
    after(async () => {
      for (const [name, descriptor] of present) {
        if (descriptor) Object.defineProperty(globalThis, name, descriptor)
        else Reflect.deleteProperty(globalThis, name)
      }
      for (const port of ports) port.close()
      await page.happyDOM.close()
    })
    stateTests()
    linkTests()
    providerTests()
  })
}

function stateTests(): void {
  test('a component renders when what it selected changed, and only then', async (t) => {
    const { render, text, enter, wait } = await start(t)
    const count = shows(() => useChannelState('arena/1', (state) => state.count, { initial: -1 }))
    const a = shows(() => useChannelState('arena/1', (state) => state.players['a'])?.hp)
    const players = shows(() =>
      Object.keys(useChannelState('arena/1', (state) => state.players, { initial: {} })).join(),
    )
    const ids = shows(() =>
      useChannelState('arena/1', (state) => Object.keys(state.players), {
        equal: (one, other) => one.join() === other.join(),
        initial: [] as string[],
      }).join(),
    )
    await render(...[count, a, players, ids].map(({ Component }, key) => h(Component, { key })))
    assert.equal(text(), '010a,ba,b')
    const bob = await enter()
    await wait()
    const before = [count, a, players, ids].map(({ counted }) => counted.renders)
    const since = () => [count, a, players, ids].map(({ counted }, i) => counted.renders - (before[i] ?? 0))
    bob.send('add', 5)
    await wait()
    assert.equal(text(), '510a,ba,b')
    assert.deepEqual(since(), [1, 0, 0, 0])
    bob.send('hit', 'b')
    await wait()
    assert.deepEqual(since(), [1, 0, 1, 0])
    bob.send('hit', 'a')
    await wait()
    assert.equal(text(), '59a,ba,b')
    assert.deepEqual(since(), [1, 1, 2, 0])
  })

  test('what is selected keeps its identity where nothing of it changed, and does not change afterwards', async (t) => {
    const { render, enter, wait } = await start(t)
    const seen: unknown[] = []
    const whole = shows(() => {
      seen.push(useChannelState('arena/1', (state) => state))
      return null
    })
    await render(h(whole.Component))
    const bob = await enter()
    await wait()
    bob.send('hit', 'a')
    await wait()
    const [before, after] = seen.slice(-2) as { players: Record<string, Player> }[]
    assert.equal(before?.players['a']?.hp, 10)
    assert.equal(after?.players['a']?.hp, 9)
    assert.equal(before?.players['b'], after?.players['b'])
  })

  test('a child that is given a part of the state shows what is so', async (t) => {
    const { render, text, enter, wait } = await start(t)
    const Row = ({ player }: { player: Readonly<Player> | undefined }): ReactNode => player?.hp
    const none: Record<string, Player> = {}
    const list = shows(() => {
      const all = useChannelState('arena/1', (state) => state.players, { initial: none })
      return Object.keys(all).map((id) => h(Row, { key: id, player: all[id] }))
    })
    await render(h(list.Component))
    const bob = await enter()
    for (let i = 0; i < 3; i++) bob.send('hit', 'b')
    await wait()
    assert.equal(text(), '107')
  })

  test('a selector may depend on props', async (t) => {
    const { render, text, enter, wait } = await start(t)
    const Hp = ({ of }: { of: string }): ReactNode => useChannelState('arena/1', (state) => state.players[of]?.hp)
    const bob = await enter()
    bob.send('hit', 'b')
    await render(h(Hp, { of: 'a' }))
    assert.equal(text(), '10')
    await render(h(Hp, { of: 'b' }))
    assert.equal(text(), '9')
    await wait()
  })

  test('the newest listener is called for an event, once', async (t) => {
    const { render, enter, wait } = await start(t)
    const heard: string[] = []
    const Hears = ({ name }: { name: string }): ReactNode => {
      useEvent('arena/1', 'said', (words) => heard.push(`${name}: ${words}`))
      return null
    }
    await render(h(StrictMode, null, h(Hears, { name: 'old' })))
    await render(h(StrictMode, null, h(Hears, { name: 'new' })))
    const bob = await enter()
    bob.send('say', 'hello')
    await wait()
    assert.deepEqual(heard, ['new: hello'])
  })
}

function linkTests(): void {
  const Linked = ({ id, team }: { id: 'arena/1' | 'arena/2' | null; team?: string }): ReactNode => {
    const { link, status, error } = useLink(id, team === undefined ? {} : { options: { team } })
    return `[${link?.id ?? 'none'} ${status} ${error?.code ?? 'well'}]`
  }

  test('components share a link, StrictMode or not, and the last one ends it', async (t) => {
    const { render, text, connection, enter, wait } = await start(t)
    const bob = await enter()
    await render(h(StrictMode, null, h(Linked, { id: 'arena/1' }), h(Linked, { id: 'arena/1' })))
    assert.equal(text(), '[arena/1 live well][arena/1 live well]')
    assert.equal(bob.state.members, 2)
    await render(h(StrictMode, null, h(Linked, { id: 'arena/1' })))
    assert.equal(bob.state.members, 2)
    await render()
    await wait()
    assert.equal(bob.state.members, 1)
    assert.equal(connection.inspect().links, 0)
  })

  test('another id, or none, ends the link', async (t) => {
    const { render, text, enter } = await start(t)
    const bob = await enter()
    await render(h(Linked, { id: 'arena/1' }))
    await render(h(Linked, { id: 'arena/2' }))
    assert.equal(text(), '[arena/2 live well]')
    assert.equal(bob.state.members, 1)
    await render(h(Linked, { id: null }))
    assert.equal(text(), '[none closed well]')
  })

  test('options of one component hold for all, and other options link anew', async (t) => {
    const { render, text, enter } = await start(t)
    const bob = await enter()
    const Count = (): ReactNode => useChannelState('arena/1', (state) => state.members)
    await render(h(Count), h(Linked, { id: 'arena/1', team: 'red' }))
    assert.equal(text(), '2[arena/1 live well]')
    await render(h(Count), h(Linked, { id: 'arena/1', team: 'blue' }))
    assert.equal(text(), '2[arena/1 live well]')
    assert.equal(bob.state.members, 2)
  })

  test('two components with different options: the second is told', async (t) => {
    const { render, text } = await start(t)
    await render(h(Linked, { id: 'arena/1', team: 'red' }), h(Linked, { id: 'arena/1', team: 'blue' }))
    assert.equal(text(), '[arena/1 live well][none refused already-linked]')
    await render(h(Linked, { key: 1, id: 'arena/1', team: 'blue' }))
    assert.equal(text(), '[arena/1 live well]')
  })

  test('[G5] a refusal and a stall are shown, and retry links again', async (t) => {
    const { render, text, wait, cluster } = await start(t)
    let again: (() => void) | undefined
    let setTeam: ((team: string) => void) | undefined
    const Retries = (): ReactNode => {
      const [team, set] = useState('none')
      const { status, error, retry } = useLink('arena/1', { options: { team } })
      again = retry
      setTeam = set
      return `${status} ${error?.code ?? 'well'}`
    }
    await render(h(Retries))
    assert.equal(text(), 'refused link-refused')
    await act(async () => again?.())
    await wait()
    assert.equal(text(), 'refused link-refused')
    await act(async () => setTeam?.('red'))
    await wait()
    assert.equal(text(), 'live well')
    cluster.kill('back-1')
    await wait(5_000)
    assert.match(text(), /^stalled /)
    cluster.restart('back-1')
    await wait(10_000)
    assert.equal(text(), 'live well')
  })

  test('with suspense a component waits for its link, and is never there without', async (t) => {
    const { render, text, connection, cluster, wait } = await start(t)
    const seen: string[] = []
    const Waits = (): ReactNode => {
      const { link, status } = useLink('arena/1', { suspense: true })
      seen.push(status)
      return link?.id
    }
    await render(h(Suspense, { fallback: 'waiting' }, h(Waits)))
    await wait()
    assert.equal(text(), 'arena/1')
    assert.deepEqual([...new Set(seen)], ['live'])
    assert.equal(connection.inspect().links, 1)
    await render()
    await act(async () => await cluster.advance(1_000))
    assert.equal(connection.inspect().links, 0)
  })
}

function providerTests(): void {
  test('hooks without a provider say so', async () => {
    const Lost = (): ReactNode => useStatus()
    assert.throws(() => renderToString(h(Lost)), { code: 'invalid-option', message: /CentrumProvider/ })
  })

  test('a provider with a URL connects once in StrictMode, with the newest token, and closes at unmount', async () => {
    const sockets: { url: string; closed: boolean }[] = []
    class FakeSocket extends EventTarget {
      binaryType = 'arraybuffer'
      readyState = 0
      bufferedAmount = 0
      readonly #seen: { url: string; closed: boolean }
      constructor(url: string) {
        super()
        this.#seen = { url, closed: false }
        sockets.push(this.#seen)
      }
      send(): void {}
      close(): void {
        this.#seen.closed = true
      }
    }
    const root = createRoot(newContainer())
    const statuses: string[] = []
    const Status = (): ReactNode => {
      statuses.push(useStatus())
      return useConnection() === null ? 'none' : 'some'
    }
    const provider = (url: string): ReactNode =>
      h(StrictMode, null, h(CentrumProvider, { url, token: 'secret', WebSocket: FakeSocket as never }, h(Status)))
    await act(async () => root.render(provider('ws://one.test')))
    assert.deepEqual(sockets, [{ url: 'ws://one.test/', closed: false }])
    await act(async () => root.render(provider('ws://one.test')))
    assert.equal(sockets.length, 1)
    await act(async () => root.render(provider('ws://two.test')))
    assert.deepEqual(sockets, [
      { url: 'ws://one.test/', closed: true },
      { url: 'ws://two.test/', closed: false },
    ])
    await act(async () => root.unmount())
    assert.ok(sockets.every(({ closed }) => closed))
    assert.deepEqual([...new Set(statuses)], ['connecting'])
  })

  test('a wrong URL fails where it is rendered', async () => {
    const root = createRoot(newContainer(), {
      onUncaughtError: () => undefined,
    })
    const { error } = console
    console.error = () => undefined
    try {
      await assert.rejects(async () => await act(async () => root.render(h(CentrumProvider, { url: 'mailto:x' }))), {
        code: 'invalid-option',
      })
    } finally {
      console.error = error
    }
  })

  test('a server renders what is there without a connection, dials nothing, and the page takes over', async (t) => {
    const { connection, cluster } = await start(t)
    const View = (): ReactNode => {
      const { status } = useLink('arena/1', { suspense: true })
      const count = useChannelState('arena/1', (state) => state.count, { initial: 'no' as const })
      return `${useStatus()} ${status} ${count}`
    }
    const tree = (props: object): ReactNode =>
      h(CentrumProvider, props as { url: string }, h('p', null, h(Suspense, { fallback: '…' }, h(View))))
    const window = Object.getOwnPropertyDescriptor(globalThis, 'window')
    Reflect.deleteProperty(globalThis, 'window')
    let html = ''
    try {
      html = renderToString(tree({ url: 'ws://nowhere.test', WebSocket: class {} }))
    } finally {
      Object.defineProperty(globalThis, 'window', window ?? {})
    }
    assert.match(html, /connecting linking no/)
    const container = newContainer()
    container.innerHTML = html
    const complaints: unknown[] = []
    let root: { unmount(): void } | undefined
    await act(async () => {
      root = hydrateRoot(container, tree({ connection }), { onRecoverableError: (error) => complaints.push(error) })
    })
    await act(async () => await cluster.advance(200))
    assert.equal(container.textContent, 'connected live 0')
    assert.deepEqual(complaints, [])
    await act(async () => root?.unmount())
  })
}
