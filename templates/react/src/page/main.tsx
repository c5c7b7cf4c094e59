/** The page: shows who is here, and sends waves. `createHooks` takes all types from the app. */
import { StrictMode, useState } from 'react'
import { createRoot } from 'react-dom/client'
import { createHooks } from 'centrum/react'
import type app from '../app.js'

const { CentrumProvider, useConnection, useLink, useChannelState } = createHooks<typeof app>()

function Page() {
  const [name] = useState(() => `guest ${Math.floor(Math.random() * 900 + 100)}`)
  const { link, status, error } = useLink('lobby', { options: { name } })
  const total = useChannelState('lobby', (state) => state.total, { initial: 0 })
  if (error) return <p role="alert">{error.message}</p>
  return (
    <>
      <h1>{'{{name}}'}</h1>
      <p role="status">{status === 'live' ? `You are ${name}.` : `${status} …`}</p>
      <button id="wave" type="button" disabled={!link} onClick={() => link?.send('wave', { times: 1 })}>
        Wave
      </button>
      <p>
        <output id="total">{total}</output> waves so far
      </p>
      <h2>Here now</h2>
      <People />
      <p className="hint">Open this page in a second window.</p>
    </>
  )
}

/** Renders only when somebody joins, leaves or waves. */
function People() {
  const connection = useConnection()
  const people = useChannelState('lobby', (state) => state.people)
  if (!people) return null
  return (
    <ul>
      {Object.entries(people).map(([id, person]) => (
        <li key={id}>{`${person.name}${id === connection?.clientId ? ' (you)' : ''}: ${person.waves}`}</li>
      ))}
    </ul>
  )
}

createRoot(document.getElementById('page')!).render(
  <StrictMode>
    <CentrumProvider url="/play">
      <Page />
    </CentrumProvider>
  </StrictMode>,
)
