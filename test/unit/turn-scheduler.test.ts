/** In which order channels take their turns, and how many of the heavy ones in a macrotask. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type ScheduledMember, TurnScheduler } from '../../src/back/turn-scheduler.js'
import type { Clock, Timer } from '../../src/runtime/runtime.js'

/** Its time goes by while channels work, and it runs one macrotask at a time. */
class WorkClock implements Clock {
  #now = 0
  #next: (() => void)[] = []

  now = (): number => this.#now
  wall = (): number => this.#now
  after = (_delayMs: number, run: () => void): Timer => this.soon(run)

  soon(run: () => void): Timer {
    this.#next.push(run)
    return { cancel: () => void (this.#next = this.#next.filter((each) => each !== run)) }
  }

  work(ms: number): void {
    this.#now += ms
  }

  macrotask(): void {
    for (const run of this.#next.splice(0)) run()
  }
}

/** A channel whose turns are noted, each of which takes so long, and of which so many are due in a row. */
function member(stage: { clock: WorkClock; scheduler: TurnScheduler; taken: string[] }, name: string, ms: number) {
  const made: ScheduledMember & { due: number } = {
    due: 1,
    tickMs: 0,
    turn() {
      stage.taken.push(name)
      stage.clock.work(ms)
      if (--made.due > 0) stage.scheduler.goOn(made)
      return made.due > 0
    },
    breakDown: (error) => assert.fail(String(error)),
  }
  return made
}

function staged() {
  const clock = new WorkClock()
  return { clock, scheduler: new TurnScheduler(clock), taken: [] as string[] }
}

test('C2 G6 channels that have more to do than one turn takes come behind all others, one or as many as take 5 ms in a macrotask', () => {
  const stage = staged()
  const heavy = ['a', 'b', 'c'].map((name) => member(stage, name, 4))
  const light = member(stage, '.', 0)
  for (const each of heavy) {
    each.due = 3
    stage.scheduler.wake(each)
  }
  stage.clock.macrotask()
  assert.equal(stage.taken.join(''), 'abc')
  for (let i = 0; i < 4; i++) {
    light.due = 1
    stage.scheduler.wake(light)
    stage.clock.macrotask()
  }
  assert.equal(stage.taken.join(''), 'abc.ab.ca.bc.', 'in turn, two in a macrotask, and each light one before')
})

test('C2 a channel that leaves while it is behind takes no more turns', () => {
  const stage = staged()
  const [one, two] = [member(stage, '1', 10), member(stage, '2', 10)]
  for (const each of [one, two]) {
    each.due = 5
    stage.scheduler.wake(each)
  }
  stage.clock.macrotask()
  stage.scheduler.leave(one)
  for (let i = 0; i < 10; i++) stage.clock.macrotask()
  assert.equal(stage.taken.join(''), '122222')
  assert.equal(stage.scheduler.timers, 0)
})
