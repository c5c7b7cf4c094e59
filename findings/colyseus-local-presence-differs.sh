#!/usr/bin/env bash
# @colyseus/core 0.18.17: LocalPresence, which takes the place of Redis where there is one process, as in development and tests, answers otherwise than documented:
# - `sinter` of three sets gives who is in two of them, and `sinter` of one set is empty;
# - `expire` has no effect on sets and hashes, which stay for ever; a key that was set expires;
# - `channels` takes a pattern for a part of a name and ignores case: 'room:1' finds room:10 and lobby-Room:1.
#
# Seen: online ann, bob, cid; friends ann, bob; vip ann: sinter of the three [ann, bob], of online alone []
#       a set and a hash with `expire` of 0.02 seconds exist after 0.2 seconds; the key does not; 'room:1' gives 3 channels
# One would have guessed that what was tested with it works the same with RedisPresence: "Returns the members of the set resulting from the intersection of all
# the given sets", and EXPIRE and PUBSUB CHANNELS of Redis, which know neither kinds of keys nor parts of names.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --prefix . --silent --no-save --no-audit --no-fund --ignore-scripts @colyseus/core@0.18.17
cat > run.mjs <<'JS'
import { LocalPresence } from '@colyseus/core'
const presence = new LocalPresence()
const sets = { online: ['ann', 'bob', 'cid'], friends: ['ann', 'bob'], vip: ['ann'] }
for (const [key, members] of Object.entries(sets)) for (const member of members) await presence.sadd(key, member)
const seen = {}
seen['sinter of two'] = await presence.sinter('online', 'friends')
seen['sinter of three'] = await presence.sinter('online', 'friends', 'vip')
seen['sinter of one'] = await presence.sinter('online')
await presence.set('key', 'value')
await presence.hset('hash', 'field', 'value')
for (const key of ['key', 'hash', 'online']) await presence.expire(key, 0.02)
await new Promise((resolve) => setTimeout(resolve, 200))
seen['exist after they expired'] = []
for (const key of ['key', 'hash', 'online']) if (await presence.exists(key)) seen['exist after they expired'].push(key)
for (const topic of ['room:1', 'room:10', 'lobby-Room:1', 'room:2']) await presence.subscribe(topic, () => {})
seen["channels 'room:1'"] = await presence.channels('room:1')
for (const [name, values] of Object.entries(seen)) console.log(`${name}: [${values.join(', ')}]`)
const expected = ['ann,bob', 'ann,bob', '', 'hash,online', 'room:1,room:10,lobby-Room:1']
process.exit(Object.values(seen).map(String).join(' | ') === expected.join(' | ') ? 0 : 1)
JS
node run.mjs
