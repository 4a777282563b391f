import { labSuite } from '../support/lab.ts'
import { limit } from '../support/limit.ts'
import { transportTests } from './suite.ts'

limit(300)
const test = labSuite('openssh')
transportTests(test, 'openssh')
test.run()
