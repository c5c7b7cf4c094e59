#!/usr/bin/env bash
# arktype 2.2.9: a type that changes what it is given (`string.trim`, `'+': 'delete'`, a parsed date) throws a TypeError from `validate` where the value
# is frozen, or has a getter. It copies the value first, so that the input stays as it is, but the copy takes over that a property is
# read-only, and then it writes to the copy. The same value checked by a type that changes nothing passes, and so does a default, which adds.
#
# Seen: { a: 'string.trim' } with Object.freeze({ a: ' x ' }): "Cannot assign to read only property 'a'"; { '+': 'delete', a: 'number' } with
#       Object.freeze({ a: 1, b: 2 }): "Cannot delete property 'b'"; 'string.trim[]' with a frozen array the same; zod 4.6.7 and valibot 1.5.0 give the result
# One would have guessed that freezing a value, which promises others not to change it, cannot make its validation throw, the less as
# `validate` of the Standard Schema returns issues; states of immer and Redux, and the snapshots of many stores, are frozen.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --prefix . --silent --no-save --no-audit --no-fund --ignore-scripts arktype@2.2.9 valibot@1.5.0 zod@4.6.7
cat > run.mjs <<'JS'
import { type } from 'arktype'
import * as v from 'valibot'
import { z } from 'zod'
function outcome(schema, value) {
  try {
    const result = schema['~standard'].validate(value)
    return result.issues ? 'issues' : JSON.stringify(result.value)
  } catch (error) {
    return `${error.name}: ${error.message.split(' of ')[0]}`
  }
}
const { freeze } = Object
const seen = {
  'arktype trim, not frozen': outcome(type({ a: 'string.trim' }), { a: ' x ' }),
  'arktype trim, frozen': outcome(type({ a: 'string.trim' }), freeze({ a: ' x ' })),
  'arktype delete, frozen': outcome(type({ '+': 'delete', a: 'number' }), freeze({ a: 1, b: 2 })),
  'arktype list, frozen': outcome(type('string.trim[]'), freeze([' x '])),
  'arktype no change, frozen': outcome(type({ a: 'string' }), freeze({ a: ' x ' })),
  'zod trim, frozen': outcome(z.object({ a: z.string().trim() }), freeze({ a: ' x ' })),
  'valibot trim, frozen': outcome(v.object({ a: v.pipe(v.string(), v.trim()) }), freeze({ a: ' x ' })),
}
for (const [name, result] of Object.entries(seen)) console.log(`${name}: ${result}`)
const expected = [
  '{"a":"x"}',
  "TypeError: Cannot assign to read only property 'a'",
  "TypeError: Cannot delete property 'b'",
  "TypeError: Cannot assign to read only property '0'",
  '{"a":" x "}',
  '{"a":"x"}',
  '{"a":"x"}',
]
process.exit(Object.values(seen).join() === expected.join() ? 0 : 1)
JS
node run.mjs
