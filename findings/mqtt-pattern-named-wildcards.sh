#!/usr/bin/env bash
# mqtt-pattern 2.1.1: giving the wildcard `#` a name changes what it matches. `user/+/#` matches user/bob, as MQTT has it, but `user/+id/#path` does not, and `exec` gives null: for
# the level above and for an empty level, the part of the pattern is compared with '#' as a whole, name and all. And `+`, with a name or without, matches no empty level, which
# is a level like any other in MQTT: 'room//chat' has three of them.
#
# Seen: user/bob: `user/+/#` true, `user/+id/#path` false and `exec` null; user/bob/mood: both true; 'room/': `room/#` true, `room/#rest` false
#       'room//chat' with `room/+/chat`, and 'room/' with `room/+`: false
# One would have guessed { id: 'bob', path: [] } for the first: it stands in the documentation as what to expect, and `#` is said there to be for "zero or more sections"; and for
# the last true: MQTT 5 says in 4.7.1.3 that `sport/+` does not match "sport" but does match "sport/". A client that subscribes to what `clean` makes of its patterns, and sorts what
# arrives by `exec`, receives messages that none of them takes.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --prefix . --silent --no-save --no-audit --no-fund --ignore-scripts mqtt-pattern@2.1.1
cat > run.mjs <<'JS'
import mqttPattern from 'mqtt-pattern'
const { clean, exec, matches } = mqttPattern
const cases = [
  ['user/+id/#path', 'user/bob', 'matches false, exec null; cleaned user/+/# matches true'],
  ['user/+id/#path', 'user/bob/mood', 'matches true, exec {"id":"bob","path":["mood"]}; cleaned user/+/# matches true'],
  ['room/+name/chat', 'room/one/chat', 'matches true, exec {"name":"one"}; cleaned room/+/chat matches true'],
  ['room/+name/chat', 'room//chat', 'matches false, exec null; cleaned room/+/chat matches false'],
  ['room/+name', 'room/', 'matches false, exec null; cleaned room/+ matches false'],
  ['room/#rest', 'room/', 'matches false, exec null; cleaned room/# matches true'],
]
let same = true
for (const [pattern, topic, expected] of cases) {
  const plain = clean(pattern)
  const found = JSON.stringify(exec(pattern, topic))
  const seen = `matches ${matches(pattern, topic)}, exec ${found}; cleaned ${plain} matches ${matches(plain, topic)}`
  console.log(`${topic} with ${pattern}: ${seen}`)
  same &&= seen === expected
}
process.exit(same ? 0 : 1)
JS
node run.mjs
