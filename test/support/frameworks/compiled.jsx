/** Components as users write them: compiled by the React Compiler, then rendered. */
import assert from 'node:assert/strict'
import { createHooks } from 'centrum/react'
import { Window } from 'happy-dom'
import { act, useSyncExternalStore } from 'react'
import { createRoot } from 'react-dom/client'

const { CentrumProvider, useChannelState, useLink } = createHooks()
const renders = { list: 0, row: 0 }

function List() {
  renders.list++
  const { status } = useLink('arena/compiled')
  const players = useChannelState('arena/compiled', (state) => state.players, { initial: {} })
  return (
    <p>
      {status}
      {Object.keys(players).map((id) => (
        <Row key={id} player={players[id]} />
      ))}
    </p>
  )
}

function Row({ player }) {
  renders.row++
  return <b>{player.hp}</b>
}

/** What looks right: the version changes, and what is shown of the live state does not. */
function Stale({ link }) {
  const version = useSyncExternalStore(
    (changed) => link.onChange(changed),
    () => link.version,
  )
  const state = link.state
  return (
    <i data-version={version}>
      <Hp player={state.players.a} />
    </i>
  )
}

function Hp({ player }) {
  return player.hp
}

export async function compiledTests(cluster, link) {
  const page = new Window()
  Object.assign(globalThis, { window: page, document: page.document, IS_REACT_ACT_ENVIRONMENT: true })
  const container = page.document.createElement('div')
  const root = createRoot(container)
  const connection = { link: () => Promise.resolve(link), onStatus: () => () => undefined, status: 'connected' }
  await act(async () =>
    root.render(
      <CentrumProvider connection={connection}>
        <List />
        <Stale link={link} />
      </CentrumProvider>,
    ),
  )
  await act(() => cluster.advance(100))
  assert.equal(container.textContent, 'live101010')
  const before = { ...renders }
  link.send('hit', 'a')
  await act(() => cluster.advance(100))
  assert.equal(container.querySelector('p').textContent, 'live910', 'React Compiler: what is selected is shown')
  assert.equal(
    container.querySelector('i').textContent,
    '10',
    'React Compiler: a version beside the live state is stale',
  )
  const shown = { list: before.list + 1, row: before.row + 2 }
  assert.deepEqual(renders, shown, 'React Compiler: it rendered once')
  link.send('add', 1)
  await act(() => cluster.advance(100))
  assert.deepEqual(renders, shown, 'React Compiler: what is not selected renders nothing')
  await act(() => root.unmount())
  await page.happyDOM.close()
}
