// The contender `langgraph`: LangGraph.js with its Postgres checkpointer, as its documentation has it, without a
// durable engine.
import { randomUUID } from 'node:crypto';
import { Annotation, END, START, StateGraph } from '@langchain/langgraph';
import { PostgresSaver } from '@langchain/langgraph-checkpoint-postgres';
import { serve } from '../contenders/serve.js';
import { stepKey } from '../contenders/task.js';
import { createAsk, type Artifact } from './ask-model.js';

const State = Annotation.Root({
  artifacts: Annotation<Record<string, Artifact>>({
    reducer: (left, right) => ({ ...left, ...right }),
    default: () => ({}),
  }),
});

await serve(async ({ databaseUrl, modelUrl }) => {
  const checkpointer = PostgresSaver.fromConnString(databaseUrl);
  await checkpointer.setup();
  const graphs = new Map<number, ReturnType<typeof build>>();
  return {
    async run(phases) {
      const graph = graphs.get(phases) ?? build(phases, modelUrl, checkpointer);
      graphs.set(phases, graph);
      const threadId = randomUUID();
      const { artifacts } = await graph.invoke(
        { artifacts: {} },
        { configurable: { thread_id: threadId }, recursionLimit: phases + 10 },
      );
      if (Object.keys(artifacts).length !== phases)
        throw new Error(`${threadId} left ${Object.keys(artifacts).length} artifacts`);
      return threadId;
    },
    stop: () => checkpointer.end(),
  };
});

/** A node for each step, one after the other. */
function build(phases: number, modelUrl: string, checkpointer: PostgresSaver) {
  const ask = createAsk(modelUrl);
  const keys = Array.from({ length: phases }, (_, index) => stepKey(index));
  const nodes = keys.map(
    (key) =>
      [
        key,
        async ({ artifacts }: typeof State.State) => ({ artifacts: { [key]: await ask(key, artifacts) } }),
      ] as const,
  );
  return new StateGraph(State)
    .addSequence(Object.fromEntries(nodes))
    .addEdge(START, keys[0] ?? END)
    .addEdge(keys.at(-1) ?? START, END)
    .compile({ checkpointer });
}
