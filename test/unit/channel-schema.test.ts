import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type } from 'arktype'
import * as v from 'valibot'
import { z } from 'zod'
import { broadcastable, internal, isSchema, unchecked, validate } from '../../src/channel/schema.js'
import type { StandardSchema } from '../../src/channel/standard-schema.js'

const LIBRARIES: Readonly<Record<string, StandardSchema>> = {
  zod: z.object({ players: z.array(z.object({ name: z.string() })) }),
  valibot: v.object({ players: v.array(v.object({ name: v.string() })) }),
  arktype: type({ players: type({ name: 'string' }).array() }),
}

for (const [library, schema] of Object.entries(LIBRARIES)) {
  test(`a schema of ${library} lets values pass, and its issues come with their paths`, () => {
    const good = { players: [{ name: 'Ada' }] }
    assert.deepEqual(validate(schema, good, "message 'join'"), good)
    assert.throws(
      () => validate(schema, { players: [{ name: 'Ada' }, { name: 5 }] }, "message 'join'"),
      (error: Error & { code: string; details: { issues: { path: string }[] } }) => {
        assert.equal(error.code, 'invalid')
        assert.match(error.message, /^message 'join' does not fit its schema: at players\.1\.name: /)
        assert.equal(error.details.issues[0]?.path, 'players.1.name')
        return true
      },
    )
    for (const wrapped of [broadcastable(schema), internal(schema)]) {
      assert.deepEqual(validate(wrapped, good, 'it'), good)
      assert.throws(() => validate(wrapped, {}, 'it'), { code: 'invalid' })
    }
  })
}

test('a schema may convert', () => {
  assert.equal(validate(z.string().transform(Number), '5', 'it'), 5)
})

test('a schema may be asynchronous', async () => {
  const schema = z.string().refine((text) => Promise.resolve(text !== 'taken'), 'is taken')
  assert.equal(await validate(schema, 'free', 'name'), 'free')
  await assert.rejects(async () => validate(schema, 'taken', 'name'), {
    code: 'invalid',
    message: 'name does not fit its schema: is taken',
  })
})

test('a schema that throws is an error of its own, with its cause', async () => {
  const cause = new Error('broken')
  const throwing = (validator: () => never | Promise<never>): StandardSchema => ({
    '~standard': { version: 1, vendor: 'test', validate: validator },
  })
  const now = throwing(() => {
    throw cause
  })
  const later = throwing(() => Promise.reject(cause))
  assert.throws(() => validate(now, 1, 'it'), { code: 'invalid', message: /its schema threw/, cause })
  await assert.rejects(async () => validate(later, 1, 'it'), { code: 'invalid', message: /its schema threw/, cause })
})

test('of many issues an error names five and counts the rest', () => {
  const names = ['a', 'b', 'c', 'd', 'e', 'f', 'g']
  const schema = z.object(Object.fromEntries(names.map((name) => [name, z.string()])))
  assert.throws(() => validate(schema, {}, 'it'), /at e: [^;]*; and 2 more$/)
})

test('unchecked lets every value pass, as it is', () => {
  const schema = unchecked<{ name: string }>()
  assert.ok(isSchema(schema))
  for (const value of [undefined, null, 5, { name: 5 }]) assert.equal(validate(schema, value, 'it'), value)
})

test('S16: what is no schema is refused where it is given', () => {
  const call: (wrap: unknown, value: unknown) => unknown = (wrap, value) => (wrap as (value: unknown) => unknown)(value)
  const refused = (name: string, got: RegExp) => ({
    code: 'invalid-definition',
    message: new RegExp(`^${name}\\(schema\\) needs a schema .*${got.source}`),
  })
  assert.throws(() => call(broadcastable, undefined), refused('broadcastable', /got undefined/))
  assert.throws(() => call(internal, { name: 'string' }), refused('internal', /got object/))
  assert.throws(() => call(internal, null), refused('internal', /got null/))
})
