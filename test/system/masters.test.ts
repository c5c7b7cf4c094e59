import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import {
  BackMaster,
  type CentrumError,
  defineApp,
  defineChannel,
  FrontMaster,
  staticCluster,
  type BackDescriptor,
} from '../../src/index.js'
import { InProcessNetwork } from '../../src/link/in-process-transport.js'
import { sharedSecretOf } from '../../src/link/shared-secret.js'
import { nodeRuntime } from '../../src/runtime/node-runtime.js'
import { silentLog } from '../../src/runtime/silent-log.js'
import { canonical, StateMirror } from '../../src/state/index.js'
import { cleanUp } from '../support/clean-up.js'
import { KEY, processCluster } from '../support/processes.js'
import { ScriptedFront } from '../support/scripted-front.js'
import app from '../support/system-app.js'
import { until } from '../support/until.js'

const runtime = nodeRuntime({ log: silentLog })
const CHANNELS = ['room/*', 'area/*', 'ticker/*']

/** Masters within this process. */
async function masters(
  t: TestContext,
  frontIds: readonly string[],
  options: { readonly flushMs?: number; readonly backs?: readonly string[] } = {},
) {
  const { flushMs = 5, backs: backIds = ['back-1'] } = options
  const network = new InProcessNetwork()
  const backs = backIds.map((id) => ({ id, address: `memory:${id}`, channels: CHANNELS }))
  const cluster = staticCluster({ backs, key: KEY })
  const running = backIds.map((id) => new BackMaster(app, { id, cluster, network, runtime }))
  for (const back of running) await back.listen()
  const fronts = frontIds.map((id) => new FrontMaster(app, { id, cluster, network, runtime, flushMs }))
  await Promise.all(fronts.map((front) => front.connect()))
  cleanUp(t, async () => {
    await Promise.all(fronts.map((front) => front.stop()))
    await Promise.all(running.map((back) => back.stop()))
  })
  return {
    backs: running,
    back: running[0] as BackMaster<typeof app>,
    fronts,
    front: fronts[0] as FrontMaster<typeof app>,
    cluster,
    network,
  }
}

test('S1 200 channels between a front and a back, each a process of its own, use one socket', async (t) => {
  const cluster = processCluster(t, ['back-1'])
  const back = await cluster.start('back', 'back-1')
  const listed = staticCluster({ backs: cluster.backs, key: KEY })
  const front = new FrontMaster(app, { id: 'front-1', cluster: listed, runtime })
  cleanUp(t, () => front.stop())
  await front.connect()
  const before = await back.sockets()
  const client = front.client({ userId: 'ada', data: { name: 'Ada' } })
  await Promise.all(Array.from({ length: 200 }, (_, i) => client.link(`room/${i}`, {})))
  assert.equal(await back.sockets(), before)
  const seen = await back.inspectBack()
  assert.equal(seen.channels, 200)
  assert.equal(seen.fronts.length, 1)
  assert.equal(seen.refs, 200)
})

test('S2 linking a front channel gives the bytes of the keyframe that the back made, and a mirror of them equals the state', async (t) => {
  const { back, front, cluster, network } = await masters(t, ['front-1'])
  const client = front.client({ userId: 'ada', data: { name: 'Ada' } })
  await client.link('room/1', { options: { team: 'red' } })
  const channel = front.channel('room/1')
  const encoded = await channel.link()
  const mirror = new StateMirror<{ members: object }>()
  mirror.load(encoded)
  const owner = back.channel('room/1')
  assert.equal(channel.version, owner.version)
  assert.equal(channel.epoch, owner.epoch)
  assert.deepEqual(canonical(mirror.state), canonical(owner.state))
  const secret = sharedSecretOf(cluster.key as Uint8Array, 'proof')
  const tap = new ScriptedFront(
    runtime,
    network,
    { id: 'back-1', address: 'memory:back-1', membershipHash: cluster.hash, secret },
    'tap',
  )
  cleanUp(t, () => tap.leave())
  await until('the tap is linked', () => tap.link)
  tap.say({ type: 'subscribe', channelId: 'room/1', view: 0, epochSeen: 0, past: null })
  const made = await until('the keyframe', () => tap.all('keyframe')[0])
  assert.deepEqual(Buffer.from(made.keyframe.bytes), Buffer.from(encoded))
})

test('S3 1,000 messages within one flushMs cross in one batch, and the back takes them at its tick, in order', async (t) => {
  const { back, front } = await masters(t, ['front-1'], { flushMs: 50 })
  const client = front.client({ userId: 'ada', data: { name: 'Ada' } })
  await client.link('room/1', { processor: true })
  const sent = (): number => front.inspect().backs[0]?.link?.batchesSent ?? 0
  await until('the front is quiet', async () => {
    const before = sent()
    await new Promise((resolve) => setTimeout(resolve, 120))
    return sent() === before
  })
  const before = sent()
  for (let i = 0; i < 1_000; i++) client.send('say', `m${i}`)
  const { state } = back.channel('room/1')
  await until('all are processed', () => state.heard.length === 1_000)
  assert.equal(sent() - before, 1)
  assert.deepEqual(
    state.heard.map(({ text }) => text),
    Array.from({ length: 1_000 }, (_, i) => `m${i}`),
  )
})

test('S5 a second back with the same address is refused, and the error names both', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'centrum-'))
  cleanUp(t, () => rmSync(folder, { recursive: true, force: true }))
  const entry = (id: string): BackDescriptor => ({ id, address: `unix:${folder}/a.sock`, channels: CHANNELS })
  const first = new BackMaster(app, { id: 'back-1', cluster: staticCluster({ backs: [entry('back-1')] }), runtime })
  await first.listen()
  cleanUp(t, () => first.stop())
  const second = new BackMaster(app, { id: 'back-2', cluster: staticCluster({ backs: [entry('back-2')] }), runtime })
  await assert.rejects(second.listen(), (error: Error & { code?: string }) => {
    assert.equal(error.code, 'address-in-use')
    assert.match(error.message, /back-1/)
    assert.match(error.message, /back-2/)
    return true
  })
})

test('S5 H3 H4 a front that meets another back than the one it dialled, or the same one twice, refuses it and names both', async (t) => {
  const network = new InProcessNetwork()
  const listed = ['back-1', 'back-2'].map((id) => ({ id, address: `memory:${id}`, channels: CHANNELS }))
  const cluster = staticCluster({ backs: listed, key: KEY })
  const lines: { event: string; message: string }[] = []
  const record = (event: string, fields?: Readonly<Record<string, unknown>>): void =>
    void lines.push({ event, message: JSON.stringify(fields ?? {}) })
  const log = { debug: record, info: record, warn: record, error: record, with: () => log }
  const real = new BackMaster(app, { id: 'back-1', cluster, network, runtime })
  await real.listen()
  // Someone started a second back-1 with the address of back-2.
  const twisted = staticCluster({ backs: [{ id: 'back-1', address: 'memory:back-2', channels: CHANNELS }], key: KEY })
  const twin = new BackMaster(app, { id: 'back-1', cluster: twisted, network, runtime })
  await twin.listen()
  const front = new FrontMaster(app, { id: 'front-1', cluster, network, runtime: { ...runtime, log } })
  cleanUp(t, async () => {
    await front.stop()
    await Promise.all([real.stop(), twin.stop()])
  })
  front.dial()
  const refused = await until('the twin is refused', () =>
    lines.find(({ message }) => message.includes('wrong-id') || message.includes('id-taken')),
  )
  assert.match(refused.message, /back-1/)
  assert.match(refused.message, /back-2/)
  assert.equal(front.inspect().backs.filter(({ up }) => up).length, 1)
})

test('S8 G2 four fronts and 1,000 turns: every mirror equals the owner at each version', async (t) => {
  const hex = (state: unknown): string => Buffer.from(canonical(state)).toString('hex')
  const owner = new Map<number, string>()
  const ticker = defineChannel({ state: () => ({ count: 0, ring: [] as number[] }), tickMs: 1 }).implement({
    onTick(ctx) {
      // Before a turn changes anything its state is the one that was published last.
      owner.set(ctx.version, hex(ctx.state))
      ctx.state.ring.push(++ctx.state.count)
      if (ctx.state.ring.length > 10) ctx.state.ring.shift()
    },
  })
  const network = new InProcessNetwork()
  const cluster = staticCluster({ backs: [{ id: 'back-1', address: 'memory:back-1', channels: ['ticker'] }], key: KEY })
  const own = defineApp({ channels: { ticker } })
  const back = new BackMaster(own, { id: 'back-1', cluster, network, runtime })
  await back.listen()
  const ids = ['front-1', 'front-2', 'front-3', 'front-4']
  const fronts = ids.map((id) => new FrontMaster(own, { id, cluster, network, runtime }))
  cleanUp(t, async () => {
    await Promise.all(fronts.map((front) => front.stop()))
    await back.stop()
  })
  await Promise.all(fronts.map((front) => front.connect()))
  const mirrors = await Promise.all(
    fronts.map(async (front) => {
      const channel = front.channel('ticker')
      const mirror = new StateMirror<{ count: number }>()
      const versions = new Map<number, string>()
      mirror.load(await channel.link())
      versions.set(channel.version, hex(mirror.state))
      channel.onPatch((bytes, { version }) => {
        mirror.patch(bytes)
        versions.set(version, hex(mirror.state))
      })
      return versions
    }),
  )
  await until('1,000 turns at each front', () => mirrors.every((versions) => versions.size > 1_000), 30_000)
  for (const versions of mirrors) {
    const numbers = [...versions.keys()]
    assert.equal(numbers.length, (numbers.at(-1) as number) - (numbers[0] as number) + 1, 'no version is left out')
    for (const [version, state] of versions) {
      if (version < back.channel('ticker').version) assert.equal(state, owner.get(version), `version ${version}`)
    }
  }
})

test('S14 a front speaks to any back channel by itself, with internal messages', async (t) => {
  const { backs, front, cluster } = await masters(t, ['front-1'], { backs: ['back-1', 'back-2'] })
  const ids = ['room/1', 'room/2', 'room/3', 'room/4'] as const
  assert.equal(new Set(ids.map((id) => cluster.ownerOf(id))).size, 2, 'the rooms are on both backs')
  for (const id of ids) {
    const channel = front.channel(id)
    await channel.link()
    channel.send('credited', 5)
    const owner = backs.find((back) => back.id === cluster.ownerOf(id)) as BackMaster<typeof app>
    await until(`${id} heard the front`, () => owner.channel(id).state.heard.length === 1)
    assert.deepEqual(owner.channel(id).state.heard, [{ from: 'front front-1', text: '5' }])
    assert.deepEqual(owner.channel(id).state.members, {}, 'a front is no member: it runs no onLink')
  }
  const channel = front.channel('room/1')
  assert.throws(() => channel.send('say' as never, 'plain' as never), { code: 'not-permitted' })
})

test('S10 L12 a client of the front itself may send as soon as it has asked for its processor', async (t) => {
  const { back, front } = await masters(t, ['front-1'])
  const client = front.client({ userId: 'ada', data: { name: 'Ada' } })
  await client.link('area/1', {})
  await client.link('area/2', {})
  void client.setProcessor('area/1')
  client.send('step', 'a')
  const moved = client.setProcessor('area/2')
  client.send('step', 'b')
  await moved
  client.send('step', 'c')
  const steps = (id: 'area/1' | 'area/2'): string[] => back.channel(id).state.steps.map(({ text }) => text)
  await until('all have arrived', () => steps('area/2').length === 2)
  assert.deepEqual([steps('area/1'), steps('area/2')], [['a'], ['b', 'c']])
})

test('S10 L12 G5 of 3,000 messages that are sent while the processor moves each is processed once, or refused', async (t) => {
  const { back, front } = await masters(t, ['front-1'])
  const client = front.client({ userId: 'ada', data: { name: 'Ada' } })
  const areas = ['area/1', 'area/2'] as const
  let refused = 0
  client.onRefused((_channelId, error) => {
    assert.equal(error.code, 'no-processor')
    refused++
  })
  const link = async (id: (typeof areas)[number]): Promise<unknown> => client.link(id, {}).catch(() => {})
  await Promise.all(areas.map(link))
  const moves: Promise<unknown>[] = []
  for (let i = 0; i < 3_000; i++) {
    const id = areas[i % 200 < 100 ? 0 : 1]
    if (i % 100 === 0) {
      moves.push(link(id).then(() => client.setProcessor(id).catch(() => {})))
      await moves.at(-1 - (i % 3))
    }
    if (i % 500 === 250)
      moves.push(
        client.setProcessor(id).catch(() => {}),
        client.unlink(id),
      )
    try {
      client.send('step', String(i))
    } catch (error) {
      assert.match((error as CentrumError).code, /^(no-processor|not-linked)$/)
      refused++
    }
  }
  await Promise.allSettled(moves)
  const steps = (): string[] => areas.flatMap((id) => back.channel(id).state.steps.map(({ text }) => text))
  await until('each has its outcome', () => steps().length + refused >= 3_000)
  assert.equal(new Set(steps()).size, steps().length, 'none is processed twice')
  assert.equal(steps().length + refused, 3_000)
  assert.ok(steps().length > 1_000 && refused > 0, `${steps().length} were processed, ${refused} refused`)
})

test('S10 G5 a client of the front itself makes requests, which only what is linked and for clients answers', async (t) => {
  const { front } = await masters(t, ['front-1'])
  const client = front.client({ userId: 'ada', data: { name: 'Ada' } })
  await assert.rejects(client.request('room/1', 'whoAmI'), { code: 'not-linked' })
  await client.link('room/1', { processor: true })
  client.send('say', 'hello')
  assert.equal(await client.request('room/1', 'count', client.id), 1)
  assert.deepEqual(await client.request('room/1', 'whoAmI'), { id: client.id, userId: 'ada', processor: true })
  await assert.rejects(client.request('room/1', 'cuont' as never, '' as never), { code: 'not-declared' })
  await assert.rejects(client.request('room/1', 'count', 3 as never), { code: 'invalid' })
  await assert.rejects(client.request('room/1', 'count', '', { signal: AbortSignal.abort() }), { code: 'aborted' })
})

test('S11 S12 a back speaks to everyone, and a front to every open channel', async (t) => {
  const { backs, front } = await masters(t, ['front-1'], { backs: ['back-1', 'back-2'] })
  const client = front.client({ userId: 'ada', data: { name: 'Ada' } })
  const events: string[] = []
  client.onEvent((channelId, name, payload) => events.push(`${channelId} ${name} ${String(payload)}`))
  const ids = ['room/1', 'room/2', 'room/3', 'room/4'] as const
  for (const id of ids) await client.link(id, {})
  for (const back of backs) back.broadcast('boom', 'everyone')
  await until('each channel has told it', () => events.length === 4)
  assert.deepEqual(
    events.sort(),
    ids.map((id) => `${id} boom everyone`),
  )
  front.broadcast('shout', 'hear me')
  const heard = (): number => ids.filter((id) => backs.some((back) => hears(back, id))).length
  const hears = (back: BackMaster<typeof app>, id: (typeof ids)[number]): boolean => {
    try {
      return back.channel(id).state.heard.some(({ from, text }) => from === 'front-1' && text === 'hear me')
    } catch {
      return false
    }
  }
  await until('each channel heard it', () => heard() === 4)
})
