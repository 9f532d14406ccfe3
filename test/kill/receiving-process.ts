import { join } from 'node:path'
import { defineApp } from '../../src/dstream/define-app.ts'
import { Receiver } from '../../src/dstream/receiver.ts'
import { localEnvironment } from '../../src/local/environment.ts'
import { runApplication } from '../../src/local/run-application.ts'
import { milliseconds } from '../../src/util/time.ts'

/*
 * A process to be killed: its receiver stores one number after the other, from the one that it is given, and says of each
 * when it is acknowledged. Batches write what they read.
 */
const [place = '', first = '0'] = process.argv.slice(2)

class Numbers extends Receiver<number> {
  async onStart(): Promise<void> {
    for (let number = Number(first); !this.isStopped(); number++) {
      await this.store([number])
      process.send?.(number)
    }
  }
  onStop(): void {}
}

const app = defineApp({ name: 'receiving', batchInterval: milliseconds(20) }, (ssc) => {
  ssc.receiverStream(new Numbers()).saveAsTextFiles(join(place, 'out', 'numbers'))
})
const log = { debug() {}, info() {}, warn() {}, error() {} }
await runApplication(app, {}, localEnvironment({ checkpoint: join(place, 'checkpoint'), log }))
