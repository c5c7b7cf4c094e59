/** What is particular to one kind of address: its form, unix files, and the key of TCP that leaves the machine. */
import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import * as net from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { isLoopback, parseAddress } from '../../src/protocol/address.js'
import { InProcessNetwork } from '../../src/link/in-process-transport.js'
import { masterHelloOf } from '../../src/link/master-identity.js'
import { linkLimits } from '../../src/link/link-limits.js'
import { dialOptions, sharedSecretOf, sharedSecretsOf } from '../../src/link/shared-secret.js'
import { transportOf } from '../../src/link/transport-of.js'
import type { CentrumError } from '../../src/protocol/errors.js'
import { packetsIn, RawStream, reasonsIn } from '../contract/by-hand.js'
import { Cleanup, identityOf, keepAt, linkedPair, listenAt, testRuntime, until } from '../contract/link-ends.js'

const runtime = testRuntime()
const key = new Uint8Array(32).fill(1)
const otherKey = new Uint8Array(32).fill(2)

function cleanupOf(context: TestContext): Cleanup {
  const cleanup = new Cleanup()
  context.after(() => cleanup.run())
  return cleanup
}

function folderOf(cleanup: Cleanup): string {
  const folder = mkdtempSync(join(tmpdir(), 'centrum-link-'))
  cleanup.add(() => rmSync(folder, { recursive: true }))
  return folder
}

/** The file of a socket whose process was killed. */
async function leaveSocket(path: string): Promise<void> {
  const server = net.createServer()
  await new Promise<void>((resolve) => server.listen(path, resolve))
  // A second name outlives the first, which is removed on close.
  const { linkSync, renameSync } = await import('node:fs')
  linkSync(path, `${path}.kept`)
  await new Promise((resolve) => server.close(resolve))
  renameSync(`${path}.kept`, path)
}

test('S16 an address is taken apart, or refused with the value and the remedy', () => {
  assert.deepEqual(parseAddress('tcp://127.0.0.1:4000'), { kind: 'tcp', host: '127.0.0.1', port: 4000 })
  assert.deepEqual(parseAddress('tcp://[::1]:0'), { kind: 'tcp', host: '::1', port: 0 })
  assert.deepEqual(parseAddress('tcp://backs.internal:65535'), { kind: 'tcp', host: 'backs.internal', port: 65535 })
  assert.deepEqual(parseAddress('unix:/run/a.sock'), { kind: 'unix', path: '/run/a.sock' })
  assert.deepEqual(parseAddress('memory:back-1'), { kind: 'memory', name: 'back-1' })
  const malformed = [
    '',
    'localhost:4000',
    'http://127.0.0.1:4000',
    'tcp:127.0.0.1:4000',
    'tcp://127.0.0.1',
    'tcp://127.0.0.1:',
    'tcp://127.0.0.1:99999',
    'tcp://127.0.0.1:4000/path',
    'tcp://::1:4000',
    'tcp://:4000',
    'unix:',
    'unix:///run/a.sock',
    'memory:',
  ]
  for (const address of malformed) {
    assert.throws(
      () => parseAddress(address),
      (error: CentrumError) => {
        assert.equal(error.code, 'invalid-option')
        assert.ok(
          error.message.includes(`'${address}'`) && error.message.includes('tcp://127.0.0.1:4000'),
          error.message,
        )
        return true
      },
    )
  }
  assert.throws(() => parseAddress(`unix:/${'x'.repeat(200)}`), /The path has 201 bytes, the limit is 103/)
})

test('what stays on the machine is known by its host', () => {
  for (const host of ['localhost', '127.0.0.1', '127.1.2.3', '::1', '::ffff:127.0.0.1'])
    assert.ok(isLoopback(host), host)
  for (const host of ['0.0.0.0', '::', '10.0.0.1', '128.0.0.1', 'example.org', '127.0.0.1.example.org']) {
    assert.ok(!isLoopback(host), host)
  }
})

test('G7 TCP beyond loopback is refused without a key, and the command that makes one is named', () => {
  for (const address of ['tcp://0.0.0.0:4000', 'tcp://10.0.0.1:4000', 'tcp://example.com:4000']) {
    assert.throws(
      () => transportOf(address, { runtime }),
      (error: CentrumError) => {
        assert.equal(error.code, 'missing-key')
        assert.match(error.message, /npx centrum key/)
        return true
      },
    )
  }
  assert.throws(() => transportOf('tcp://0.0.0.0:4000', { runtime, keys: [new Uint8Array(31)] }), {
    code: 'invalid-option',
  })
})

test('G7 TCP on all interfaces is encrypted', async (context) => {
  const cleanup = cleanupOf(context)
  const address = 'tcp://0.0.0.0:0'
  const back = await listenAt({ address, transport: transportOf(address, { runtime, keys: [key] }) }, cleanup)
  const port = new URL(back.listener.address.replace('tcp:', 'http:')).port
  const local = `tcp://127.0.0.1:${port}`
  const plain = keepAt({ address: local, transport: transportOf(local, { runtime }) }, cleanup, {
    limits: { handshakeMs: 300 },
  })
  await until(() => plain.refusals.length > 0, 'a front that does not encrypt gets nowhere')
  assert.equal(plain.ends.length, 0)
  plain.kept.stop()
  const front = keepAt(
    { address: local, transport: transportOf(local, { runtime, keys: [key], encrypt: 'always' }) },
    cleanup,
  )
  await until(() => front.ends.length === 1, 'a front that does is linked')
})

test('G7 a different key ends in an error at the front and a line in the log of the back', async (context) => {
  const cleanup = cleanupOf(context)
  const listening = testRuntime()
  const address = 'tcp://127.0.0.1:0'
  const place = { address, transport: transportOf(address, { runtime: listening, keys: [key], encrypt: 'always' }) }
  const back = await listenAt(place, cleanup, { runtime: listening })
  const reached = back.listener.address
  const transport = transportOf(reached, { runtime, keys: [otherKey], encrypt: 'always' })
  const front = keepAt({ address: reached, transport }, cleanup)
  await until(() => front.refusals.length > 0, 'the front was told')
  assert.equal(front.refusals[0]?.reason, 'unreachable')
  assert.match(front.refusals[0]?.message ?? '', /probably because the cluster's key differs/)
  await until(() => listening.lines.some(({ event }) => event === 'link.key-refused'), 'the back has logged it')
  front.kept.stop()
  const same = keepAt({ ...place, address: reached }, cleanup)
  await until(() => same.ends.length === 1, 'the right key is taken')
})

test('G7 no certificate stands in for the key', () => {
  const { ca, checkServerIdentity, minVersion } = dialOptions(sharedSecretOf(key, 'tls'))
  assert.deepEqual(ca, [], 'no authority is believed')
  assert.equal(minVersion, 'TLSv1.3')
  const certificate = { subject: { CN: 'localhost' } } as unknown as Parameters<
    NonNullable<typeof checkServerIdentity>
  >[1]
  assert.match(checkServerIdentity?.('localhost', certificate)?.message ?? '', /certificate instead of the key/)
})

test('each use of the key has its own secret', () => {
  const tls = sharedSecretOf(key, 'tls')
  const proof = sharedSecretOf(key, 'proof')
  assert.equal(tls.length, 32)
  assert.notDeepEqual(tls, proof)
  assert.notDeepEqual(tls, key)
  assert.deepEqual(tls, sharedSecretOf(key, 'tls'))
})

test('the file of a killed process is taken over, and removed on close', async (context) => {
  const cleanup = cleanupOf(context)
  const path = join(folderOf(cleanup), 'back.sock')
  const address = `unix:${path}`
  await leaveSocket(path)
  assert.ok(existsSync(path))
  const { back, front } = await linkedPair({ address, transport: transportOf(address, { runtime }) }, cleanup)
  front.kept.stop()
  await back.listener.close()
  assert.ok(!existsSync(path))
})

test('S5 of two that would take over the file of a killed process one does', async (context) => {
  const cleanup = cleanupOf(context)
  const address = `unix:${join(folderOf(cleanup), 'back.sock')}`
  const place = { address, transport: transportOf(address, { runtime }) }
  for (let i = 0; i < 20; i++) {
    await leaveSocket(address.slice(5))
    const starts = [listenAt(place, cleanup), listenAt(place, cleanup, { identity: { id: 'back-2' } })]
    const ends = await Promise.allSettled(starts)
    const started = ends.flatMap((end) => (end.status === 'fulfilled' ? [end.value] : []))
    const codes = ends.flatMap((end) => (end.status === 'rejected' ? [(end.reason as CentrumError).code] : []))
    assert.deepEqual([started.length, codes], [1, ['address-in-use']])
    const front = keepAt(place, cleanup, { expectedId: started[0]?.identity.id ?? '' })
    await until(() => front.ends.length === 1, 'the one that started can be reached')
    front.kept.stop()
    await started[0]?.listener.close()
  }
})

test('a file that is no socket is left alone', async (context) => {
  const cleanup = cleanupOf(context)
  const path = join(folderOf(cleanup), 'precious')
  writeFileSync(path, 'data')
  const place = { address: `unix:${path}`, transport: transportOf(`unix:${path}`, { runtime }) }
  await assert.rejects(listenAt(place, cleanup), { code: 'invalid-option', message: /a file that is not a socket/ })
  assert.ok(existsSync(path))
})

test('a socket of someone who is no master is left alone, and said to be in use', async (context) => {
  const cleanup = cleanupOf(context)
  const path = join(folderOf(cleanup), 'other.sock')
  const server = net.createServer((socket) => {
    // Whoever asks hangs up without reading.
    socket.on('error', () => {})
    socket.resume()
    socket.end('220 hello\r\n')
  })
  await new Promise<void>((resolve) => server.listen(path, resolve))
  cleanup.add(() => new Promise((resolve) => server.close(resolve)))
  const place = { address: `unix:${path}`, transport: transportOf(`unix:${path}`, { runtime }) }
  await assert.rejects(listenAt(place, cleanup), {
    code: 'address-in-use',
    message: `another process listens at unix:${path} and does not answer as a back of this cluster; this is back-1`,
  })
  assert.ok(existsSync(path))
})

test('S16 an address that cannot be listened on says why', async (context) => {
  const cleanup = cleanupOf(context)
  const folder = folderOf(cleanup)
  const wrong: readonly (readonly [string, RegExp])[] = [
    [`unix:${folder}/none/back.sock`, /the directory .*none does not exist/],
    // From the range that is kept for examples: no machine has it.
    ['tcp://192.0.2.1:0', /this machine has no such address/],
  ]
  for (const [address, why] of wrong) {
    const place = { address, transport: transportOf(address, { runtime, keys: [key] }) }
    await assert.rejects(listenAt(place, cleanup), { code: 'invalid-option', message: why })
  }
})

test('a port of 0 cannot be dialled', async () => {
  const address = 'tcp://127.0.0.1:0'
  const dialled = transportOf(address, { runtime }).dial(address, () => assert.fail(), new AbortController().signal)
  await assert.rejects(dialled, { code: 'invalid-option' })
})

test('a dial that is given up rejects, in a process and over sockets', async (context) => {
  const cleanup = cleanupOf(context)
  const network = new InProcessNetwork()
  for (const address of ['memory:nobody', `unix:${folderOf(cleanup)}/nobody.sock`, 'tcp://127.0.0.1:9']) {
    const transport = transportOf(address, { runtime, network })
    const giveUp = new AbortController()
    const dialled = transport.dial(address, () => assert.fail('accepted'), giveUp.signal)
    giveUp.abort()
    await assert.rejects(dialled, { code: 'unreachable' })
    await assert.rejects(
      transport.dial(address, () => assert.fail('accepted'), giveUp.signal),
      { code: 'unreachable' },
    )
  }
})

test('G7 a unix socket is for this user alone', async (context) => {
  const cleanup = cleanupOf(context)
  const address = `unix:${folderOf(cleanup)}/private.sock`
  await listenAt({ address, transport: transportOf(address, { runtime }) }, cleanup)
  assert.equal(statSync(address.slice('unix:'.length)).mode & 0o777, 0o600)
})

test('G7 of several keys any is believed, so that they can be changed one after the other', async (context) => {
  const cleanup = cleanupOf(context)
  const newer = new Uint8Array(32).fill(2)
  const address = 'tcp://127.0.0.1:0'
  const place = { address, transport: transportOf(address, { runtime, keys: [newer, key], encrypt: 'always' }) }
  const back = await listenAt(place, cleanup, { identity: { secrets: sharedSecretsOf([newer, key], 'proof') } })
  const reached = back.listener.address
  for (const [i, keys] of [[key], [key, newer], [newer]].entries()) {
    const transport = transportOf(reached, { runtime, keys, encrypt: 'always' })
    const identity = { secrets: sharedSecretsOf(keys, 'proof'), incarnation: `00000000000000a${i}`, id: `front-${i}` }
    const front = keepAt({ address: reached, transport }, cleanup, { identity })
    await until(() => front.ends.length === 1, `a front with keys ${i} is taken`)
  }
})

test('G7 what a master said in one handshake is of no use in another', async (context) => {
  const cleanup = cleanupOf(context)
  const secrets = [new Uint8Array(32).fill(1)]
  const address = `unix:${folderOf(cleanup)}/replayed.sock`
  const place = { address, transport: transportOf(address, { runtime }) }
  await listenAt(place, cleanup, { identity: { secrets } })
  const raw = await RawStream.dial(place, cleanup)
  await until(() => packetsIn(raw.bytes).length === 1, 'it is challenged')
  const [challenge] = packetsIn(raw.bytes)
  assert.ok(challenge?.type === 'challenge')
  const hello = masterHelloOf(identityOf('front', { secrets }), 'back-1', 1, linkLimits(), challenge.nonce).bytes
  raw.write(hello)
  await until(() => packetsIn(raw.bytes).length > 1, 'it is answered')
  assert.equal(packetsIn(raw.bytes)[1]?.type, 'welcome')
  const replayed = await RawStream.dial(place, cleanup)
  replayed.write(hello)
  await until(() => reasonsIn(replayed).length > 0, 'it is refused')
  assert.deepEqual(reasonsIn(replayed), ['authentication-refused'])
})

test('within a process all that is sent in one macrotask is there in the next one, and never within the call', async (context) => {
  const cleanup = cleanupOf(context)
  const address = 'memory:back-soon'
  const place = { address, transport: transportOf(address, { runtime, network: new InProcessNetwork() }) }
  const { backEnd, frontEnd } = await linkedPair(place, cleanup)
  const { link } = frontEnd
  const cancelled = link.soon(() => assert.fail('it was cancelled'))
  link.soon(() => link.flush())
  cancelled.cancel()
  link.send(new Uint8Array([1]))
  link.send(new Uint8Array([2]))
  assert.equal(backEnd.frames.length, 0)
  await new Promise((resolve) => setImmediate(resolve))
  assert.deepEqual(backEnd.frames, [new Uint8Array([1]), new Uint8Array([2])])
  assert.equal(link.inspect().batchesSent, 1)
  link.close('closing', 'the test is over')
  let ran = false
  link.soon(() => (ran = true))
  await until(() => ran, 'what waits for a closed link comes all the same')
})
