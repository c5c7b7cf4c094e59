/** The page that each bundler builds: centrum/client by itself, and hooks of centrum/react. */
import { connect } from 'centrum/client'
import { createHooks } from 'centrum/react'
import { createElement } from 'react'
import { createRoot } from 'react-dom/client'

const { CentrumProvider, useChannelState, useLink } = createHooks()

function Counter() {
  const { link } = useLink('counter')
  const count = useChannelState('counter', (state) => state.count, { initial: 0 })
  return createElement('button', { id: 'add', disabled: !link, onClick: () => link.send('add', 1) }, count)
}

createRoot(document.getElementById('page')).render(
  createElement(CentrumProvider, { url: '/play' }, createElement(Counter)),
)

const counter = await connect('/play').link('counter')
const show = () => (document.getElementById('count').textContent = String(counter.state.count))
counter.onChange(show)
show()
