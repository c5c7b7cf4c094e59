#!/usr/bin/env bash
# typebox 1.4.3: a literal schema with a bigint, `Type.Literal(10n)`, is checked rightly by `Value.Check`, but the validator that `Compile` makes
# of it accepts nothing at all: it requires `typeof value === "bigint"` and then compares with the number 10. Its `Errors` find nothing
# wrong with the value that its `Check` refuses.
#
# Seen: Value.Check(Type.Literal(10n), 10n) true; Compile(Type.Literal(10n)): Check(10n) false with 0 errors, Check(10) false;
#       in a union the branch is silently dead: Compile(Type.Union([Type.Literal(10n), Type.Literal('a')])): 'a' true, 10n false
# One would have guessed that the compiled validator is the quicker form of the same check, and that a value which is refused has an error.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --prefix . --silent --no-save --no-audit --no-fund typebox@1.4.3
cat > run.mjs <<'JS'
import Type from 'typebox'
import { Compile } from 'typebox/compile'
import Value from 'typebox/value'
const literal = Type.Literal(10n)
const union = Type.Union([literal, Type.Literal('a')])
const compiled = Compile(literal)
const seen = {
  interpreted: Value.Check(literal, 10n),
  compiled: compiled.Check(10n),
  errors: [...compiled.Errors(10n)].length,
  number: compiled.Check(10),
  unionText: Compile(union).Check('a'),
  unionBigint: Compile(union).Check(10n),
  unionInterpreted: Value.Check(union, 10n),
}
console.log(JSON.stringify(seen))
const expected = { interpreted: true, compiled: false, errors: 0, number: false, unionText: true, unionBigint: false, unionInterpreted: true }
process.exit(JSON.stringify(seen) === JSON.stringify(expected) ? 0 : 1)
JS
node run.mjs
