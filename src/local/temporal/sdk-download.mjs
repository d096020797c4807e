// Makes Temporal's SDK download its own copy of the Temporal CLI into the folder given as argument. The SDK can do so
// only by starting a server, which is ended at once. It is a process of its own, because the download can't be
// cancelled from inside.
import { DefaultLogger, Runtime } from '@temporalio/worker';
import { TestWorkflowEnvironment } from '@temporalio/testing';

Runtime.install({ logger: new DefaultLogger('ERROR') });
const environment = await TestWorkflowEnvironment.createLocal({
  server: { executable: { type: 'cached-download', downloadDir: process.argv[2] } },
});
await environment.teardown();
