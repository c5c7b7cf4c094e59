import assert from 'node:assert/strict'
import { test } from 'node:test'
import { deflateRawSync } from 'node:zlib'
import { compressKeyframe, decompressKeyframe } from '../../src/state/format/compress-keyframe.js'
import { StateEncoder } from '../../src/state/encoder/state-encoder.js'
import { StateMirror } from '../../src/state/mirror/state-mirror.js'
import { DecodeError } from '../../src/value/decode-error.js'

interface World {
  players: Record<string, { x: number; bag: string[] }>
  round: number
}

function setUp(): { encoder: StateEncoder<World>; mirror: StateMirror<World>; step: () => void; told: string[] } {
  const encoder = new StateEncoder<World>({ players: { a: { x: 1, bag: [] } }, round: 0 })
  const mirror = new StateMirror<World>()
  mirror.load(encoder.keyframe())
  const step = (): void => {
    const patch = encoder.patch()
    if (patch) mirror.patch(patch)
  }
  return { encoder, mirror, step, told: [] }
}

function tell(
  told: string[],
  prefix = '',
): { [kind in 'add' | 'change' | 'remove']: (v: unknown, key: unknown) => void } {
  return {
    add: (value, key) => told.push(`${prefix}+${String(key)}=${JSON.stringify(value)}`),
    change: (value, key) => told.push(`${prefix}~${String(key)}=${JSON.stringify(value)}`),
    remove: (value, key) => told.push(`${prefix}-${String(key)}=${JSON.stringify(value)}`),
  }
}

test('handlers that began before the first keyframe are told of all that it brings', () => {
  const { encoder, told } = setUp()
  const mirror = new StateMirror<World>()
  mirror.on(['players'], tell(told))
  mirror.on(['players', '*', 'bag'], tell(told, 'bag '))
  mirror.load(encoder.keyframe())
  assert.deepEqual(told.splice(0), ['+a={"x":1,"bag":[]}'])
  encoder.state.players['a']?.bag.push('sword')
  mirror.patch(encoder.patch() ?? assert.fail())
  assert.deepEqual(told, ['bag +0="sword"', '~a={"x":1,"bag":["sword"]}'])
})

test('a container that comes, goes or is replaced does so with all of its entries', () => {
  const encoder = new StateEncoder<Record<string, unknown>>({})
  const mirror = new StateMirror()
  const told: string[] = []
  mirror.on(['teams', 'red'], tell(told))
  mirror.on(['teams', '*', 'ada'], tell(told, 'ada '))
  mirror.load(encoder.keyframe())
  const step = (teams?: unknown): string[] => {
    if (teams === undefined) delete encoder.state['teams']
    else encoder.state['teams'] = teams
    mirror.patch(encoder.patch() ?? assert.fail())
    return told.splice(0)
  }
  assert.deepEqual(step({ red: { ada: { hp: 1 } } }), ['+ada={"hp":1}', 'ada +hp=1'])
  assert.deepEqual(step({ red: { ada: { hp: 2 } } }), ['~ada={"hp":2}', 'ada ~hp=2'])
  assert.deepEqual(step({ red: ['bob'] }), ['-ada={"hp":2}', '+0="bob"'])
  assert.deepEqual(step(5), ['-0="bob"'])
  assert.deepEqual(step({ red: { eve: 3 } }), ['+eve=3'])
  assert.deepEqual(step(), ['-eve=3'])
})

test('handlers are told of entries that are there, come, change and go, at a path', () => {
  const { encoder, mirror, step, told } = setUp()
  const stop = mirror.on(['players'], tell(told))
  assert.deepEqual(told.splice(0), ['+a={"x":1,"bag":[]}'])
  encoder.state.players['b'] = { x: 2, bag: [] }
  step()
  assert.deepEqual(told.splice(0), ['+b={"x":2,"bag":[]}'])
  ;(encoder.state.players['a'] as { x: number }).x = 5
  encoder.state.players['b']?.bag.push('sword')
  step()
  assert.deepEqual(told.splice(0).sort(), ['~a={"x":5,"bag":[]}', '~b={"x":2,"bag":["sword"]}'])
  delete encoder.state.players['a']
  encoder.state.round = 1
  step()
  assert.deepEqual(told.splice(0), ['-a={"x":5,"bag":[]}'])
  stop()
  encoder.state.players['c'] = { x: 3, bag: [] }
  step()
  assert.deepEqual(told, [])
})

test('a star stands for every key, the empty path for the state itself', () => {
  const { encoder, mirror, step, told } = setUp()
  mirror.on(['players', '*'], tell(told, 'field '))
  mirror.on([], tell(told, 'root '))
  told.length = 0
  ;(encoder.state.players['a'] as { x: number }).x = 5
  step()
  assert.ok(told.includes('field ~x=5'), told.join())
  assert.ok(
    told.some((line) => line.startsWith('root ~players=')),
    told.join(),
  )
  told.length = 0
  encoder.state.round = 3
  step()
  assert.deepEqual(told, ['root ~round=3'])
})

test('handlers run when all of a patch is applied, and one that throws does not keep the others from being told', () => {
  const { encoder, mirror, step, told } = setUp()
  mirror.on(['players'], {
    change: () => {
      assert.equal(mirror.state.round, 9)
      throw new Error('mine')
    },
  })
  mirror.on(['players'], tell(told))
  told.length = 0
  ;(encoder.state.players['a'] as { x: number }).x = 5
  encoder.state.round = 9
  assert.throws(step, /mine/)
  assert.equal(told.length, 1)
  ;(encoder.state.players['a'] as { x: number }).x = 6
  assert.throws(step, /mine/)
  assert.equal(mirror.state.players['a']?.x, 6)
})

test('a keyframe tells what differs from what was there, and nothing else', () => {
  const { encoder, mirror, told } = setUp()
  mirror.on(['players'], tell(told))
  told.length = 0
  const { a } = mirror.state.players
  encoder.state.players['b'] = { x: 2, bag: [] }
  encoder.patch()
  mirror.load(encoder.keyframe())
  assert.deepEqual(told.splice(0), ['+b={"x":2,"bag":[]}'])
  assert.equal(mirror.state.players['a'], a)
  mirror.load(encoder.keyframe())
  assert.deepEqual(told, [])
})

test('a client that was built for an older state mirrors fields that it does not know', () => {
  const encoder = new StateEncoder<Record<string, unknown>>({ known: { x: 1 } })
  const mirror = new StateMirror<{ known: { x: number } }>()
  mirror.load(encoder.keyframe())
  encoder.state['later'] = { thing: [1, 2] }
  Object.assign(encoder.state['known'] as object, { x: 2, z: 3 })
  mirror.patch(encoder.patch() as Uint8Array)
  assert.deepEqual(mirror.state, { known: { x: 2, z: 3 }, later: { thing: [1, 2] } })
})

test('keyframes are compressed and come back, within a limit', async () => {
  const players: World['players'] = {}
  for (let i = 0; i < 500; i++) players[`player-${i}`] = { x: i, bag: ['sword', 'shield'] }
  const keyframe = new StateEncoder<World>({ players, round: 1 }).keyframe()
  const small = await compressKeyframe(keyframe)
  assert.ok(small.length < keyframe.length / 2)
  assert.deepEqual(await decompressKeyframe(small), keyframe)
  await assert.rejects(decompressKeyframe(small, { bytesMax: keyframe.length - 1 }), DecodeError)
  await assert.rejects(decompressKeyframe(small.slice(0, 20)), DecodeError)
  await assert.rejects(decompressKeyframe(new Uint8Array([255, 255, 255])), DecodeError)
  await assert.rejects(decompressKeyframe(deflateRawSync(new Uint8Array(1e7)), { bytesMax: 1e6 }), DecodeError)
})

test('an element that went is told with the index it had, and its neighbours stay the same objects', () => {
  const element = (name: string): { name: string } => ({ name })
  const encoder = new StateEncoder({ list: ['a', 'b', 'c', 'd', 'e'].map(element) })
  const mirror = new StateMirror<{ list: { name: string }[] }>()
  mirror.load(encoder.keyframe())
  const before = [...mirror.state.list]
  const told: [string, number][] = []
  mirror.on<{ name: string }>(['list'], { remove: ({ name }, index) => told.push([name, Number(index)]) })
  const [c] = encoder.state.list.splice(2, 1)
  encoder.state.list.splice(3, 1, ...(c ? [c] : []), element('f'))
  mirror.patch(encoder.patch() ?? assert.fail())
  assert.deepEqual(told, [['e', 4]])
  assert.deepEqual(mirror.state, encoder.state)
  for (const [i, was] of [0, 1, 3, 2].entries()) assert.equal(mirror.state.list[i], before[was])
})

test('a patch that takes an element of a list twice, or one that is not there, is refused', () => {
  const keyframe = new StateEncoder(['a', 'b', 'c']).keyframe()
  const number = 1
  const ARRANGED = 1
  const refused = {
    'one that stayed at the beginning': [2, 4, 0, 2, 1],
    'one that moved': [2, 2, 2, 2, 1],
    'more than there are at the beginning': [1, 8, 0],
    'more than there are behind': [2, 2, 0, 6, 0],
    'before the first': [1, 2, 1],
  }
  for (const [what, runs] of Object.entries(refused)) {
    const mirror = new StateMirror()
    mirror.load(keyframe)
    assert.throws(() => mirror.patch(Uint8Array.of(number, ARRANGED, ...runs)), DecodeError, what)
  }
  const mirror = new StateMirror()
  mirror.load(keyframe)
  mirror.patch(Uint8Array.of(number, ARRANGED, 2, 2, 0, 2, 2))
  assert.deepEqual(mirror.state, ['a', 'c'])
})
