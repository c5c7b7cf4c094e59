import assert from 'node:assert/strict'
import { test } from 'node:test'
import { HandFront } from '../support/hand-front.js'

const isPlain = { isPlain: true }

test('a plain link has the state, its changes and its events, and keeps objects that no patch touched', async () => {
  const { front, link } = await HandFront.linked({}, {}, isPlain)
  const { kept } = link.state
  const told: string[] = []
  link.onChange((state, version) => told.push(`${version} ${String(state['text'])}`))
  link.on('shared', (payload) => told.push(String(payload)))
  await front.turn({ text: 'two', before: ['boom'] })
  assert.deepEqual(told, ['2 two', 'boom'])
  assert.equal(link.state['kept'], kept)
  await front.breakOff()
  await front.turn({ text: 'three' })
  assert.equal(link.state['text'], 'three')
  assert.equal(link.state['kept'], kept)
})

test('G5 a plain link that is asked for a snapshot or a path says which call has them', async () => {
  const { link } = await HandFront.linked({}, {}, isPlain)
  const expected = { code: 'invalid-option', message: /connectPlain.+connect/ }
  assert.throws(() => link.snapshot(), expected)
  assert.throws(() => link.on(['kept'], { change() {} }), expected)
})
