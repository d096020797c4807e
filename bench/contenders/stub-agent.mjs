// Loaded before the contender `phasegate-stub`: the agent of src/agent/run-agent.ts (LangGraph, the conversation, the
// model) is replaced by one that writes the artifact at once. All else of a phase stays: what is left is the engine's
// own part.
import { register } from 'node:module';

register(new URL('./stub-agent-hooks.mjs', import.meta.url));
