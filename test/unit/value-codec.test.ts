import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { ByteReader } from '../../src/value/byte-reader.js'
import { ByteWriter } from '../../src/value/byte-writer.js'
import { DecodeError } from '../../src/value/decode-error.js'
import { decodeValue, readValue } from '../../src/value/decode-value.js'
import { EncodeError } from '../../src/value/encode-error.js'
import { encodeSorted, encodeValue, writeValue } from '../../src/value/encode-value.js'
import { encodeWithin } from '../../src/value/encode-within.js'
import { TooManyBytes } from '../../src/value/too-many-bytes.js'
import { VALUE_DEPTH_MAX } from '../../src/value/value.js'

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')
const codeUnits = fc.array(fc.integer({ min: 0, max: 0xffff })).map((units) => String.fromCharCode(...units))
const leaf = fc.oneof(
  fc.double(),
  fc.float(),
  fc.maxSafeInteger(),
  fc.integer({ min: -70, max: 70 }),
  fc.string({ unit: 'binary' }),
  codeUnits,
  fc.boolean(),
  fc.constant(null),
  fc.uint8Array().map((bytes) => new Uint8Array(bytes)),
)
const key = fc.oneof(
  fc.string(),
  codeUnits,
  fc.constantFrom('__proto__', '', 'constructor', 'toString', '0', '10', 'length'),
)
const value = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    leaf,
    fc.array(fc.oneof(tie('value'), fc.constant(undefined))),
    fc.array(fc.tuple(key, tie('value'))).map((entries) => Object.fromEntries(entries) as unknown),
  ),
})).value

test('every value comes back exactly, and its encoding is the same again', () => {
  fc.assert(
    fc.property(value, (input) => {
      const bytes = encodeValue(input)
      const output = decodeValue(bytes)
      assert.deepStrictEqual(output, input)
      assert.equal(hex(encodeValue(output)), hex(bytes))
    }),
    { numRuns: 2000 },
  )
})

test('numbers of eight bytes are read exactly wherever they lie, however many there are', () => {
  const numbers = Array.from({ length: 40 }, (_, i) => [1 / 3, -0, 5e-324, -1e308, Infinity, i][i % 6] as number)
  const writer = new ByteWriter()
  for (const number of numbers) {
    writer.u8(7)
    writer.f64(number)
  }
  const whole = writer.finish()
  const within = new Uint8Array(whole.length + 3)
  within.set(whole, 3)
  for (const bytes of [whole, within.subarray(3)]) {
    const reader = new ByteReader(bytes)
    for (const number of numbers) {
      assert.equal(reader.u8(), 7)
      assert.ok(Object.is(reader.f64(), number))
    }
    assert.throws(() => reader.f64(), DecodeError)
    const short = new ByteReader(bytes.subarray(0, 8))
    assert.throws(() => short.f64() + short.f64(), DecodeError)
  }
})

test('golden bytes', () => {
  const golden: [unknown, string][] = [
    [0, '00'],
    [63, '3f'],
    [64, '8640'],
    [-1, '8700'],
    [-200, '87c701'],
    [2 ** 53 - 1, '86ffffffffffffff0f'],
    [2 ** 53, '850000005a'],
    [-0, '8500000080'],
    [NaN, '850000c07f'],
    [Infinity, '850000807f'],
    [1.5, '850000c03f'],
    [0.1, '849a9999999999b93f'],
    ['', '40'],
    ['hi', '426869'],
    ['é', '42c3a9'],
    ['x'.repeat(32), `8820${'78'.repeat(32)}`],
    ['\ud800', '890100d8'],
    [null, '80'],
    [undefined, '81'],
    [false, '82'],
    [true, '83'],
    [new Uint8Array([1, 2]), '8a020102'],
    [[], '60'],
    [[1, undefined], '620181'],
    [Array<number>(16).fill(7), `8b10${'07'.repeat(16)}`],
    [{}, '70'],
    [{ a: 1, b: undefined }, '71416101'],
    [Object.fromEntries([['__proto__', 1]]), '71495f5f70726f746f5f5f01'],
  ]
  for (const [input, bytes] of golden) assert.equal(hex(encodeValue(input)), bytes, JSON.stringify(input))
})

test('absence: a property that is undefined is left out, a hole becomes undefined, undefined alone is kept', () => {
  assert.deepStrictEqual(decodeValue(encodeValue({ a: undefined, b: 1 })), { b: 1 })
  // eslint-disable-next-line no-sparse-arrays
  assert.deepStrictEqual(decodeValue(encodeValue([1, , 3])), [1, undefined, 3])
  assert.equal(decodeValue(encodeValue(undefined)), undefined)
})

test('instances of classes and objects without a prototype are written by their fields', () => {
  class Point {
    x = 1
    #hidden = 2
    get sum(): number {
      return this.x + this.#hidden
    }
  }
  assert.deepStrictEqual(decodeValue(encodeValue(new Point())), { x: 1 })
  assert.deepStrictEqual(decodeValue(encodeValue(Object.assign(Object.create(null) as object, { a: 1 }))), { a: 1 })
  assert.deepStrictEqual(decodeValue(encodeValue(Buffer.from('ab'))), new Uint8Array([97, 98]))
})

test('what cannot be encoded throws with its path and a remedy, and nothing is written', () => {
  const cycle: Record<string, unknown> = {}
  cycle['self'] = { back: cycle }
  let deep: unknown = 1
  for (let i = 0; i <= VALUE_DEPTH_MAX; i++) deep = [deep]
  const sparse: unknown[] = []
  sparse[2 ** 31] = 1
  const refused: [unknown, string][] = [
    [{ players: { a: { x: () => 1 } } }, '$.players.a.x'],
    [{ 'b c': [0, Symbol('s')] }, '$["b c"][1]'],
    [10n, '$'],
    [{ at: new Date(0) }, '$.at'],
    [{ m: new Map() }, '$.m'],
    [{ s: new Set() }, '$.s'],
    [{ f: new Float32Array(1) }, '$.f'],
    [{ e: new Error('no') }, '$.e'],
    [{ p: Promise.resolve() }, '$.p'],
    [cycle, '$.self.back'],
    [deep, `$${'[0]'.repeat(VALUE_DEPTH_MAX)}`],
    [{ sparse }, '$.sparse'],
  ]
  for (const [input, path] of refused) {
    const writer = new ByteWriter()
    writer.u8(1)
    assert.throws(
      () => writeValue(writer, input),
      (error: unknown) => error instanceof EncodeError && error.path === path && error.message.startsWith(path),
      path,
    )
    assert.equal(writer.length, 1)
  }
})

test('the sorted encoding does not depend on the order of keys', () => {
  assert.equal(hex(encodeSorted({ b: 1, a: { d: 1, c: 2 } })), hex(encodeSorted({ a: { c: 2, d: 1 }, b: 1 })))
  assert.equal(hex(encodeSorted({ 10: 0, 9: 0, '': 0 })), '73400042313000413900')
  assert.notEqual(hex(encodeSorted([0])), hex(encodeSorted([-0])))
})

test('hostile bytes cost a DecodeError and nothing else', () => {
  const decode = (bytes: Uint8Array): void => {
    try {
      decodeValue(bytes)
    } catch (error) {
      assert.ok(error instanceof DecodeError, String(error))
    }
  }
  fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), decode), { numRuns: 5000 })
  const damaged = fc.tuple(value, fc.nat(), fc.nat({ max: 255 }), fc.nat()).map(([input, at, byte, cut]) => {
    const bytes = encodeValue(input)
    bytes[at % bytes.length] = byte
    return bytes.subarray(0, bytes.length - (cut % 3))
  })
  fc.assert(fc.property(damaged, decode), { numRuns: 5000 })
})

test('the decoder limits nesting and believes no count beyond the bytes', () => {
  assert.throws(() => decodeValue(new Uint8Array(100_000).fill(0x61)), /nested too deep/)
  assert.doesNotThrow(() => decodeValue(new Uint8Array([...Array<number>(VALUE_DEPTH_MAX - 1).fill(0x61), 0x60])))
  assert.throws(() => decodeValue(Uint8Array.from([0x8b, 0xff, 0xff, 0xff, 0xff, 0x0f])), /cut short/)
  assert.throws(() => decodeValue(Uint8Array.from([0x8c, 0xff, 0xff, 0xff, 0xff, 0x0f])), /cut short/)
  assert.throws(() => decodeValue(Uint8Array.from([0x8a, 0xff, 0xff, 0xff, 0xff, 0x0f])), DecodeError)
  assert.throws(() => decodeValue(Uint8Array.from([0x41, 0xff])), /UTF-8/)
  assert.throws(() => decodeValue(Uint8Array.from([0xff])), /begins with 255/)
  assert.throws(() => decodeValue(Uint8Array.from([0, 0])), /left over/)
})

test('a key __proto__ is an own property and pollutes nothing', () => {
  const output = decodeValue(encodeValue(JSON.parse('{"__proto__":{"polluted":1}}'))) as Record<string, unknown>
  assert.equal(Object.getPrototypeOf(output), Object.prototype)
  assert.ok(Object.hasOwn(output, '__proto__'))
  assert.equal(({} as Record<string, unknown>)['polluted'], undefined)
})

test('decoded bytes share no memory with the input', () => {
  const bytes = Buffer.from(encodeValue(new Uint8Array([1, 2, 3])))
  const output = decodeValue(bytes) as Uint8Array
  bytes.fill(0)
  assert.deepStrictEqual(output, new Uint8Array([1, 2, 3]))
})

test('values follow one another in a reader', () => {
  const writer = new ByteWriter()
  for (const input of [1, 'two', [3]]) writeValue(writer, input)
  const reader = new ByteReader(writer.finish())
  assert.deepStrictEqual([readValue(reader), readValue(reader), readValue(reader)], [1, 'two', [3]])
  reader.done()
})

test('G6 a value of exactly bytesMax bytes is encoded, one of one more is refused', () => {
  fc.assert(
    fc.property(value, (input) => {
      const bytes = encodeValue(input)
      assert.equal(hex(encodeWithin(input, bytes.length)), hex(bytes))
      assert.throws(
        () => encodeWithin(input, bytes.length - 1),
        (error) => error instanceof TooManyBytes && Number.parseInt(error.message.slice(9), 10) <= bytes.length,
      )
    }),
    { numRuns: 500 },
  )
})

test('G6 encoding stops at bytesMax: what lies behind is not looked at', () => {
  let looked = 0
  const behind = {
    get x(): number {
      return ++looked
    },
  }
  const heavy = [new Uint8Array(2_000), 'x'.repeat(2_000), 'é'.repeat(600), '\ud800'.repeat(600), Array(2_000).fill(0)]
  for (const first of heavy) assert.throws(() => encodeWithin([first, behind], 1_000), TooManyBytes)
  assert.equal(looked, 0)
  assert.throws(
    () =>
      encodeWithin(
        Array.from({ length: 900 }, () => behind),
        1_000,
      ),
    TooManyBytes,
  )
  assert.ok(looked < 400, `${looked} were looked at`)
  assert.throws(() => encodeWithin([new Uint8Array(2_000)], 1_000), { message: 'at least 2004 bytes' })
})
