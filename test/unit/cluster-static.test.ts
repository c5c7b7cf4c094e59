import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { BackDescriptor } from '../../src/cluster/cluster.js'
import { missingKey } from '../../src/cluster/cluster-key.js'
import { freshKey } from '../../src/runtime/fresh-key.js'
import { rendezvous, scoreOf } from '../../src/cluster/rendezvous.js'
import { logPatternGaps } from '../../src/cluster/pattern-gaps.js'
import { staticCluster, type StaticClusterOptions } from '../../src/cluster/static-cluster.js'
import { CentrumError } from '../../src/protocol/errors.js'
import { nodeRuntime } from '../../src/runtime/node-runtime.js'
import { KeptLog } from '../support/front-stage.js'

const { random } = nodeRuntime()
const back = (id: string, more: Partial<BackDescriptor> = {}): BackDescriptor => ({
  id,
  address: `memory:${id}`,
  channels: ['*'],
  ...more,
})

test('S16 G7 every wrong or missing option is refused with its name, its value and the remedy', () => {
  const ok = back('back-1')
  const cases: [options: unknown, code: string, ...patterns: RegExp[]][] = [
    [undefined, 'invalid-option', /options is missing. There are: backs, key/],
    [{}, 'invalid-option', /backs is missing/, /Give the list of backs/],
    [{ backs: [] }, 'invalid-option', /backs is an empty array/, /at least one back/],
    [{ backs: 'x' }, 'invalid-option', /backs is 'x'/],
    [{ backs: [ok], keys: 1 }, 'invalid-option', /no option 'keys'/, /There are: backs, key/],
    [{ backs: [7] }, 'invalid-option', /backs\[0\] is 7, a number. There are: id, address, channels/],
    [{ backs: [{ ...ok, name: 1 }] }, 'invalid-option', /no option 'backs\[0\].name'/],
    [{ backs: [back('')] }, 'invalid-option', /backs\[0\]\.id is ''/, /such as back-1/],
    [{ backs: [back('a b')] }, 'invalid-option', /backs\[0\]\.id is 'a b'/],
    [
      { backs: [ok, { ...back('back-1'), address: 'memory:x' }] },
      'invalid-option',
      /backs\[1\]\.id is 'back-1'/,
      /backs\[0\] has that id/,
    ],
    [
      { backs: [ok, back('back-2', { address: ok.address })] },
      'invalid-option',
      /backs\[1\]\.address is 'memory:back-1'/,
      /'back-1'/,
    ],
    [{ backs: [back('a', { address: 5 as never })] }, 'invalid-option', /address is 5, a number/, /string/],
    [{ backs: [back('a', { address: 'localhost:1' })] }, 'invalid-option', /address is 'localhost:1'/, /must be tcp/],
    [{ backs: [back('a', { address: 'tcp://localhost' })] }, 'invalid-option', /no port/],
    [{ backs: [back('a', { address: 'tcp://localhost:0' })] }, 'invalid-option', /from 1 to 65535/, /'0'/],
    [{ backs: [back('a', { address: 'tcp://localhost:70000' })] }, 'invalid-option', /'70000'/],
    [{ backs: [back('a', { address: 'tcp://::1:4000' })] }, 'invalid-option', /brackets: tcp:\/\/\[::1\]:4000/],
    [{ backs: [back('a', { address: 'tcp://a b:4000' })] }, 'invalid-option', /'a b' is not a host/],
    [{ backs: [back('a', { address: 'tcp://a/b:4000' })] }, 'invalid-option', /is not a host/],
    [{ backs: [back('a', { address: 'unix:run.sock' })] }, 'invalid-option', /absolute/],
    [{ backs: [back('a', { address: 'unix:/run/' })] }, 'invalid-option', /name a file/],
    [{ backs: [back('a', { address: `unix:/${'x'.repeat(200)}` })] }, 'invalid-option', /201 bytes, the limit is 103/],
    [{ backs: [back('a', { address: 'memory:' })] }, 'invalid-option', /memory:name/],
    [
      { backs: [back('a', { channels: [] })] },
      'invalid-option',
      /backs\[0\]\.channels is an empty array/,
      /at least one/,
    ],
    [{ backs: [back('a', { channels: [1 as never] })] }, 'invalid-option', /channels is 1, a number/],
    [{ backs: [back('a', { channels: ['x', 'x'] })] }, 'invalid-option', /channels\[1\] is 'x'/, /twice/],
    [{ backs: [back('a', { channels: ['x', 'a*'] })] }, 'invalid-option', /channels\[1\] is 'a\*'/, /whole segment/],
    [{ backs: [back('a', { channels: ['a//b'] })] }, 'invalid-option', /channels\[0\] is 'a\/\/b'/, /empty part/],
    [
      { backs: [back('a', { channels: ['x/:a'] }), back('b', { channels: ['x/:b'] })] },
      'invalid-option',
      /match the same ids/,
    ],
    [{ backs: [ok], key: 5 }, 'invalid-option', /key is a value of type number/, /a string or a Uint8Array/],
    [{ backs: [ok], key: 'short' }, 'invalid-option', /key has 5 bytes \(of UTF-8\); at least 32/, /npx centrum key/],
    [{ backs: [ok], key: new Uint8Array(31) }, 'invalid-option', /31 bytes; at least 32/],
    [
      { backs: [back('a', { address: 'tcp://10.0.0.1:4000' })] },
      'missing-key',
      /'tcp:\/\/10\.0\.0\.1:4000'/,
      /npx centrum key/,
    ],
  ]
  for (const [options, code, ...patterns] of cases) {
    assert.throws(
      () => staticCluster(options as StaticClusterOptions),
      (error: unknown) => {
        assert.ok(error instanceof CentrumError, String(error))
        assert.equal(error.code, code, error.message)
        for (const pattern of patterns) assert.match(error.message, pattern)
        return true
      },
      JSON.stringify(options),
    )
  }
})

test('S16 a wrong key is never shown', () => {
  assert.throws(
    () => staticCluster({ backs: [back('a')], key: 'hunter2' }),
    (error: unknown) => error instanceof Error && !error.message.includes('hunter2'),
  )
})

test('S15 all forms of addresses are taken; loopback needs no key', () => {
  const addresses = [
    'tcp://127.0.0.1:4101',
    'tcp://localhost:4102',
    'tcp://[::1]:4103',
    'unix:/run/app/back.sock',
    'memory:back',
  ]
  const { backs, key } = staticCluster({ backs: addresses.map((address, i) => back(`back-${i}`, { address })) })
  assert.deepEqual(
    backs.map(({ address }) => address),
    addresses,
  )
  assert.equal(key, undefined)
  const far = staticCluster({ backs: [back('a', { address: 'tcp://a.example.com:4000' })], key: 'äöüéèêàç'.repeat(2) })
  assert.equal(far.key?.length, 32, 'a string counts as its UTF-8')
})

test('G7 a fresh key is taken, and two are never the same', () => {
  const key = freshKey(random)
  assert.match(key, /^[\w-]{43}$/)
  assert.notEqual(key, freshKey(random))
  assert.ok(staticCluster({ backs: [back('a')], key }).key)
  const error = missingKey('something needs it')
  assert.equal(error.code, 'missing-key')
  assert.equal(error.retryable, false)
})

test('S15 the exact pattern wins over the general, whoever lists it; what no pattern fits has no owner', () => {
  const { ownerOf } = staticCluster({
    backs: [
      back('general', { channels: ['arena/*', '*'] }),
      back('exact', { channels: ['arena/1', 'lobby'] }),
      back('deep', { channels: ['world/*/north', 'world/:id/:side'] }),
    ],
  })
  assert.equal(ownerOf('arena/1'), 'exact')
  assert.equal(ownerOf('arena/2'), 'general')
  assert.equal(ownerOf('lobby'), 'exact')
  assert.equal(ownerOf('other'), 'general')
  assert.equal(ownerOf('world/1/north'), 'deep')
  assert.equal(ownerOf('world/1'), null)
  assert.equal(ownerOf('arena/1/2/3'), null)
  assert.equal(ownerOf('arena/'), null)
  assert.equal(ownerOf(''), null)
})

test('S15 `**`, the default, owns what no other pattern of the list stands for', () => {
  const { backs, ownerOf } = staticCluster({
    backs: [{ id: 'general', address: 'memory:general' }, back('arena', { channels: ['arena/*'] })],
  })
  assert.deepEqual(backs[0]?.channels, ['**'])
  assert.equal(ownerOf('arena/1'), 'arena')
  for (const id of ['lobby', 'arena', 'arena/1/2', 'a/b/c/d']) assert.equal(ownerOf(id), 'general', id)
  for (const id of ['', 'arena/', '/']) assert.equal(ownerOf(id), null, `'${id}' is no channel`)
})

test('G5 S15 patterns of the app without an owner, and of the list without a channel, are logged', () => {
  const gaps = (app: readonly string[], ...lists: (readonly string[])[]): unknown[] => {
    const log = new KeptLog()
    const { backs } = staticCluster({ backs: lists.map((channels, i) => back(`back-${i}`, { channels })) })
    logPatternGaps(app, backs, log)
    return log.lines.map(({ event, fields }) => [event, fields['pattern'], fields['add'] ?? fields['backs']])
  }
  assert.deepEqual(gaps(['arena/:id', 'lobby'], ['*']), [['pattern.unowned', 'arena/:id', 'arena/*']])
  assert.deepEqual(gaps(['lobby'], ['lobby', 'arena/*'], ['arena/*']), [
    ['pattern.unused', 'arena/*', ['back-0', 'back-1']],
  ])
  assert.deepEqual(gaps(['area/:id'], ['arena/*']), [
    ['pattern.unowned', 'area/:id', 'area/*'],
    ['pattern.unused', 'arena/*', ['back-0']],
  ])
  assert.deepEqual(gaps(['arena/:id', 'lobby', 'world/:x/north'], ['arena/1', '*', 'world/*/*']), [])
  assert.deepEqual(gaps(['arena/:id', 'lobby'], ['**']), [])
})

test('S15 several backs with a pattern share its channels evenly, and a back that goes moves only its own', () => {
  const ids = Array.from({ length: 8 }, (_, i) => `back-${i + 1}`)
  const full = staticCluster({ backs: ids.map((id) => back(id)) })
  const without = staticCluster({ backs: ids.slice(1).map((id) => back(id)) })
  const counts = new Map<string, number>()
  for (let i = 0; i < 16_000; i++) {
    const owner = full.ownerOf(`channel-${i}`) ?? ''
    counts.set(owner, (counts.get(owner) ?? 0) + 1)
    if (owner !== 'back-1') assert.equal(without.ownerOf(`channel-${i}`), owner)
  }
  assert.equal(counts.size, 8)
  for (const [id, count] of counts) assert.ok(count > 1_800 && count < 2_200, `${id} owns ${count} of 16,000`)
})

test('S15 owners are the same in every process and version: golden', () => {
  const ids = ['back-1', 'back-2', 'back-3']
  const keys = ['lobby', 'arena/1', 'arena/2', 'arena/3', 'world/äöü', 'world/💥']
  assert.deepEqual(
    keys.map((key) => rendezvous(ids, key)),
    GOLDEN_OWNERS,
  )
  assert.deepEqual(scoreOf('back-1', 'arena/1'), [107_595_201, 3_686_016_774])
  assert.equal(rendezvous(ids.toReversed(), 'arena/1'), rendezvous(ids, 'arena/1'))
  assert.equal(rendezvous([], 'arena/1'), null)
  assert.notDeepEqual(scoreOf('ab', 'c'), scoreOf('a', 'bc'))
})

const GOLDEN_OWNERS = ['back-2', 'back-3', 'back-2', 'back-3', 'back-3', 'back-2']

test('H3 the hash is that of the list, in whatever order it is written; golden', () => {
  const one = back('back-1', { channels: ['a', 'b'] })
  const two = back('back-2')
  const { hash } = staticCluster({ backs: [one, two] })
  assert.match(hash, /^[0-9a-f]{16}$/)
  assert.equal(hash, GOLDEN_HASH)
  assert.equal(staticCluster({ backs: [two, { ...one, channels: ['b', 'a'] }] }).hash, hash)
  assert.equal(
    staticCluster({ backs: [one, two], key: 'a key of thirty-two bytes or more' }).hash,
    hash,
    'the key is no part of it',
  )
  for (const other of [
    [one],
    [one, { ...two, id: 'back-3' }],
    [one, { ...two, address: 'memory:other' }],
    [one, { ...two, channels: ['c'] }],
  ]) {
    assert.notEqual(staticCluster({ backs: other }).hash, hash)
  }
})

const GOLDEN_HASH = '7fa8d20d0df679a7'
