// Makes Temporal's SDK download its own copy of the Temporal CLI into the folder given as argument (it can only do so
// by starting a server, which we end at once). A process of its own, because the download cannot be cancelled from
// inside.
import { DefaultLogger, Runtime } from '@temporalio/worker';
import { TestWorkflowEnvironment } from '@temporalio/testing';

Runtime.install({ logger: new DefaultLogger('ERROR') });
const environment = await TestWorkflowEnvironment.createLocal({
  server: { executable: { type: 'cached-download', downloadDir: process.argv[2] } },
});
await environment.teardown();
