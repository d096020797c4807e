import { DefaultLogger, Runtime } from '@temporalio/worker';

// what workers say is shown when it is asked for
Runtime.install({
  logger: new DefaultLogger('ERROR', (entry) => void (process.env.PHASEGATE_TEST_LOGS && console.error(entry))),
});
