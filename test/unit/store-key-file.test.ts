/** The key that is made for an app without one, and kept beside its store. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { nodeRuntime } from '../../src/runtime/node-runtime.js'
import { readKeyFile } from '../../src/store/key-file.js'
import { cleanUp } from '../support/clean-up.js'

const { random } = nodeRuntime({ logLevel: 'silent' })

test('[G7] a key is made once, for its owner alone, and read from then on', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'centrum-key-'))
  cleanUp(t, () => rmSync(folder, { recursive: true, force: true }))
  const path = join(folder, 'data', 'app.db.key')
  const key = readKeyFile(path, random)
  assert.match(key, /^[\w-]{43}$/)
  assert.equal(statSync(path).mode & 0o777, 0o600)
  assert.equal(readKeyFile(path, random), key)
})

test('a file that holds no key is refused, and left as it is', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'centrum-key-'))
  cleanUp(t, () => rmSync(folder, { recursive: true, force: true }))
  const path = join(folder, 'app.db.key')
  writeFileSync(path, 'short')
  assert.throws(
    () => readKeyFile(path, random),
    /app\.db\.key does not contain a key of at least 32 bytes\. Restore the key, or remove/,
  )
  assert.throws(() => readKeyFile(join(path, 'below'), random), /can be neither read nor created/)
})
