import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { CHANNEL_ID_LENGTH_MAX, channelId, isChannelId } from '../../src/protocol/channel-id.js'
import { compilePatterns, matchPattern } from '../../src/protocol/pattern.js'

/** `channelId` as a caller without types uses it. */
const make: (pattern: string, params: Readonly<Record<string, unknown>>) => string = channelId as never

const refused = { name: 'CentrumError', code: 'invalid-channel-id', retryable: false }

test('a channel id has parts that are not empty, a length and no control characters', () => {
  for (const id of [
    'lobby',
    'arena/1',
    'a/b/c',
    'größe/ü',
    '😀',
    'a b',
    '.',
    '..',
    'x'.repeat(CHANNEL_ID_LENGTH_MAX),
  ]) {
    assert.equal(isChannelId(id), true, id)
  }
  for (const id of [
    '',
    '/',
    'a/',
    '/a',
    'a//b',
    'a\n',
    'a\u0000b',
    '\u009f',
    '\ud83d',
    'x'.repeat(CHANNEL_ID_LENGTH_MAX + 1),
    5,
    null,
  ]) {
    assert.equal(isChannelId(id), false, String(id))
  }
})

test('channelId fills a pattern', () => {
  assert.equal(channelId('lobby', {}), 'lobby')
  assert.equal(channelId('arena/:id', { id: 'main' }), 'arena/main')
  assert.equal(channelId('arena/:id/:part', { part: 0, id: -1.5 }), 'arena/-1.5/0')
})

test('channelId refuses what would reach another channel, and names it', () => {
  const message = (text: RegExp) => ({ ...refused, message: text })
  assert.throws(
    () => make('arena/:id', { id: '1/2' }),
    message(/channelId\('arena\/:id'\): the part ':id' must be .* without '\/', not '1\/2'/),
  )
  assert.throws(() => make('arena/:id', { id: '' }), message(/':id' must be .*, not ''/))
  assert.throws(() => make('arena/:id', {}), message(/':id' must be .*, not 'undefined'/))
  assert.throws(() => make('arena/:id', { id: NaN }), message(/not 'NaN'/))
  assert.throws(() => make('arena/:id', { id: null }), message(/not 'null'/))
  assert.throws(() => make('arena/:id', { id: '1', other: '2' }), message(/no part 'other'/))
  assert.throws(() => make('lobby', { id: '1' }), message(/no part 'id'/))
  assert.throws(() => make('arena/:id', { id: 'a\n' }), message(/control character/))
  assert.throws(() => make('arena/:id', { id: 'x'.repeat(300) }), message(/has 306 characters, at most 256/))
  assert.throws(() => make('world/*', { '*': 'eu' }), message(/the part '\*' must be/))
  assert.throws(() => make('arena/:toString', {}), message(/':toString' must be .*, not 'undefined'/))
  assert.throws(() => make('arena//:id', { id: '1' }), refused)
})

test('an id made from a pattern is matched by it, with the same parts', () => {
  const part = fc.string({ minLength: 1, maxLength: 20, unit: 'grapheme' })
  fc.assert(
    fc.property(part, part, (first, second) => {
      let id: string
      try {
        id = channelId('a/:first/:second', { first, second })
      } catch {
        fc.pre(false)
        return
      }
      assert.deepEqual(matchPattern('a/:first/:second', id)?.params, { first, second })
    }),
  )
})

test('the exact wins over the general, segment by segment from the left', () => {
  const patterns = [
    '*',
    ':any',
    'lobby',
    'arena/*',
    'arena/:id',
    'arena/main',
    'world/:area/x',
    'world/eu/:place',
    ':first/b/:last',
    ':first/:second/c',
    '*/*/*',
  ]
  const cases: Record<string, string | null> = {
    lobby: 'lobby',
    lobbies: ':any',
    'arena/main': 'arena/main',
    'arena/mai': 'arena/:id',
    'world/eu/x': 'world/eu/:place',
    'world/us/x': 'world/:area/x',
    'world/b/y': ':first/b/:last',
    'world/us/c': ':first/:second/c',
    'world/us/y': '*/*/*',
    'a/b/c': ':first/b/:last',
    'world/eu': null,
    'a/b/c/d': null,
    'arena/': null,
    '': null,
  }
  for (const order of [patterns, patterns.toReversed()]) {
    const matcher = compilePatterns(order)
    for (const [id, pattern] of Object.entries(cases)) assert.equal(matcher.match(id)?.pattern ?? null, pattern, id)
  }
})

test('the parts of an id come by name, and a * has none', () => {
  assert.deepEqual(matchPattern('a/:b/*/:d', 'a/1/2/3')?.params, { b: '1', d: '3' })
  assert.deepEqual(matchPattern('a/:__proto__', 'a/1')?.params, Object.fromEntries([['__proto__', '1']]))
  assert.deepEqual(matchPattern('lobby', 'lobby')?.params, {})
})

test('S16: a wrong pattern is refused with what is wrong', () => {
  const refuses = (patterns: readonly string[], message: RegExp) =>
    assert.throws(() => compilePatterns(patterns), { code: 'invalid-option', message })
  refuses([''], /the pattern '' has an empty part/)
  refuses(['arena/'], /'arena\/' has an empty part/)
  refuses(['arena/a*'], /'a\*': '\*' must stand for a whole segment/)
  refuses(['arena/:'], /':': a name consists of letters, digits and _/)
  refuses(['arena/:i-d'], /':i-d'/)
  refuses([':id/:id'], /the name 'id' twice/)
  refuses(['arena/:id', 'arena/:name'], /'arena\/:id' and 'arena\/:name' match the same ids/)
  assert.equal(compilePatterns(['arena/:id', 'arena/:id']).match('arena/1')?.pattern, 'arena/:id')
})
