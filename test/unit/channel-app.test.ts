import assert from 'node:assert/strict'
import { test } from 'node:test'
import { z } from 'zod'
import { ChannelClosed } from '../../src/channel/channel-closed.js'
import { defineApp } from '../../src/channel/define-app.js'
import { defineChannel } from '../../src/channel/define-channel.js'
import { AuthenticationRefused } from '../../src/channel/authentication-refused.js'
import { LinkRefused } from '../../src/channel/link-refused.js'
import { unchecked } from '../../src/channel/schema.js'
import { CentrumError } from '../../src/protocol/errors.js'

const definition = defineChannel({ state: () => ({}) })
const room = definition.implement({})
const main = defineChannel({ state: () => ({}) }).implement({})

const define: (declaration: unknown) => unknown = defineApp as never

function refuses(declaration: unknown, message: RegExp): void {
  assert.throws(() => define(declaration), { name: 'CentrumError', code: 'invalid-definition', message })
}

test('S15: an app finds what an id reaches; one implementation may stand under several patterns', () => {
  const app = defineApp({ channels: { 'room/:id': room, 'room/main': main, 'hall/*': room } })
  assert.deepEqual([...app.channels.keys()], ['room/:id', 'room/main', 'hall/*'])
  assert.equal(app.match('room/main')?.implementation, main)
  assert.equal(app.match('room/1')?.implementation, room)
  assert.deepEqual(app.match('room/1')?.params, { id: '1' })
  assert.equal(app.match('room/1')?.pattern, 'room/:id')
  assert.equal(app.match('hall/1')?.implementation, room)
  for (const id of ['room', 'room/', 'room/1/2', '', 'toString', '__proto__']) assert.equal(app.match(id), null, id)
})

test('an app lets everyone in, as often as they like, unless it says otherwise', () => {
  const open = defineApp({ channels: { room } })
  assert.equal(open.authenticate, null)
  assert.equal(open.sessions, 'many')
  const authenticate = () => ({ userId: 'u' })
  const closed = defineApp({ channels: { room }, authenticate, sessions: 'onePerUser' })
  assert.equal(closed.authenticate, authenticate)
  assert.equal(closed.sessions, 'onePerUser')
})

test('S16: a wrong or missing option of an app is named, with its value and what would do', () => {
  refuses(undefined, /^defineApp: options is missing/)
  refuses({}, /channels is missing. Give it implementations by pattern/)
  refuses({ channels: {} }, /channels is empty/)
  refuses({ channels: [room] }, /channels is an array of 1. It must be an object/)
  refuses({ channel: { room } }, /no option 'channel'. Did you mean 'channels'\?/)
  refuses({ channels: { room: definition } }, /channels\['room'\] is defined but not implemented/)
  refuses(
    { channels: { room: {} } },
    /channels\['room'\] is an object with no properties. It must be the result of defineChannel/,
  )
  refuses({ channels: { room: undefined } }, /channels\['room'\] is missing. It must be the result of /)
  refuses({ channels: { 'room/': room } }, /'room\/' has an empty part/)
  refuses({ channels: { 'room/:id': room, 'room/:name': main } }, /match the same ids/)
  refuses(
    { channels: { room }, sessions: 'one' },
    /sessions is 'one', a string. It must be one of 'many', 'onePerUser'/,
  )
  refuses({ channels: { room }, authenticate: 'token' }, /authenticate is 'token', a string. It must be a function /)
})

test('S16: an app without authenticate is refused where a channel needs what it delivers', () => {
  const needs = defineChannel({ state: () => ({}), data: z.object({ name: z.string() }) }).implement({})
  const may = defineChannel({ state: () => ({}), data: z.object({ name: z.string() }).optional() }).implement({})
  const declares = defineChannel({ state: () => ({}), data: unchecked<{ name: string } | undefined>() }).implement({})
  refuses({ channels: { room, needs } }, /authenticate is missing, but 'needs' declares data/)
  defineApp({ channels: { room, may, declares } })
  defineApp({ channels: { needs }, authenticate: () => ({ userId: 'u', data: { name: 'Ada' } }) })
})

test('what applications throw are errors with a stable code', () => {
  const link = new LinkRefused('the arena is full', { retryable: true, details: { players: 10 } })
  assert.ok(link instanceof CentrumError)
  assert.deepEqual(
    [link.name, link.code, link.message, link.retryable],
    ['LinkRefused', 'link-refused', 'the arena is full', true],
  )
  assert.deepEqual(link.details, { players: 10 })
  const authentication = new AuthenticationRefused('the token has expired')
  assert.deepEqual([authentication.code, authentication.retryable], ['authentication-refused', false])
  const closed = new ChannelClosed('arena/1', 3, 'broadcast')
  assert.equal(closed.code, 'channel-closed')
  assert.match(closed.message, /ctx\.broadcast .* 'arena\/1' .* epoch 3/)
})
