/** What `centrum/predict` is made of, without any link: numbers within values, offsets that fade, inputs replayed, tracks of samples. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { copyValue } from '../../src/predict/copy-value.js'
import { FadingOffset } from '../../src/predict/fading-offset.js'
import { Interpolation } from '../../src/predict/interpolation.js'
import { differenceOf, eachNumber, setNumberAt } from '../../src/predict/number-paths.js'
import { Prediction } from '../../src/predict/prediction.js'
import { SampleTrack } from '../../src/predict/sample-track.js'

const STILL = { angles: {}, delayMs: 1_000, extrapolateMs: 0, snapBeyond: Infinity }

describe('numbers within values', () => {
  test('numbers are found by their paths and replaced there, and nothing is added', () => {
    const value = {
      x: 1,
      at: { y: 2, list: [3] },
      name: 'a',
      none: null,
      bytes: new Uint8Array(2),
      map: new Map([['z', 4]]),
    }
    const found: Record<string, number> = {}
    eachNumber(value, (path, number) => (found[path] = number))
    assert.deepEqual(found, { x: 1, 'at.y': 2, 'at.list.0': 3 })
    setNumberAt(value, 'at.list.0', 9)
    setNumberAt(value, 'at.nothing', 9)
    setNumberAt(value, 'missing.deep', 9)
    assert.deepEqual(value.at, { y: 2, list: [9] })
    assert.ok(!('missing' in value))
  })

  test('angles differ by the short way round', () => {
    assert.equal(differenceOf(350, 10, 'degrees'), 20)
    assert.equal(differenceOf(10, 350, 'degrees'), -20)
    assert.equal(differenceOf(0, 3 * 360 + 5, 'degrees'), 5)
    assert.ok(Math.abs(differenceOf(Math.PI - 0.1, -Math.PI + 0.1, 'radians') - 0.2) < 1e-12)
    assert.equal(differenceOf(350, 10, undefined), -340)
  })

  test('a copy shares nothing, and is writable where the value is frozen', () => {
    const value = Object.freeze({
      a: Object.freeze([1, { b: 2 }]),
      m: new Map([['k', { c: 3 }]]),
      u: new Uint8Array([1]),
    })
    const copy = copyValue(value)
    assert.deepEqual(copy, value)
    copy.m.set('k', { c: 4 })
    copy.u[0] = 7
    assert.equal(value.m.get('k')?.c, 3)
    assert.equal(value.u[0], 1)
  })
})

describe('offsets that fade', () => {
  const shown = (offset: FadingOffset, nowMs: number): number => {
    const value = { x: 100 }
    offset.apply(value, nowMs)
    return value.x
  }

  test('an offset is shown whole at first, then evenly less, then not at all', () => {
    const offset = new FadingOffset(100)
    offset.add('x', -10)
    assert.equal(shown(offset, 1_000), 90)
    assert.equal(shown(offset, 1_050), 95)
    assert.equal(shown(offset, 1_100), 100)
    assert.equal(shown(offset, 5_000), 100)
  })

  test('what is added while another fades begins where that is', () => {
    const offset = new FadingOffset(100)
    offset.add('x', -10)
    assert.equal(shown(offset, 0), 90)
    offset.add('x', -3)
    assert.equal(shown(offset, 50), 92)
    assert.equal(shown(offset, 100), 96)
    assert.equal(shown(offset, 150), 100)
  })

  test('without a time to fade nothing is shown beside what is so', () => {
    const offset = new FadingOffset(0)
    offset.add('x', -10)
    assert.equal(shown(offset, 0), 100)
  })
})

describe('inputs replayed', () => {
  const newPrediction = () => new Prediction<{ x: number }, number>((value, by) => void (value.x += by))

  test('what is not acknowledged is taken again on top of what the server shows', () => {
    const prediction = newPrediction()
    prediction.learn({ x: 0 }, 0)
    for (const n of [1, 2, 3]) prediction.take(n, 10)
    assert.equal(prediction.value?.x, 30)
    prediction.learn({ x: 7 }, 1)
    assert.equal(prediction.value?.x, 27)
    assert.equal(prediction.pending, 2)
    prediction.learn({ x: 27 }, 3)
    assert.equal(prediction.value?.x, 27)
    assert.equal(prediction.pending, 0)
  })

  test('what the server showed is never written to, and inputs wait for something to be there', () => {
    const prediction = newPrediction()
    prediction.learn(undefined, 0)
    prediction.take(1, 5)
    assert.equal(prediction.value, undefined)
    const shown = Object.freeze({ x: 1 })
    prediction.learn(shown, 0)
    prediction.take(2, 5)
    assert.deepEqual(prediction.value, { x: 11 })
    assert.deepEqual(shown, { x: 1 })
  })
})

describe('tracks of samples', () => {
  const at = (track: SampleTrack, timeMs: number, value: { [name: string]: number } = { x: 0 }) => {
    track.apply(value, timeMs)
    return value
  }

  test('between two samples things are in between, and before the first and behind the last they are there', () => {
    const track = new SampleTrack(STILL, 0, { x: 0 })
    track.push(100, { x: 10 })
    assert.deepEqual(
      [-50, 0, 25, 100, 900].map((ms) => at(track, ms)['x']),
      [0, 0, 2.5, 10, 10],
    )
  })

  test('states that a stall held up arrive together, and tell no speed by themselves', () => {
    const track = new SampleTrack({ ...STILL, delayMs: 0, extrapolateMs: 100 }, 0, { x: 0 })
    // 400 ms of walking in half a millisecond.
    for (let i = 1; i <= 8; i++) track.push(400 + i / 16, { x: 5 * i })
    const shown = { x: 0 }
    track.apply(shown, 450)
    assert.ok(shown.x > 40 && shown.x < 46, `x is ${shown.x}`)
    const unknown = new SampleTrack({ ...STILL, extrapolateMs: 100 }, 0, { x: 0 })
    unknown.push(1, { x: 9 })
    unknown.apply(shown, 50)
    assert.equal(shown.x, 9, 'nothing is known of its speed')
  })

  test('behind the last sample things go on for a while, and then back to where they were seen', () => {
    const track = new SampleTrack({ ...STILL, extrapolateMs: 50 }, 0, { x: 0 })
    track.push(100, { x: 10 })
    assert.deepEqual(
      [110, 150, 175, 200, 1_000].map((ms) => at(track, ms)['x']),
      [11, 15, 12.5, 10, 10],
    )
  })

  test('a thing that stood for a while and goes on begins to go when it did', () => {
    const track = new SampleTrack(STILL, 0, { x: 0 })
    for (let ms = 50; ms <= 1_000; ms += 50) track.push(ms, { x: 0 })
    track.push(1_050, { x: 10 })
    assert.deepEqual(
      [500, 1_000, 1_025].map((ms) => at(track, ms)['x']),
      [0, 0, 5],
    )
  })

  test('where nothing came for longer than the delay, a thing goes on from where it was shown', () => {
    const track = new SampleTrack({ ...STILL, delayMs: 100 }, 0, { x: 0 })
    track.push(5_000, { x: 10 })
    assert.deepEqual(
      [2_500, 4_900, 4_950, 5_000].map((ms) => at(track, ms)['x']),
      [0, 0, 5, 10],
    )
  })

  test('angles take the short way, and what goes too far in one step is there and then here', () => {
    const track = new SampleTrack({ ...STILL, angles: { heading: 'degrees' }, snapBeyond: 50 }, 0, {
      heading: 350,
      x: 0,
    })
    track.push(100, { heading: 10, x: 20 })
    track.push(200, { heading: 10, x: 500 })
    assert.deepEqual(at(track, 50, { heading: 0, x: 0 }), { heading: 360, x: 10 })
    assert.deepEqual(at(track, 199, { heading: 0, x: 0 }), { heading: 10, x: 20 })
    assert.deepEqual(at(track, 200, { heading: 0, x: 0 }), { heading: 10, x: 500 })
  })

  test('samples of one moment are one, and a clock that was set back begins anew', () => {
    const track = new SampleTrack(STILL, 10_000, { x: 0 })
    track.push(10_000, { x: 1 })
    assert.equal(at(track, 10_000)['x'], 1)
    track.push(5_000, { x: 2 })
    assert.equal(track.sinceMs, 5_000)
    assert.equal(at(track, 10_000)['x'], 2)
  })
})

describe('collections', () => {
  const settings = { ...STILL, fields: ['x'], delayMs: 100 }

  test('things come and go when the state that was shown had them', () => {
    const things = new Interpolation(settings)
    things.push(0, { a: { x: 0, name: 'A' } })
    things.push(100, { a: { x: 10, name: 'A' }, b: { x: 1, name: 'B' } })
    things.push(200, { b: { x: 2, name: 'B' } })
    assert.deepEqual(things.at(0), { a: { x: 0, name: 'A' } })
    assert.deepEqual(things.at(150), { a: { x: 5, name: 'A' } })
    assert.deepEqual(things.at(200), { a: { x: 10, name: 'A' }, b: { x: 1, name: 'B' } })
    assert.deepEqual(things.at(300), { b: { x: 2, name: 'B' } })
    things.push(1_000, {})
    things.push(1_200, {})
    assert.equal(things.size, 0)
  })

  test('a Map gives a Map, with its keys as they are', () => {
    const things = new Interpolation(settings)
    things.push(0, new Map([[1, { x: 0 }]]))
    things.push(100, new Map([[1, { x: 10 }]]))
    assert.deepEqual(things.at(150), new Map([[1, { x: 5 }]]))
  })

  test('what is shown is a copy', () => {
    const thing = Object.freeze({ x: 0, bag: Object.freeze(['sword']) })
    const things = new Interpolation(settings)
    things.push(0, { a: thing })
    const shown = things.at(500) as { a: { bag: string[] } }
    shown.a.bag.push('shield')
    assert.deepEqual(thing.bag, ['sword'])
  })

  test('G6 however long nobody asks, little is kept', () => {
    const track = new SampleTrack(STILL, 0, { x: 0 })
    for (let ms = 1; ms < 10_000; ms++) track.push(ms, { x: ms })
    assert.equal(10_000 - track.sinceMs, 64)
  })
})
