import { connect } from 'centrum/client'
import { element } from '../page.js'
import type app from './app.js'

const metrics = await connect<typeof app>('/').link('metrics')
const bars = '▁▂▃▄▅▆▇█'

function show(): void {
  const rows = Object.entries(metrics.state.services).map(([name, { requests, errors, history }]) => {
    const most = Math.max(1, ...history)
    return `${name.padEnd(12)} ${String(requests).padStart(8)} ${String(errors).padStart(6)}  ${history.map((each) => bars[Math.floor((each / most) * 7)]).join('')}`
  })
  element('lines').textContent = [`${'service'.padEnd(12)} requests errors`, ...rows].join('\n')
}
metrics.onChange(show)
show()
